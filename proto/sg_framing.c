#include "sg_framing.h"

#include <string.h>

static const char event_head[] = {'_', 'e', '{'};
static const char check_head[] = {'_', 's', 'c', '|'};

bool sg_framing_is_event(struct sg_span text) {
    return text.len >= sizeof event_head && memcmp(text.at, event_head, sizeof event_head) == 0;
}

bool sg_framing_is_check(struct sg_span text) {
    return text.len >= sizeof check_head && memcmp(text.at, check_head, sizeof check_head) == 0;
}

/* Reads one expected byte at *at, and moves *at past it. */
static bool take(struct sg_span text, size_t *at, char byte) {
    if (*at == text.len || text.at[*at] != byte)
        return false;
    ++*at;
    return true;
}

/* Reads decimal digits at *at, and moves *at past them. False for more than the length of a
 * line. */
static bool take_length(struct sg_span text, size_t *at, size_t *ret_len) {
    size_t pos = *at;
    size_t sum = 0;

    for (; pos != text.len && text.at[pos] >= '0' && text.at[pos] <= '9'; pos++) {
        sum = sum * 10 + (size_t)(text.at[pos] - '0');
        if (sum > SG_LINE_MAX)
            return false;
    }
    if (pos == *at)
        return false;
    *at = pos;
    *ret_len = sum;
    return true;
}

bool sg_framing_event(struct sg_span text, size_t *ret_offset) {
    size_t at = sizeof event_head;
    size_t title_len;
    size_t text_len;
    size_t title_len_at = at;
    size_t text_len_at;

    if (!take_length(text, &at, &title_len) || !take(text, &at, ','))
        goto wrong;
    text_len_at = at;
    if (!take_length(text, &at, &text_len) || !take(text, &at, '}') || !take(text, &at, ':'))
        goto wrong;
    if (title_len > text.len - at) {
        at = title_len_at;
        goto wrong;
    }
    at += title_len;
    if (!take(text, &at, '|'))
        goto wrong;
    if (text_len > text.len - at) {
        at = text_len_at;
        goto wrong;
    }
    at += text_len;
    if (at == text.len || text.at[at] == '|')
        return true;
wrong:
    *ret_offset = at;
    return false;
}

bool sg_framing_check(struct sg_span text, size_t *ret_offset) {
    const size_t name_at = sizeof check_head;
    const char *bar = memchr(text.at + name_at, '|', text.len - name_at);

    if (bar == NULL) {
        *ret_offset = text.len;
        return false;
    }
    if (bar == text.at + name_at) {
        *ret_offset = name_at;
        return false;
    }

    size_t status_at = (size_t)(bar - text.at) + 1;
    size_t behind = status_at + 1;
    if (status_at == text.len || text.at[status_at] < '0' || text.at[status_at] > '3' ||
        (behind != text.len && text.at[behind] != '|')) {
        *ret_offset = status_at;
        return false;
    }
    return true;
}
