/* Tags of breakers. The catalogs bound the work here, which is done once, when a page opens. */
#include <stdlib.h>
#include <string.h>

#include "breaker_page/tag_table.h"
#include "catalog/catalog.h"
#include "store/series.h"

/* How a line may name the labels of a breaker: bits. */
enum {
    SPELLING_EXACT = 0,
    SPELLING_SHORT = 1,   /* labels with their default value are left out */
    SPELLING_SERVICE = 2, /* with `service:NAME`, which selects the service */
    SPELLING_COUNT = 4
};

/* ---- names that more than one service declares ---- */

struct name {
    const char *text;
    const struct catalog *catalog;
};

struct names {
    struct name *of;
    size_t count;
};

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static bool in_scope(const struct catalog *catalog, uint32_t scope) {
    return !catalog->internal && (catalog->socket != NULL ? catalog->index + 1 : 0) == scope;
}

/* Collect all names and aliases of the scope, of any kind of family: the gate considers a name
 * ambiguous even if it belongs to a counter of another service. */
static bool names_init(struct names *names, const struct memory *memory, uint32_t scope,
                       const struct catalog_set *set) {
    size_t total = 0;
    for (size_t i = 0; i < set->family_count; i++)
        total += 1 + set->families[i]->alias_count;
    *names = (struct names){.of = memory_array(memory, total + 1, sizeof *names->of)};
    if (names->of == NULL)
        return false;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (!in_scope(family->catalog, scope))
            continue;
        names->of[names->count++] = (struct name){family->name, family->catalog};
        for (size_t j = 0; j < family->alias_count; j++)
            names->of[names->count++] = (struct name){family->aliases[j], family->catalog};
    }
    qsort(names->of, names->count, sizeof *names->of, by_text);
    return true;
}

static bool is_ambiguous(const struct names *names, const char *text,
                         const struct catalog *catalog) {
    const struct name key = {.text = text};
    const struct name *found = bsearch(&key, names->of, names->count, sizeof *names->of, by_text);
    if (found == NULL)
        return false;
    while (found > names->of && strcmp(found[-1].text, text) == 0)
        found--;
    for (; found < names->of + names->count && strcmp(found->text, text) == 0; found++)
        if (found->catalog != catalog)
            return true;
    return false;
}

/* ---- tags ---- */

/*
 * Compute a tag. False for a spelling that equals a simpler one, and for a breaker that no tag can
 * name: a value that only a pattern matched has no spelling in the catalog.
 */
static bool tag_of(const struct machines_breaker *breaker, const char *name, unsigned spelling,
                   bool ambiguous, uint64_t *ret_tag) {
    const struct catalog_family *family = breaker->family;
    const uint32_t *ids = series_ids(family, breaker->series);
    bool routes = false; /* `service` is in the line anyway */
    bool shorter = false;
    uint64_t sum = sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, name);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->kind == LABEL_CONST)
            continue;
        if (ids[i] >= label->value_count)
            return false;
        const bool is_service = strcmp(label->name, "service") == 0;
        if ((spelling & SPELLING_SHORT) != 0 && !is_service &&
            label->default_value == (int64_t)ids[i]) {
            shorter = true;
            continue;
        }
        routes = routes || is_service;
        sum += sg_breaker_page_hash_label(label->name, catalog_label_wire(label, ids[i]));
    }
    if (((spelling & SPELLING_SHORT) != 0 && !shorter) ||
        ((spelling & SPELLING_SERVICE) != 0 && (ambiguous || routes)))
        return false;
    if (!routes && (ambiguous || (spelling & SPELLING_SERVICE) != 0))
        sum += sg_breaker_page_hash_label("service", family->catalog->service);
    *ret_tag = sg_breaker_page_tag(sum);
    return true;
}

/* Enter a tag; one that already exists keeps its breaker. */
static void enter(struct tag_table *table, size_t breaker, uint64_t tag) {
    uint32_t at = sg_breaker_page_home(tag);
    for (; table->tags[at] != 0; at = (at + 1) & (SG_BREAKER_PAGE_SLOTS - 1))
        if (table->tags[at] == tag)
            return;
    if (table->used == SG_BREAKER_PAGE_ENTRIES_MAX) {
        table->left_out++;
        return;
    }
    table->used++;
    table->tags[at] = tag;
    table->next[at] = table->first[breaker];
    table->first[breaker] = (uint16_t)(at + 1);
}

/* Enter names [from, to) of each breaker in one spelling; name 0 is the declared one. */
static void enter_all(struct tag_table *table, uint32_t scope, const struct machines *machines,
                      const struct names *names, size_t from, size_t to, unsigned spelling) {
    for (size_t i = 0; i < table->breakers; i++) {
        struct machines_breaker breaker;
        machines_breaker_at(machines, i, &breaker);
        const struct catalog_family *family = breaker.family;
        if (!breaker.declared || !in_scope(family->catalog, scope))
            continue;
        for (size_t j = from; j < to && j <= family->alias_count; j++) {
            const char *name = j == 0 ? family->name : family->aliases[j - 1];
            uint64_t tag;
            if (tag_of(&breaker, name, spelling, is_ambiguous(names, name, family->catalog), &tag))
                enter(table, i, tag);
        }
    }
}

bool tag_table_init(struct tag_table *table, const struct memory *memory, uint32_t scope,
                    const struct catalog_set *set, const struct machines *machines) {
    struct names names;
    *table = (struct tag_table){.memory = memory, .breakers = machines_breaker_count(machines)};
    if (!names_init(&names, memory, scope, set))
        return false;
    table->first = memory_array(memory, table->breakers + 1, sizeof *table->first);
    if (table->first != NULL) {
        /* The declared names come first: a set has at most CATALOG_MACHINES_MAX breakers, so they
         * all fit. */
        enter_all(table, scope, machines, &names, 0, 1, SPELLING_EXACT);
        enter_all(table, scope, machines, &names, 1, SIZE_MAX, SPELLING_EXACT);
        for (unsigned spelling = 1; spelling < SPELLING_COUNT; spelling++)
            enter_all(table, scope, machines, &names, 0, SIZE_MAX, spelling);
    }
    memory_release(memory, names.of);
    return table->first != NULL;
}

void tag_table_done(struct tag_table *table) {
    memory_release(table->memory, table->first);
    table->first = NULL;
}
