/* SPDX-License-Identifier: MIT */
/* alias.c - aliases that hold values of labels between their dots. */
#include "catalog/catalog.h"

#include <stdio.h>
#include <string.h>

static bool is_between(char c) {
    return c != '.' && c != '\0';
}

/* The length of the segment that begins here. */
static size_t segment_len(const char *text) {
    size_t len = 0;
    while (is_between(text[len]))
        len++;
    return len;
}

static int label_index(const struct catalog_family *family, const char *name, size_t len) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strlen(family->labels[i].name) == len && memcmp(family->labels[i].name, name, len) == 0)
            return (int)i;
    return -1;
}

/* Read text, {label}, or text around one label. */
static bool read_segment(const struct catalog_family *family, const char *text, size_t len,
                         struct catalog_segment *ret_segment, struct error *ret_error) {
    const char *open = memchr(text, '{', len);
    const char *close = memchr(text, '}', len);
    *ret_segment =
        (struct catalog_segment){.before = text, .before_len = (uint8_t)len, .label = -1};
    if (open == NULL && close == NULL)
        return true;
    const char *end = text + len;
    if (open == NULL || close == NULL || close < open ||
        memchr(open + 1, '{', (size_t)(end - open - 1)) != NULL ||
        memchr(close + 1, '}', (size_t)(end - close - 1)) != NULL)
        return error_set(
            ret_error, "\"%.*s\" is no part of a template: text, {LABEL}, or text around one label",
            (int)len, text);
    const size_t name_len = (size_t)(close - open) - 1;
    const int label = label_index(family, open + 1, name_len);
    if (label < 0)
        return error_set(ret_error, "the family has no label \"%.*s\"", (int)name_len, open + 1);
    if (family->labels[label].kind == LABEL_CONST)
        return error_set(ret_error, "the label \"%.*s\" is constant, and no line has to name it",
                         (int)name_len, open + 1);
    *ret_segment = (struct catalog_segment){.before = text,
                                            .before_len = (uint8_t)(open - text),
                                            .after = close + 1,
                                            .after_len = (uint8_t)(end - close - 1),
                                            .label = label};
    return true;
}

/* Whether it is worth more than a name that takes all: no label twice, and a text of its own. */
static bool check_whole(const struct catalog_alias *alias, struct error *ret_error) {
    bool has_text = false;
    for (uint32_t i = 0; i < alias->count; i++) {
        const struct catalog_segment *segment = &alias->segments[i];
        has_text = has_text || segment->before_len + segment->after_len > 0;
        for (uint32_t j = 0; j < i; j++)
            if (segment->label >= 0 && alias->segments[j].label == segment->label)
                return error_set(ret_error, "one label is in \"%s\" twice", alias->text);
    }
    return has_text || error_set(ret_error,
                                 "\"%s\" has no text of its own, so it would take every name of as "
                                 "many parts",
                                 alias->text);
}

bool catalog_alias_is_template(const char *text) {
    return strpbrk(text, "{}") != NULL;
}

bool catalog_alias_parse(struct catalog_alias *ret_alias, const struct catalog_family *family,
                         const char *text, struct error *ret_error) {
    *ret_alias = (struct catalog_alias){.text = text};
    for (const char *at = text;; at++) {
        const size_t len = segment_len(at);
        if (ret_alias->count == CATALOG_SEGMENTS_MAX)
            return error_set(ret_error, "more than %d parts between dots", CATALOG_SEGMENTS_MAX);
        if (!read_segment(family, at, len, &ret_alias->segments[ret_alias->count++], ret_error))
            return false;
        at += len;
        if (*at == '\0')
            break;
    }
    return check_whole(ret_alias, ret_error);
}

uint32_t catalog_name_split(const char *name, size_t len,
                            struct catalog_part ret_parts[CATALOG_SEGMENTS_MAX]) {
    uint32_t count = 0;
    const char *end = name + len;
    for (const char *at = name;; count++) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        const char *stop = dot != NULL ? dot : end;
        if (count == CATALOG_SEGMENTS_MAX)
            return 0;
        ret_parts[count] = (struct catalog_part){at, (size_t)(stop - at)};
        if (dot == NULL)
            return count + 1;
        at = dot + 1;
    }
}

bool catalog_segment_take(const struct catalog_segment *segment, const struct catalog_part *part,
                          struct catalog_part *ret_value) {
    const size_t around = (size_t)segment->before_len + segment->after_len;
    const bool fits = segment->label < 0 ? part->len == around : part->len > around;
    if (!fits || memcmp(part->at, segment->before, segment->before_len) != 0 ||
        (segment->after_len > 0 && memcmp(part->at + part->len - segment->after_len, segment->after,
                                          segment->after_len) != 0))
        return false;
    *ret_value = (struct catalog_part){part->at + segment->before_len, part->len - around};
    return true;
}

/* ---- two that could match one name ---- */

static bool begins(const struct catalog_segment *a, const struct catalog_segment *b) {
    return a->before_len <= b->before_len && memcmp(a->before, b->before, a->before_len) == 0;
}

static bool ends(const struct catalog_segment *a, const struct catalog_segment *b) {
    return a->after_len == 0 ||
           (a->after_len <= b->after_len &&
            memcmp(a->after, b->after + b->after_len - a->after_len, a->after_len) == 0);
}

/* Write a part that both match. Two labels: the longer text on each side, and a letter between. */
static bool put_common(const struct catalog_segment *a, const struct catalog_segment *b, char *out,
                       size_t size) {
    struct catalog_part value;
    const struct catalog_segment *text = a->label < 0 ? a : b->label < 0 ? b : NULL;
    if (text != NULL) {
        const struct catalog_part part = {text->before, text->before_len};
        (void)snprintf(out, size, "%.*s", (int)part.len, part.at);
        return catalog_segment_take(text == a ? b : a, &part, &value);
    }
    const struct catalog_segment *first = begins(a, b) ? b : begins(b, a) ? a : NULL;
    const struct catalog_segment *last = ends(a, b) ? b : ends(b, a) ? a : NULL;
    if (first == NULL || last == NULL)
        return false;
    (void)snprintf(out, size, "%.*sx%.*s", (int)first->before_len, first->before,
                   (int)last->after_len, last->after_len > 0 ? last->after : "");
    return true;
}

bool catalog_aliases_clash(const struct catalog_alias *a, const struct catalog_alias *b,
                           char *ret_name, size_t size) {
    size_t len = 0;
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        char part[2 * CATALOG_NAME_MAX + 2];
        if (!put_common(&a->segments[i], &b->segments[i], part, sizeof part))
            return false;
        const int put = snprintf(ret_name + len, size - len, "%s%s", i > 0 ? "." : "", part);
        len += (size_t)put < size - len ? (size_t)put : size - len - 1;
    }
    return true;
}
