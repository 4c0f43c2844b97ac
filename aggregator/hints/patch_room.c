#include "hints/patch_room.h"

#include "catalog/build.h"

enum {
    SERIES_MAX = 10000000, /* most series that a catalog may allow for a service */
    GROWTH_MAX = 4         /* a label that multiplies a large family by more is not intended */
};

/* The counts that follow from the labels. */
struct counts {
    uint64_t combinations;
    uint64_t fallbacks; /* combinations with `otherwise` for every label that has one */
    bool can_fold;
};

static struct counts count(const struct patch_labels *labels) {
    struct counts counts = {1, 1, labels->added_count > 0};
    const struct catalog_family *family = labels->family;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const uint64_t bound = patch_labels_bound(labels, i);
        counts.combinations = bound_product(counts.combinations, bound);
        if (family->labels[i].otherwise >= 0 || labels->changes[i].otherwise != NULL)
            counts.can_fold = true;
        else
            counts.fallbacks = bound_product(counts.fallbacks, bound);
    }
    for (size_t i = 0; i < labels->added_count; i++)
        counts.combinations =
            bound_product(counts.combinations, patch_labels_added_bound(labels, i));
    return counts;
}

/* Fit the service when `after` series replace `before`. */
static bool fit_service(const struct catalog *catalog, uint64_t before, uint64_t after,
                        struct patch_room *room) {
    if (after > SERIES_MAX || catalog->bound - before + after > SERIES_MAX)
        return false;
    const uint64_t sum = catalog->bound - before + after;
    room->service = sum > catalog->max_series ? sum : 0;
    return true;
}

/* The number of all series derived from it. */
static uint64_t derived(const struct catalog_family *family) {
    uint64_t sum = family->bound;
    for (size_t i = 0; i < family->catalog->family_count; i++)
        if (catalog_family_origin(&family->catalog->families[i]) == family)
            sum += family->catalog->families[i].bound;
    return sum;
}

/* The number of combinations of labels of all attempts and jobs. */
static uint64_t machines(const struct catalog_set *set) {
    uint64_t sum = 0;
    for (size_t i = 0; i < set->family_count; i++)
        sum += family_has_lines(set->families[i]) ? 0 : set->families[i]->bound;
    return sum;
}

/* Fit `each` series for each combination of its labels, in place of its present ones. */
static bool fit_machine(const struct catalog_set *set, const struct patch_labels *labels,
                        uint64_t each, struct patch_room *room) {
    const struct catalog_family *family = labels->family;
    const uint64_t combinations = count(labels).combinations;
    const uint64_t before = family->combinations;
    return combinations <= CATALOG_COMBINATIONS_MAX &&
           machines(set) - before + combinations <= CATALOG_MACHINES_MAX &&
           fit_service(family->catalog, each * before, each * combinations, room);
}

bool patch_room_of_new_machine(const struct catalog_set *set, const struct patch_labels *labels,
                               uint64_t series, struct patch_room *ret_room) {
    struct patch_room room = {0, 0};
    if (!fit_machine(set, labels, series, &room))
        return false;
    *ret_room = room;
    return true;
}

/* The family's own limit for these combinations: series that are not fallbacks keep their places,
 * and a family whose series all exist from the start (`zeros`) gets room for all. 0: unchanged. */
static uint64_t limit_of(const struct catalog_family *family, const struct counts *counts) {
    const uint64_t reserved = counts->can_fold ? counts->fallbacks : 0;
    if (family->max_series >= counts->combinations)
        return 0;
    if (family->zeros || reserved > SERIES_MAX)
        return counts->combinations;
    if (reserved < family->max_series && reserved <= family->reserved)
        return 0;
    const uint64_t wanted = family->max_series - family->reserved + reserved;
    return wanted < counts->combinations ? wanted : counts->combinations;
}

static bool fit_family(const struct patch_labels *labels, struct patch_room *room) {
    const struct catalog_family *family = labels->family;
    const struct counts counts = count(labels);
    const bool cut = family->bound < family->combinations;
    if (cut && family->zeros)
        return false;
    room->family = limit_of(family, &counts);
    const uint64_t most = room->family > 0 ? room->family : family->max_series;
    const uint64_t bound = most < counts.combinations ? most : counts.combinations;
    return fit_service(family->catalog, family->bound, bound, room) &&
           (room->service == 0 || family->bound == 0 || bound / GROWTH_MAX <= family->bound);
}

bool patch_room_of_labels(const struct catalog_set *set, const struct patch_labels *labels,
                          struct patch_room *ret_room) {
    const struct catalog_family *family = labels->family;
    struct patch_room room = {0, 0};
    if (family_has_lines(family)
            ? !fit_family(labels, &room)
            : !fit_machine(set, labels, derived(family) / family->combinations, &room))
        return false;
    *ret_room = room;
    return true;
}

bool patch_room_of_more(const struct catalog *catalog, uint64_t series,
                        struct patch_room *ret_room) {
    struct patch_room room = {0, 0};
    if (!fit_service(catalog, 0, series, &room))
        return false;
    *ret_room = room;
    return true;
}

bool patch_room_has_live(const struct catalog_set *set, uint64_t live) {
    for (size_t i = 0; i < set->family_count; i++)
        live += set->families[i]->jobs != NULL ? set->families[i]->jobs->max_live : 0;
    return live <= CATALOG_LIVE_ALL_MAX;
}

bool patch_room_of_series(const struct catalog_family *family, uint64_t max_series,
                          struct patch_room *ret_room) {
    struct patch_room room = {.family = max_series};
    if (!fit_service(family->catalog, family->bound, max_series, &room))
        return false;
    *ret_room = room;
    return true;
}
