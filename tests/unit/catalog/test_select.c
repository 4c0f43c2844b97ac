/* SPDX-License-Identifier: MIT */
/* Metric groups: what is exposed. */
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"

/* "abcd": the first letters of the exposed families, the one without a group being d. */
static const char *exposed(const char *include, const char *exclude) {
    static char letters[8];
    const struct catalog catalog = {.service = "s"};
    const struct catalog_family families[] = {{.name = "a", .group = "api", .catalog = &catalog},
                                              {.name = "b", .group = "io", .catalog = &catalog},
                                              {.name = "c", .group = "ap", .catalog = &catalog},
                                              {.name = "d", .catalog = &catalog}};
    size_t len = 0;
    for (size_t i = 0; i < 4; i++)
        if (catalog_family_selected(&families[i], include, exclude))
            letters[len++] = families[i].name[0];
    letters[len] = '\0';
    return letters;
}

static void expect_exposed(const char *include, const char *exclude, const char *letters) {
    cr_expect(eq(str, (char *)exposed(include, exclude), (char *)letters), "include %s exclude %s",
              include, exclude);
}

Test(select, all_and_none) {
    expect_exposed("all", "none", "abcd");
    expect_exposed("none", "none", "d");
    expect_exposed("all", "all", "d");
    expect_exposed("none", "all", "d");
}

Test(select, lists_are_whole_names) {
    expect_exposed("api", "none", "ad");
    expect_exposed("ap", "none", "cd");
    expect_exposed("api,io", "none", "abd");
    expect_exposed(" io , ap ", "none", "bcd");
    expect_exposed("io,,\t", "none", "bd");
    expect_exposed("", "", "d");
    expect_exposed("iox,xio", "none", "d");
}

Test(select, exclude_wins) {
    expect_exposed("all", "io", "acd");
    expect_exposed("api,io", "io,other", "ad");
    expect_exposed("all", "api, ap", "bd");
}

Test(select, an_empty_setting_is_none) {
    expect_exposed(NULL, NULL, "d");
    expect_exposed("all", NULL, "abcd");
}

Test(select, the_daemons_own_stays_unless_it_is_excluded) {
    const struct catalog own = {.service = "statgate", .internal = true};
    const struct catalog_family family = {.name = "p", .group = "process", .catalog = &own};
    cr_expect(catalog_family_selected(&family, "api", "none"));
    cr_expect(catalog_family_selected(&family, "none", "none"));
    cr_expect(not(catalog_family_selected(&family, "all", "process")));
}

Test(select, knows_which_groups_there_are) {
    struct catalog_family families[] = {{.name = "a", .group = "api"}, {.name = "b"}};
    static const char *const groups[] = {"host", "io"};
    const struct catalog catalog = {
        .families = families, .family_count = 2, .groups = groups, .group_count = 2};
    cr_expect(catalog_has_group(&catalog, "api", 3));
    cr_expect(catalog_has_group(&catalog, "host", 4));
    cr_expect(catalog_has_group(&catalog, "io", 2));
    cr_expect(not(catalog_has_group(&catalog, "ap", 2)));
    cr_expect(not(catalog_has_group(&catalog, "apis", 4)));
    cr_expect(not(catalog_has_group(&catalog, "hosts", 5)));
    cr_expect(not(catalog_has_group(&catalog, "", 0)));
}

Test(select, of_an_empty_set_finds_nothing) {
    struct catalog_set set;
    struct error why = {0};
    catalog_set_init(&set);
    cr_expect(catalog_set_find(&set, "a", 1) == NULL);
    cr_expect(catalog_set_finish(&set, &why));
    cr_expect(eq(sz, set.family_count, 0));
    catalog_set_done(&set);
    catalog_set_done(&set);
}
