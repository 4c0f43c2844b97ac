/* SPDX-License-Identifier: MIT */
/* render_cache.c - rendered families that have not changed since the last scrape. */
#include "view/view.h"

#include <string.h>

/* ---- render plan ----
 * the size of the render cache.
 *
 * The size of the render cache: what the catalogs can need, within a limit.
 */

enum { RENDER_CHUNK_BYTES = 4096 };

/** In place of a position: the family is not in the index. */
#define RENDER_NOT_KEPT UINT32_MAX

struct render_plan {
    uint64_t bytes;  /**< in all; 0: nothing can be kept */
    uint32_t places; /**< positions of the index */
    uint32_t chunks;
};

/** How many units of RENDER_TEXT_UNIT bytes a text takes. */
static inline size_t render_text_units(size_t len, bool has_number) {
    size_t bytes = sizeof(struct render_text) + len;
    if (has_number)
        bytes = (bytes + sizeof(double) - 1) / sizeof(double) * sizeof(double) +
                sizeof(struct render_number);
    return (bytes + RENDER_TEXT_UNIT - 1) / RENDER_TEXT_UNIT;
}

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

/* Set ret_firsts, by the family's index in the set, to the first position of each family in an
 * index of `places` positions, or to RENDER_NOT_KEPT. Returns how many positions are used. */
static uint32_t render_plan_fill(const struct catalog_set *set, uint64_t places,
                                 uint32_t *ret_firsts) {
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

/* Plan a cache of at most `limit` bytes that takes `fixed` bytes for itself and `beside` bytes for
 * each chunk. It is as large as all texts of the endpoints would be if no character of them had to
 * be escaped. */
static struct render_plan render_plan_make(const struct catalog_set *set,
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

/* ---- render cache ----
 * index   for each place of each family the number of its text, 0 if there is none
 *   chunks  4 KiB each, with texts of one size; an empty chunk may be reused for another size
 *
 * When a page is rendered for the first time, its texts are stored in its order, so that later
 * expositions read memory sequentially.
 */

enum {
    CHUNK_BYTES = RENDER_CHUNK_BYTES,
    CHUNK_UNITS = CHUNK_BYTES / RENDER_TEXT_UNIT,
    TIDIED_CHUNKS = 2, /* per step: about 5 us */
    UNUSED_S = 300     /* texts that were not used for this time are freed */
};

struct chunk {
    uint32_t next; /* in the list of chunks of this size with room, or without a size; index + 1 */
    uint32_t prev;
    uint32_t free;   /* the first free text; 0: none */
    uint32_t used_s; /* when one of its texts was last asked for */
    uint16_t used;   /* texts */
    uint16_t begun;  /* texts that were used at some time since it has this size */
    uint16_t units;  /* the size; 0: none */
};

struct render_cache {
    const struct memory *memory;
    const struct endpoints *endpoints;
    uint32_t *firsts; /* of each family in `index`; RENDER_NOT_KEPT */
    uint32_t *index;
    struct chunk *chunks;
    uint32_t chunk_count;
    uint32_t begun;                            /* chunks that ever had a size */
    uint32_t empty;                            /* list of those that have none now; index + 1 */
    uint32_t with_room[RENDER_TEXT_UNITS + 1]; /* by size; index + 1 */
    uint32_t hand;                             /* the next chunk to be tidied */
    uint32_t now_s;
    bool refused; /* a text found no room in this step */
    char *texts;
};

/* ---- making ---- */

struct render_cache *render_cache_new(const struct memory *memory, const struct catalog_set *set,
                                      const struct endpoints *endpoints, uint64_t limit) {
    const struct render_plan plan =
        render_plan_make(set, endpoints, sizeof(struct render_cache), sizeof(struct chunk), limit);
    struct render_cache *cache = plan.bytes > 0 ? memory_alloc(memory, plan.bytes) : NULL;
    if (cache == NULL)
        return NULL;
    char *at = (char *)(cache + 1);
    cache->memory = memory;
    cache->endpoints = endpoints;
    cache->chunk_count = plan.chunks;
    cache->texts = at;
    at += (size_t)plan.chunks * CHUNK_BYTES + RENDER_TEXT_SLACK;
    cache->chunks = (struct chunk *)(void *)at;
    at += plan.chunks * sizeof *cache->chunks;
    cache->firsts = (uint32_t *)(void *)at;
    cache->index = cache->firsts + set->family_count;
    render_plan_fill(set, plan.places, cache->firsts);
    return cache;
}

void render_cache_free(struct render_cache *cache) {
    if (cache != NULL)
        memory_release(cache->memory, cache);
}

uint64_t render_cache_bytes(const struct catalog_set *set, const struct endpoints *endpoints,
                            uint64_t limit) {
    return render_plan_make(set, endpoints, sizeof(struct render_cache), sizeof(struct chunk),
                            limit)
        .bytes;
}

uint64_t render_cache_count(const struct render_cache *cache) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < cache->begun; i++)
        count += cache->chunks[i].used;
    return count;
}

/* ---- chunks ---- */

static struct render_text *text_at(const struct render_cache *cache, uint32_t number) {
    return (struct render_text *)(void *)(cache->texts + (size_t)(number - 1) * RENDER_TEXT_UNIT);
}

static uint32_t number_of(const struct render_cache *cache, const struct render_text *kept) {
    return (uint32_t)(((const char *)kept - cache->texts) / RENDER_TEXT_UNIT) + 1;
}

static struct chunk *chunk_of(const struct render_cache *cache, uint32_t number) {
    return &cache->chunks[(number - 1) / CHUNK_UNITS];
}

static void link_chunk(struct render_cache *cache, uint32_t *list, struct chunk *chunk) {
    const uint32_t link = (uint32_t)(chunk - cache->chunks) + 1;
    chunk->next = *list;
    chunk->prev = 0;
    if (*list != 0)
        cache->chunks[*list - 1].prev = link;
    *list = link;
}

static void unlink_chunk(struct render_cache *cache, uint32_t *list, struct chunk *chunk) {
    if (chunk->next != 0)
        cache->chunks[chunk->next - 1].prev = chunk->prev;
    if (chunk->prev != 0)
        cache->chunks[chunk->prev - 1].next = chunk->next;
    else
        *list = chunk->next;
}

static bool is_full(const struct chunk *chunk) {
    return chunk->free == 0 && (uint32_t)(chunk->begun + 1) * chunk->units > CHUNK_UNITS;
}

/* Take an empty chunk for texts of this size. NULL: all chunks have a size. */
static struct chunk *take_chunk(struct render_cache *cache, uint32_t units) {
    struct chunk *chunk = NULL;
    if (cache->empty != 0) {
        chunk = &cache->chunks[cache->empty - 1];
        unlink_chunk(cache, &cache->empty, chunk);
    } else if (cache->begun < cache->chunk_count) {
        chunk = &cache->chunks[cache->begun++];
    }
    if (chunk == NULL)
        return NULL;
    *chunk = (struct chunk){.units = (uint16_t)units};
    link_chunk(cache, &cache->with_room[units], chunk);
    return chunk;
}

static struct render_text *take_text(struct render_cache *cache, uint32_t units) {
    struct chunk *chunk = cache->with_room[units] != 0 ? &cache->chunks[cache->with_room[units] - 1]
                                                       : take_chunk(cache, units);
    if (chunk == NULL)
        return NULL;
    uint32_t number = chunk->free;
    if (number != 0)
        chunk->free = text_at(cache, number)->other;
    else
        number = (uint32_t)(chunk - cache->chunks) * CHUNK_UNITS + chunk->begun++ * units + 1;
    chunk->used++;
    chunk->used_s = cache->now_s;
    if (is_full(chunk))
        unlink_chunk(cache, &cache->with_room[units], chunk);
    return text_at(cache, number);
}

/* Free a text that is no longer in a list of the index. */
static void give_text(struct render_cache *cache, struct render_text *kept) {
    const uint32_t number = number_of(cache, kept);
    struct chunk *chunk = chunk_of(cache, number);
    if (is_full(chunk))
        link_chunk(cache, &cache->with_room[chunk->units], chunk);
    kept->series = NULL;
    kept->other = chunk->free;
    chunk->free = number;
    if (--chunk->used > 0)
        return;
    unlink_chunk(cache, &cache->with_room[chunk->units], chunk);
    chunk->units = 0;
    link_chunk(cache, &cache->empty, chunk);
}

static void drop_text(struct render_cache *cache, struct render_text *kept) {
    const uint32_t number = number_of(cache, kept);
    uint32_t *link = &cache->index[kept->at];
    while (*link != number)
        link = &text_at(cache, *link)->other;
    *link = kept->other;
    give_text(cache, kept);
}

/* ---- a family ---- */

/* Which set of constant labels a page has for this family: pages of an endpoint share theirs. 0:
 * the page has none. */
static bool find_constants(const struct render_cache *cache, const struct catalog_family *family,
                           const struct endpoint_page *page, uint8_t *ret_constants) {
    if (page->constants[family->catalog->index].count == 0) {
        *ret_constants = 0;
        return true;
    }
    for (size_t i = 0; i < cache->endpoints->count; i++)
        if (cache->endpoints->items[i].all.constants == page->constants) {
            *ret_constants = (uint8_t)(i + 1);
            return true;
        }
    return false;
}

struct render_walk render_cache_walk(struct render_cache *cache,
                                     const struct catalog_family *family,
                                     const struct endpoint_page *page) {
    struct render_walk walk = {.cache = NULL};
    if (cache == NULL || cache->firsts[family->index] == RENDER_NOT_KEPT ||
        !find_constants(cache, family, page, &walk.constants))
        return walk;
    walk.cache = cache;
    walk.first = cache->firsts[family->index];
    return walk;
}

/* ---- texts ---- */

struct render_text *render_cache_find(const struct render_walk *walk, uint32_t place,
                                      const struct series *series) {
    struct render_cache *cache = walk->cache;
    uint32_t number = cache->index[walk->first + place - 1];
    while (number != 0) {
        struct render_text *kept = text_at(cache, number);
        const uint32_t other = kept->other;
        if (kept->generation != series->generation)
            drop_text(cache, kept); /* of the place's former series */
        else if (kept->constants == walk->constants) {
            chunk_of(cache, number)->used_s = cache->now_s;
            return kept;
        }
        number = other;
    }
    return NULL;
}

void render_cache_expect(const struct render_walk *walk, uint32_t place) {
    if (place == 0)
        return;
    const uint32_t number = walk->cache->index[walk->first + place - 1];
    if (number == 0)
        return;
    const char *at = (const char *)text_at(walk->cache, number);
    __builtin_prefetch(at);
    __builtin_prefetch(at + 64);
}

void render_cache_add(const struct render_walk *walk, uint32_t place, const struct series *series,
                      const char *text, size_t len, bool has_number) {
    struct render_cache *cache = walk->cache;
    const size_t units = render_text_units(len, has_number);
    if (units > RENDER_TEXT_UNITS)
        return;
    struct render_text *kept = take_text(cache, (uint32_t)units);
    if (kept == NULL) {
        cache->refused = true;
        return;
    }
    uint32_t *link = &cache->index[walk->first + place - 1];
    *kept = (struct render_text){.series = series,
                                 .generation = series->generation,
                                 .at = walk->first + place - 1,
                                 .other = *link,
                                 .len = (uint16_t)len,
                                 .constants = walk->constants,
                                 .number_len = has_number ? 0 : RENDER_NO_NUMBER};
    memcpy(kept->text, text, len);
    *link = number_of(cache, kept);
}

/* ---- making room ---- */

static void tidy_chunk(struct render_cache *cache, struct chunk *chunk) {
    const bool unused = cache->now_s - chunk->used_s > UNUSED_S;
    const uint32_t first = (uint32_t)(chunk - cache->chunks) * CHUNK_UNITS + 1;
    const uint32_t units = chunk->units;
    for (uint32_t i = 0; i < chunk->begun && chunk->units == units; i++) {
        struct render_text *kept = text_at(cache, first + i * units);
        if (kept->series != NULL && (unused || kept->series->generation != kept->generation))
            drop_text(cache, kept);
    }
}

void render_cache_tidy(struct render_cache *cache, struct store_time now) {
    if (cache == NULL)
        return;
    cache->now_s = (uint32_t)(now.mono_ms / 1000);
    for (uint32_t i = 0; cache->refused && i < TIDIED_CHUNKS && i < cache->begun; i++) {
        struct chunk *chunk = &cache->chunks[cache->hand++ % cache->begun];
        if (chunk->units != 0)
            tidy_chunk(cache, chunk);
    }
    cache->refused = false;
}
