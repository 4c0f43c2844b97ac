/*
 * findings.h - what `statgate doctor` found: each with what to do about it. Pure. Private to statgate/.
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
    const char *check; /**< what was looked at; static */
    struct error text; /**< a sentence; no control byte is in it */
    const char *todo;  /**< what to do; static, NULL: nothing */
};

enum { FINDINGS_MAX = 200 };

struct findings {
    struct finding items[FINDINGS_MAX];
    size_t count;
    size_t wrong;    /**< of all, also of those without a place */
    size_t left_out; /**< so many have none */
};

/** Add one; todo only for what is wrong or noted. */
void findings_add(struct findings *findings, enum finding_state state, const char *check,
                  const char *todo, const char *format, ...) __attribute__((format(printf, 5, 6)));
/** For people: a line for each, and one that sums up. */
void findings_write(const struct findings *findings, struct strbuf *out);
/** {"ok":..,"findings":[{"check":..,"state":"fine","text":..,"todo":null},..]} */
void findings_write_json(const struct findings *findings, struct strbuf *out);

#endif
