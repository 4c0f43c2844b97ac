/* SPDX-License-Identifier: MIT */
/* Which series exist before any sample, by type; statesets. */
#include "assertions.h"

#include "built.h"
#include "store/store.h"

static const double median[] = {0.5};
static const char *const words[] = {"a", "b", "zz", NULL};

static const struct built_family families[] = {
    {.name = "a_attempts", .kind = KIND_ATTEMPTS, .words = words, .otherwise = true},
    {.name = "b_flight", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM},
    {.name = "c_gauge", .kind = KIND_GAUGE, .words = words, .otherwise = true, .zeros = true},
    {.name = "d_info", .kind = KIND_INFO, .merge = MERGE_LATEST},
    {.name = "e_jobs", .kind = KIND_JOBS},
    {.name = "f_merged", .kind = KIND_GAUGE, .merge = MERGE_SUM},
    {.name = "g_read_total", .kind = KIND_READING, .merge = MERGE_READING},
    {.name = "h_relayed",
     .kind = KIND_RELAYED,
     .merge = MERGE_LATEST,
     .quantiles = median,
     .quantile_count = 1},
    {.name = "i_state", .kind = KIND_STATESET, .ttl_ms = 1000},
    {.name = "j_summary",
     .kind = KIND_SUMMARY,
     .quantiles = median,
     .quantile_count = 1,
     .window_ms = 60000},
    {.name = "k_flight",
     .kind = KIND_UPDOWNCOUNTER,
     .merge = MERGE_SUM,
     .words = words,
     .zeros = true}};

static struct built b;

static void set_up(void) {
    built_init(&b, families, sizeof families / sizeof families[0]);
}

static void tear_down(void) {
    built_done(&b);
}

TestSuite(presence, .init = set_up, .fini = tear_down, .timeout = 300);

Test(presence, from_the_start_by_type) {
    cr_expect(built_shown(&b, "a_attempts") == 3, "machines have otherwise, too");
    cr_expect(built_shown(&b, "b_flight") == 1);
    cr_expect(built_shown(&b, "c_gauge") == 2, "but otherwise");
    cr_expect(built_shown(&b, "d_info") == 0);
    cr_expect(built_shown(&b, "e_jobs") == 1);
    cr_expect(built_shown(&b, "f_merged") == 0);
    cr_expect(built_shown(&b, "g_read_total") == 0);
    cr_expect(built_shown(&b, "h_relayed") == 0);
    cr_expect(built_shown(&b, "i_state") == 0);
    cr_expect(built_shown(&b, "j_summary") == 1);
    cr_expect(built_shown(&b, "k_flight") == 3);
}

Test(presence, what_is_there_from_the_start_stays_when_its_last_process_ends) {
    const owner_id owner = owners_begin(b.owners, 1);
    const struct catalog_family *family = built_family(&b, "b_flight");
    cr_expect(not(store_is_vacant(family, built_series(&b, "b_flight", -1))), "nor without any");
    built_own(&b, "b_flight", -1, owner, 2);
    cr_expect(epsilon_eq(dbl, built_value(&b, "b_flight", -1), 2, 0));
    built_end(&b, owner);
    cr_expect(built_shown(&b, "b_flight") == 1);
    cr_expect(epsilon_eq(dbl, built_value(&b, "b_flight", -1), 0, 0));
}

static void select_state(const struct series *series, uint32_t state, double selected) {
    cr_expect(store_number(b.store, built_family(&b, "i_state"), series, selected, 1, state,
                           b.now) == NUMBER_TAKEN);
}

Test(presence, a_stateset_has_the_state_written_last) {
    const struct series *series = built_series(&b, "i_state", -1);
    cr_expect(epsilon_eq(dbl, series->value, -1, 0));
    select_state(series, 1, 1);
    cr_expect(epsilon_eq(dbl, series->value, 1, 0));
    select_state(series, 0, 0);
    cr_expect(epsilon_eq(dbl, series->value, 1, 0), "it was not selected");
    select_state(series, 0, 1);
    cr_expect(epsilon_eq(dbl, series->value, 0, 0));
    select_state(series, 0, 0);
    cr_expect(epsilon_eq(dbl, series->value, -1, 0));
}

Test(presence, a_stateset_has_a_time_to_live) {
    const struct series *series = built_series(&b, "i_state", -1);
    b.now.mono_ms += 999;
    cr_expect(built_shown(&b, "i_state") == 1);
    select_state(series, 1, 1);
    b.now.mono_ms += 999;
    cr_expect(built_shown(&b, "i_state") == 1);
    b.now.mono_ms += 1;
    cr_expect(built_shown(&b, "i_state") == 0);
    size_t budget = SIZE_MAX;
    cr_expect(store_expire(b.store, b.now, &budget));
    cr_expect(store_family_count(b.store, built_family(&b, "i_state")) == 0);
}
