/* SPDX-License-Identifier: MIT */
/*
 * datagram.h - packs waiting lines into datagrams.
 */
#ifndef STATGATE_CLIENT_DATAGRAM_H
#define STATGATE_CLIENT_DATAGRAM_H

#include "waiting.h"

/* One datagram of waiting samples: the `lines` oldest lines, then `values` values of the next. */
struct statgate_batch_ {
    char *at;
    size_t len;
    size_t samples;
    size_t lines;
    size_t values;
};

/* The number of samples that the daemon will count for the line. */
static inline size_t statgate_line_samples_(const struct statgate_line_ *line) {
    if (line->letter == 'h') {
        return line->calls;
    }
    return line->letter != 'c' ? 1 : (size_t)line->has_up + (size_t)line->has_down;
}

static inline char *statgate_write_value_(char *at, double value) {
    *at++ = ':';
    return at + statgate_put_number_(at, value);
}

/* Writes the line's first observation, and as many more as fit into `room`. Returns the end. */
static inline char *statgate_write_observed_(struct statgate *sg, const struct statgate_line_ *line,
                                             char *at, size_t room, size_t *ret_values) {
    const char *start = at;
    uint16_t block = line->values;
    size_t slot = line->taken;
    size_t values = 0;
    do {
        double value;
        memcpy(&value, sg->blocks[block - 1].data + slot * sizeof value, sizeof value);
        at = statgate_write_value_(at, value);
        values++;
        if (++slot == STATGATE_BLOCK_VALUES_) {
            slot = 0;
            block = sg->blocks[block - 1].next;
        }
    } while (values < line->calls && (size_t)(at - start) + STATGATE_NUMBER_BYTES_ < room);
    *ret_values = values;
    return at;
}

/*
 * Writes a line, or as many of its values as fit, and returns its end; NULL if it does not fit. The
 * first line of a datagram is always written: the scratch buffer has room for any one line.
 */
static inline char *statgate_write_line_(struct statgate *sg, const struct statgate_line_ *line,
                                         char *at, size_t room, bool only, size_t *ret_samples) {
    struct statgate_cursor_ cursor = {line->text, 0};
    size_t numbers = line->letter == 0 ? 0 : (line->letter == 'c' ? 2 : 1);
    size_t frame_len = line->name_len + statgate_labels_len_(sg, line->labels_len);
    if (!only && frame_len + numbers * (STATGATE_NUMBER_BYTES_ + 1) > room) {
        return NULL;
    }
    *ret_samples = statgate_line_samples_(line);
    at = statgate_get_text_(sg, &cursor, at, line->name_len);
    if (line->letter == 0) {
        return at;
    }
    if (line->letter == 'h') {
        room = room > frame_len ? room - frame_len : 0;
        at = statgate_write_observed_(sg, line, at, room, ret_samples);
    }
    if (line->letter == 'g' || line->has_up) {
        at = statgate_write_value_(at, line->up);
    }
    if (line->has_down) {
        at = statgate_write_value_(at, line->down);
    }
    at = statgate_write_letter_(at, line->letter, line->labels_len != 0);
    at = statgate_get_text_(sg, &cursor, at, line->labels_len);
    return statgate_write_service_(sg, at, line->labels_len);
}

/*
 * Writes a datagram of the oldest lines. The report follows the first line, but its length is known
 * only after the samples are counted. So the first line then moves to the left to make room for it.
 *
 *     packed:   ............line one\nline two\nline three
 *     sent:     line one|q:h,s,l\nline two\nline three
 */
static inline void statgate_pack_(struct statgate *sg, struct statgate_batch_ *ret_batch) {
    char *first = sg->datagram + STATGATE_REPORT_BYTES_;
    char *first_end = NULL;
    char *end = NULL;
    memset(ret_batch, 0, sizeof *ret_batch);
    for (uint16_t number = sg->oldest; number != 0 && ret_batch->values == 0;) {
        const struct statgate_line_ *line = statgate_line_at_(sg, number);
        char *at = end == NULL ? first : end + 1;
        size_t used = (size_t)(at - sg->datagram);
        size_t samples = 0;
        char *next = statgate_write_line_(
            sg, line, at, used < sg->pack_max ? sg->pack_max - used : 0, end == NULL, &samples);
        if (next == NULL) {
            break;
        }
        if (end == NULL) {
            first_end = next;
        } else {
            *end = '\n';
        }
        end = next;
        ret_batch->samples += samples;
        if (samples == statgate_line_samples_(line)) {
            ret_batch->lines++;
        } else {
            ret_batch->values = samples;
        }
        number = line->newer;
    }
    if (end == NULL) {
        return; /* nothing waits */
    }

    char report[STATGATE_REPORT_BYTES_];
    size_t report_len = statgate_write_report_(sg, report, ret_batch->samples);
    size_t first_len = (size_t)(first_end - first);
    memmove(first - report_len, first, first_len);
    memcpy(first_end - report_len, report, report_len);
    ret_batch->at = first - report_len;
    ret_batch->len = (size_t)(end - ret_batch->at);
}

/* Whether the batch can be split into smaller datagrams. */
static inline bool statgate_is_divisible_(struct statgate *sg,
                                          const struct statgate_batch_ *batch) {
    return batch->lines + (batch->values != 0 ? 1 : 0) > 1 ||
           (batch->samples > 1 && statgate_line_at_(sg, sg->oldest)->letter == 'h');
}

/* Counts a delivered batch, and removes it from the waiting lines. */
static inline void statgate_settle_(struct statgate *sg, const struct statgate_batch_ *batch) {
    sg->delivered += batch->samples;
    for (size_t i = 0; i < batch->lines; i++) {
        const struct statgate_line_ *line = statgate_line_at_(sg, sg->oldest);
        sg->merged += line->calls - statgate_line_samples_(line);
        statgate_remove_oldest_(sg);
    }
    if (batch->values != 0) {
        struct statgate_line_ *line = statgate_line_at_(sg, sg->oldest);
        line->calls -= (uint32_t)batch->values;
        size_t taken = line->taken + batch->values;
        for (; taken >= STATGATE_BLOCK_VALUES_; taken -= STATGATE_BLOCK_VALUES_) {
            line->values = statgate_free_block_(sg, line->values);
        }
        line->taken = (uint8_t)taken;
    }
}

#endif
