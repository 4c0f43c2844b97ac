/* Reads the parts of a line that are lists: packed values and labels. */
#include "sg_proto.h"

#include <string.h>

#include "sg_number.h"

/* The end of a span. The `at` of a missing span is NULL, to which nothing may be added. */
static inline const char *end_of(struct sg_span span) {
    return span.len != 0 ? span.at + span.len : span.at;
}

static const char *find(const char *at, const char *end, char byte) {
    if (at == end)
        return end;
    const char *hit = memchr(at, byte, (size_t)(end - at));
    return hit != NULL ? hit : end;
}

size_t sg_line_samples(const struct sg_line *line) {
    size_t samples = 1;

    if (line->kind != SG_LINE_METRIC || line->letter == SG_LETTER_S)
        return 1;
    for (size_t i = 0; i < line->values.len; i++)
        samples += line->values.at[i] == ':';
    return samples;
}

void sg_values_init(struct sg_values *it, const struct sg_line *line) {
    it->next = line->values.at;
    it->end = end_of(line->values);
    it->more = line->kind == SG_LINE_METRIC;
}

/* Moves on to the item after the one that ends at `stop`. */
static inline void values_pass(struct sg_values *it, const char *stop) {
    it->more = stop != it->end;
    it->next = stop + it->more;
}

bool sg_values_next(struct sg_values *it, double *ret_value, enum sg_reject *ret_reason,
                    struct sg_span *ret_text) {
    const char *at = it->next;
    const char *end = it->end;
    const char *stop;

    if (!it->more)
        return false;
    *ret_reason = SG_REJECT_NONE;
    if (at != end && (at + 1 == end || at[1] == ':') && (unsigned char)(*at - '0') < 10) {
        /* The short way for one digit: most increments are 1. */
        *ret_value = *at - '0';
        stop = at + 1;
    } else {
        double value;
        if (sg_number_scan(at, end, &stop, &value) && (stop == end || *stop == ':')) {
            *ret_value = value;
        } else {
            *ret_reason = SG_REJECT_BAD_VALUE;
            stop = find(at, end, ':');
        }
    }
    if (ret_text != NULL)
        *ret_text = (struct sg_span){.at = at, .len = (size_t)(stop - at)};
    values_pass(it, stop);
    return true;
}

bool sg_words_next(struct sg_values *it, struct sg_span *ret_word) {
    if (!it->more)
        return false;

    const char *stop = find(it->next, it->end, ':');
    *ret_word = (struct sg_span){.at = it->next, .len = (size_t)(stop - it->next)};
    values_pass(it, stop);
    return true;
}

void sg_tags_init(struct sg_tags *it, struct sg_span tags) {
    it->next = tags.at;
    it->end = end_of(tags);
    it->count = 0;
    it->more = tags.len != 0;
}

/* Returns what is wrong with the tag, and in *ret_bytes the bytes that are wrong. */
static enum sg_reject tag_check(const struct sg_tag *tag, struct sg_span item, unsigned count,
                                struct sg_span *ret_bytes) {
    *ret_bytes = item;
    if (count > SG_LABELS_MAX)
        return SG_REJECT_TOO_LONG;
    if (tag->key.len == 0)
        return SG_REJECT_MALFORMED;
    if (tag->key.len > SG_NAME_MAX) {
        *ret_bytes = tag->key;
        return SG_REJECT_TOO_LONG;
    }
    if (tag->value.len > SG_LABEL_VALUE_MAX) {
        *ret_bytes = tag->value;
        return SG_REJECT_TOO_LONG;
    }
    return SG_REJECT_NONE;
}

bool sg_tags_next(struct sg_tags *it, struct sg_tag *ret_tag, enum sg_reject *ret_reason) {
    struct sg_span item = {0};

    while (it->more && item.len == 0) {
        const char *stop = find(it->next, it->end, ',');
        item = (struct sg_span){.at = it->next, .len = (size_t)(stop - it->next)};
        it->more = stop != it->end;
        it->next = stop + it->more;
    }
    if (item.len == 0)
        return false;
    it->count++;

    const char *end = item.at + item.len;
    const char *colon = find(item.at, end, ':');
    struct sg_tag tag = {.key = {.at = item.at, .len = (size_t)(colon - item.at)}};
    if (colon != end)
        tag.value = (struct sg_span){.at = colon + 1, .len = (size_t)(end - colon) - 1};

    struct sg_span bytes;
    *ret_reason = tag_check(&tag, item, it->count, &bytes);
    if (*ret_reason != SG_REJECT_NONE) {
        it->more = false;
        tag = (struct sg_tag){.key = bytes};
    }
    *ret_tag = tag;
    return true;
}
