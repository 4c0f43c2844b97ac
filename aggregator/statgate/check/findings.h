/*
 * findings.h - errors and warnings with their places, as editors and code hosts take them. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_FINDINGS_H
#define STATGATE_STATGATE_CHECK_FINDINGS_H

#include <stdbool.h>

#include "base/arena.h"
#include "statgate/messages.h"

/** One of them; texts are the findings'. */
struct check_finding {
    bool warning;
    const char *file;    /**< NULL: it is about no file */
    size_t line;         /**< from 1; 0: about the file as a whole */
    size_t column;       /**< in characters */
    const char *pointer; /**< to the value; "": none */
    const char *text;
    const char *hint; /**< or NULL */
    const char *
        message; /**< as it was collected; NULL: it is one of all mistakes of a catalog, and has a place */
};

struct check_findings {
    struct arena arena;
    struct check_finding *items; /**< errors first */
    size_t count;
    bool failed; /**< out of memory */
};

/** Find the places of these errors and warnings. Of a catalog that was refused, all mistakes are found. */
void check_findings_init(struct check_findings *ret_findings, const struct messages *errors,
                         const struct messages *warnings);
void check_findings_done(struct check_findings *findings);

/** `FILE:LINE:COLUMN: POINTER: TEXT; HINT`, a line for each; those without a place as they were collected. */
void check_findings_write_text(const struct check_findings *findings, struct strbuf *out);
/** Commands to a runner of GitHub Actions, which shows them beside the lines. */
void check_findings_write_github(const struct check_findings *findings, struct strbuf *out);
/** A log of SARIF 2.1.0 (OASIS). */
void check_findings_write_sarif(const struct check_findings *findings, const char *version,
                                struct strbuf *out);

#endif
