/*
 * patching.h - catalogs, lines that were sent to them, and what becomes of a line once a patch is in its catalog.
 */
#ifndef STATGATE_TESTS_PATCHING_H
#define STATGATE_TESTS_PATCHING_H

#include <jansson.h>

#include "fixture.h"
#include "gate/trace.h"
#include "hints/group.h"

enum { PATCHING_CATALOGS_MAX = 4, PATCHING_LINES_MAX = 200 };

struct patching {
    struct fixture fx;
    json_t *catalogs[PATCHING_CATALOGS_MAX]; /* owned */
    size_t catalog_count;
    struct sg_span lines[PATCHING_LINES_MAX]; /* that were sent, in order; borrowed */
    bool taken[PATCHING_LINES_MAX];           /* not rejected */
    size_t line_count;
};

/* Load what is in `catalogs`. Fails the test if one of them is refused. */
void patching_open(struct patching *patching);
/* Lets go of the catalogs, too. */
void patching_done(struct patching *patching);
/* Send a line. */
void patching_send(struct patching *patching, struct sg_span line, struct gate_trace *ret_trace);
/* What becomes of the last line if the patch was there before it; with `others`, those that were taken come before.
 * Fails the test if the patch is for no catalog, or its catalog is refused. */
void patching_try(const struct patching *patching, const char *patch, bool others,
                  struct gate_trace *ret_trace);

#endif
