#include "http/hosts.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* Part of a text. */
struct host_span {
    const char *at;
    size_t len;
};

/* Digits, or nothing (RFC 3986 section 3.2.3). */
static bool is_port(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len <= 5;
}

/* The host before the port, with its brackets. False: the text is not an authority. */
static bool cut_port(const char *text, size_t len, struct host_span *ret_host) {
    const char *close = len > 0 && text[0] == '[' ? memchr(text, ']', len) : NULL;
    const size_t from = close != NULL ? (size_t)(close - text) + 1 : 0;
    const char *colon = memchr(text + from, ':', len - from);
    const size_t host = colon != NULL ? (size_t)(colon - text) : len;
    if (colon != NULL && !is_port(colon + 1, len - host - 1))
        return false;
    *ret_host = (struct host_span){text, host};
    return host > 0;
}

static bool is_address(int family, const char *text, size_t len) {
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(family, copy, &address) == 1;
}

static bool is_ip(struct host_span host) {
    if (host.at[0] != '[')
        return is_address(AF_INET, host.at, host.len);
    return host.at[host.len - 1] == ']' && is_address(AF_INET6, host.at + 1, host.len - 2);
}

/* Whether a host has only characters of names. Without this check a suffix would admit any text
 * that ends with it. */
static bool is_name(struct host_span host) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    for (size_t i = 0; i < host.len; i++)
        if (host.at[i] == '\0' || strchr(allowed, host.at[i]) == NULL)
            return false;
    return true;
}

static bool matches(struct host_span name, struct host_span host) {
    if (name.len == 0 || name.len > host.len || (name.at[0] != '.' && name.len != host.len))
        return false;
    const size_t before = host.len - name.len;
    if (name.at[0] == '.' && before == 0)
        return false;
    return strncasecmp(host.at + before, name.at, name.len) == 0;
}

static bool is_listed(const char *names, struct host_span host) {
    while (*names != '\0') {
        const size_t len = strcspn(names, ",");
        if (matches((struct host_span){names, len}, host))
            return true;
        names += len + (names[len] == ',' ? 1 : 0);
    }
    return false;
}

bool hosts_admit(const char *names, const char *authority, size_t len) {
    struct host_span host;
    if (!cut_port(authority, len, &host))
        return false;
    if (host.at[host.len - 1] == '.')
        host.len--;
    if (host.len == 0)
        return false;
    return is_ip(host) ||
           (is_name(host) && (is_listed("localhost", host) || is_listed(names, host)));
}
