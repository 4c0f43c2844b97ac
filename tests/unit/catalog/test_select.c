/* Metric groups: what is exposed. */
#include <string.h>

#include "assertions.h"
#include "catalog/build.h"

/* "abcd": the first letters of the exposed families, the one without a group being d. */
static const char *exposed(const char *include, const char *exclude) {
    static char letters[8];
    struct catalog_family families[] = {{.name = "a", .group = "api"},
                                        {.name = "b", .group = "io"},
                                        {.name = "c", .group = "ap"},
                                        {.name = "d"}};
    struct catalog catalog = {.families = families, .family_count = 4};
    struct catalog *catalogs[] = {&catalog};
    struct catalog_set set = {.catalogs = catalogs, .count = 1};
    catalog_set_select(&set, include, exclude);
    size_t len = 0;
    for (size_t i = 0; i < 4; i++)
        if (families[i].exposed)
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

Test(select, knows_which_groups_there_are) {
    struct catalog_family families[] = {{.name = "a", .group = "api"}, {.name = "b"}};
    struct catalog catalog = {.families = families, .family_count = 2};
    struct catalog *catalogs[] = {&catalog};
    const struct catalog_set set = {.catalogs = catalogs, .count = 1};
    cr_expect(catalog_set_has_group(&set, "api", 3));
    cr_expect_not(catalog_set_has_group(&set, "ap", 2));
    cr_expect_not(catalog_set_has_group(&set, "apis", 4));
    cr_expect_not(catalog_set_has_group(&set, "", 0));
}

Test(select, of_an_empty_set_finds_nothing) {
    struct catalog_set set;
    char why[100];
    catalog_set_init(&set);
    cr_expect_null(catalog_set_find(&set, "a", 1));
    cr_expect(catalog_set_finish(&set, why, sizeof why));
    cr_expect(eq(sz, set.family_count, 0));
    catalog_set_select(&set, "all", "none");
    catalog_set_done(&set);
    catalog_set_done(&set);
}
