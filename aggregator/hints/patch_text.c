#include "hints/patch_text.h"

#include "base/utf8.h"
#include "catalog/catalog.h"

static bool has_any(struct sg_span text, const char *bytes) {
    for (size_t i = 0; i < text.len; i++)
        if (strchr(bytes, text.at[i]) != NULL)
            return true;
    return false;
}

bool patch_text_is_value(struct sg_span text) {
    if (text.len == 0 || text.len > CATALOG_VALUE_MAX || has_any(text, ",|"))
        return false;
    for (size_t at = 0; at < text.len;) {
        const size_t len = utf8_len(text.at + at, text.len - at);
        const unsigned char first = (unsigned char)text.at[at];
        if (len == 0 || first < 0x20 || first == 0x7f)
            return false;
        at += len;
    }
    return true;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool patch_text_is_name(struct sg_span text) {
    if (text.len == 0 || text.len > CATALOG_NAME_MAX || !is_letter(text.at[0]))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter(text.at[i]) && !(text.at[i] >= '0' && text.at[i] <= '9'))
            return false;
    return true;
}

bool patch_text_is_whole_name(struct sg_span text) {
    return patch_text_is_value(text) && !has_any(text, ":*?$^()[]{}\\");
}

bool patch_text_is_among(const struct sg_span *texts, size_t count, struct sg_span text) {
    for (size_t i = 0; i < count; i++)
        if (sg_span_same(texts[i], text))
            return true;
    return false;
}
