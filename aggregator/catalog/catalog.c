/* SPDX-License-Identifier: MIT */
/* catalog.c - families, services, and the set of all catalogs with its bounds. */
#include "catalog/catalog_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "sg_proto.h"

/* ---- kind: The table of kinds. ---- */

const struct kind_row catalog_kind_rows[KIND_COUNT] = {
#define KIND(id, ...) [KIND_##id] = {__VA_ARGS__},
#include "catalog/kinds.def"
#undef KIND
};

const struct kind_row *catalog_kind_find(const char *type, bool owned) {
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(catalog_kind_rows[i].type, type) == 0 &&
            (owned ? catalog_kind_rows[i].own_state : catalog_kind_rows[i].state) != 0)
            return &catalog_kind_rows[i];
    return NULL;
}

/* ---- lifecycle ----
 * Making and freeing a catalog: its memory, and the patterns that its labels share.
 */

struct catalog *catalog_new(void) {
    struct catalog *catalog = memory_alloc(sizeof *catalog);
    arena_init(&catalog->arena);
    return catalog;
}

void catalog_free(struct catalog *catalog) {
    if (catalog == NULL)
        return;
    while (catalog->patterns != NULL) {
        struct pattern *pattern = catalog->patterns;
        catalog->patterns = pattern->next;
        catalog_pattern_free(pattern);
    }
    catalog_values_done(&catalog->values);
    arena_done(&catalog->arena);
    free(catalog);
}

uint64_t catalog_bytes(const struct catalog *catalog) {
    uint64_t bytes =
        sizeof *catalog + catalog->arena.bytes + catalog_values_bytes(&catalog->values);
    for (const struct pattern *pattern = catalog->patterns; pattern != NULL;
         pattern = pattern->next)
        bytes += catalog_pattern_bytes(pattern);
    return bytes;
}

const struct pattern *catalog_pattern(struct catalog *catalog, const char *source,
                                      struct error *ret_error) {
    for (struct pattern *known = catalog->patterns; known != NULL; known = known->next)
        if (strcmp(known->source, source) == 0)
            return known;
    struct pattern *pattern = catalog_pattern_new(source, ret_error);
    if (pattern == NULL)
        return NULL;
    pattern->next = catalog->patterns;
    catalog->patterns = pattern;
    return pattern;
}

/* ---- bound: Computes the bounds of a family: the most series and lines that it can have. ---- */

uint64_t catalog_bound_product(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t catalog_bound_add(uint64_t a, uint64_t b) {
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

uint32_t catalog_family_items(const struct catalog_family *family) {
    switch (family->kind->items) {
    case ITEMS_BUCKETS:
        return family->bucket_count + 1;
    case ITEMS_QUANTILES:
        return family->quantile_count;
    case ITEMS_STATES:
        return family->state_label->value_count;
    case ITEMS_NONE:
        break;
    }
    return 0;
}

/* Number of sample lines of one series in the longest format, without `_created`. */
static uint64_t lines_per_series(const struct catalog_family *family) {
    const struct kind_row *kind = family->kind;
    if (kind->is_machine)
        return 0;
    if (kind->items == ITEMS_NONE)
        return 1;
    const uint64_t totals = !kind->has_totals ? 0 : family->allow_negative ? 1 : 2;
    return catalog_family_items(family) + totals;
}

/* Number of words that the store keeps after the fixed part of a series (store/store.h). */
static uint32_t body_words(const struct catalog_family *family) {
    enum { OWNED = 4, WRITERS = 16 };
    const struct kind_row *kind = family->kind;
    uint32_t words = kind->words + kind->words_an_item * catalog_family_items(family);
    words += family_is_owned(family) ? OWNED : 0;
    words += family_has_writers(family) ? WRITERS : 0;
    return words;
}

void catalog_family_combination(const struct catalog_family *family, uint64_t index,
                                uint32_t ret_ids[CATALOG_LABELS_MAX]) {
    for (uint32_t i = family->label_count; i > 0; i--) {
        ret_ids[i - 1] = (uint32_t)(index % family->labels[i - 1].value_count);
        index /= family->labels[i - 1].value_count;
    }
}

void catalog_family_count(struct catalog_family *family, uint64_t max_series) {
    uint64_t combinations = 1;
    uint64_t fallbacks = 1; /* combinations with `otherwise` for every label that has it */
    bool can_fold = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        combinations = catalog_bound_product(combinations, label->bound);
        if (label->otherwise >= 0)
            can_fold = true;
        else
            fallbacks = catalog_bound_product(fallbacks, label->bound);
    }
    const bool cut = max_series < combinations;
    family->body_words = body_words(family);
    family->max_series = max_series;
    family->combinations = combinations;
    family->bound = cut ? max_series : combinations;
    family->reserved = cut && can_fold ? fallbacks : 0;
    family->lines = catalog_bound_product(family->bound, lines_per_series(family));
}

uint64_t catalog_family_zeros(const struct catalog_family *family) {
    uint64_t zeros = 1;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->kind == LABEL_PATTERN)
            return 0;
        zeros = catalog_bound_product(zeros, label->value_count - (label->otherwise >= 0 ? 1 : 0));
    }
    return zeros;
}

/* ---- source: lists the databases and queries of all catalogs. ---- */

static bool fail_many(const struct catalog *catalog, const char *what, size_t count, size_t most,
                      struct error *ret_error) {
    return error_set(ret_error, "%s: /%s: with this catalog there are %zu %s, the limit is %zu",
                     catalog->file, what, count, what, most);
}

static bool counts_fit(const struct catalog_set *set, struct error *ret_error) {
    size_t databases = 0;
    size_t queries = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        databases += catalog->database_count;
        queries += catalog->query_count;
        if (databases > CATALOG_DATABASES_MAX)
            return fail_many(catalog, "databases", databases, CATALOG_DATABASES_MAX, ret_error);
        if (queries > CATALOG_QUERIES_MAX)
            return fail_many(catalog, "queries", queries, CATALOG_QUERIES_MAX, ret_error);
    }
    return true;
}

static bool is_wanted(const struct catalog_query *query) {
    for (size_t i = 0; i < query->value_count; i++)
        if (query->values[i].family->exposed)
            return true;
    return false;
}

static bool names_differ(const struct catalog_set *set, struct error *ret_error) {
    for (size_t i = 1; i < set->query_count; i++) {
        const struct catalog_query *query = set->queries[i];
        for (size_t j = 0; j < i; j++) {
            const struct catalog_query *other = set->queries[j];
            if (strcmp(query->name, other->name) != 0)
                continue;
            error_set(ret_error,
                      "%s: /queries/%zu: the query /queries/%zu of service \"%s\" (%s) is "
                      "called \"%s\", too; give one of them another \"name\"",
                      query->catalog->file, (size_t)(query - query->catalog->queries),
                      (size_t)(other - other->catalog->queries), other->catalog->service,
                      other->catalog->file, query->name);
            return false;
        }
    }
    return true;
}

/*
 * Number and list the databases and queries of a sorted set. Refused are more than
 * CATALOG_DATABASES_MAX databases or CATALOG_QUERIES_MAX queries, and two queries with the same
 * name, because the daemon's own metrics identify queries by name. Returns false with
 * `file: /queries/0: text` in ret_error.
 */
static bool source_number(struct catalog_set *set, struct error *ret_error) {
    if (!counts_fit(set, ret_error))
        return false;
    free(set->databases);
    free(set->queries);
    set->database_count = 0;
    set->query_count = 0;
    set->databases = memory_array(CATALOG_DATABASES_MAX, sizeof *set->databases);
    set->queries = memory_array(CATALOG_QUERIES_MAX, sizeof *set->queries);
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; j < catalog->database_count; j++) {
            catalog->databases[j].index = (uint32_t)set->database_count;
            set->databases[set->database_count++] = &catalog->databases[j];
        }
        for (size_t j = 0; j < catalog->query_count; j++) {
            struct catalog_query *query = &catalog->queries[j];
            query->index = UINT32_MAX;
            if (!is_wanted(query))
                continue;
            query->index = (uint32_t)set->query_count;
            set->queries[set->query_count++] = query;
        }
    }
    return names_differ(set, ret_error);
}

/* ---- catalog ----
 * Look-ups in a catalog: families, labels that the service ignores, senders that it admits.
 */

const struct catalog_family *catalog_family_find(const struct catalog *catalog, const char *name,
                                                 size_t len) {
    size_t low = 0;
    size_t high = catalog->family_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *other = catalog->families[middle].name;
        const int order = text_compare(name, len, other, strlen(other));
        if (order == 0)
            return &catalog->families[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct catalog_family *catalog_family_origin(const struct catalog_family *family) {
    return family->source == SOURCE_DERIVED
               ? catalog_family_find(family->catalog, family->key, strlen(family->key))
               : NULL;
}

bool catalog_ignores(const struct catalog *catalog, const char *label, size_t len) {
    size_t low = 0;
    size_t high = catalog->ignore_label_count;
    if (catalog->ignores_all)
        return true;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *other = catalog->ignore_labels[middle];
        const int order = text_compare(label, len, other, strlen(other));
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool catalog_admits(const struct catalog *catalog, uint32_t uid, uint32_t gid) {
    if (!catalog->senders_restricted)
        return true;
    for (size_t i = 0; i < catalog->uid_count; i++)
        if (catalog->uids[i] == uid)
            return true;
    for (size_t i = 0; i < catalog->gid_count; i++)
        if (catalog->gids[i] == gid)
            return true;
    return false;
}

/* ---- clash ----
 * checks for names that clash on the wire within a service. (catalog_samples_differ
 * checks for names of samples that clash on an endpoint.)
 */

/* A name in two pieces: the first `len` bytes of a catalog's text, then a suffix. */
struct joined {
    const char *stem;
    size_t len;
    const char *suffix;
};

/* Byte `at` of a name, or -1 after its end. */
static int joined_byte(const struct joined *name, size_t at) {
    if (at < name->len)
        return (unsigned char)name->stem[at];
    const unsigned char byte = (unsigned char)name->suffix[at - name->len];
    return byte ? byte : -1;
}

static int compare_names(const struct joined *a, const struct joined *b) {
    const size_t common = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->stem, b->stem, common);
    for (size_t at = common; order == 0; at++) {
        const int left = joined_byte(a, at);
        const int right = joined_byte(b, at);
        if (left < 0 && right < 0)
            return 0;
        order = left - right;
    }
    return order;
}

/* Set the place `file: /families/x` of the family, or of the declaration that it is derived
 * from. */
static void set_place(const struct catalog_family *family, struct error *error) {
    error_set(error, "%s: /%s/%s", family->catalog->file, family->section, family->key);
}

/* Suggest how to resolve a clash. A derived family can be renamed where it is declared. */
static bool add_help(const struct catalog_family *family, const struct catalog_family *taken,
                     struct error *error) {
    if (family->part_key != NULL)
        return error_add(error, "; give it another in \"names\": {\"%s\": ...}", family->part_key);
    if (taken->part_key != NULL)
        return error_add(error,
                         "; rename it, or the other one in \"names\" of /%s/%s: {\"%s\": ...}",
                         taken->section, taken->key, taken->part_key);
    return error_add(error, taken->catalog->internal ? "; rename it" : "; rename one of the two");
}

/* Append, for people, the service of the family that already has the name. */
static void add_whose(const struct catalog_family *taken, struct error *error) {
    const struct catalog *catalog = taken->catalog;
    if (!catalog->internal)
        error_add(error, " of service \"%s\" (%s)", catalog->service, catalog->file);
    else if (strcmp(catalog->service, "statgate") == 0)
        error_add(error, " of statgated itself");
    else
        error_add(error, " that statgated adds to \"%s\" (%s)", catalog->service, catalog->file);
}

/* ---- names of samples ---- */

/* A name claimed by a family. */
struct claim {
    struct joined name;
    const struct catalog_family *family;
    size_t rank; /* position of the family in the list */
    bool lent;   /* the OpenMetrics family name of a counter, which a gauge may use */
};

enum { SUFFIXES_MAX = 4, CLAIMS_PER_FAMILY = 2 + SUFFIXES_MAX };

/* List the suffixes that samples of this kind add to the family's name. Returns how many. */
static size_t sample_suffixes(const struct kind_row *kind, const char **suffixes) {
    size_t count = 0;
    if (kind->item_suffix != NULL)
        suffixes[count++] = kind->item_suffix;
    if (kind->has_totals) {
        suffixes[count++] = "_sum";
        suffixes[count++] = "_count";
    }
    if (kind->has_created)
        suffixes[count++] = "_created";
    return count;
}

static size_t family_claims(const struct catalog_family *family, size_t rank,
                            struct claim *claims) {
    if (!family_has_lines(family))
        return 0;
    const char *suffixes[SUFFIXES_MAX];
    const size_t suffix_count = sample_suffixes(family->kind, suffixes);
    const size_t len = strlen(family->name);
    const size_t stem = len - strlen(family->kind->suffix);
    size_t count = 0;
    claims[count++] = (struct claim){{family->name, len, ""}, family, rank, false};
    if (stem < len)
        claims[count++] =
            (struct claim){{family->name, stem, ""}, family, rank, family->kind->lends_stem};
    for (size_t i = 0; i < suffix_count; i++)
        claims[count++] = (struct claim){{family->name, stem, suffixes[i]}, family, rank, false};
    return count;
}

static int by_name(const void *a, const void *b) {
    const struct claim *left = a;
    const struct claim *right = b;
    const int order = compare_names(&left->name, &right->name);
    if (order != 0)
        return order;
    /* The order must be deterministic: it decides which of two clashing families is blamed. */
    return (left->rank > right->rank) - (left->rank < right->rank);
}

static bool may_share(const struct claim *a, const struct claim *b) {
    return (a->lent && b->family->kind->takes_stem) || (b->lent && a->family->kind->takes_stem);
}

static bool explain(const struct claim *claim, const struct claim *other, struct error *ret_error) {
    const struct catalog_family *family = claim->family;
    const struct catalog_family *taken = other->family;
    set_place(family, ret_error);
    if (strcmp(family->name, taken->name) == 0 && family->part_key == NULL &&
        taken->part_key == NULL && !taken->catalog->internal)
        return error_add(ret_error,
                         ": the service \"%s\" declares this family, too (%s); on one endpoint a "
                         "family belongs to one service: serve them on two (\"endpoints\" in the "
                         "configuration), or rename one",
                         taken->catalog->service, taken->catalog->file);
    error_add(ret_error, ": %s needs the name \"%.*s%s\", which also belongs to the %s \"%s\"",
              family->part_key != NULL ? family->name : "it", (int)claim->name.len,
              claim->name.stem, claim->name.suffix, taken->kind->type, taken->name);
    add_whose(taken, ret_error);
    return add_help(family, taken, ret_error);
}

/* Whether no two families claim a name that they may not share. `claims` are sorted. */
static bool claims_agree(const struct claim *claims, size_t count, struct error *ret_error) {
    size_t first = 0; /* start of the run of equal names that `i` is in */
    for (size_t i = 1; i < count; i++) {
        if (compare_names(&claims[first].name, &claims[i].name) != 0) {
            first = i;
            continue;
        }
        for (size_t j = first; j < i; j++) {
            if (may_share(&claims[j], &claims[i]))
                continue;
            /* Blame the service, not the daemon's own families. */
            const bool internal = claims[i].family->catalog->internal;
            return explain(&claims[internal ? j : i], &claims[internal ? i : j], ret_error);
        }
    }
    return true;
}

bool catalog_samples_differ(const struct catalog_family *const *families, size_t count,
                            struct error *ret_error) {
    struct claim *claims = memory_array(count * CLAIMS_PER_FAMILY + 1, sizeof *claims);
    size_t claim_count = 0;
    for (size_t i = 0; i < count; i++)
        claim_count += family_claims(families[i], i, claims + claim_count);
    if (claim_count > 1)
        qsort(claims, claim_count, sizeof *claims, by_name);
    const bool agree = claims_agree(claims, claim_count, ret_error);
    free(claims);
    return agree;
}

/* ---- names on the wire ---- */

struct wire_name {
    struct joined name;
    const struct catalog_family *family;
    size_t alias; /* 1, 2, ...; 0 is the family's own name */
};

enum { WIRE_NAMES_EACH_MAX = 3 };

/* List the wire names that a family has by its name or an alias: that itself, and those of a
 * relayed summary's sum and count.
 */
static size_t add_wire_names(const struct catalog_family *family, const char *text, size_t alias,
                             struct wire_name *names) {
    static const char *const suffixes[WIRE_NAMES_EACH_MAX] = {"", "_sum", "_count"};
    const size_t count = family_is_relayed(family) ? WIRE_NAMES_EACH_MAX : 1;
    for (size_t i = 0; i < count; i++)
        names[i] = (struct wire_name){{text, strlen(text), suffixes[i]}, family, alias};
    return count;
}

static int by_wire_name(const void *a, const void *b) {
    const struct wire_name *left = a;
    const struct wire_name *right = b;
    const int order = compare_names(&left->name, &right->name);
    if (order != 0)
        return order;
    /* The last name in order is blamed: a family's own name comes before aliases, and a declared
     * family before a derived one. */
    if (left->alias != right->alias)
        return left->alias < right->alias ? -1 : 1;
    if ((left->family->part_key == NULL) != (right->family->part_key == NULL))
        return left->family->part_key != NULL ? 1 : -1;
    return (left->family->index > right->family->index) -
           (left->family->index < right->family->index);
}

static bool explain_wire_name(const struct wire_name *name, const struct wire_name *other,
                              struct error *ret_error) {
    const struct catalog_family *family = name->family;
    set_place(family, ret_error);
    if (name->alias == 0) {
        error_add(ret_error, ": on the wire, \"%.*s%s\" is a name of the %s \"%s\", too",
                  (int)name->name.len, name->name.stem, name->name.suffix,
                  other->family->kind->type, other->family->name);
        return add_help(family, other->family, ret_error);
    }
    error_add(ret_error, "/aliases/%zu: ", name->alias - 1);
    if (other->family == family)
        return error_add(ret_error, "\"%s%s\" is the family's own name; leave it out",
                         name->name.stem, name->name.suffix);
    return error_add(
        ret_error,
        "the family \"%s\" answers to \"%s%s\", too; in one service a name on the wire "
        "leads to one family",
        other->family->name, name->name.stem, name->name.suffix);
}

static bool wire_names_differ(const struct catalog *catalog, struct error *ret_error) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += WIRE_NAMES_EACH_MAX * (1 + (size_t)catalog->families[i].alias_count);
    struct wire_name *names = memory_array(count + 1, sizeof *names);
    count = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        count += add_wire_names(family, family->name, 0, names + count);
        for (size_t j = 0; j < family->alias_count; j++)
            count += add_wire_names(family, family->aliases[j], j + 1, names + count);
    }
    if (count > 1)
        qsort(names, count, sizeof *names, by_wire_name);
    bool differ = true;
    for (size_t i = 1; differ && i < count; i++) {
        differ = compare_names(&names[i - 1].name, &names[i].name) != 0;
        if (!differ)
            explain_wire_name(&names[i], &names[i - 1], ret_error);
    }
    free(names);
    return differ;
}

/*
 * Check a sorted set: no two families of one service may have the same name on the wire. Attempts
 * and jobs have names only there. Returns false with `file: /families/x: text` in ret_error.
 */
static bool clash_check(const struct catalog_set *set, struct error *ret_error) {
    for (size_t i = 0; i < set->count; i++)
        if (!wire_names_differ(set->catalogs[i], ret_error))
            return false;
    return true;
}

/* ---- set ----
 * All catalogs of a daemon: order, numbers, groups, and checks for conflicts between catalogs.
 */

void catalog_set_init(struct catalog_set *set) {
    memset(set, 0, sizeof *set);
}

void catalog_set_done(struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        catalog_free(set->catalogs[i]);
    free(set->catalogs);
    free(set->families);
    free(set->databases);
    free(set->queries);
    catalog_set_init(set);
}

void catalog_set_add(struct catalog_set *set, struct catalog *catalog) {
    set->catalogs = memory_resize((void *)set->catalogs, set->count + 1, sizeof *set->catalogs);
    set->catalogs[set->count++] = catalog;
}

/* ---- metric groups ---- */

/* Whether the list includes the group. The list is "all", "none", or comma-separated names. */
static bool list_names(const char *list, const char *group) {
    static const char blanks[] = " \t";
    while (list != NULL && *list) {
        list += strspn(list, blanks);
        const size_t whole = strcspn(list, ",");
        size_t len = whole;
        while (len > 0 && strchr(blanks, list[len - 1]) != NULL)
            len--;
        if (text_is(list, len, "all") || text_is(list, len, group))
            return true;
        list += whole;
        list += *list == ',';
    }
    return false;
}

bool catalog_family_selected(const struct catalog_family *family, const char *include,
                             const char *exclude) {
    if (family->group == NULL)
        return true;
    /* An operator who lists the groups of services does not want to lose the daemon's own
     * families. */
    const bool included = family->catalog->internal || list_names(include, family->group);
    return included && !list_names(exclude, family->group);
}

bool catalog_has_group(const struct catalog *catalog, const char *group, size_t len) {
    for (size_t i = 0; i < catalog->group_count; i++)
        if (text_is(group, len, catalog->groups[i]))
            return true;
    for (size_t i = 0; i < catalog->family_count; i++)
        if (catalog->families[i].group != NULL && text_is(group, len, catalog->families[i].group))
            return true;
    return false;
}

/* ---- order and numbers ---- */

static int by_service(const void *a, const void *b) {
    const struct catalog *const *left = a;
    const struct catalog *const *right = b;
    return strcmp((*left)->service, (*right)->service);
}

static int by_name_and_service(const void *a, const void *b) {
    const struct catalog_family *left = *(const struct catalog_family *const *)a;
    const struct catalog_family *right = *(const struct catalog_family *const *)b;
    const int order = strcmp(left->name, right->name);
    return order != 0 ? order : strcmp(left->catalog->service, right->catalog->service);
}

static bool services_differ(const struct catalog_set *set, struct error *ret_error) {
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        if (i > 0 && strcmp(catalog->service, set->catalogs[i - 1]->service) == 0) {
            error_set(ret_error,
                      "%s: /service: the service \"%s\" is declared in %s, too; a service has "
                      "one catalog",
                      catalog->file, catalog->service, set->catalogs[i - 1]->file);
            return false;
        }
        for (size_t j = 0; catalog->socket != NULL && j < i; j++) {
            const char *other = set->catalogs[j]->socket;
            if (other != NULL && strcmp(catalog->socket, other) == 0) {
                error_set(ret_error,
                          "%s: /socket: the service \"%s\" has this socket, too (%s); a "
                          "socket of its own serves one service",
                          catalog->file, set->catalogs[j]->service, set->catalogs[j]->file);
                return false;
            }
        }
    }
    return true;
}

static int by_bound_falling(const void *a, const void *b) {
    const struct catalog_family *left = *(const struct catalog_family *const *)a;
    const struct catalog_family *right = *(const struct catalog_family *const *)b;
    if (left->bound != right->bound)
        return left->bound < right->bound ? 1 : -1;
    return strcmp(left->name, right->name);
}

/* Report that a catalog is too large, naming its largest families. */
static bool explain_size(const struct catalog *catalog, struct error *ret_error) {
    enum { NAMED_MOST = 3 };
    const struct catalog_family *largest[NAMED_MOST + 1];
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        largest[count++] = &catalog->families[i];
        qsort(largest, count, sizeof(struct catalog_family *), by_bound_falling);
        if (count > NAMED_MOST)
            count = NAMED_MOST;
    }
    error_set(ret_error,
              "%s: /max_series: the families' bounds add up to %s%llu series, the limit of the "
              "service is %llu; the largest:",
              catalog->file, catalog->bound == UINT64_MAX ? "at least " : "",
              (unsigned long long)catalog->bound, (unsigned long long)catalog->max_series);
    for (size_t i = 0; i < count; i++)
        error_add(ret_error, "%s %s %llu", i ? "," : "", largest[i]->name,
                  (unsigned long long)largest[i]->bound);
    return error_add(ret_error,
                     ". Bound a label tighter, give a family a max_series, or raise this limit");
}

static bool sizes_fit(struct catalog_set *set, struct error *ret_error) {
    set->bound = 0;
    set->lines = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct catalog *catalog = set->catalogs[i];
        catalog->index = (uint32_t)i;
        catalog->bound = 0;
        catalog->lines = 0;
        for (size_t j = 0; j < catalog->family_count; j++) {
            catalog->bound = catalog_bound_add(catalog->bound, catalog->families[j].bound);
            catalog->lines = catalog_bound_add(catalog->lines, catalog->families[j].lines);
        }
        if (catalog->bound > catalog->max_series)
            return explain_size(catalog, ret_error);
        set->bound = catalog_bound_add(set->bound, catalog->bound);
        set->lines = catalog_bound_add(set->lines, catalog->lines);
    }
    return true;
}

/* Check that all attempts and jobs fit: each combination of labels needs a state, and each live job
 * needs a place. */
static bool machines_fit(const struct catalog_set *set, struct error *ret_error) {
    uint64_t breakers_jobs = 0;
    uint64_t live = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count; j++) {
            const struct catalog_family *family = &catalog->families[j];
            if (family_has_lines(family))
                continue;
            breakers_jobs = catalog_bound_add(breakers_jobs, family->bound);
            if (breakers_jobs > CATALOG_MACHINES_MAX) {
                return error_set(ret_error,
                                 "%s: /%s/%s: with these, attempts and jobs of all services have "
                                 "%llu combinations of label values, at most %d are allowed",
                                 catalog->file, family->section, family->key,
                                 (unsigned long long)breakers_jobs, CATALOG_MACHINES_MAX);
            }
            live += family->jobs != NULL ? family->jobs->max_live : 0;
            if (live > CATALOG_LIVE_ALL_MAX) {
                return error_set(ret_error,
                                 "%s: /%s/%s/max_live: with these, jobs of all services could have "
                                 "%llu live ones, at most %d are allowed; lower max_live",
                                 catalog->file, family->section, family->key,
                                 (unsigned long long)live, CATALOG_LIVE_ALL_MAX);
            }
        }
    }
    return true;
}

static bool collect_families(struct catalog_set *set, struct error *ret_error) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        count += set->catalogs[i]->family_count;
        if (count > CATALOG_FAMILIES_MAX) {
            return error_set(
                ret_error,
                "%s: /families: with this catalog there are %zu families, the limit is "
                "%d",
                set->catalogs[i]->file, count, CATALOG_FAMILIES_MAX);
        }
    }
    struct catalog_family **families = memory_array(count + 1, sizeof *families);
    free(set->families);
    set->families = families;
    set->family_count = count;
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->catalogs[i]->family_count; j++)
            *families++ = &set->catalogs[i]->families[j];
    if (count > 1)
        qsort(set->families, count, sizeof(struct catalog_family *), by_name_and_service);
    for (size_t i = 0; i < count; i++)
        set->families[i]->index = (uint32_t)i;
    return true;
}

bool catalog_set_finish(struct catalog_set *set, struct error *ret_error) {
    if (set->count > 1)
        qsort(set->catalogs, set->count, sizeof(struct catalog *), by_service);
    return services_differ(set, ret_error) && sizes_fit(set, ret_error) &&
           machines_fit(set, ret_error) && collect_families(set, ret_error) &&
           clash_check(set, ret_error) && source_number(set, ret_error);
}

const struct catalog *catalog_set_find(const struct catalog_set *set, const char *service,
                                       size_t len) {
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *name = set->catalogs[middle]->service;
        const size_t name_len = strlen(name);
        int order = memcmp(service, name, len < name_len ? len : name_len);
        if (order == 0)
            order = (len > name_len) - (len < name_len);
        if (order == 0)
            return set->catalogs[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
