/* SPDX-License-Identifier: MIT */
/* Texts of pattern values. Short and long ones come and go; each keeps its bytes, and together they
 * never take more memory than the same number of the longest. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "built.h"
#include "store/store.h"

enum { MANY = 1000, STEPS = 20000 };

static const struct built_family families[] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = MANY},
};

static struct built b;
static const struct series *series[MANY]; /* NULL: none */
static char texts[MANY][CATALOG_VALUE_MAX + 1];

static void setup(void) {
    built_init(&b, families, 1);
}

static void teardown(void) {
    built_done(&b);
}

TestSuite(texts, .init = setup, .fini = teardown);

static void make(int i, int len) {
    (void)snprintf(texts[i], sizeof texts[i], "%04d%0*d", i, len - 4, i);
    const struct store_label label = {.id = -1, .text = texts[i], .len = (size_t)len};
    int at;
    cr_assert(store_series(b.store, b.set.families[0], &label, b.now, &series[i], &at) ==
              STORE_FOUND);
}

static void end(int i) {
    store_remove(b.store, series[i]);
    series[i] = NULL;
}

static void expect_texts(void) {
    const struct catalog_family *family = b.set.families[0];
    for (int i = 0; i < MANY; i++) {
        if (series[i] == NULL)
            continue;
        const struct catalog_value value =
            store_label_value(b.store, family, 0, series_ids(family, series[i])[0]);
        cr_assert(value.len == strlen(texts[i]));
        cr_assert(eq(str, value.text, texts[i]));
    }
}

static uint64_t bytes_of_the_longest(void) {
    for (int i = 0; i < MANY; i++)
        make(i, CATALOG_VALUE_MAX);
    expect_texts();
    const uint64_t bytes = built_figures(&b).bytes;
    for (int i = 0; i < MANY; i++)
        end(i);
    teardown();
    setup();
    return bytes;
}

Test(texts, short_ones_that_stay_make_no_room_unusable) {
    const uint64_t most = bytes_of_the_longest();
    for (int i = 0; i < MANY; i++)
        make(i, 8);
    cr_expect(built_figures(&b).bytes < most - MANY * (uint64_t)CATALOG_VALUE_MAX / 2);
    for (int i = 0; i < MANY; i++)
        if (i % 13 != 0)
            end(i);
    for (int i = 0; i < MANY; i++)
        if (series[i] == NULL)
            make(i, CATALOG_VALUE_MAX);
    expect_texts();
    cr_expect(eq(u64, built_figures(&b).bytes, most));
}
