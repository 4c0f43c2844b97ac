/* Makes a label's value of a path. */
#include "self/file_label.h"

#include <string.h>

#include "base/utf8.h"

/* What is left of a long path begins with a character, not within one. */
static const char *end_of(const char *path) {
    const size_t len = strlen(path);
    const char *at = len > CATALOG_VALUE_MAX ? path + len - CATALOG_VALUE_MAX : path;
    while (at > path && ((unsigned char)*at & 0xc0) == 0x80)
        at++;
    return at;
}

void file_label(const char *path, char ret_text[CATALOG_VALUE_MAX + 1]) {
    char *out = ret_text;
    for (const char *at = end_of(path); *at != '\0';) {
        const size_t len = utf8_len(at, strlen(at));
        if (len == 0 || (unsigned char)*at < ' ' || *at == 0x7f || strchr(",|", *at) != NULL) {
            *out++ = '?';
            at++;
            continue;
        }
        memcpy(out, at, len);
        out += len;
        at += len;
    }
    *out = '\0';
}
