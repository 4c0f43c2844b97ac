/* SPDX-License-Identifier: MIT */
/* Look-ups in one catalog, and what it owns. */
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"

static struct catalog_family families[] = {
    {.name = "a"}, {.name = "a_b"}, {.name = "aa"}, {.name = "b_c"}, {.name = "z"}};
static const struct catalog catalog = {.service = "s", .families = families, .family_count = 5};

static const char *found(const char *name, size_t len) {
    const struct catalog_family *family = catalog_family_find(&catalog, name, len);
    return family ? family->name : "none";
}

Test(catalog, finds_a_family_by_its_whole_name) {
    for (size_t i = 0; i < 5; i++)
        cr_expect(eq(str, (char *)found(families[i].name, strlen(families[i].name)),
                     (char *)families[i].name));
    cr_expect(eq(str, (char *)found("a_bc", 3), "a_b"));
    cr_expect(eq(str, (char *)found("", 0), "none"));
    cr_expect(eq(str, (char *)found("a_", 2), "none"));
    cr_expect(eq(str, (char *)found("a\0", 2), "none"));
    cr_expect(eq(str, (char *)found("zz", 2), "none"));
    cr_expect(eq(str, (char *)found("\xFF", 1), "none"));
}

Test(catalog, strips_the_listed_labels_only) {
    static const char *const ignored[] = {"dd.internal.entity_id", "env", "host"};
    const struct catalog with = {.ignore_labels = ignored, .ignore_label_count = 3};
    cr_expect(catalog_ignores(&with, "env", 3));
    cr_expect(catalog_ignores(&with, "host", 4));
    cr_expect(catalog_ignores(&with, "dd.internal.entity_id", 21));
    cr_expect(not(catalog_ignores(&with, "en", 2)));
    cr_expect(not(catalog_ignores(&with, "hosts", 5)));
    cr_expect(not(catalog_ignores(&with, "", 0)));
    cr_expect(not(catalog_ignores(&catalog, "env", 3)));
}

Test(catalog, admits_everyone_unless_senders_are_listed) {
    static const uint32_t uids[] = {1000, 0};
    static const uint32_t gids[] = {50};
    struct catalog with = {0};
    cr_expect(catalog_admits(&with, 7, 7));
    with.senders_restricted = true;
    cr_expect(not(catalog_admits(&with, 7, 7)));
    with.uids = uids;
    with.uid_count = 2;
    cr_expect(catalog_admits(&with, 0, 7));
    cr_expect(catalog_admits(&with, 1000, 7));
    cr_expect(not(catalog_admits(&with, 50, 1000)));
    with.gids = gids;
    with.gid_count = 1;
    cr_expect(catalog_admits(&with, 7, 50));
    cr_expect(not(catalog_admits(&with, 50, 7)));
}

Test(catalog, shares_patterns_of_one_source) {
    struct error why = {0};
    struct catalog *owner = catalog_new();
    cr_assert(owner != NULL);
    const struct pattern *first = catalog_pattern(owner, "[a-z]+", &why);
    const struct pattern *second = catalog_pattern(owner, "[a-y]+", &why);
    cr_assert(first && second);
    cr_expect(ne(ptr, (void *)first, (void *)second));
    cr_expect(eq(ptr, (void *)catalog_pattern(owner, "[a-z]+", &why), (void *)first));
    cr_expect(catalog_pattern(owner, "[", &why) == NULL);
    catalog_free(owner);
    catalog_free(NULL);
}

Test(catalog, types_have_the_names_of_the_file) {
    cr_expect(eq(str, (char *)catalog_kind_rows[KIND_COUNTER].type, "counter"));
    cr_expect(eq(str, (char *)catalog_kind_rows[KIND_GAUGE].type, "gauge"));
    cr_expect(eq(str, (char *)catalog_kind_rows[KIND_UPDOWNCOUNTER].type, "updowncounter"));
    cr_expect(eq(str, (char *)catalog_kind_rows[KIND_HISTOGRAM].type, "histogram"));
}
