/*
 * reload_report.h - the outcome of the last reload, for /debug/catalog and for the daemon's own
 * metrics.
 *
 * Every daemon has read its configuration once, so a new daemon starts with a success. The new
 * daemon reports what changed; the one that stayed reports why nothing changed.
 */
#ifndef STATGATE_STATGATED_RELOAD_REPORT_H
#define STATGATE_STATGATED_RELOAD_REPORT_H

#include "base/error.h"
#include "mistakes/mistakes.h"
#include "self_metrics/self_metrics.h"
#include "view/view.h"

enum { RELOAD_REPORT_MAX = 65536 /* bytes of lines; later ones are left out */ };

struct reload_report {
    struct view_reload shown;
    struct error error;           /* why the last reload was refused */
    struct strbuf refused;        /* lines on the files that are refused, each terminated */
    struct strbuf changed;        /* lines of the last success, each terminated */
    int64_t taken_ms;             /* time of the last success; Unix time */
    struct error partly;          /* why not all files are in force; "": they are */
    char ready[ERROR_BYTES + 16]; /* for /readyz: "ready, ..."; "": nothing to add */
    size_t files_refused;
};

/** Configuration and catalogs have just been read. */
void reload_report_init(struct reload_report *report, int64_t real_ms);
void reload_report_done(struct reload_report *report);
/** Add a line on something that is new or different in this daemon. */
void reload_report_changed(struct reload_report *report, const char *line);
/** Note that a reload was refused, and that this daemon stays as it is. */
void reload_report_refused(struct reload_report *report, int64_t real_ms, const char *why);
/** Note that `count` files are refused, with these lines (copied); 0: none is. `kept_ms`: when the
 * latest text was accepted that is in force in place of one; 0: none is. `any`: there is a catalog
 * in force. */
void reload_report_partly(struct reload_report *report, const struct messages *lines, size_t count,
                          int64_t kept_ms, bool any);
/** Fill in the figures that self publishes. */
void reload_report_read(const struct reload_report *report, struct self_metrics_inputs *inputs);

#endif
