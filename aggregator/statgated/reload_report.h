/*
 * reload_report.h - how the last reload went: for /debug/catalog, and for the daemon's own metrics.
 *
 * Every daemon has read its configuration once, so a new one begins with a success. What changed then is
 * said by the daemon that has it, why nothing changed by the one that stayed.
 */
#ifndef STATGATE_STATGATED_RELOAD_REPORT_H
#define STATGATE_STATGATED_RELOAD_REPORT_H

#include "base/error.h"
#include "self/self.h"
#include "view/view.h"

enum { RELOAD_REPORT_MAX = 65536 /* bytes of lines; later ones are left out */ };

struct reload_report {
    struct view_reload shown;
    struct error error;    /* of the last one, if it was refused */
    struct strbuf changed; /* lines of the last success, each terminated */
    int64_t taken_ms;      /* when it was; Unix time */
};

/** Configuration and catalogs were read, now. */
void reload_report_init(struct reload_report *report, int64_t real_ms);
void reload_report_done(struct reload_report *report);
/** A line on what this daemon has that the one before it had not, or had otherwise. */
void reload_report_changed(struct reload_report *report, const char *line);
/** A reload was refused, and this daemon stays as it is. */
void reload_report_refused(struct reload_report *report, int64_t real_ms, const char *why);
/** For self. */
void reload_report_read(const struct reload_report *report, struct self_inputs *inputs);

#endif
