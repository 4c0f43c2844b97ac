#include "catalog/clash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `stem` + `suffix`, claimed by a family. The stem is `len` bytes of a name that the catalog holds.
 */
struct claim {
    const char *stem;
    size_t len;
    const char *suffix;
    const struct catalog_family *family;
    bool counter_stem; /* the OpenMetrics family name of a counter, where a gauge may stand */
};

enum { CLAIMS_PER_FAMILY = 5 };

static size_t family_claims(const struct catalog_family *family, struct claim *claims) {
    const size_t len = strlen(family->name);
    const struct claim own = {family->name, len, "", family, false};
    size_t count = 0;
    claims[count++] = own;
    if (family->type == FAMILY_COUNTER) {
        const size_t stem = len - strlen("_total");
        claims[count++] = (struct claim){family->name, stem, "", family, true};
        claims[count++] = (struct claim){family->name, stem, "_created", family, false};
    } else if (family->type == FAMILY_HISTOGRAM) {
        static const char *const suffixes[] = {"_bucket", "_sum", "_count", "_created"};
        for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
            claims[count++] = (struct claim){family->name, len, suffixes[i], family, false};
    }
    return count;
}

/* Byte `at` of a claimed name, or -1 behind its end. */
static int claim_byte(const struct claim *claim, size_t at) {
    if (at < claim->len)
        return (unsigned char)claim->stem[at];
    const unsigned char byte = (unsigned char)claim->suffix[at - claim->len];
    return byte ? byte : -1;
}

static int compare_names(const struct claim *a, const struct claim *b) {
    const size_t common = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->stem, b->stem, common);
    for (size_t at = common; order == 0; at++) {
        const int left = claim_byte(a, at);
        const int right = claim_byte(b, at);
        if (left < 0 && right < 0)
            return 0;
        order = left - right;
    }
    return order;
}

static int by_name(const void *a, const void *b) {
    const struct claim *left = a;
    const struct claim *right = b;
    const int order = compare_names(left, right);
    if (order != 0)
        return order;
    /* Which of two clashing families is blamed must not depend on chance. */
    return (left->family->index > right->family->index) -
           (left->family->index < right->family->index);
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
    if (strcmp(family->name, taken->name) == 0) {
        (void)snprintf(ret_error, error_size,
                       "%s: /families/%s: the service \"%s\" declares this family, too (%s); on "
                       "one endpoint a family belongs to one service",
                       family->catalog->file, family->name, taken->catalog->service,
                       taken->catalog->file);
        return;
    }
    (void)snprintf(ret_error, error_size,
                   "%s: /families/%s: it needs the name \"%.*s%s\", which also belongs to the %s "
                   "\"%s\" of service "
                   "\"%s\" (%s); rename one of the two",
                   family->catalog->file, family->name, (int)claim->len, claim->stem, claim->suffix,
                   family_type_text(taken->type), taken->name, taken->catalog->service,
                   taken->catalog->file);
}

/* True when no name has two owners that may not share it; claims are sorted. */
static bool claims_agree(const struct claim *claims, size_t count, char *ret_error,
                         size_t error_size) {
    size_t first = 0; /* of the run of equal names that `i` stands in */
    for (size_t i = 1; i < count; i++) {
        if (compare_names(&claims[first], &claims[i]) != 0) {
            first = i;
            continue;
        }
        for (size_t j = first; j < i; j++) {
            if (may_share(&claims[j], &claims[i]))
                continue;
            explain(&claims[i], &claims[j], ret_error, error_size);
            return false;
        }
    }
    return true;
}

static bool samples_differ(const struct catalog_set *set, char *ret_error, size_t error_size) {
    struct claim *claims = malloc((set->family_count * CLAIMS_PER_FAMILY + 1) * sizeof *claims);
    if (!claims) {
        (void)snprintf(ret_error, error_size, "out of memory");
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        count += family_claims(set->families[i], claims + count);
    if (count > 1)
        qsort(claims, count, sizeof *claims, by_name);
    const bool agree = claims_agree(claims, count, ret_error, error_size);
    free(claims);
    return agree;
}

/* ---- names on the wire ---- */

struct wire_name {
    const char *name;
    const struct catalog_family *family;
    size_t alias; /* 1, 2, ...; 0 is the family's own name */
};

static int by_wire_name(const void *a, const void *b) {
    const struct wire_name *left = a;
    const struct wire_name *right = b;
    const int order = strcmp(left->name, right->name);
    if (order != 0)
        return order;
    /* A family's own name first: an alias is what has to give way. */
    if (left->alias != right->alias)
        return left->alias < right->alias ? -1 : 1;
    return (left->family->index > right->family->index) -
           (left->family->index < right->family->index);
}

static void explain_alias(const struct wire_name *name, const struct wire_name *other,
                          char *ret_error, size_t error_size) {
    const struct catalog_family *family = name->family;
    const int len =
        snprintf(ret_error, error_size, "%s: /families/%s/aliases/%zu: ", family->catalog->file,
                 family->name, name->alias - 1);
    if (len < 0 || (size_t)len >= error_size)
        return;
    ret_error += len;
    error_size -= (size_t)len;
    if (other->family == family)
        (void)snprintf(ret_error, error_size, "\"%s\" is the family's own name; leave it out",
                       name->name);
    else
        (void)snprintf(
            ret_error, error_size,
            "the family \"%s\" answers to \"%s\", too; in one service a name on the wire "
            "leads to one family",
            other->family->name, name->name);
}

static bool wire_names_differ(const struct catalog *catalog, char *ret_error, size_t error_size) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += 1 + catalog->families[i].alias_count;
    struct wire_name *names = malloc((count + 1) * sizeof *names);
    if (!names) {
        (void)snprintf(ret_error, error_size, "out of memory");
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        names[at++] = (struct wire_name){family->name, family, 0};
        for (size_t j = 0; j < family->alias_count; j++)
            names[at++] = (struct wire_name){family->aliases[j], family, j + 1};
    }
    if (count > 1)
        qsort(names, count, sizeof *names, by_wire_name);
    bool differ = true;
    for (size_t i = 1; differ && i < count; i++) {
        differ = strcmp(names[i - 1].name, names[i].name) != 0;
        if (!differ)
            explain_alias(&names[i], &names[i - 1], ret_error, error_size);
    }
    free(names);
    return differ;
}

bool clash_check(const struct catalog_set *set, char *ret_error, size_t error_size) {
    for (size_t i = 0; i < set->count; i++)
        if (!wire_names_differ(set->catalogs[i], ret_error, error_size))
            return false;
    return samples_differ(set, ret_error, error_size);
}
