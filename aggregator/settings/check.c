/* Checks of texts beyond their kind. Nothing here looks at the system. */
#include "settings/check.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/listen_address.h"
#include "base/text.h"

const char *check_any(const char *text) {
    (void)text;
    return NULL;
}

const char *check_path(const char *text) {
    return *text == '\0' ? "an empty path names nothing" : NULL;
}

/* Size of sun_path without its terminator (unix(7)). */
enum { SOCKET_PATH_MAX = 107 };

const char *check_socket(const char *text) {
    if (*text == '\0')
        return "the socket needs a path";
    if (*text == '@')
        return "an abstract socket has no permissions; name a path";
    if (strlen(text) > SOCKET_PATH_MAX)
        return "a socket's path has at most 107 bytes";
    return NULL;
}

const char *check_control(const char *text) {
    return *text == '\0' ? NULL : check_socket(text);
}

const char *check_listen(const char *text) {
    struct listen_address address;
    const char *why = NULL;
    (void)listen_address_parse(text, &address, &why);
    return why;
}

const char *check_metrics_path(const char *text) {
    const size_t len = strlen(text);
    if (*text != '/')
        return "the path must start with /, for example /metrics";
    if (text[len - 1] == '/')
        return "the path must not end with /";
    if (len > 200)
        return "the path has at most 200 bytes";
    for (const char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("/-._~", *at) == NULL)
            return "the path is made of letters, digits and / - . _ ~";
    if (strstr(text, "//") != NULL || strstr(text, "/.") != NULL)
        return "the path must not have empty parts, nor parts that start with a dot";
    if (text_is_below(text, "/debug") || text_is_below(text, "/-") ||
        text_is_below(text, "/healthz") || text_is_below(text, "/readyz"))
        return "/debug, /-, /healthz and /readyz are taken";
    return NULL;
}

/* The words of the list are checked one by one; value.c refuses "all" and "none" beside others. */
const char *check_groups(const char *text) {
    if (*text == '\0')
        return "an empty group name; write all, none, or names separated by commas";
    if (strpbrk(text, "*?") != NULL)
        return "groups have no wildcards; name each, as statgate check lists them";
    for (const char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("_-.", *at) == NULL)
            return "group names are made of letters, digits and _ - .";
    return NULL;
}

const char *check_hosts(const char *text) {
    const char *name = *text == '.' ? text + 1 : text;
    if (*name == '\0')
        return "an empty name; write names as in an address, separated by commas";
    if (strchr(text, '*') != NULL)
        return "names have no wildcards; .SUFFIX is all names that end so";
    if (strchr(text, ':') != NULL)
        return "a name without a port; IP addresses need not be listed";
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("_-.", *at) == NULL)
            return "names are made of letters, digits and _ - .";
    if (*name == '.' || strstr(name, "..") != NULL || name[strlen(name) - 1] == '.')
        return "names have no empty parts, and no dot at the end";
    return NULL;
}
