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
