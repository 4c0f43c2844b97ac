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

Test(loader_derived, parts_lead_to_the_families_of_their_names) {
    const struct catalog *catalog = rig_add(
        "x.json",
        SERVICE("x",
                ATTEMPTS("m", ",\"labels\":{\"job\":[\"b\",\"a\"]},\"breaker\":\"reported\","
                              "\"names\":{\"attempts_total\":\"zz_total\","
                              "\"errors_total\":\"aa_total\",\"circuit_open_total\":null}") "," //
                JOBS("j", ",\"names\":{\"jobs\":\"a_jobs\"}")));
    const struct catalog_attempts *attempts = family(catalog, "m")->attempts;
    cr_expect(
        eq(ptr, (void *)attempts->parts[ATTEMPTS_TOTAL], (void *)family(catalog, "zz_total")));
    cr_expect(
        eq(ptr, (void *)attempts->parts[ATTEMPTS_ERRORS], (void *)family(catalog, "aa_total")));
    cr_expect(eq(ptr, (void *)attempts->parts[ATTEMPTS_CONSECUTIVE],
                 (void *)family(catalog, "m_consecutive_failures")));
    cr_expect(attempts->parts[ATTEMPTS_OPENED] == NULL);
    cr_expect(attempts->parts[ATTEMPTS_STATE] == NULL);
    const struct catalog_jobs *jobs = family(catalog, "j")->jobs;
    cr_expect(eq(ptr, (void *)jobs->parts[JOBS_LIVE], (void *)family(catalog, "a_jobs")));
    cr_expect(
        eq(ptr, (void *)jobs->parts[JOBS_WAITING], (void *)family(catalog, "j_waiting_seconds")));
    rig_expect_accepted(); /* numbering the rig_set moves nothing */
    cr_expect(
        eq(ptr, (void *)attempts->parts[ATTEMPTS_TOTAL], (void *)family(catalog, "zz_total")));
}

Test(loader_derived, only_the_machine_takes_datagrams) {
    const struct catalog *catalog = rig_add("x.json", SERVICE("x", ATTEMPTS("m", "")));
    cr_expect(eq(int, (int)family(catalog, "m")->source, SOURCE_DATAGRAMS));
    cr_expect(not(family_has_lines(family(catalog, "m"))));
    cr_expect(eq(u64, family(catalog, "m")->lines, 0));
    cr_expect(eq(int, (int)family(catalog, "m_errors_total")->source, SOURCE_DERIVED));
    cr_expect(family_has_lines(family(catalog, "m_errors_total")));
}

Test(loader_derived, outcomes_are_found_by_their_words) {
    const struct catalog *catalog =
        rig_add("x.json", SERVICE("x", ATTEMPTS("m", ",\"labels\":{\"z\":[\"1\"],\"a\":[\"2\"]}")));
    const struct catalog_family *total = family(catalog, "m_attempts_total");
    cr_assert(eq(u32, total->label_count, 3));
    cr_expect(eq(str, (char *)total->labels[0].name, "a"));
    cr_expect(eq(str, (char *)total->labels[1].name, "outcome"));
    cr_expect(eq(str, (char *)total->labels[2].name, "z"));
    const struct catalog_attempts *attempts = family(catalog, "m")->attempts;
    cr_assert(eq(u32, attempts->word_count, 3));
    for (uint32_t i = 0; i < attempts->word_count; i++) {
        const char *word = attempts->words[i];
        const int32_t id = catalog_label_find(&total->labels[1], word, strlen(word));
        cr_assert(ge(int, id, 0), "%s", word);
        cr_expect(eq(str, (char *)total->labels[1].values[id].text, (char *)word));
    }
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

Test(loader_derived, a_machine_has_no_name_in_the_exposition) {
    rig_add("one.json", SERVICE("one", ATTEMPTS("m", "")));
    rig_add("two.json", SERVICE("two", FAMILIES(GAUGE("m"))));
    rig_add("three.json", SERVICE("three", JOBS("m", "")));
    rig_expect_accepted();
}

Test(loader_derived, two_services_may_not_derive_the_same_family) {
    rig_add("one.json", SERVICE("one", ATTEMPTS("m", "")));
    rig_add("two.json", SERVICE("two", ATTEMPTS("m", "")));
    rig_expect_refused(
        "two.json: /attempts/m: m_attempts_total needs the name \"m_attempts\", which "
        "also belongs to the counter \"m_attempts_total\" of service \"one\" (one.json); "
        "give it another in \"names\": {\"attempts_total\": ...}");
}

Test(loader_derived, samples_of_a_derived_family_clash_with_those_of_another_service) {
    rig_add("one.json", SERVICE("one", FAMILIES(GAUGE("j_running_seconds_sum"))));
    rig_add("two.json", SERVICE("two", JOBS("j", "")));
    rig_expect_refused(
        "one.json: /families/j_running_seconds_sum: it needs the name "
        "\"j_running_seconds_sum\", which also belongs to the histogram "
        "\"j_running_seconds\" of service \"two\" (two.json); rename it, or the other "
        "one in \"names\" of /jobs/j: {\"running_seconds\": ...}");
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

Test(loader_derived, an_alias_leads_to_the_machine_of_one_service) {
    rig_add("one.json", SERVICE("one", ATTEMPTS("m", ",\"aliases\":[\"job.attempt\"]")));
    rig_add("two.json", SERVICE("two", ATTEMPTS("n", ",\"aliases\":[\"job.attempt\",\"m\"]")));
    rig_expect_accepted();
}
