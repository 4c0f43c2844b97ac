/* Matches the present families with those that an image describes. */
#include "object/match.h"

#include <string.h>

#include "base/text.h"
#include "catalog/pattern.h"
#include "object/families.h"

/* A present family. */
struct match_entry {
    uint32_t former;      /* index in the image, or OBJECT_NONE */
    uint32_t restarted;   /* enum match_reason; MATCH_REASON_COUNT: does not start again */
    uint32_t first_label; /* index in `labels` */
};

struct match {
    const struct memory *memory;
    const struct catalog_set *set;
    struct families_read former;
    const struct catalog **catalogs;        /* by index in the image; NULL: none */
    const struct catalog_family **families; /* by index in the image; NULL: none */
    struct match_entry *entries;            /* by index in the present set */
    uint32_t *labels;                       /* labels of all present families: see match_label */
    uint64_t restarted[MATCH_REASON_COUNT];
};

/* ---- which family it is ---- */

static bool is_text(const struct families_text *text, const char *word) {
    return text_is(text->at, text->len, word != NULL ? word : "");
}

static bool has_type(const struct families_family *former, const struct catalog_family *family) {
    return is_text(&former->type, family->kind->type) && former->source == family->source;
}

/* Match the labels. Both families have them in order of name; a damaged image with another order
 * does not match. */
static bool has_labels(const struct match *match, const struct families_family *former,
                       const struct catalog_family *family) {
    uint32_t *labels = &match->labels[match->entries[family->index].first_label];
    uint32_t next = 0;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const bool here =
            next < former->label_count &&
            is_text(&match->former.labels[former->first_label + next].name, family->labels[i].name);
        if (!here && family->labels[i].default_value < 0)
            return false;
        labels[i] = here ? next++ : OBJECT_NONE;
    }
    return next == former->label_count;
}

static bool has_buckets(const struct families_family *former, const struct catalog_family *family) {
    return former->bucket_count == family->bucket_count &&
           (family->bucket_count == 0 ||
            memcmp(former->buckets, family->buckets, family->bucket_count * sizeof(double)) == 0);
}

/* Why it is not the present family of the same service and name; MATCH_REASON_COUNT: it is. */
static uint32_t compare(const struct match *match, uint32_t number,
                        const struct catalog_family *family) {
    const struct families_family *former = &match->former.items[number];
    if (!has_type(former, family))
        return MATCH_TYPE;
    if (!has_labels(match, former, family))
        return MATCH_LABELS;
    if (!has_buckets(former, family))
        return MATCH_BUCKETS;
    if (former->merge != family->merge)
        return MATCH_MERGE;
    if (former->window_ms != family->window_ms)
        return MATCH_WINDOW;
    return MATCH_REASON_COUNT;
}

/* ---- making ---- */

static void match_catalogs(struct match *match) {
    for (uint32_t i = 0; i < match->former.catalog_count; i++) {
        const struct families_text *service = &match->former.catalogs[i].service;
        match->catalogs[i] = catalog_set_find(match->set, service->at, service->len);
    }
}

static void init_entries(struct match *match) {
    uint32_t labels = 0;
    for (size_t i = 0; i < match->set->family_count; i++) {
        match->entries[i] = (struct match_entry){
            .former = OBJECT_NONE, .restarted = MATCH_REASON_COUNT, .first_label = labels};
        labels += match->set->families[i]->label_count;
    }
}

static void match_family_of(struct match *match, uint32_t number) {
    const struct families_family *former = &match->former.items[number];
    const struct catalog *catalog = match->catalogs[former->catalog];
    const struct catalog_family *family =
        catalog != NULL ? catalog_family_find(catalog, former->name.at, former->name.len) : NULL;
    if (family == NULL || match->entries[family->index].former != OBJECT_NONE)
        return;
    struct match_entry *entry = &match->entries[family->index];
    const uint32_t reason = compare(match, number, family);
    /* Values of a query come back with its next run, whatever else changed. */
    entry->restarted = reason == MATCH_TYPE || family->source != SOURCE_QUERY
                           ? reason
                           : (uint32_t)MATCH_REASON_COUNT;
    if (reason != MATCH_REASON_COUNT)
        return;
    entry->former = number;
    match->families[number] = family;
}

static void match_families(struct match *match) {
    for (uint32_t i = 0; i < match->former.family_count; i++)
        match_family_of(match, i);
}

static void count_restarted(struct match *match) {
    const struct catalog_family *family;
    enum match_reason reason;
    for (size_t at = 0; match_next_restarted(match, &at, &family, &reason);)
        match->restarted[reason]++;
}

static size_t count_labels(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        count += set->families[i]->label_count;
    return count;
}

static bool make_room(struct match *match) {
    match->catalogs =
        memory_array(match->memory, match->former.catalog_count, sizeof *match->catalogs);
    match->families =
        memory_array(match->memory, match->former.family_count, sizeof *match->families);
    match->entries = memory_array(match->memory, match->set->family_count, sizeof *match->entries);
    match->labels =
        memory_array(match->memory, count_labels(match->set) + 1, sizeof *match->labels);
    return match->catalogs != NULL && match->families != NULL && match->entries != NULL &&
           match->labels != NULL;
}

static size_t count_lists(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        count += set->families[i]->label_count + 1;
    return count;
}

/* Twice the description: the image has a copy as well. */
uint64_t match_bytes(const struct catalog_set *set) {
    return sizeof(struct match) + 2 * families_bytes(set) +
           set->count * (sizeof(struct families_catalog) + sizeof(struct catalog *)) +
           set->family_count * (sizeof(struct families_family) + sizeof(struct match_entry) +
                                sizeof(struct catalog_family *) + sizeof(bool)) +
           count_labels(set) * (sizeof(struct families_label) + sizeof(uint32_t)) +
           count_lists(set) * sizeof(struct families_list);
}

struct match *match_new(const struct memory *memory, const struct image *image,
                        const struct catalog_set *set, struct error *ret_error) {
    struct match *match = memory_alloc(memory, sizeof *match);
    if (match == NULL) {
        error_no_memory(ret_error);
        return NULL;
    }
    match->memory = memory;
    match->set = set;
    if (!families_read(memory, image_families(image), image->families_bytes, &match->former,
                       ret_error) ||
        (!make_room(match) && !error_no_memory(ret_error))) {
        match_free(match);
        return NULL;
    }
    match_catalogs(match);
    init_entries(match);
    match_families(match);
    count_restarted(match);
    return match;
}

void match_free(struct match *match) {
    if (match == NULL)
        return;
    families_read_done(match->memory, &match->former);
    memory_release(match->memory, match->catalogs);
    memory_release(match->memory, match->families);
    memory_release(match->memory, match->entries);
    memory_release(match->memory, match->labels);
    memory_release(match->memory, match);
}

/* ---- asking ---- */

const struct catalog_family *match_family(const struct match *match, uint32_t family) {
    return family < match->former.family_count ? match->families[family] : NULL;
}

bool match_is_carried(const struct match *match, uint32_t family) {
    if (family >= match->former.family_count || match->former.items[family].source == SOURCE_QUERY)
        return false;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (kind_rows[kind].is_machine &&
            is_text(&match->former.items[family].type, kind_rows[kind].type))
            return false;
    return true;
}

uint32_t match_former(const struct match *match, const struct catalog_family *family) {
    return match->entries[family->index].former;
}

const struct catalog *match_catalog(const struct match *match, uint32_t catalog) {
    return catalog < match->former.catalog_count ? match->catalogs[catalog] : NULL;
}

const char *match_reason_text(enum match_reason reason) {
    static const char *const texts[MATCH_REASON_COUNT] = {[MATCH_TYPE] = "type",
                                                          [MATCH_LABELS] = "labels",
                                                          [MATCH_BUCKETS] = "buckets",
                                                          [MATCH_MERGE] = "merge",
                                                          [MATCH_WINDOW] = "window"};
    return texts[reason];
}

bool match_next_restarted(const struct match *match, size_t *at,
                          const struct catalog_family **ret_family, enum match_reason *ret_reason) {
    while (*at < match->set->family_count) {
        const struct catalog_family *family = match->set->families[(*at)++];
        const uint32_t reason = match->entries[family->index].restarted;
        if (reason == MATCH_REASON_COUNT || !family_has_lines(family))
            continue;
        *ret_family = family;
        *ret_reason = (enum match_reason)reason;
        return true;
    }
    return false;
}

uint64_t match_restarted(const struct match *match, enum match_reason reason) {
    return match->restarted[reason];
}

/* The image's family that matches a present one, or NULL. */
static const struct families_family *former_of(const struct match *match,
                                               const struct catalog_family *family) {
    const uint32_t index = match_former(match, family);
    return index != OBJECT_NONE ? &match->former.items[index] : NULL;
}

uint32_t match_label_count(const struct match *match, const struct catalog_family *family) {
    const struct families_family *former = former_of(match, family);
    return former != NULL ? former->label_count : 0;
}

uint32_t match_label(const struct match *match, const struct catalog_family *family,
                     uint32_t label) {
    if (former_of(match, family) == NULL || label >= family->label_count)
        return OBJECT_NONE;
    return match->labels[match->entries[family->index].first_label + label];
}

uint32_t match_quantile(const struct match *match, const struct catalog_family *family,
                        uint32_t quantile) {
    const struct families_family *former = former_of(match, family);
    if (former == NULL || quantile >= family->quantile_count)
        return OBJECT_NONE;
    for (uint32_t i = 0; i < former->quantile_count && i < CATALOG_QUANTILES_MAX; i++) {
        double number;
        memcpy(&number, former->quantiles + i * sizeof number, sizeof number);
        if (number == family->quantiles[quantile])
            return i;
    }
    return OBJECT_NONE;
}

/* The values that the image's catalog declared for a label, or NULL. */
static const struct families_list *list_of(const struct match *match,
                                           const struct catalog_family *family, uint32_t label) {
    const struct families_family *former = former_of(match, family);
    const uint32_t own = match_label(match, family, label);
    uint32_t list = OBJECT_NONE;
    if (former != NULL && label == family->label_count)
        list = former->states;
    else if (own != OBJECT_NONE)
        list = match->former.labels[former->first_label + own].list;
    return list != OBJECT_NONE ? &match->former.lists[list] : NULL;
}

uint32_t match_declared(const struct match *match, const struct catalog_family *family,
                        uint32_t label) {
    const struct families_list *list = list_of(match, family, label);
    return list != NULL ? list->count : 0;
}

bool match_text(const struct match *match, const struct catalog_family *family, uint32_t label,
                uint32_t id, const char **ret_text, size_t *ret_len) {
    const struct families_list *list = list_of(match, family, label);
    struct families_text text;
    if (list == NULL || !families_read_text(list, id, &text))
        return false;
    *ret_text = text.at;
    *ret_len = text.len;
    return true;
}

enum match_value match_value(const struct catalog_label *label, const char *text, size_t len,
                             int32_t *ret_id) {
    const int32_t id = catalog_label_find_text(label, text, len);
    if (id >= 0) {
        *ret_id = id;
        return MATCH_DECLARED;
    }
    if (label->kind == LABEL_PATTERN && pattern_match(label->pattern, text, len))
        return MATCH_PATTERN;
    return MATCH_REFUSED;
}
