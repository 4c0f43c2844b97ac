/* SPDX-License-Identifier: MIT */
/* Names of constants: each has a text, and no two are the same. */
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"

enum { TEXTS_MAX = 32 };

static const char *texts[TEXTS_MAX];
static int count;

static void collect(const char *text) {
    cr_assert(text != NULL, "text %d", count);
    for (int i = 0; i < count; i++)
        cr_expect(ne(str, (char *)texts[i], (char *)text));
    texts[count++] = text;
}

Test(text, of_attempts) {
    for (int i = 0; i < ATTEMPTS_PART_COUNT; i++)
        collect(catalog_attempts_part_key((enum attempts_part)i));
    cr_expect(eq(str, (char *)texts[ATTEMPTS_OPENED], "circuit_open_total"));
    cr_expect(eq(str, (char *)texts[ATTEMPTS_OVERDUE_SECONDS], "overdue_seconds"));
}

Test(text, of_breakers) {
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        collect(catalog_breaker_state_text((enum breaker_state)i));
    cr_expect(eq(str, (char *)texts[BREAKER_HALF_OPEN], "half_open"));
}

Test(text, of_job_families) {
    for (int i = 0; i < JOBS_PART_COUNT; i++)
        collect(catalog_jobs_part_key((enum jobs_part)i));
    cr_expect(eq(str, (char *)texts[JOBS_FINISHED], "finished_total"));
}

Test(text, of_job_states_and_outcomes) {
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        collect(catalog_job_state_text((enum job_state)i));
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++)
        collect(catalog_job_outcome_text((enum job_outcome)i));
    cr_expect(eq(str, (char *)texts[JOB_STATE_COUNT + JOB_LOST], "lost"));
}
