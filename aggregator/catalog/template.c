/* Keys of route templates, as in GET /v1/images/{name}. */
#include <string.h>

#include "catalog/catalog.h"

static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static size_t name_len(const char *text, size_t len) {
    size_t at = 0;
    while (at < len && (is_letter(text[at]) || (at > 0 && text[at] >= '0' && text[at] <= '9')))
        at++;
    return at;
}

/* Append the text between the braces to the key, without the name. Returns false if it is not a
 * variable. */
static bool variable_key(const char *text, size_t len, char *key, size_t *key_len) {
    const size_t star = len > 0 && text[0] == '*';
    const size_t name = name_len(text + star, len - star);
    const char *rest = text + star + name;
    const size_t rest_len = len - star - name;
    const bool is_end = name == 0 && star == 0 && rest_len == 1 && rest[0] == '$';
    const bool is_rest = name > 0 && star == 0 && rest_len == 3 && memcmp(rest, "...", 3) == 0;
    if (!is_end && !is_rest && (name == 0 || rest_len > 0))
        return false;
    memcpy(key + *key_len, text, star);
    memcpy(key + *key_len + star, rest, rest_len);
    *key_len += star + rest_len;
    return true;
}

size_t catalog_template_key(const char *text, size_t len, char ret_key[CATALOG_VALUE_MAX + 1]) {
    if (len > CATALOG_VALUE_MAX)
        return 0;
    size_t key_len = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] == '}')
            return 0;
        ret_key[key_len++] = text[at];
        if (text[at] != '{')
            continue;
        const char *close = memchr(text + at, '}', len - at);
        if (close == NULL)
            return 0;
        const size_t end = (size_t)(close - text);
        if (!variable_key(text + at + 1, end - at - 1, ret_key, &key_len))
            return 0;
        ret_key[key_len++] = '}';
        at = end;
    }
    ret_key[key_len] = '\0';
    return key_len;
}
