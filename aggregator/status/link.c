#include "status/link.h"

#include <stdio.h>
#include <string.h>

/* Append a text, percent-encoded except for unreserved characters (RFC 3986, 2.3). */
static size_t put_encoded(char *out, size_t size, const char *text) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    enum { ENCODED = 3 };
    size_t len = 0;
    for (; *text != '\0' && len + ENCODED < size; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (strchr(plain, *text) != NULL) {
            out[len++] = *text;
            continue;
        }
        out[len++] = '%';
        out[len++] = digits[byte >> 4];
        out[len++] = digits[byte & 15];
    }
    out[len] = '\0';
    return len;
}

static size_t put(char *out, size_t size, const char *text) {
    const size_t len = strnlen(text, size - 1);
    memcpy(out, text, len);
    out[len] = '\0';
    return len;
}

static size_t put_parameter(char *out, size_t size, const char *before, const char *value) {
    const size_t len = put(out, size, before);
    return len + put_encoded(out + len, size - len, value);
}

void link_section(char *out, size_t size, const char *service, const char *family,
                  const char *section) {
    size_t len = put(out, size, "/");
    if (service != NULL)
        len += put_parameter(out + len, size - len, "?service=", service);
    if (service != NULL && family != NULL)
        len += put_parameter(out + len, size - len, "&family=", family);
    len += put(out + len, size - len, "#");
    (void)put(out + len, size - len, section);
}

void link_sender(char *out, size_t size, int32_t pid) {
    (void)snprintf(out, size, "/?pid=%d#senders", (int)pid);
}
