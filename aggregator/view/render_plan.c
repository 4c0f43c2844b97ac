/* The size of the render cache: what the catalogs can need, within a limit. */
#include "view/render_plan.h"

#include <string.h>

/* ---- the index ---- */

enum { INDEX_PART = 4 /* the index takes at most this part, a quarter, of the limit */ };

static bool is_kept(const struct catalog_family *family) {
    return family->exposed && family_has_lines(family) && family->source != SOURCE_QUERY;
}

/* The number of places of all families that fit into an index of `places`. `ret_firsts` may be
 * NULL. */
static uint64_t count_places(const struct catalog_set *set, uint64_t places, uint32_t *ret_firsts) {
    uint64_t used = 0;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        const bool kept = is_kept(family) && family->bound <= places - used;
        if (ret_firsts != NULL)
            ret_firsts[family->index] = kept ? (uint32_t)used : RENDER_NOT_KEPT;
        if (kept)
            used += family->bound;
    }
    return used;
}

uint32_t render_plan_fill(const struct catalog_set *set, uint64_t places, uint32_t *ret_firsts) {
    return (uint32_t)count_places(set, places, ret_firsts);
}

/* ---- texts ---- */

/* The greatest length of the name and labels of a series, up to the number. */
static uint64_t longest_text(const struct catalog_family *family) {
    const char *suffix = family->kind->item_suffix;
    enum { AROUND_LABELS = 3 };
    uint64_t len = strlen(family->name) + (suffix != NULL ? strlen(suffix) : 0) + AROUND_LABELS;
    for (uint32_t i = 0; i < family->label_count; i++)
        len += strlen(family->labels[i].name) + CATALOG_LABEL_AROUND +
               catalog_label_longest(&family->labels[i]);
    return len;
}

/* The number of chunks for `texts` texts of this length. Texts that are too long are not kept. */
static uint64_t chunks_of(uint64_t texts, uint64_t len) {
    const uint64_t units = render_text_units(len, true);
    if (units > RENDER_TEXT_UNITS)
        return 0;
    const uint64_t in_chunk = RENDER_CHUNK_BYTES / (units * RENDER_TEXT_UNIT);
    return (texts + in_chunk - 1) / in_chunk;
}

static bool has_service(const struct endpoint *endpoint, const struct catalog *service) {
    bool has = endpoint->options.handler == service;
    for (size_t i = 0; i < endpoint->service_count && !has; i++)
        has = endpoint->services[i] == service;
    return has;
}

/* The number of chunks for a family: pages without constants share one text of each series. */
static uint64_t family_chunks(const struct catalog_family *family,
                              const struct endpoints *endpoints) {
    const uint64_t len = longest_text(family);
    uint64_t chunks = 0;
    bool plain = false;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *endpoint = &endpoints->items[i];
        const struct constant_labels *constants = &endpoint->all.constants[family->catalog->index];
        if (constants->count > 0)
            chunks += chunks_of(family->bound, len + endpoint_labels_bytes(constants, false));
        else
            plain |= has_service(endpoint, family->catalog);
    }
    return chunks + (plain ? chunks_of(family->bound, len) : 0);
}

/* ---- all ---- */

static uint64_t chunks_wanted(const struct catalog_set *set, const struct endpoints *endpoints) {
    uint64_t chunks = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (is_kept(set->families[i]))
            chunks += family_chunks(set->families[i], endpoints);
    /* Texts of each size have chunks of their own. */
    return chunks > 0 ? chunks + RENDER_TEXT_UNITS : 0;
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

struct render_plan render_plan_make(const struct catalog_set *set,
                                    const struct endpoints *endpoints, uint64_t fixed,
                                    uint64_t beside, uint64_t limit) {
    enum { ALLOCATOR = 16 };
    const struct render_plan nothing = {.bytes = 0};
    const uint64_t places =
        count_places(set, least(limit / INDEX_PART / sizeof(uint32_t), RENDER_NOT_KEPT), NULL);
    fixed += ALLOCATOR + RENDER_TEXT_SLACK + (set->family_count + places) * sizeof(uint32_t);
    const uint64_t chunk = RENDER_CHUNK_BYTES + beside;
    if (limit < fixed + chunk)
        return nothing;
    const uint64_t chunks = least((limit - fixed) / chunk, chunks_wanted(set, endpoints));
    if (chunks == 0)
        return nothing;
    return (struct render_plan){.bytes = fixed - ALLOCATOR + chunks * chunk,
                                .places = (uint32_t)places,
                                .chunks = (uint32_t)chunks};
}
