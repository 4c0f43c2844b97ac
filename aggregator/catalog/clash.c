#include "catalog/clash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name in two pieces: `len` bytes of one that the catalog holds, and what follows them. */
struct joined {
    const char *stem;
    size_t len;
    const char *suffix;
};

/* Byte `at` of a name, or -1 behind its end. */
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

/* `file: /families/x` of the family, or of what it is derived from. Returns what was written, for
 * the text behind it. */
static size_t put_place(const struct catalog_family *family, char *ret_error, size_t error_size) {
    const int len = snprintf(ret_error, error_size, "%s: /%s/%s", family->catalog->file,
                             family->section, family->key);
    return len < 0 || (size_t)len >= error_size ? error_size - 1 : (size_t)len;
}

/* How to get out of a clash: what is derived can have another name where it is declared. */
static void put_help(const struct catalog_family *family, const struct catalog_family *taken,
                     char *text, size_t size) {
    if (family->part_key != NULL)
        (void)snprintf(text, size, "give it another in \"names\": {\"%s\": ...}", family->part_key);
    else if (taken->part_key != NULL)
        (void)snprintf(text, size,
                       "rename it, or the other one in \"names\" of /%s/%s: {\"%s\": ...}",
                       taken->section, taken->key, taken->part_key);
    else if (taken->catalog->internal)
        (void)snprintf(text, size, "rename it");
    else
        (void)snprintf(text, size, "rename one of the two");
}

enum { HELP_SIZE = CATALOG_NAME_MAX + 128 };

/* The service of the family that has the name, for people. */
static void put_whose(const struct catalog_family *taken, char *text, size_t size) {
    const struct catalog *catalog = taken->catalog;
    if (!catalog->internal)
        (void)snprintf(text, size, "of service \"%s\" (%s)", catalog->service, catalog->file);
    else if (strcmp(catalog->service, "statgate") == 0)
        (void)snprintf(text, size, "of statgated itself");
    else
        (void)snprintf(text, size, "that statgated adds to \"%s\" (%s)", catalog->service,
                       catalog->file);
}

/* ---- names of samples ---- */

/* A name claimed by a family. */
struct claim {
    struct joined name;
    const struct catalog_family *family;
    size_t rank;       /* of the family in the list */
    bool counter_stem; /* the OpenMetrics family name of a counter, which a gauge may have */
};

enum { CLAIMS_PER_FAMILY = 5 };

static size_t family_claims(const struct catalog_family *family, size_t rank,
                            struct claim *claims) {
    static const char *const of_counter[] = {"_created", NULL};
    static const char *const of_histogram[] = {"_bucket", "_sum", "_count", "_created", NULL};
    static const char *const of_summary[] = {"_sum", "_count", "_created", NULL};
    static const char *const none[] = {NULL};
    const char *const *suffixes = none;
    const char *ending = ""; /* of the name, but not of the OpenMetrics family name */
    if (!family_has_lines(family))
        return 0;
    if (family->type == FAMILY_COUNTER) {
        suffixes = of_counter;
        ending = "_total";
    } else if (family->type == FAMILY_HISTOGRAM) {
        suffixes = of_histogram;
    } else if (family->type == FAMILY_SUMMARY) {
        suffixes = of_summary;
    } else if (family->type == FAMILY_INFO) {
        ending = "_info";
    }
    const size_t len = strlen(family->name);
    const size_t stem = len - strlen(ending);
    size_t count = 0;
    claims[count++] = (struct claim){{family->name, len, ""}, family, rank, false};
    if (stem < len)
        claims[count++] =
            (struct claim){{family->name, stem, ""}, family, rank, family->type == FAMILY_COUNTER};
    for (size_t i = 0; suffixes[i] != NULL; i++)
        claims[count++] = (struct claim){{family->name, stem, suffixes[i]}, family, rank, false};
    return count;
}

static int by_name(const void *a, const void *b) {
    const struct claim *left = a;
    const struct claim *right = b;
    const int order = compare_names(&left->name, &right->name);
    if (order != 0)
        return order;
    /* Which of two clashing families is blamed must not depend on chance. */
    return (left->rank > right->rank) - (left->rank < right->rank);
}

static bool is_gauge(const struct claim *claim) {
    return claim->family->type == FAMILY_GAUGE || claim->family->type == FAMILY_UPDOWNCOUNTER;
}

static bool may_share(const struct claim *a, const struct claim *b) {
    return (a->counter_stem && is_gauge(b)) || (b->counter_stem && is_gauge(a));
}

static void explain(const struct claim *claim, const struct claim *other, char *ret_error,
                    size_t error_size) {
    const struct catalog_family *family = claim->family;
    const struct catalog_family *taken = other->family;
    char help[HELP_SIZE];
    const size_t len = put_place(family, ret_error, error_size);
    if (strcmp(family->name, taken->name) == 0 && family->part_key == NULL &&
        taken->part_key == NULL && !taken->catalog->internal) {
        (void)snprintf(ret_error + len, error_size - len,
                       ": the service \"%s\" declares this family, too (%s); on one endpoint a "
                       "family belongs to one service: serve them on two (\"endpoints\" in the "
                       "configuration), or rename one",
                       taken->catalog->service, taken->catalog->file);
        return;
    }
    char whose[CATALOG_NAME_MAX + 1024];
    put_help(family, taken, help, sizeof help);
    put_whose(taken, whose, sizeof whose);
    (void)snprintf(ret_error + len, error_size - len,
                   ": %s needs the name \"%.*s%s\", which also belongs to the %s \"%s\" %s; %s",
                   family->part_key != NULL ? family->name : "it", (int)claim->name.len,
                   claim->name.stem, claim->name.suffix, catalog_family_type_text(taken->type),
                   taken->name, whose, help);
}

/* True when no name has two owners that may not share it; claims are sorted. */
static bool claims_agree(const struct claim *claims, size_t count, char *ret_error,
                         size_t error_size) {
    size_t first = 0; /* of the run of equal names that `i` is in */
    for (size_t i = 1; i < count; i++) {
        if (compare_names(&claims[first].name, &claims[i].name) != 0) {
            first = i;
            continue;
        }
        for (size_t j = first; j < i; j++) {
            if (may_share(&claims[j], &claims[i]))
                continue;
            /* The daemon's own families were there first. */
            if (claims[i].family->catalog->internal)
                explain(&claims[j], &claims[i], ret_error, error_size);
            else
                explain(&claims[i], &claims[j], ret_error, error_size);
            return false;
        }
    }
    return true;
}

bool catalog_samples_differ(const struct catalog_family *const *families, size_t count,
                            char *ret_error, size_t error_size) {
    struct claim *claims = malloc((count * CLAIMS_PER_FAMILY + 1) * sizeof *claims);
    if (claims == NULL) {
        (void)snprintf(ret_error, error_size, "out of memory");
        return false;
    }
    size_t claim_count = 0;
    for (size_t i = 0; i < count; i++)
        claim_count += family_claims(families[i], i, claims + claim_count);
    if (claim_count > 1)
        qsort(claims, claim_count, sizeof *claims, by_name);
    const bool agree = claims_agree(claims, claim_count, ret_error, error_size);
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

/* The names that a family has by itself: its own, and those of a relayed summary's sum and count.
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
    /* A family's own name first: an alias is what has to give way, and what is derived before what
     * is declared. */
    if (left->alias != right->alias)
        return left->alias < right->alias ? -1 : 1;
    if ((left->family->part_key == NULL) != (right->family->part_key == NULL))
        return left->family->part_key != NULL ? 1 : -1;
    return (left->family->index > right->family->index) -
           (left->family->index < right->family->index);
}

static void explain_wire_name(const struct wire_name *name, const struct wire_name *other,
                              char *ret_error, size_t error_size) {
    const struct catalog_family *family = name->family;
    size_t len = put_place(family, ret_error, error_size);
    ret_error += len;
    error_size -= len;
    if (name->alias == 0) {
        char help[HELP_SIZE];
        put_help(family, other->family, help, sizeof help);
        (void)snprintf(ret_error, error_size,
                       ": on the wire, \"%.*s%s\" is a name of the %s \"%s\", too; %s",
                       (int)name->name.len, name->name.stem, name->name.suffix,
                       catalog_family_type_text(other->family->type), other->family->name, help);
        return;
    }
    const int more = snprintf(ret_error, error_size, "/aliases/%zu: ", name->alias - 1);
    if (more < 0 || (size_t)more >= error_size)
        return;
    ret_error += more;
    error_size -= (size_t)more;
    if (other->family == family)
        (void)snprintf(ret_error, error_size, "\"%s\" is the family's own name; leave it out",
                       name->name.stem);
    else
        (void)snprintf(
            ret_error, error_size,
            "the family \"%s\" answers to \"%s\", too; in one service a name on the wire "
            "leads to one family",
            other->family->name, name->name.stem);
}

static bool wire_names_differ(const struct catalog *catalog, char *ret_error, size_t error_size) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += WIRE_NAMES_OWN_MAX + catalog->families[i].alias_count;
    struct wire_name *names = malloc((count + 1) * sizeof *names);
    if (names == NULL) {
        (void)snprintf(ret_error, error_size, "out of memory");
        return false;
    }
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
            explain_wire_name(&names[i], &names[i - 1], ret_error, error_size);
    }
    free(names);
    return differ;
}

bool clash_check(const struct catalog_set *set, char *ret_error, size_t error_size) {
    for (size_t i = 0; i < set->count; i++)
        if (!wire_names_differ(set->catalogs[i], ret_error, error_size))
            return false;
    return true;
}
