#include "hints/patch_room.h"

enum {
    SERIES_MAX = 10000000,   /* of a service, as its catalog may say */
    COMBINATIONS_MAX = 1024, /* of one declaration of attempts or jobs */
    GROWTH_MAX = 4           /* nobody means a label that multiplies a large family by more */
};

static uint64_t product_of(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* What the labels come to. */
struct counts {
    uint64_t combinations;
    uint64_t fallbacks; /* combinations with otherwise on every label that has one */
    bool can_fold;
};

static struct counts count(const struct patch_labels *labels) {
    struct counts counts = {1, 1, labels->added_count > 0};
    const struct catalog_family *family = labels->family;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const uint64_t bound = patch_labels_bound(labels, i);
        counts.combinations = product_of(counts.combinations, bound);
        if (family->labels[i].otherwise >= 0 || labels->changes[i].otherwise != NULL)
            counts.can_fold = true;
        else
            counts.fallbacks = product_of(counts.fallbacks, bound);
    }
    for (size_t i = 0; i < labels->added_count; i++)
        counts.combinations = product_of(counts.combinations, patch_labels_added_bound(labels, i));
    return counts;
}

/* The service with so many series in place of so many. */
static bool fit_service(const struct catalog *catalog, uint64_t before, uint64_t after,
                        struct patch_room *room) {
    if (after > SERIES_MAX || catalog->bound - before + after > SERIES_MAX)
        return false;
    const uint64_t sum = catalog->bound - before + after;
    room->service = sum > catalog->max_series ? sum : 0;
    return true;
}

/* All series that are derived from it. */
static uint64_t derived(const struct catalog_family *family) {
    uint64_t sum = family->bound;
    for (size_t i = 0; i < family->catalog->family_count; i++)
        if (catalog_family_origin(&family->catalog->families[i]) == family)
            sum += family->catalog->families[i].bound;
    return sum;
}

static bool fit_machine(const struct catalog_family *family, uint64_t combinations,
                        struct patch_room *room) {
    const uint64_t each = family->combinations > 0 ? derived(family) / family->combinations : 0;
    return combinations <= COMBINATIONS_MAX &&
           fit_service(family->catalog, each * family->combinations, each * combinations, room);
}

bool patch_room_of_labels(const struct patch_labels *labels, struct patch_room *ret_room) {
    const struct catalog_family *family = labels->family;
    const struct counts counts = count(labels);
    struct patch_room room = {0, 0};
    if (!family_has_lines(family)) {
        if (!fit_machine(family, counts.combinations, &room))
            return false;
        *ret_room = room;
        return true;
    }
    uint64_t bound = counts.combinations;
    if (family->bound < family->combinations) {
        const uint64_t reserved = counts.can_fold ? counts.fallbacks : 0;
        bound = family->bound;
        if (family->zeros)
            return false;
        if (reserved >= bound || family->reserved < reserved)
            bound = room.family = family->bound - family->reserved + reserved;
    }
    if (!fit_service(family->catalog, family->bound, bound, &room) ||
        (room.service > 0 && family->bound > 0 && bound / GROWTH_MAX > family->bound))
        return false;
    *ret_room = room;
    return true;
}

bool patch_room_of_series(const struct catalog_family *family, uint64_t max_series,
                          struct patch_room *ret_room) {
    struct patch_room room = {.family = max_series};
    if (!fit_service(family->catalog, family->bound, max_series, &room))
        return false;
    *ret_room = room;
    return true;
}
