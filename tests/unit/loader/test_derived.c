/* SPDX-License-Identifier: MIT */
/* Families derived from attempts and jobs: how they relate, and where they clash. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "endpoint/endpoint.h"
#include "loader/loader.h"
#include "rig.h"

TestSuite(loader_derived, .init = rig_start, .fini = rig_end);

#define ATTEMPTS(name, rest)                                                                       \
    "\"attempts\":{\"" name "\":{\"success\":[\"worked\",\"idle\"],\"failure\":[\"error\"]" rest   \
    "}}"
#define JOBS(name, rest) "\"jobs\":{\"" name "\":{\"buckets\":[1]" rest "}}"

static const struct catalog_family *family(const struct catalog *catalog, const char *name) {
    const struct catalog_family *found = catalog_family_find(catalog, name, strlen(name));
    cr_assert(found != NULL, "no family %s", name);
    return found;
}

Test(loader_derived, the_group_of_the_declaration_is_that_of_its_families) {
    const struct catalog *catalog =
        rig_add("x.json", SERVICE("x", ATTEMPTS("m", ",\"group\":\"app\"") "," JOBS("j", "")));
    rig_expect_accepted();
    rig_select_groups("all", "app");
    cr_expect(not(family(catalog, "m")->exposed));
    cr_expect(not(family(catalog, "m_errors_total")->exposed));
    cr_expect(family(catalog, "j")->exposed);
    cr_expect(family(catalog, "j_jobs")->exposed);
    rig_select_groups("all", "none");
    cr_expect(family(catalog, "m")->exposed);
    cr_expect(family(catalog, "m_errors_total")->exposed);
    cr_expect(catalog_has_group(catalog, "app", 3));
}

Test(loader_derived, two_services_may_not_derive_the_same_family) {
    rig_add("one.json", SERVICE("one", ATTEMPTS("m", "")));
    rig_add("two.json", SERVICE("two", ATTEMPTS("m", "")));
    rig_expect_refused(
        "two.json: /attempts/m: m_attempts_total needs the name \"m_attempts\", which "
        "also belongs to the counter \"m_attempts_total\" of service \"one\" (one.json); "
        "give it another in \"names\": {\"attempts_total\": ...}");
}

#define TEN(d)                                                                                     \
    "\"" d "0\",\"" d "1\",\"" d "2\",\"" d "3\",\"" d "4\",\"" d "5\",\"" d "6\",\"" d "7\",\"" d \
    "8\",\"" d "9\""
#define LABELS_1000 ",\"labels\":{\"a\":[" TEN("") "],\"b\":[" TEN("") "],\"c\":[" TEN("") "]}"

Test(loader_derived, machines_of_all_services_together_have_a_limit) {
    rig_add("a.json", SERVICE("a", ATTEMPTS("a", LABELS_1000)));
    rig_add("b.json", SERVICE("b", JOBS("b", LABELS_1000)));
    rig_add(
        "c.json",
        SERVICE(
            "c",
            ATTEMPTS("c", ",\"labels\":{\"a\":[" TEN("") "," TEN("1") "," TEN("2") "," TEN(
                              "3") ",\"40\",\"41\",\"42\",\"43\",\"44\",\"45\",\"46\",\"47\"]}")));
    rig_expect_accepted();
    rig_add("d.json", SERVICE("d", JOBS("d", "")));
    rig_expect_refused("d.json: /jobs/d: with these, attempts and jobs of all services have 2049 "
                       "combinations of label values, at most 2048 are allowed");
}
