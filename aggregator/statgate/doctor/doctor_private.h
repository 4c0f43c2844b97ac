/* SPDX-License-Identifier: MIT */
/* doctor_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_DOCTOR_DOCTOR_PRIVATE_H
#define STATGATE_STATGATE_DOCTOR_DOCTOR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "statgate/command.h"
#include "json/json.h"

/* ---- findings ----
 * the findings of `statgate doctor`, each with advice. Pure. Private to statgate/.
 */

enum finding_state {
    FINDING_FINE,
    FINDING_NOTE, /**< worth knowing, but nothing is wrong */
    FINDING_WRONG
};

struct finding {
    enum finding_state state;
    const char *check; /**< what was checked; static */
    struct error text; /**< a sentence without control bytes */
    struct error todo; /**< what to do; empty: nothing */
};

enum { FINDINGS_MAX = 200 };

struct findings {
    struct finding items[FINDINGS_MAX];
    size_t count;
    size_t wrong;    /**< counts all, also those left out */
    size_t left_out; /**< findings beyond FINDINGS_MAX */
};

/** Add a finding; `todo` only for what is wrong or noted, NULL: none. */
void doctor_findings_add(struct findings *findings, enum finding_state state, const char *check,
                         const char *todo, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/** Append the text for people: a line for each finding, and one that sums up. */
void doctor_findings_write(const struct findings *findings, struct strbuf *out);
/** {"ok":..,"findings":[{"check":..,"state":"fine","text":..,"todo":null},..]} */
void doctor_findings_write_json(const struct findings *findings, struct strbuf *out);

/* ---- judge: judges a daemon's health by its views. Pure. ---- */

/** The daemon's views. NULL: unknown, and not judged. */
struct judge_views {
    const json_t *status;
    const json_t *ingress;
    const json_t *endpoints;
    const json_t *senders;
    int64_t now_ms; /**< by the daemon's clock */
};

/** Judge the queue, namespaces of senders, scrapes, and everything that needs attention. */
void doctor_judge_views(const struct judge_views *views, struct findings *findings);
/** Compare the daemon's clock (whole seconds) with ours. */
void doctor_judge_clock(int64_t daemon_ms, int64_t our_ms, struct findings *findings);
/** Compare the daemon's version with ours. */
void doctor_judge_version(const json_t *status, const char *ours, struct findings *findings);

#endif
