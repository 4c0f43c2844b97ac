/* SPDX-License-Identifier: MIT */
#include "books.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

const char *const family_names[FAMILIES] = {
    [COUNTS] = "counts_total", [PREPARED] = "prepared_total", [INSIDE] = "inside",
    [LEVEL] = "level",         [SECONDS] = "seconds",         [WORDS] = "words",
    [SHARED] = "shared_total", [FLUSHED] = "flushed_total",   [LIBRARY] = "library_total",
    [BRIEF] = "brief_total"};

static struct {
    _Atomic int64_t given[FAMILIES][WHO_MAX];
    _Atomic int64_t taken[FAMILIES][WHO_MAX];
    _Atomic uint64_t refused;
    _Atomic uint64_t lost;
} * books;

const char *who_labels(unsigned who) {
    static const char labels[WHO_MAX][8] = {
        "who:0", "who:1", "who:2",  "who:3",  "who:4",  "who:5",  "who:6",  "who:7",
        "who:8", "who:9", "who:10", "who:11", "who:12", "who:13", "who:14", "who:15"};
    return labels[who];
}

bool books_open(void) {
    void *at = mmap(NULL, sizeof *books, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    books = at == MAP_FAILED ? NULL : at;
    return books != NULL;
}

void books_give(enum family family, unsigned who, double n) {
    atomic_fetch_add(&books->given[family][who], (int64_t)(2 * n));
}

void books_say(unsigned who, double level) {
    atomic_store(&books->given[LEVEL][who], (int64_t)(2 * level));
}

void books_take(enum family family, unsigned who, double n) {
    atomic_fetch_add(&books->taken[family][who], (int64_t)(2 * n));
}

void books_hear(unsigned who, double level) {
    atomic_store(&books->taken[LEVEL][who], (int64_t)(2 * level));
}

void books_refuse(uint64_t samples) {
    atomic_fetch_add(&books->refused, samples);
}

void books_lose(uint64_t samples) {
    atomic_fetch_add(&books->lost, samples);
}

bool books_arrived(enum family family) {
    bool all = true;
    for (unsigned who = 0; who < WHO_MAX; who++)
        all = all &&
              atomic_load(&books->given[family][who]) == atomic_load(&books->taken[family][who]);
    return all;
}

static bool agree(enum family family, unsigned who) {
    const int64_t given = atomic_load(&books->given[family][who]);
    const int64_t taken = atomic_load(&books->taken[family][who]);
    if (family == BRIEF ? taken <= given : taken == given)
        return true;
    (void)fprintf(stderr, "%s, %s: %g given, %g arrived\n", family_names[family], who_labels(who),
                  (double)given / 2, (double)taken / 2);
    return false;
}

static int64_t sum_of(enum family family) {
    int64_t sum = 0;
    for (unsigned who = 0; who < WHO_MAX; who++)
        sum += atomic_load(&books->taken[family][who]);
    return sum;
}

static bool judge(enum family family) {
    bool good = true;
    for (unsigned who = 0; who < WHO_MAX; who++)
        good = agree(family, who) && good;
    /* INSIDE goes up and down; of BRIEF a busy machine may lose all. */
    if (family != INSIDE && family != BRIEF && sum_of(family) == 0) {
        (void)fprintf(stderr, "%s: none arrived\n", family_names[family]);
        good = false;
    }
    (void)printf("%s %g, ", family_names[family], (double)sum_of(family) / 2);
    return good;
}

bool books_close(void) {
    const uint64_t refused = atomic_load(&books->refused);
    const uint64_t lost = atomic_load(&books->lost);
    bool good = refused == lost;
    if (!good)
        (void)fprintf(stderr, "%" PRIu64 " samples were refused, %" PRIu64 " count as lost\n",
                      refused, lost);
    for (int family = 0; family < FAMILIES; family++)
        good = judge((enum family)family) && good;
    (void)printf("%" PRIu64 " refused\n", refused);
    (void)munmap(books, sizeof *books);
    return good;
}
