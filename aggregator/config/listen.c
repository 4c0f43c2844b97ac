/*
 * listen.c - listen addresses taken apart. Names are not resolved here.
 */
#include <ctype.h>
#include <string.h>

#include "config/settings.h"

static const char expected[] =
    "expected HOST:PORT, [IPV6]:PORT or unix:PATH, for example 127.0.0.1:9464";

/* Digits of a port; nothing else, and no number above 65535. */
static bool read_port(const char *text, uint16_t *ret_port) {
    uint32_t port = 0;
    const size_t len = strlen(text);
    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    if (port > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

static bool all_of(const char *text, size_t len, const char *others, int (*is_class)(int)) {
    for (size_t i = 0; i < len; i++)
        if (!is_class((unsigned char)text[i]) && strchr(others, text[i]) == NULL)
            return false;
    return true;
}

static const char *parse_unix(const char *path, struct settings_listen *listen) {
    const size_t len = strlen(path);
    if (len == 0)
        return "unix: needs a path, for example unix:/run/statgate/http.sock";
    if (*path == '@')
        return "an abstract socket has no permissions; name a path";
    if (len > SETTINGS_UNIX_PATH_MAX)
        return "a socket's path has at most 107 bytes";
    listen->kind = LISTEN_UNIX;
    memcpy(listen->path, path, len + 1);
    return NULL;
}

/* `host` of `len` bytes, then ":PORT" at `colon`. */
static const char *parse_tcp(const char *text, struct settings_listen *listen) {
    const char *host = text;
    const char *colon = strrchr(text, ':');
    size_t len;
    if (*text == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL || close[1] != ':')
            return expected;
        host = text + 1;
        len = (size_t)(close - host);
        colon = close + 1;
        if (len == 0 || !all_of(host, strcspn(host, "%]"), ":.", isxdigit) ||
            !all_of(host, len, ":.%_-", isalnum))
            return "the brackets must hold an IPv6 address, for example [::1]:9464";
    } else if (colon == NULL) {
        return expected;
    } else {
        len = (size_t)(colon - host);
        if (len == 0)
            return "names no host; 0.0.0.0:PORT and [::]:PORT listen on every address";
        if (memchr(host, ':', len) != NULL)
            return "an IPv6 address stands in brackets, for example [::1]:9464";
        if (!all_of(host, len, ".-_", isalnum))
            return expected;
    }
    if (len > SETTINGS_HOST_MAX)
        return "a host name has at most 253 bytes";
    if (!read_port(colon + 1, &listen->port))
        return "the port must be a number from 0 to 65535";
    listen->kind = LISTEN_TCP;
    memcpy(listen->host, host, len);
    listen->host[len] = '\0';
    return NULL;
}

bool settings_listen_parse(const char *text, struct settings_listen *ret_listen,
                           const char **ret_why) {
    struct settings_listen listen = {.kind = LISTEN_OFF};
    const char *why = NULL;
    if (strncmp(text, "unix:", 5) == 0)
        why = parse_unix(text + 5, &listen);
    else if (*text != '\0')
        why = parse_tcp(text, &listen);
    if (why != NULL) {
        *ret_why = why;
        return false;
    }
    *ret_listen = listen;
    return true;
}
