/* SPDX-License-Identifier: MIT */
/* With any random catalog and line, a patch that is shown makes a catalog that is valid and accepts
 * the line. */
#include <stdlib.h>

#include "assertions.h"
#include "hints/hints.h"
#include "patching.h"
#include "random_catalog.h"

enum { LINES = 12 };

static uint64_t rejected(const struct gate_trace *trace) {
    return trace->samples[VERDICT_REJECTED];
}

/* There was no room, as others have it. */
static bool is_full(const struct hints_group *group) {
    return group->reason == SG_REJECT_SERIES_LIMIT || group->reason == SG_REJECT_LABEL_OVERFLOW;
}

/* Sends a line; true if a patch was shown for it. */
static bool try_line(struct patching *patching, struct sg_span line, uint64_t seed) {
    static struct gate_trace trace;
    static struct gate_trace patched;
    struct hints_group group;
    struct strbuf text;
    const struct hints_world world = {.set = &patching->fx.set,
                                      .breakers_jobs = patching->fx.breakers_jobs,
                                      .include = "all",
                                      .exclude = "none"};
    patching_send(patching, line, &trace);
    strbuf_init(&text);
    const bool shown = hints_group_of(&trace, &group) && hints_patch(&text, &world, &group);
    if (shown) {
        char *catalog = json_dumps(patching->catalogs[0], 0);
        patching_try(patching, strbuf_cstr(&text), is_full(&group), &patched);
        cr_expect(eq(u64, rejected(&patched), 0), "seed %llu: %.*s: %s after %s of %s",
                  (unsigned long long)seed, (int)line.len, line.at,
                  sg_reject_label(patched.refused.count > 0 ? patched.refused.items[0].reason
                                                            : patched.reason),
                  strbuf_cstr(&text), catalog);
        free(catalog);
    }
    strbuf_done(&text);
    return shown;
}

static size_t try_catalog(uint64_t seed) {
    static struct patching patching;
    struct strbuf lines[LINES];
    uint64_t state = seed;
    size_t shown = 0;
    patching = (struct patching){.catalog_count = 1};
    patching.catalogs[0] = random_catalog(&state, "s");
    patching_open(&patching);
    for (size_t i = 0; i < LINES; i++) {
        strbuf_init(&lines[i]);
        random_line(&state, patching.catalogs[0], &lines[i]);
        shown += try_line(&patching, (struct sg_span){lines[i].data, lines[i].len}, seed);
    }
    patching_done(&patching);
    for (size_t i = 0; i < LINES; i++)
        strbuf_done(&lines[i]);
    return shown;
}

Test(hints_random_patches, a_patch_that_is_shown_takes_the_line) {
    const char *const more = getenv("STATGATE_TEST_LONG");
    const uint64_t catalogs = more != NULL ? 20000 : 150;
    size_t shown = 0;
    for (uint64_t seed = 1; seed <= catalogs; seed++)
        shown += try_catalog(seed);
    cr_expect(ge(u64, shown, catalogs), "%zu patches", shown);
}
