/* SPDX-License-Identifier: MIT */
/*
 * waiting.h - the waiting lines, found by series. Samples of one series share a line.
 */
#ifndef STATGATE_CLIENT_WAITING_H
#define STATGATE_CLIENT_WAITING_H

#include "blocks.h"
#include "sample.h"

static inline struct statgate_line_ *statgate_line_at_(struct statgate *sg, uint16_t line) {
    return &sg->lines[line - 1];
}

/*
 * Hashes eight bytes at a time, since every waiting sample is hashed. (Breakers use the bytewise
 * hash that the format of their page requires.)
 */
static inline uint64_t statgate_mix_(uint64_t hash, const char *text, size_t len) {
    uint64_t word;
    for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    word = len;
    if (len != 0) {
        memcpy(&word, text, len);
    }
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 32);
}

static inline uint32_t statgate_series_hash_(const struct statgate_sample_ *sample) {
    uint64_t hash = statgate_mix_((unsigned char)sample->letter, sample->name, sample->name_len);
    return (uint32_t)statgate_mix_(hash, sample->labels, sample->labels_len);
}

/* The newest waiting line of the sample's series; 0 if there is none. */
static inline uint16_t statgate_find_line_(struct statgate *sg,
                                           const struct statgate_sample_ *sample, uint32_t hash) {
    uint16_t number = sg->buckets[hash % STATGATE_BUCKETS_];
    while (number != 0) {
        const struct statgate_line_ *line = statgate_line_at_(sg, number);
        struct statgate_cursor_ cursor = {line->text, 0};
        if (line->hash == hash && line->letter == sample->letter &&
            line->name_len == sample->name_len && line->labels_len == sample->labels_len &&
            statgate_is_text_(sg, &cursor, sample->name, sample->name_len) &&
            statgate_is_text_(sg, &cursor, sample->labels, sample->labels_len)) {
            break;
        }
        number = line->next;
    }
    return number;
}

/* Appends a line to the sending order. */
static inline void statgate_link_line_(struct statgate *sg, uint16_t number) {
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    line->older = sg->newest;
    line->newer = 0;
    if (sg->newest != 0) {
        statgate_line_at_(sg, sg->newest)->newer = number;
    } else {
        sg->oldest = number;
    }
    sg->newest = number;
}

static inline void statgate_unlink_line_(struct statgate *sg, uint16_t number) {
    const struct statgate_line_ *line = statgate_line_at_(sg, number);
    if (line->older != 0) {
        statgate_line_at_(sg, line->older)->newer = line->newer;
    } else {
        sg->oldest = line->newer;
    }
    if (line->newer != 0) {
        statgate_line_at_(sg, line->newer)->older = line->older;
    } else {
        sg->newest = line->older;
    }
}

/* Returns a new line at the end of the sending order, with blocks for its text. NULL if the buffer
 * has no line, or not enough blocks for the text and `blocks` more. */
static inline struct statgate_line_ *statgate_new_line_(struct statgate *sg, size_t text_len,
                                                        size_t blocks) {
    uint16_t number = sg->free_line;
    size_t data_len = sizeof sg->blocks[0].data;
    if ((text_len + data_len - 1) / data_len + blocks > sg->blocks_left ||
        (number == 0 && sg->fresh_line == STATGATE_LINES_)) {
        return NULL;
    }
    if (number != 0) {
        sg->free_line = statgate_line_at_(sg, number)->newer;
    } else {
        number = ++sg->fresh_line;
    }
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    memset(line, 0, sizeof *line);
    line->text = statgate_take_text_(sg, text_len);
    statgate_link_line_(sg, number);
    return line;
}

static inline void statgate_remove_oldest_(struct statgate *sg) {
    uint16_t number = sg->oldest;
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    if (line->letter != 0) {
        uint16_t *at = &sg->buckets[line->hash % STATGATE_BUCKETS_];
        while (*at != number) {
            at = &statgate_line_at_(sg, *at)->next;
        }
        *at = line->next;
    }
    while (line->text != 0) {
        line->text = statgate_free_block_(sg, line->text);
    }
    while (line->values != 0) {
        line->values = statgate_free_block_(sg, line->values);
    }
    statgate_unlink_line_(sg, number);
    line->newer = sg->free_line;
    sg->free_line = number;
}

static inline void statgate_lose_oldest_(struct statgate *sg) {
    sg->lost += statgate_line_at_(sg, sg->oldest)->calls;
    statgate_remove_oldest_(sg);
}

/* Adds a value to a sum, unless that would no longer be exact: then returns false. */
static inline bool statgate_add_up_(bool *has, double *sum, double value) {
    double total = *has ? *sum + value : value;
    if (*has && (total >= STATGATE_EXACT_ || total <= -STATGATE_EXACT_)) {
        return false;
    }
    *has = true;
    *sum = total;
    return true;
}

/* Adds a value after the line's `have` values. False if no block is left for it. */
static inline bool statgate_add_value_(struct statgate *sg, struct statgate_line_ *line,
                                       size_t have, double value) {
    size_t slot = (line->taken + have) % STATGATE_BLOCK_VALUES_;
    if (slot == 0) {
        if (sg->blocks_left == 0) {
            return false;
        }
        uint16_t block = statgate_take_block_(sg);
        if (line->values == 0) {
            line->values = block;
        } else {
            sg->blocks[line->last_value - 1].next = block;
        }
        line->last_value = block;
    }
    memcpy(sg->blocks[line->last_value - 1].data + slot * sizeof value, &value, sizeof value);
    return true;
}

/* Adds a value to a line that holds `have` samples of the series. False if the line cannot take
 * it. */
static inline bool statgate_add_sample_(struct statgate *sg, struct statgate_line_ *line,
                                        size_t have, double value) {
    if (line->letter == 'h') {
        return statgate_add_value_(sg, line, have, value);
    }
    if (line->letter == 'g') {
        line->up = value;
        return true;
    }
    return value < 0 ? statgate_add_up_(&line->has_down, &line->down, value)
                     : statgate_add_up_(&line->has_up, &line->up, value);
}

/*
 * Merges a value of `calls` samples into a waiting line. False if the line cannot take it. A
 * gauge's line moves to the end: if each state of a thing is a series, only the order shows which
 * state came last.
 */
static inline bool statgate_merge_(struct statgate *sg, uint16_t number, double value,
                                   uint64_t calls) {
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    if (!statgate_add_sample_(sg, line, line->calls, value)) {
        return false;
    }
    line->calls += calls;
    if (line->letter == 'g') {
        statgate_unlink_line_(sg, number);
        statgate_link_line_(sg, number);
    }
    return true;
}

/* Keeps an unmerged line: a word, or a line too long to be worth a search. Returns the line, or 0
 * if there is no room. */
static inline uint16_t statgate_keep_text_(struct statgate *sg,
                                           const struct statgate_sample_ *sample) {
    size_t len = (size_t)(statgate_write_sample_(sg, sg->datagram, sample) - sg->datagram);
    struct statgate_line_ *line = statgate_new_line_(sg, len, 0);
    if (line == NULL) {
        return 0;
    }
    struct statgate_cursor_ cursor = {line->text, 0};
    statgate_set_text_(sg, &cursor, sg->datagram, len);
    line->name_len = (uint16_t)len;
    line->calls = sample->calls;
    return sg->newest;
}

/* Keeps a sample until it can be sent. Returns its line, or 0 if there is no room. */
static inline uint16_t statgate_keep_(struct statgate *sg, const struct statgate_sample_ *sample) {
    if (sample->word != NULL || statgate_frame_len_(sg, sample) > STATGATE_MERGE_BYTES_) {
        return statgate_keep_text_(sg, sample);
    }
    uint32_t hash = statgate_series_hash_(sample);
    uint16_t number = statgate_find_line_(sg, sample, hash);
    if (number != 0 && statgate_merge_(sg, number, sample->value, sample->calls)) {
        return number;
    }
    struct statgate_line_ *line = statgate_new_line_(sg, sample->name_len + sample->labels_len,
                                                     sample->letter == 'h' ? 1 : 0);
    if (line == NULL) {
        return 0;
    }
    struct statgate_cursor_ cursor = {line->text, 0};
    statgate_set_text_(sg, &cursor, sample->name, sample->name_len);
    statgate_set_text_(sg, &cursor, sample->labels, sample->labels_len);
    line->name_len = (uint16_t)sample->name_len;
    line->labels_len = (uint16_t)sample->labels_len;
    line->letter = sample->letter;
    line->hash = hash;
    line->next = sg->buckets[hash % STATGATE_BUCKETS_];
    sg->buckets[hash % STATGATE_BUCKETS_] = sg->newest;
    line->calls = sample->calls;
    statgate_add_sample_(sg, line, 0, sample->value); /* the first one has room */
    return sg->newest;
}

#endif
