/*
 * undo.h - takes back changes of the object if the process ends in the middle of them.
 *
 * Before a word of the object changes, its old value is noted here; a commit forgets the notes. The
 * process may be killed between any two instructions: a reader of the object then puts the noted
 * values back, the last one first, and finds all of a sample's changes or none. A commit is one
 * store of one word (`state`), and may move the position in the inbox at the same moment.
 *
 *   undo_word(undo, &series->value);   note
 *   series->value += 1;                change
 *   undo_commit_at(undo, &position);   done, and the line is behind us
 *
 * This process is the only writer, so it is enough that the compiler keeps the order of the stores.
 * Words that can be rebuilt from others (indexes, lists, counts of free places) are not noted.
 */
#ifndef STATGATE_OBJECT_UNDO_H
#define STATGATE_OBJECT_UNDO_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    UNDO_MAX = 8192,         /**< words between two commits; a power of two */
    UNDO_COUNT_BITS = 32,    /**< low bits of `state`: number of noted words */
    UNDO_POSITION_SHIFT = 32 /**< the bit above them: which position is valid */
};

/** How far the datagrams of the inbox have been applied. */
struct undo_position {
    uint16_t datagram; /**< index of the one whose lines are being applied; earlier ones are done */
    uint16_t begun;    /**< datagrams that have met their sender, */
    uint16_t ended;    /**< and those whose report was taken */
    uint16_t values;   /**< values applied of the line at `offset` */
    uint32_t offset;   /**< of the first line of `datagram` that is not completely applied */
    /** Accepted samples that are not in the ledger's books yet, all of one sender and service: the
     * sender's row, the index of the service, and their number (0: none). */
    uint32_t sender;
    uint32_t service;
    uint32_t accepted;
};

/** The same as words. A caller that commits often keeps them assembled: a position whose fields
 * were just written cannot be copied before those stores are done, which takes longer than the
 * commit of a line. */
struct undo_words {
    uint64_t counts;  /**< datagram, begun, ended, values */
    uint64_t line;    /**< offset, sender */
    uint64_t samples; /**< service, accepted */
};
_Static_assert(sizeof(struct undo_words) == sizeof(struct undo_position), "each other's bytes");

struct undo_entry {
    uint64_t at;  /**< distance from the undo record; words outside the object are ignored */
    uint64_t old; /**< the 8 bytes there */
};

struct undo {
    volatile uint64_t state;
    struct undo_position positions[2];
    struct undo_entry entries[UNDO_MAX];
};

/** Combine two halves into a word, in the order of their addresses. */
static inline uint64_t undo_pair(uint32_t first, uint32_t second) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return first | (uint64_t)second << 32;
#else
    return second | (uint64_t)first << 32;
#endif
}

/** The half at the higher address. */
static inline uint32_t undo_second(uint64_t word) {
    return (uint32_t)(word >> (undo_pair(0, 1) == 1 ? 0 : 32));
}

/** Combine these counts into a word. */
static inline uint64_t undo_counts(uint16_t datagram, uint16_t begun, uint16_t ended,
                                   uint16_t values) {
    const unsigned shift = undo_pair(0, 1) == 1 ? 16 : 0; /* of the first of each two */
    return undo_pair((uint32_t)datagram << shift | (uint32_t)begun << (16 - shift),
                     (uint32_t)ended << shift | (uint32_t)values << (16 - shift));
}

/** Keep the compiler from moving stores across this point. */
static inline void undo_barrier(void) {
    __asm__ volatile("" ::: "memory");
}

/** The same, also as seen by a process that reads the object while this one writes it. */
static inline void undo_release(void) {
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

/** Note the 8-byte word that contains `at`. More than UNDO_MAX words between two commits are a bug:
 * the first ones are overwritten. */
static inline void undo_word(struct undo *undo, const void *at) {
    const uint64_t state = undo->state;
    const uint64_t *word = (const uint64_t *)((uintptr_t)at & ~(uintptr_t)7);
    struct undo_entry *entry = &undo->entries[(uint32_t)state % UNDO_MAX];
    entry->at = (uint64_t)((uintptr_t)word - (uintptr_t)undo);
    entry->old = *word;
    undo_barrier();
    undo->state = state + 1;
    undo_barrier();
}

/** Note several words, aligned to 8 bytes, at once: separate notes would each wait until `state` is
 * stored. */
static inline void undo_several(struct undo *undo, uint64_t *const *words, size_t count) {
    const uint64_t state = undo->state;
    for (size_t i = 0; i < count; i++) {
        struct undo_entry *entry = &undo->entries[((uint32_t)state + i) % UNDO_MAX];
        entry->at = (uint64_t)((uintptr_t)words[i] - (uintptr_t)undo);
        entry->old = *words[i];
    }
    undo_barrier();
    undo->state = state + count;
    undo_barrier();
}

/** Note all words that contain some of these bytes. */
static inline void undo_range(struct undo *undo, const void *at, size_t bytes) {
    const uintptr_t end = (uintptr_t)at + bytes;
    for (uintptr_t word = (uintptr_t)at & ~(uintptr_t)7; word < end; word += 8)
        undo_word(undo, (const void *)word);
}

/** The valid position. */
static inline const struct undo_position *undo_position(const struct undo *undo) {
    return &undo->positions[undo->state >> UNDO_POSITION_SHIFT & 1];
}

/** The number of noted words. */
static inline uint32_t undo_count(const struct undo *undo) {
    return (uint32_t)undo->state;
}

/** Keep the changes. */
static inline void undo_commit(struct undo *undo) {
    undo_barrier();
    undo->state = undo->state & ~(uint64_t)UINT32_MAX;
    undo_barrier();
}

/** Keep the changes, and move the position to this one. */
static inline void undo_commit_words(struct undo *undo, struct undo_words words) {
    const uint64_t holds = undo->state >> UNDO_POSITION_SHIFT & 1;
    unsigned char *to = (unsigned char *)&undo->positions[holds ^ 1];
    memcpy(to, &words.counts, sizeof words.counts);
    undo_barrier(); /* one by one */
    memcpy(to + 8, &words.line, sizeof words.line);
    undo_barrier();
    memcpy(to + 16, &words.samples, sizeof words.samples);
    undo_barrier();
    undo->state = (holds ^ 1) << UNDO_POSITION_SHIFT;
    undo_barrier();
}

/** Keep the changes, and move the position to this one. */
static inline void undo_commit_at(struct undo *undo, const struct undo_position *position) {
    struct undo_words words;
    memcpy(&words, position, sizeof words);
    undo_commit_words(undo, words);
}

#endif
