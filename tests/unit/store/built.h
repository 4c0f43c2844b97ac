/* SPDX-License-Identifier: MIT */
/*
 * built.h - a store over families made by hand, without a file and a gate, and with owners that the
 * test chooses.
 */
#ifndef STATGATE_TESTS_STORE_BUILT_H
#define STATGATE_TESTS_STORE_BUILT_H

#include "catalog/catalog.h"
#include "region.h"
#include "store/store.h"

/* A family. Labels: none, or `u`, a pattern "integer" of `users` values, and `w`. */
struct built_family {
    const char *name;
    enum family_kind kind;
    enum family_merge merge;
    uint32_t users;
    const double *quantiles;
    uint32_t quantile_count;
    int64_t window_ms;
    const double *floor;
    const double *absent;
    int64_t ttl_ms;
    const char *const *words;  /* label `w` of declared values, ended by NULL */
    int words_default;         /* id of the label's default; 0: none */
    bool otherwise;            /* the last of `words` is the label's otherwise */
    bool users_otherwise;      /* `u` folds to "other" */
    const char *users_pattern; /* NULL: "integer" */
    const char *const *states; /* NULL: "down", "up" */
    const double *buckets;
    uint32_t bucket_count;
    bool zeros;
    bool set;            /* its series come as one set */
    uint64_t max_series; /* 0: none */
};

struct built {
    struct catalog_set set;
    struct store *store;
    struct owners *owners; /* the store's */
    struct store_time now;
    struct region region; /* of the object, if there is one */
    struct object *object;
};

/* Families in byte order of name. */
void built_init(struct built *b, const struct built_family *families, size_t count);
/* The same in two steps: the families, then the store from this memory. False when out of memory.
 */
void built_load(struct built *b, const struct built_family *families, size_t count);
bool built_open(struct built *b);
void built_done(struct built *b);
/* The families with a store in an object. */
void built_init_object(struct built *b, const struct built_family *families, size_t count);
/* The second step of that. False when out of memory. */
bool built_open_object(struct built *b);
/* Free the store and the object, keep the families. */
void built_close(struct built *b);
/* Opens the object as the next process would find it. Free it with built_drop. */
void built_image(const struct built *b, struct image *image);
void built_drop(const struct built *b, const struct image *image);
/* Makes a store in an object and restores the image into it, at the given time. */
struct store_restored built_restore(struct built *b, const struct built_family *families,
                                    size_t count, const struct image *image, struct store_time now);
/* All that a view can see, as text; to be freed. */
char *built_dump(struct built *b);
const struct catalog_family *built_family(const struct built *b, const char *name);
/* The series of user `u` (below 0: the family has no label). It is made if it does not exist. */
const struct series *built_series(struct built *b, const char *family, int u);
/* The merged value of the series, as a view shows it. */
double built_value(struct built *b, const char *family, int u);
/* Calls store_own, which must return OWN_TAKEN. Removes a series that became vacant. */
void built_own(struct built *b, const char *family, int u, owner_id owner, double value);
/* End an owner and release all it had. */
void built_end(struct built *b, owner_id owner);
/* How many series a view shows. */
size_t built_shown(struct built *b, const char *family);
struct store_figures built_figures(const struct built *b);
/* xorshift64: repeatable. */
uint64_t built_random(uint64_t *state);

#endif
