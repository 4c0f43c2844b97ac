/* SPDX-License-Identifier: MIT */
/* Which failures are reported, and how often. */
#include "postgres/postgres_private.h"

#include <string.h>

#include "assertions.h"
#include "rig.h"

/* ---- pure ---- */

Test(news, what_goes_on_behind_the_pause_is_reported_late) {
    struct news news = {0};
    cr_expect(postgres_news_take(&news, false, 100));
    cr_expect(postgres_news_take(&news, true, 200));
    cr_expect(not(postgres_news_take(&news, false, 300)));
    cr_expect(not(postgres_news_take(&news, false, 99 + NEWS_PAUSE_MS)));
    cr_expect(postgres_news_take(&news, false, 100 + NEWS_PAUSE_MS));
}

/* ---- over a database ---- */

static struct rig rig;

static void setup(void) {
    rig_database(&rig, NULL);
}

static void teardown(void) {
    rig_stop(&rig);
}

TestSuite(reports, .init = setup, .fini = teardown, .timeout = 300);
