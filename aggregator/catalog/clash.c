#include "catalog/clash.h"

#include <stdlib.h>
#include <string.h>

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
    struct claim *claims = malloc((count * CLAIMS_PER_FAMILY + 1) * sizeof *claims);
    if (claims == NULL)
        return error_no_memory(ret_error);
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

enum { WIRE_NAMES_OWN_MAX = 3 };

/* List the wire names of a family other than aliases: its own name, and the names of a relayed
 * summary's sum and count.
 */
static size_t own_wire_names(const struct catalog_family *family, struct wire_name *names) {
    static const char *const suffixes[WIRE_NAMES_OWN_MAX] = {"", "_sum", "_count"};
    const size_t count = family_is_relayed(family) ? WIRE_NAMES_OWN_MAX : 1;
    for (size_t i = 0; i < count; i++)
        names[i] = (struct wire_name){{family->name, strlen(family->name), suffixes[i]}, family, 0};
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
        return error_add(ret_error, "\"%s\" is the family's own name; leave it out",
                         name->name.stem);
    return error_add(ret_error,
                     "the family \"%s\" answers to \"%s\", too; in one service a name on the wire "
                     "leads to one family",
                     other->family->name, name->name.stem);
}

static bool wire_names_differ(const struct catalog *catalog, struct error *ret_error) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += WIRE_NAMES_OWN_MAX + catalog->families[i].alias_count;
    struct wire_name *names = malloc((count + 1) * sizeof *names);
    if (names == NULL)
        return error_no_memory(ret_error);
    count = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        count += own_wire_names(family, names + count);
        for (size_t j = 0; j < family->alias_count; j++)
            names[count++] = (struct wire_name){
                {family->aliases[j], strlen(family->aliases[j]), ""}, family, j + 1};
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

bool clash_check(const struct catalog_set *set, struct error *ret_error) {
    for (size_t i = 0; i < set->count; i++)
        if (!wire_names_differ(set->catalogs[i], ret_error))
            return false;
    return true;
}
