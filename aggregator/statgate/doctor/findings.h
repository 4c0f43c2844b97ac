/*
 * findings.h - the findings of `statgate doctor`, each with advice. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCTOR_FINDINGS_H
#define STATGATE_STATGATE_DOCTOR_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"

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
void findings_add(struct findings *findings, enum finding_state state, const char *check,
                  const char *todo, const char *format, ...) __attribute__((format(printf, 5, 6)));
/** Append the text for people: a line for each finding, and one that sums up. */
void findings_write(const struct findings *findings, struct strbuf *out);
/** {"ok":..,"findings":[{"check":..,"state":"fine","text":..,"todo":null},..]} */
void findings_write_json(const struct findings *findings, struct strbuf *out);

#endif
