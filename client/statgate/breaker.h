/* SPDX-License-Identifier: MIT */
/*
 * breaker.h - ask a circuit breaker of the daemon whether an attempt may be made.
 */
#ifndef STATGATE_CLIENT_BREAKER_H
#define STATGATE_CLIENT_BREAKER_H

#include "page.h"

/*
 * A breaker as one handle sees it, in the caller's memory. It needs no release. A zeroed breaker
 * allows everything. Use it in the handle's thread. When the handle is closed it allows everything,
 * and it works as before when the handle is opened again.
 */
struct statgate_breaker {
    struct statgate *sg;
    uint64_t tag;
    uint64_t generation; /* of the page when the slot was last searched */
    uint32_t slot;       /* byte offset in the page */
    uint32_t last_epoch; /* half-open epoch in which an attempt was last allowed */
    bool listed;         /* the slot is this breaker's */
};

/* FNV-1a, 64 bits. */
static inline uint64_t statgate_hash_(const char *text, size_t len) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* A breaker's tag in the page: the sum of the hashes of its name and labels, in any order. */
static inline uint64_t statgate_tag_(const char *name, const char *labels) {
    uint64_t tag = statgate_hash_(name, strlen(name));
    while (labels != NULL && *labels != '\0') {
        size_t len = strcspn(labels, ",");
        if (len != 0) {
            tag += statgate_hash_(labels, len);
        }
        labels += labels[len] == ',' ? len + 1 : len;
    }
    return tag == 0 ? 1 : tag;
}

static inline bool statgate_breaker_search_(struct statgate_breaker *b) {
    uint32_t at = (uint32_t)(b->tag ^ (b->tag >> 32));
    for (uint32_t i = 0; i < STATGATE_PAGE_SLOTS_; i++) {
        uint32_t slot = STATGATE_PAGE_SLOTS_AT_ + 16u * ((at + i) % STATGATE_PAGE_SLOTS_);
        uint64_t tag = statgate_load64_(b->sg->page + slot);
        if (tag == b->tag) {
            b->slot = slot;
            return true;
        }
        if (tag == 0) {
            break;
        }
    }
    return false;
}

/* The breaker's slot in an up-to-date page, or NULL. */
static inline const unsigned char *statgate_breaker_find_(struct statgate_breaker *b) {
    struct statgate *sg = b->sg;
    if (sg == NULL || !sg->open || !statgate_page_live_(sg)) {
        return NULL;
    }
    uint64_t generation = statgate_load64_(sg->page + STATGATE_PAGE_GENERATION_);
    if (generation != b->generation) {
        b->generation = generation;
        b->last_epoch = 0; /* another daemon has its own epochs */
        b->listed = statgate_breaker_search_(b);
    }
    return b->listed ? sg->page + b->slot : NULL;
}

/* Whether an attempt is allowed when the page does not simply show a closed breaker. */
STATGATE_APART_ bool statgate_breaker_ask_(struct statgate_breaker *b) {
    int saved = errno;
    bool allowed = true;
    const unsigned char *slot = statgate_breaker_find_(b);
    if (slot != NULL) {
        uint32_t state = statgate_load32_(slot + 8);
        uint32_t epoch = state >> 2;
        /* Check the tag again: if the page just changed, the state may be another breaker's. */
        if (statgate_load64_(slot) != b->tag) {
            allowed = true;
        } else if ((state & 3u) == 1u) {
            allowed = false;
        } else if ((state & 3u) == 2u) {
            allowed = epoch != b->last_epoch;
            b->last_epoch = epoch;
        }
    }
    errno = saved;
    return allowed;
}

/**
 * Prepare to ask one of the daemon's breakers. `name` and `labels` are those of statgate_attempt,
 * with labels in any order; the texts are not kept. Returns whether the daemon publishes the
 * breaker now. False is not an error: the breaker is looked up again when a daemon starts. The
 * handle must not move while the breaker is in use. Each thread needs only one struct for each
 * breaker, opened on its own handle.
 */
static inline bool statgate_breaker_open(struct statgate_breaker *breaker, struct statgate *sg,
                                         const char *name, const char *labels) {
    int saved = errno;
    memset(breaker, 0, sizeof *breaker);
    breaker->sg = sg;
    breaker->tag = statgate_tag_(name == NULL ? "" : name, labels);
    breaker->slot = STATGATE_PAGE_SLOTS_AT_;
    bool listed = statgate_breaker_find_(breaker) != NULL;
    errno = saved;
    return listed;
}

/**
 * Whether this attempt may be made. True while the breaker is closed, false while it is open; while
 * it is half-open, true once per epoch and breaker struct. Also true when the state is unknown:
 * there is no daemon, no page or no such breaker, or the daemon's last beat is three seconds old.
 *
 * It costs a few memory reads while the breaker is closed, which is nearly always, and a clock read
 * otherwise. A missing page is looked for at each reconnect, and by this call at most once a
 * second.
 */
static inline bool statgate_breaker_allow(struct statgate_breaker *breaker) {
    const unsigned char *page = breaker->sg == NULL ? NULL : breaker->sg->page;
    if (page != NULL && statgate_load64_(page + breaker->slot) == breaker->tag &&
        (statgate_load32_(page + breaker->slot + 8) & 3u) == 0) {
        return true;
    }
    return statgate_breaker_ask_(breaker);
}

#endif
