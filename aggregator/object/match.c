/* Finds the present families among those that an image describes. */
#include "object/match.h"

#include <string.h>

#include "base/text.h"
#include "object/families.h"

struct match {
    const struct memory *memory;
    const struct catalog_set *set;
    struct families_read former;
    const struct catalog **catalogs;        /* by the image's numbers; NULL: none */
    const struct catalog_family **families; /* likewise */
    uint32_t *formers;                      /* by the present index, or OBJECT_NONE */
};

/* ---- which family it is ---- */

static bool is_text(const struct families_text *text, const char *word) {
    return text_is(text->at, text->len, word != NULL ? word : "");
}

static bool has_numbers(const unsigned char *former, uint32_t former_count, const double *numbers,
                        uint32_t count) {
    return former_count == count &&
           (count == 0 || memcmp(former, numbers, count * sizeof *numbers) == 0);
}

static bool has_labels(const struct match *match, const struct families_family *former,
                       const struct catalog_family *family) {
    if (former->label_count != family->label_count)
        return false;
    for (uint32_t i = 0; i < family->label_count; i++)
        if (!is_text(&match->former.labels[former->first_label + i].name, family->labels[i].name))
            return false;
    return true;
}

/* Of the same name and service. */
static bool is_same(const struct match *match, const struct families_family *former,
                    const struct catalog_family *family) {
    return is_text(&former->type, family->kind->type) && former->merge == family->merge &&
           former->source == family->source && is_text(&former->unit, family->unit) &&
           former->window_ms == family->window_ms && has_labels(match, former, family) &&
           has_numbers(former->buckets, former->bucket_count, family->buckets,
                       family->bucket_count) &&
           has_numbers(former->quantiles, former->quantile_count, family->quantiles,
                       family->quantile_count);
}

/* ---- making ---- */

static void match_catalogs(struct match *match) {
    for (uint32_t i = 0; i < match->former.catalog_count; i++) {
        const struct families_text *service = &match->former.catalogs[i].service;
        match->catalogs[i] = catalog_set_find(match->set, service->at, service->len);
    }
}

static void match_families(struct match *match) {
    for (size_t i = 0; i < match->set->family_count; i++)
        match->formers[i] = OBJECT_NONE;
    for (uint32_t i = 0; i < match->former.family_count; i++) {
        const struct families_family *former = &match->former.items[i];
        const struct catalog *catalog = match->catalogs[former->catalog];
        const struct catalog_family *family =
            catalog != NULL ? catalog_family_find(catalog, former->name.at, former->name.len)
                            : NULL;
        if (family == NULL || match->formers[family->index] != OBJECT_NONE ||
            !is_same(match, former, family))
            continue;
        match->families[i] = family;
        match->formers[family->index] = i;
    }
}

static bool make_room(struct match *match) {
    match->catalogs =
        memory_array(match->memory, match->former.catalog_count, sizeof *match->catalogs);
    match->families =
        memory_array(match->memory, match->former.family_count, sizeof *match->families);
    match->formers = memory_array(match->memory, match->set->family_count, sizeof *match->formers);
    return match->catalogs != NULL && match->families != NULL && match->formers != NULL;
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
    if (!families_read(memory, image->bytes + image->families, image->families_bytes,
                       &match->former, ret_error) ||
        (!make_room(match) && !error_no_memory(ret_error))) {
        match_free(match);
        return NULL;
    }
    match_catalogs(match);
    match_families(match);
    return match;
}

void match_free(struct match *match) {
    if (match == NULL)
        return;
    families_read_done(match->memory, &match->former);
    memory_release(match->memory, match->catalogs);
    memory_release(match->memory, match->families);
    memory_release(match->memory, match->formers);
    memory_release(match->memory, match);
}

/* ---- asking ---- */

const struct catalog_family *match_family(const struct match *match, uint32_t family) {
    return family < match->former.family_count ? match->families[family] : NULL;
}

uint32_t match_former(const struct match *match, const struct catalog_family *family) {
    return match->formers[family->index];
}

const struct catalog *match_catalog(const struct match *match, uint32_t catalog) {
    return catalog < match->former.catalog_count ? match->catalogs[catalog] : NULL;
}

/* The values that the image's catalog declared for a label. NULL: none. */
static const struct families_list *list_of(const struct match *match,
                                           const struct catalog_family *family, uint32_t label) {
    const uint32_t index = match_former(match, family);
    if (index == OBJECT_NONE || label > family->label_count)
        return NULL;
    const struct families_family *former = &match->former.items[index];
    const uint32_t list = label < family->label_count
                              ? match->former.labels[former->first_label + label].list
                              : former->states;
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
