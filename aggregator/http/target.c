/*
 * target.c - see target.h.
 */
#include "http/target.h"

#include <string.h>

#include "base/text.h"

/* Decode in place: the result is never longer. In a query, `+` is a blank, as forms encode it. */
static bool decode(char *text, bool query) {
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        if (*in != '%') {
            *out++ = query && *in == '+' ? ' ' : *in;
            continue;
        }
        const int high = text_hex_digit(in[1]);
        const int low = high >= 0 ? text_hex_digit(in[2]) : -1;
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *out++ = (char)(high << 4 | low);
        in += 2;
    }
    *out = '\0';
    return true;
}

static const char **parameter(struct target *target, const char *name) {
#define PARAMETER(field, text)                                                                     \
    if (strcmp(name, text) == 0)                                                                   \
        return &target->field;
#include "http/target.def"
#undef PARAMETER
    return NULL;
}

static bool parse_query(char *query, struct target *target) {
    while (query != NULL) {
        char *next = strchr(query, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(query, '=');
        if (value != NULL)
            *value++ = '\0';
        else
            value = query + strlen(query);
        const bool empty = *query == '\0' && *value == '\0';
        const char **place = decode(query, true) ? parameter(target, query) : NULL;
        if (place == NULL && !empty && target->unknown == NULL)
            target->unknown = query;
        if (place != NULL && *place == NULL) {
            if (!decode(value, true))
                return false;
            *place = value;
        }
        query = next;
    }
    return true;
}

bool target_parse(char *text, struct target *ret_target, const char **ret_reason) {
    struct target target = {.path = text};
    if (strchr(text, ' ') != NULL || strchr(text, '\t') != NULL) {
        *ret_reason = "the target has a blank, which is %20";
        return false;
    }
    char *query = strchr(text, '?');
    if (query != NULL)
        *query++ = '\0';
    char *path = text;
    /* Absolute form (RFC 9112 section 3.2.2). */
    char *scheme_end = strstr(path, "://");
    if (path[0] != '/' && scheme_end != NULL) {
        char *slash = strchr(scheme_end + 3, '/');
        target.authority = scheme_end + 3;
        target.authority_len =
            slash != NULL ? (size_t)(slash - target.authority) : strlen(target.authority);
        /* An empty path means the root; the text before it has room for that. */
        if (slash == NULL) {
            path[0] = '/';
            path[1] = '\0';
        } else {
            path = slash;
        }
    }
    target.path = path;
    if (!decode(path, false)) {
        *ret_reason = "the path has a % that two hexadecimal digits other than 00 do not follow";
        return false;
    }
    if (!parse_query(query, &target)) {
        *ret_reason = "a parameter has a % that two hexadecimal digits other than 00 do not follow";
        return false;
    }
    *ret_target = target;
    return true;
}

bool target_limit(const char *text, size_t *ret_limit) {
    size_t limit = 0;
    if (text == NULL) {
        *ret_limit = 0;
        return true;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return false;
        limit = limit * 10 + (size_t)(*at - '0');
        if (limit > TARGET_LIMIT_MAX)
            return false;
    }
    if (limit == 0)
        return false;
    *ret_limit = limit;
    return true;
}
