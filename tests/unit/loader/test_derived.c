/* Families derived from attempts and jobs: how they hang together, and where they may not. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "endpoint/endpoint.h"
#include "loader/loader.h"

static struct catalog_set set;
static char why[JSONDOC_ERROR_MAX];
static struct endpoints endpoints;

static struct catalog *add(const char *file, const char *text) {
    struct jsondoc_error error;
    struct catalog *catalog = loader_text(file, text, strlen(text), false, &error);
    cr_assert_not_null(catalog, "%s", error.text);
    cr_assert(catalog_set_add(&set, catalog));
    return catalog;
}

/* As a daemon with one endpoint of all does. */
static bool finish(size_t size) {
    endpoints_done(&endpoints);
    return endpoints_build_all(&endpoints, &set, why, size);
}

static void select_groups(const char *include, const char *exclude) {
    const struct endpoint_options options = {
        .place = "", .name = "", .include = include, .exclude = exclude};
    endpoints_done(&endpoints);
    cr_assert(endpoints_build(&endpoints, &set, &options, 1, why, sizeof why), "%s", why);
}

static void expect_refused(const char *message) {
    cr_expect_not(finish(sizeof why));
    cr_expect(eq(str, why, (char *)message));
}

static void expect_accepted(void) {
    why[0] = '\0';
    cr_expect(finish(sizeof why), "%s", why);
}

static void start(void) {
    catalog_set_init(&set);
}

static void end(void) {
    endpoints_done(&endpoints);
    catalog_set_done(&set);
}

TestSuite(loader_derived, .init = start, .fini = end);

#define SERVICE(name, rest) "{\"statgate\":1,\"service\":\"" name "\"," rest "}"
#define GAUGE(name)         "\"families\":{\"" name "\":{\"type\":\"gauge\"}}"
#define ATTEMPTS(name, rest)                                                                       \
    "\"attempts\":{\"" name "\":{\"success\":[\"worked\",\"idle\"],\"failure\":[\"error\"]" rest   \
    "}}"
#define JOBS(name, rest) "\"jobs\":{\"" name "\":{\"buckets\":[1]" rest "}}"

static const struct catalog_family *family(const struct catalog *catalog, const char *name) {
    const struct catalog_family *found = catalog_family_find(catalog, name, strlen(name));
    cr_assert_not_null(found, "no family %s", name);
    return found;
}

Test(loader_derived, parts_lead_to_the_families_of_their_names) {
    const struct catalog *catalog = add(
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
    cr_expect_null(attempts->parts[ATTEMPTS_OPENED]);
    cr_expect_null(attempts->parts[ATTEMPTS_STATE]);
    const struct catalog_jobs *jobs = family(catalog, "j")->jobs;
    cr_expect(eq(ptr, (void *)jobs->parts[JOBS_LIVE], (void *)family(catalog, "a_jobs")));
    cr_expect(
        eq(ptr, (void *)jobs->parts[JOBS_WAITING], (void *)family(catalog, "j_waiting_seconds")));
    expect_accepted(); /* numbering the set moves nothing */
    cr_expect(
        eq(ptr, (void *)attempts->parts[ATTEMPTS_TOTAL], (void *)family(catalog, "zz_total")));
}

Test(loader_derived, only_the_machine_takes_datagrams) {
    const struct catalog *catalog = add("x.json", SERVICE("x", ATTEMPTS("m", "")));
    cr_expect(eq(int, (int)family(catalog, "m")->source, SOURCE_DATAGRAMS));
    cr_expect_not(family_has_lines(family(catalog, "m")));
    cr_expect(eq(u64, family(catalog, "m")->lines, 0));
    cr_expect(eq(int, (int)family(catalog, "m_errors_total")->source, SOURCE_STATE));
    cr_expect(family_has_lines(family(catalog, "m_errors_total")));
}

Test(loader_derived, outcomes_are_found_by_their_words) {
    const struct catalog *catalog =
        add("x.json", SERVICE("x", ATTEMPTS("m", ",\"labels\":{\"z\":[\"1\"],\"a\":[\"2\"]}")));
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
        add("x.json", SERVICE("x", ATTEMPTS("m", ",\"group\":\"app\"") "," JOBS("j", "")));
    expect_accepted();
    select_groups("all", "app");
    cr_expect_not(family(catalog, "m")->exposed);
    cr_expect_not(family(catalog, "m_errors_total")->exposed);
    cr_expect(family(catalog, "j")->exposed);
    cr_expect(family(catalog, "j_jobs")->exposed);
    select_groups("all", "none");
    cr_expect(family(catalog, "m")->exposed);
    cr_expect(family(catalog, "m_errors_total")->exposed);
    cr_expect(catalog_has_group(catalog, "app", 3));
}

Test(loader_derived, a_machine_has_no_name_in_the_exposition) {
    add("one.json", SERVICE("one", ATTEMPTS("m", "")));
    add("two.json", SERVICE("two", GAUGE("m")));
    add("three.json", SERVICE("three", JOBS("m", "")));
    expect_accepted();
}

Test(loader_derived, two_services_may_not_derive_the_same_family) {
    add("one.json", SERVICE("one", ATTEMPTS("m", "")));
    add("two.json", SERVICE("two", ATTEMPTS("m", "")));
    expect_refused(
        "two.json: /attempts/m: m_attempts_total needs the name \"m_attempts\", which "
        "also belongs to the counter \"m_attempts_total\" of service \"one\" (one.json); "
        "give it another in \"names\": {\"attempts_total\": ...}");
}

Test(loader_derived, samples_of_a_derived_family_clash_with_those_of_another_service) {
    add("one.json", SERVICE("one", GAUGE("j_running_seconds_sum")));
    add("two.json", SERVICE("two", JOBS("j", "")));
    expect_refused("one.json: /families/j_running_seconds_sum: it needs the name "
                   "\"j_running_seconds_sum\", which also belongs to the histogram "
                   "\"j_running_seconds\" of service \"two\" (two.json); rename it, or the other "
                   "one in \"names\" of /jobs/j: {\"running_seconds\": ...}");
}

#define TEN(d)                                                                                     \
    "\"" d "0\",\"" d "1\",\"" d "2\",\"" d "3\",\"" d "4\",\"" d "5\",\"" d "6\",\"" d "7\",\"" d \
    "8\",\"" d "9\""
#define LABELS_1000 ",\"labels\":{\"a\":[" TEN("") "],\"b\":[" TEN("") "],\"c\":[" TEN("") "]}"

Test(loader_derived, machines_of_all_services_together_have_a_limit) {
    add("a.json", SERVICE("a", ATTEMPTS("a", LABELS_1000)));
    add("b.json", SERVICE("b", JOBS("b", LABELS_1000)));
    add("c.json",
        SERVICE(
            "c",
            ATTEMPTS("c", ",\"labels\":{\"a\":[" TEN("") "," TEN("1") "," TEN("2") "," TEN(
                              "3") ",\"40\",\"41\",\"42\",\"43\",\"44\",\"45\",\"46\",\"47\"]}")));
    expect_accepted();
    add("d.json", SERVICE("d", JOBS("d", "")));
    expect_refused("d.json: /jobs/d: with these, attempts and jobs of all services have 2049 "
                   "combinations of label values, at most 2048 are allowed");
}

Test(loader_derived, messages_fit_any_room) {
    add("one.json", SERVICE("one", ATTEMPTS("m", "")));
    add("two.json", SERVICE("two", ATTEMPTS("m", "")));
    for (size_t size = 1; size < 260; size++) {
        memset(why, '#', sizeof why);
        cr_assert_not(finish(size));
        cr_assert(lt(sz, strlen(why), size));
        for (size_t i = size; i < sizeof why; i++)
            cr_assert(eq(chr, why[i], '#'), "%zu of %zu", i, size);
    }
}

Test(loader_derived, an_alias_leads_to_the_machine_of_one_service) {
    add("one.json", SERVICE("one", ATTEMPTS("m", ",\"aliases\":[\"job.attempt\"]")));
    add("two.json", SERVICE("two", ATTEMPTS("n", ",\"aliases\":[\"job.attempt\",\"m\"]")));
    expect_accepted();
}
