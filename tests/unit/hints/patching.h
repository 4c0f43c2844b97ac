/* SPDX-License-Identifier: MIT */
/*
 * patching.h - catalogs, the lines sent to them, and the verdict on a line once a part is merged
 * into its catalog.
 */
#ifndef STATGATE_TESTS_PATCHING_H
#define STATGATE_TESTS_PATCHING_H

#include <jansson.h>

#include "fixture.h"
#include "gate/gate.h"
#include "hints/hints.h"

enum { PATCHING_CATALOGS_MAX = 4, PATCHING_LINES_MAX = 200 };

struct patching {
    struct fixture fx;
    json_t *catalogs[PATCHING_CATALOGS_MAX]; /* owned */
    size_t catalog_count;
    struct sg_span lines[PATCHING_LINES_MAX]; /* lines sent, in order; borrowed */
    bool taken[PATCHING_LINES_MAX];           /* not rejected */
    size_t line_count;
};

/* Load what is in `catalogs`. Fails the test if one of them is refused. */
void patching_open(struct patching *patching);
/* Frees all, and drops the references to the catalogs. */
void patching_done(struct patching *patching);
/* Send a line. */
void patching_send(struct patching *patching, struct sg_span line, struct gate_trace *ret_trace);
/* Sends the last line again to catalogs with the part merged into the one of its service; with
 * `others`, after the lines that were not rejected. Fails the test if the part is for none of them,
 * or if its catalog is refused. */
void patching_try(const struct patching *patching, const char *patch, bool others,
                  struct gate_trace *ret_trace);

#endif
