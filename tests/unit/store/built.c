/* SPDX-License-Identifier: MIT */
#include "built.h"

#include "assertions.h"
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "store/store.h"

static void build_users(struct catalog *catalog, struct catalog_label *label, uint32_t users,
                        bool otherwise, const char *pattern) {
    static const struct catalog_word other = {.text = "other", .wire = "other"};
    struct error error = {0};
    label->name = "u";
    label->kind = LABEL_PATTERN;
    label->pattern = catalog_pattern(catalog, pattern != NULL ? pattern : "integer", &error);
    label->max = users;
    label->otherwise = otherwise ? 0 : -1;
    label->default_value = -1;
    cr_assert(label->pattern);
    catalog_label_set_values(catalog, label, &other, otherwise ? 1 : 0);
}

static void build_words(struct catalog *catalog, struct catalog_label *label,
                        const struct built_family *from) {
    struct catalog_word words[8];
    uint32_t count = 0;
    for (; from->words[count]; count++)
        words[count] =
            (struct catalog_word){.text = from->words[count], .wire = from->words[count]};
    label->name = "w";
    label->kind = LABEL_VALUES;
    label->default_value = from->words_default > 0 ? from->words_default : -1;
    label->otherwise = from->otherwise ? (int32_t)count - 1 : -1;
    catalog_label_set_values(catalog, label, words, count);
}

static void build_family(struct catalog *catalog, struct catalog_family *family,
                         const struct built_family *from) {
    *family = (struct catalog_family){.catalog = catalog,
                                      .name = from->name,
                                      .kind = &catalog_kind_rows[from->kind],
                                      .help = "",
                                      .merge = from->merge,
                                      .quantiles = from->quantiles,
                                      .quantile_count = from->quantile_count,
                                      .window_ms = from->window_ms,
                                      .ms_scale = 1,
                                      .ttl_ms = from->ttl_ms,
                                      .zeros = from->zeros,
                                      .buckets = from->buckets,
                                      .bucket_count = from->bucket_count,
                                      .source = from->set ? SOURCE_QUERY : SOURCE_DATAGRAMS,
                                      .has_floor = from->floor != NULL,
                                      .floor = from->floor ? *from->floor : 0,
                                      .has_absent = from->absent != NULL,
                                      .absent = from->absent ? *from->absent : 0,
                                      .exposed = true};
    struct catalog_label *labels = arena_array(&catalog->arena, 2, sizeof *labels);
    cr_assert(labels != NULL);
    family->labels = labels;
    if (from->users > 0)
        build_users(catalog, &labels[family->label_count++], from->users, from->users_otherwise,
                    from->users_pattern);
    if (from->words)
        build_words(catalog, &labels[family->label_count++], from);
    if (from->kind == KIND_STATESET) {
        static const char *const states[] = {"down", "up", NULL};
        const struct built_family with_states = {.words =
                                                     from->states != NULL ? from->states : states};
        struct catalog_label *label = arena_array(&catalog->arena, 1, sizeof *label);
        cr_assert(label != NULL);
        build_words(catalog, label, &with_states);
        family->state_label = label;
    }
    catalog_family_count(family, from->max_series > 0 ? from->max_series : UINT64_MAX);
}

void built_load(struct built *b, const struct built_family *families, size_t count) {
    memset(b, 0, sizeof *b);
    catalog_set_init(&b->set);
    struct catalog *catalog = catalog_new();
    cr_assert(catalog != NULL);
    catalog->file = "test.json";
    catalog->service = "test";
    catalog->max_series = UINT64_MAX;
    catalog->families = arena_array(&catalog->arena, count, sizeof *catalog->families);
    cr_assert(catalog->families != NULL);
    catalog->family_count = count;
    for (size_t i = 0; i < count; i++)
        build_family(catalog, &catalog->families[i], &families[i]);
    catalog_set_add(&b->set, catalog);
    struct error error = {0};
    cr_assert(catalog_set_finish(&b->set, &error), "%s", error.text);
    b->now = (struct store_time){.mono_ms = 1000000, .real_ms = 1700000000000};
}

bool built_open(struct built *b) {
    b->store = store_new(NULL, &b->set, 42, b->now);
    b->owners = b->store != NULL ? store_owners(b->store) : NULL;
    return b->store != NULL;
}

bool built_open_object(struct built *b) {
    const uint64_t bytes = object_bytes(&b->set) + store_object_bytes(&b->set);
    region_init(&b->region, bytes);
    b->object = object_new(&b->region.place, &b->set, region_boot);
    if (b->object != NULL)
        b->store = store_new(b->object, &b->set, 42, b->now);
    b->owners = b->store != NULL ? store_owners(b->store) : NULL;
    return b->store != NULL;
}

void built_init_object(struct built *b, const struct built_family *families, size_t count) {
    built_load(b, families, count);
    cr_assert(built_open_object(b));
}

void built_close(struct built *b) {
    store_free(b->store);
    object_free(b->object);
    region_done(&b->region);
    b->store = NULL;
    b->object = NULL;
}

void built_image(const struct built *b, struct image *image) {
    struct error error = {0};
    cr_assert(image_open(image, region_copy(&b->region), b->region.place.size, region_boot, &error),
              "%s", error.text);
}

void built_drop(const struct built *b, const struct image *image) {
    region_drop(&b->region, image->bytes);
}

struct store_restored built_restore(struct built *b, const struct built_family *families,
                                    size_t count, const struct image *image,
                                    struct store_time now) {
    struct store_restored restored = {0};
    struct error error = {0};
    built_load(b, families, count);
    b->now = now;
    cr_assert(built_open_object(b));
    struct match *match = object_match_new(image, &b->set, &error);
    cr_assert(match != NULL, "%s", error.text);
    store_restore(b->store, image, match, now, &restored);
    object_match_free(match);
    return restored;
}

static void dump_series(struct built *b, const struct catalog_family *family,
                        const struct series *series, struct strbuf *text) {
    for (uint32_t i = 0; i < family->label_count; i++)
        strbuf_printf(text, " %s",
                      store_label_value(b->store, family, i, series_ids(family, series)[i]).text);
    strbuf_printf(text, " %a created %lld", series->value, (long long)series->created_ms);
    if (family->ttl_ms > 0)
        strbuf_printf(text, " updated %lld", (long long)series->updated_ms);
    if (family->kind->items == ITEMS_BUCKETS)
        for (uint32_t i = 0; i <= family->bucket_count; i++)
            strbuf_printf(text, " %llu", (unsigned long long)series_buckets(series)[i]);
    if ((family_state(family) & STATE_CARRY) != 0)
        strbuf_printf(text, " carry %a", series->carry);
    if (family->kind->is_relayed)
        for (uint32_t i = 0; i < RELAYED_QUANTILES + family->quantile_count; i++)
            if (series_relayed(series)->present >> i & 1)
                strbuf_printf(text, " %u:%a", i, series_relayed(series)->items[i]);
    double quantiles[8];
    size_t units;
    if (family->kind->has_window) {
        strbuf_printf(text, " count %llu", (unsigned long long)series_summary(series)->count);
        if (store_quantiles(b->store, family, series, b->now, quantiles, &units))
            for (uint32_t i = 0; i < family->quantile_count; i++)
                strbuf_printf(text, " %a", quantiles[i]);
    }
    strbuf_printf(text, "\n");
}

char *built_dump(struct built *b) {
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < b->set.family_count; i++) {
        const struct catalog_family *family = b->set.families[i];
        struct store_cursor cursor;
        const struct series *series;
        size_t budget = SIZE_MAX;
        cr_assert(store_settle(b->store, family, &budget));
        store_cursor_open(b->store, &cursor, family);
        while ((series = store_cursor_next(b->store, &cursor, b->now)) != NULL) {
            strbuf_printf(&text, "%s", family->name);
            dump_series(b, family, series, &text);
        }
        store_cursor_close(b->store, &cursor);
    }
    char *dump = strdup(strbuf_cstr(&text));
    strbuf_done(&text);
    cr_assert(dump != NULL);
    return dump;
}

void built_init(struct built *b, const struct built_family *families, size_t count) {
    built_load(b, families, count);
    cr_assert(built_open(b));
}

void built_done(struct built *b) {
    built_close(b);
    catalog_set_done(&b->set);
}

const struct catalog_family *built_family(const struct built *b, const char *name) {
    for (size_t i = 0; i < b->set.family_count; i++)
        if (strcmp(b->set.families[i]->name, name) == 0)
            return b->set.families[i];
    cr_assert_fail("no family %s", name);
    return NULL;
}

const struct series *built_series(struct built *b, const char *name, int u) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d", u);
    const struct store_label label = {.id = -1, .text = text, .len = strlen(text)};
    const struct series *series = NULL;
    int at;
    cr_assert(store_series(b->store, built_family(b, name), &label, b->now, &series, &at) ==
              STORE_FOUND);
    return series;
}

double built_value(struct built *b, const char *name, int u) {
    const struct series *series = built_series(b, name, u);
    (void)store_merge(b->store, built_family(b, name), series);
    return series->value;
}

void built_own(struct built *b, const char *name, int u, owner_id owner, double value) {
    const struct catalog_family *family = built_family(b, name);
    const struct series *series = built_series(b, name, u);
    cr_assert(store_own(b->store, family, series, owner, 0, value, b->now) == OWN_TAKEN, "%s %d %g",
              name, u, value);
    if (store_is_vacant(family, series))
        store_remove(b->store, series);
}

void built_end(struct built *b, owner_id owner) {
    owners_end(b->owners, owner);
    size_t budget = SIZE_MAX;
    cr_assert(store_disown(b->store, owner, &budget));
    owners_release(b->owners, owner);
    cr_assert(owners_at(b->owners, owner) == NULL);
}

size_t built_shown(struct built *b, const char *name) {
    const struct catalog_family *family = built_family(b, name);
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(b->store, family, &budget));
    struct store_cursor cursor;
    store_cursor_open(b->store, &cursor, family);
    size_t shown = 0;
    while (store_cursor_next(b->store, &cursor, b->now))
        shown++;
    store_cursor_close(b->store, &cursor);
    return shown;
}

struct store_figures built_figures(const struct built *b) {
    struct store_figures figures;
    store_figures(b->store, &figures);
    return figures;
}

uint64_t built_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}
