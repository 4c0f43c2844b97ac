/* SPDX-License-Identifier: MIT */
/* listen_address.c - addresses to listen on: HOST:PORT or unix:PATH. */
#include "base/listen_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool refuse(const char **ret_reason, const char *reason) {
    *ret_reason = reason;
    return false;
}

static bool parse_port(const char *text, in_port_t *ret_port) {
    unsigned long port = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 6; digits++)
        port = port * 10 + (unsigned long)(text[digits] - '0');
    if (digits == 0 || text[digits] != '\0' || port > 65535)
        return false;
    *ret_port = htons((in_port_t)port);
    return true;
}

bool listen_address_unix(const char *path, struct listen_address *ret_address) {
    struct listen_address address = {.kind = LISTEN_UNIX, .len = sizeof address.local};
    const size_t len = strlen(path);
    if (len >= sizeof address.local.sun_path)
        return false;
    address.local.sun_family = AF_UNIX;
    memcpy(address.local.sun_path, path, len + 1);
    *ret_address = address;
    return true;
}

static bool parse_unix(const char *path, struct listen_address *ret_address,
                       const char **ret_reason) {
    const size_t len = strlen(path);
    if (len == 0)
        return refuse(ret_reason, "a path must follow unix:");
    if (path[0] == '@')
        return refuse(ret_reason,
                      "abstract sockets have no permissions and are not taken; give a path");
    if (path[0] != '/')
        return refuse(ret_reason, "the path of a Unix socket must be absolute");
    if (len > LISTEN_PATH_MAX)
        return refuse(ret_reason, "the path of a Unix socket must not be longer than 90 bytes");
    if (path[len - 1] == '/')
        return refuse(ret_reason, "the path must name a socket, not a folder");
    return listen_address_unix(path, ret_address);
}

static bool parse_ipv6(const char *text, const char *close, in_port_t port,
                       struct listen_address *ret_address, const char **ret_reason) {
    char host[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
    const size_t len = (size_t)(close - text);
    if (len >= sizeof host)
        return refuse(ret_reason, "not an IPv6 address");
    memcpy(host, text, len);
    host[len] = '\0';
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = port};
    char *zone = strchr(host, '%');
    if (zone != NULL) {
        *zone++ = '\0';
        in6.sin6_scope_id = if_nametoindex(zone);
        if (in6.sin6_scope_id == 0)
            return refuse(ret_reason, "no interface of that name");
    }
    if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
        return refuse(ret_reason, "not an IPv6 address");
    struct listen_address address = {.kind = LISTEN_TCP, .len = sizeof in6};
    memcpy(&address.storage, &in6, sizeof in6);
    *ret_address = address;
    return true;
}

static bool parse_ipv4(const char *text, const char *colon, in_port_t port,
                       struct listen_address *ret_address, const char **ret_reason) {
    char host[INET_ADDRSTRLEN];
    const size_t len = (size_t)(colon - text);
    if (len == 0)
        return refuse(ret_reason,
                      "no address before the port: write 127.0.0.1:PORT for this host alone, "
                      "0.0.0.0:PORT or [::]:PORT for all its addresses");
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};
    if (len < sizeof host) {
        memcpy(host, text, len);
        host[len] = '\0';
        if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
            struct listen_address address = {.kind = LISTEN_TCP, .len = sizeof in};
            memcpy(&address.storage, &in, sizeof in);
            *ret_address = address;
            return true;
        }
    }
    if (memchr(text, ':', len) != NULL)
        return refuse(ret_reason, "an IPv6 address is written in brackets, as [::1]:9464");
    return refuse(ret_reason,
                  "not an address: names are not looked up, write numbers, as 127.0.0.1:9464");
}

bool listen_address_parse(const char *text, struct listen_address *ret_address,
                          const char **ret_reason) {
    if (text[0] == '\0') {
        *ret_address = (struct listen_address){.kind = LISTEN_NONE};
        return true;
    }
    const char *path = text_after(text, "unix:");
    if (path != NULL)
        return parse_unix(path, ret_address, ret_reason);
    if (text[0] == '/')
        return refuse(ret_reason, "a Unix socket is written unix:PATH");
    in_port_t port;
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL)
            return refuse(ret_reason, "no ] behind the IPv6 address");
        if (close[1] != ':' || !parse_port(close + 2, &port))
            return refuse(ret_reason, "a port from 0 to 65535 must follow, as in [::1]:9464");
        return parse_ipv6(text + 1, close, port, ret_address, ret_reason);
    }
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !parse_port(colon + 1, &port))
        return refuse(ret_reason, "a port from 0 to 65535 must follow, as in 127.0.0.1:9464");
    return parse_ipv4(text, colon, port, ret_address, ret_reason);
}

void listen_address_text(const struct listen_address *address, char *out, size_t size) {
    char host[INET6_ADDRSTRLEN] = "";
    switch (address->kind) {
    case LISTEN_NONE:
        snprintf(out, size, "%s", "");
        return;
    case LISTEN_UNIX:
        snprintf(out, size, "unix:%s", address->local.sun_path);
        return;
    case LISTEN_TCP:
        break;
    }
    if (address->any.sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        char zone[IF_NAMESIZE] = "";
        memcpy(&in6, &address->storage, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof host);
        if (in6.sin6_scope_id != 0 && if_indextoname(in6.sin6_scope_id, zone) == NULL)
            zone[0] = '\0';
        snprintf(out, size, "[%s%s%s]:%u", host, zone[0] != '\0' ? "%" : "", zone,
                 (unsigned)ntohs(in6.sin6_port));
        return;
    }
    struct sockaddr_in in;
    memcpy(&in, &address->storage, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
    snprintf(out, size, "%s:%u", host, (unsigned)ntohs(in.sin_port));
}

bool listen_address_same(const struct listen_address *a, const struct listen_address *b) {
    /* Parsed addresses are zeroed before they are filled, so comparing their bytes is safe. */
    return a->kind != LISTEN_NONE && a->kind == b->kind && a->len == b->len &&
           memcmp(&a->storage, &b->storage, sizeof a->storage) == 0;
}

static bool is_loopback_ipv6(const struct in6_addr *address) {
    if (IN6_IS_ADDR_V4MAPPED(address))
        return address->s6_addr[12] == IN_LOOPBACKNET;
    return IN6_IS_ADDR_LOOPBACK(address);
}

bool listen_address_is_local(const struct listen_address *address) {
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, &address->storage, sizeof in);
    memcpy(&in6, &address->storage, sizeof in6);
    if (address->kind != LISTEN_TCP)
        return address->kind == LISTEN_UNIX;
    if (address->any.sa_family == AF_INET6)
        return is_loopback_ipv6(&in6.sin6_addr);
    return ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}
