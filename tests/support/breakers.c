/* SPDX-License-Identifier: MIT */
#include "breakers.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "store/store.h"

struct breakers_jobs {
    struct breakers_entry *of;
    size_t count;
};

size_t breakers_count(const struct breakers_jobs *breakers_jobs) {
    return breakers_jobs->count;
}

void breakers_at(const struct breakers_jobs *breakers_jobs, size_t index,
                 struct breakers_entry *ret_breaker) {
    cr_assert(lt(sz, index, breakers_jobs->count));
    *ret_breaker = breakers_jobs->of[index];
}

void breakers_init(struct breakers *breakers) {
    catalog_set_init(&breakers->set);
    breakers->breakers_jobs = calloc(1, sizeof *breakers->breakers_jobs);
}

void breakers_done(struct breakers *breakers) {
    for (size_t i = 0; i < breakers->breakers_jobs->count; i++)
        free((void *)breakers->breakers_jobs->of[i].series);
    free(breakers->breakers_jobs->of);
    free(breakers->breakers_jobs);
    catalog_set_done(&breakers->set);
}

struct catalog *breakers_service(struct breakers *breakers, const char *service,
                                 const char *socket) {
    struct catalog *catalog = catalog_new();
    catalog->service = service;
    catalog->socket = socket;
    catalog->index = (uint32_t)breakers->set.count;
    catalog_set_add(&breakers->set, catalog);
    return catalog;
}

/* Cuts the next value off `list`: "text~wire*". */
static struct catalog_word take_word(char **list, bool *ret_default) {
    char *text = strsep(list, "|");
    const size_t len = strlen(text);
    *ret_default = len > 0 && text[len - 1] == '*';
    if (*ret_default)
        text[len - 1] = '\0';
    char *wire = strchr(text, '~');
    if (wire)
        *wire++ = '\0';
    return (struct catalog_word){.text = text, .wire = wire ? wire : text};
}

static void make_label(struct catalog *catalog, struct catalog_label *label, char *spec) {
    enum { WORDS_MAX = 3000 };
    static struct catalog_word words[WORDS_MAX];
    size_t count = 0;
    label->name = strsep(&spec, "=");
    label->kind = *spec == '=' ? LABEL_CONST : LABEL_VALUES;
    spec += label->kind == LABEL_CONST;
    label->otherwise = -1;
    label->default_value = label->kind == LABEL_CONST ? 0 : -1;
    while (spec) {
        bool is_default;
        cr_assert(lt(sz, count, WORDS_MAX));
        words[count] = take_word(&spec, &is_default);
        if (is_default)
            label->default_value = (int32_t)count;
        count++;
    }
    catalog_label_set_values(catalog, label, words, count);
}

static void add_family(struct breakers *breakers, struct catalog_family *family) {
    struct catalog_set *set = &breakers->set;
    struct catalog_family **grown =
        realloc(set->families, (set->family_count + 1) * sizeof(struct catalog_family *));
    cr_assert(grown != NULL);
    set->families = grown;
    family->index = (uint32_t)set->family_count;
    set->families[set->family_count++] = family;
}

struct catalog_family *breakers_declare(struct breakers *breakers, struct catalog *catalog,
                                        const char *name, char *aliases, char *labels) {
    struct catalog_family *family = arena_alloc(&catalog->arena, sizeof *family);
    struct catalog_label *made =
        arena_array(&catalog->arena, CATALOG_LABELS_MAX, sizeof(struct catalog_label));
    enum { ALIASES_MAX = 100 };
    const char **spellings = arena_array(&catalog->arena, ALIASES_MAX, sizeof(char *));
    struct catalog_attempts *attempts = arena_alloc(&catalog->arena, sizeof *attempts);
    cr_assert(family != NULL && made != NULL && spellings != NULL && attempts != NULL);
    attempts->breaker = (struct catalog_breaker){.declared = true, .open_after = 1, .probes = 1};
    *family = (struct catalog_family){.catalog = catalog,
                                      .name = name,
                                      .kind = &catalog_kind_rows[KIND_ATTEMPTS],
                                      .aliases = spellings,
                                      .labels = made,
                                      .attempts = attempts,
                                      .body_words = 1};
    while (labels && *labels)
        make_label(catalog, &made[family->label_count++], strsep(&labels, ";"));
    while (aliases) {
        cr_assert(lt(sz, family->alias_count, ALIASES_MAX));
        spellings[family->alias_count++] = strsep(&aliases, ",");
    }
    add_family(breakers, family);
    return family;
}

/* Moves `ids` to the next combination. False after the last one. */
static bool next_combination(const struct catalog_family *family, uint32_t *ids) {
    for (uint32_t i = family->label_count; i-- > 0;) {
        if (++ids[i] < family->labels[i].value_count)
            return true;
        ids[i] = 0;
    }
    return false;
}

static const struct series *make_series(const struct catalog_family *family, const uint32_t *ids) {
    const size_t head = sizeof(struct series) + family->body_words * sizeof(uint64_t);
    char *series = calloc(1, head + family->label_count * sizeof *ids);
    cr_assert(series != NULL);
    memcpy(series + head, ids, family->label_count * sizeof *ids);
    return (const struct series *)(const void *)series;
}

void breakers_ready(struct breakers *breakers) {
    struct breakers_jobs *breakers_jobs = breakers->breakers_jobs;
    for (size_t i = 0; i < breakers->set.family_count; i++) {
        const struct catalog_family *family = breakers->set.families[i];
        uint32_t ids[CATALOG_LABELS_MAX] = {0};
        do {
            struct breakers_entry *grown =
                realloc(breakers_jobs->of, (breakers_jobs->count + 1) * sizeof *breakers_jobs->of);
            cr_assert(grown != NULL);
            breakers_jobs->of = grown;
            breakers_jobs->of[breakers_jobs->count++] = (struct breakers_entry){
                .family = family, .series = make_series(family, ids), .declared = true};
        } while (next_combination(family, ids));
    }
}

void breakers_set(struct breakers *breakers, size_t index, enum breaker_state state,
                  uint32_t epoch) {
    cr_assert(lt(sz, index, breakers->breakers_jobs->count));
    breakers->breakers_jobs->of[index].state = state;
    breakers->breakers_jobs->of[index].epoch = epoch;
}

void breakers_force_shown(struct breakers *breakers, size_t index, bool forced) {
    cr_assert(lt(sz, index, breakers->breakers_jobs->count));
    breakers->breakers_jobs->of[index].forced = forced;
}

void breakers_set_unattended(struct breakers *breakers, size_t index, bool unattended) {
    cr_assert(lt(sz, index, breakers->breakers_jobs->count));
    breakers->breakers_jobs->of[index].unattended = unattended;
}

void breakers_allow_probes(const struct breakers *breakers, size_t index, uint32_t probes) {
    cr_assert(lt(sz, index, breakers->breakers_jobs->count));
    const struct catalog_attempts *attempts = breakers->breakers_jobs->of[index].family->attempts;
    ((struct catalog_attempts *)(uintptr_t)attempts)->breaker.probes = probes;
}

void breakers_declare_reported(struct catalog_family *family) {
    struct catalog_attempts *attempts = (struct catalog_attempts *)(uintptr_t)family->attempts;
    attempts->breaker.reported = true;
}

void breakers_undeclare(struct breakers *breakers, size_t index) {
    cr_assert(lt(sz, index, breakers->breakers_jobs->count));
    breakers->breakers_jobs->of[index].declared = false;
}
