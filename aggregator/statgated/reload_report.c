#include "statgated/reload_report.h"

#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"

void reload_report_init(struct reload_report *report, int64_t real_ms) {
    *report = (struct reload_report){.shown = {.real_ms = real_ms}, .taken_ms = real_ms};
    strbuf_init(&report->changed);
    strbuf_init(&report->refused);
}

void reload_report_done(struct reload_report *report) {
    strbuf_done(&report->changed);
    strbuf_done(&report->refused);
    report->shown = (struct view_reload){0};
}

void reload_report_changed(struct reload_report *report, const char *line) {
    const size_t len = strlen(line) + 1;
    if (report->changed.len + len > RELOAD_REPORT_MAX || !strbuf_reserve(&report->changed, len))
        return;
    strbuf_put(&report->changed, line, len);
    report->shown.changed = report->changed.data;
    report->shown.changed_count++;
}

void reload_report_refused(struct reload_report *report, int64_t real_ms, const char *why) {
    (void)error_set(&report->error, "%s", why);
    report->shown.real_ms = real_ms;
    report->shown.error = report->error.text;
}

/* What runs instead, in words. */
static void say_partly(struct reload_report *report, int64_t kept_ms, bool any, const char *first) {
    char since[RFC3339_SIZE] = "";
    const size_t count = report->files_refused;
    if (kept_ms != 0 && rfc3339_put(since, kept_ms))
        (void)error_set(&report->partly, "running on what was accepted at %s, since ", since);
    else
        (void)error_set(&report->partly, "%s, since ",
                        any ? "running without a service" : "every line is refused");
    (void)error_add(&report->partly, "%zu file%s refused: %s", count, count == 1 ? " is" : "s are",
                    first);
}

void reload_report_partly(struct reload_report *report, const struct messages *lines, size_t count,
                          int64_t kept_ms, bool any) {
    report->files_refused = count;
    if (count == 0 || !strbuf_reserve(&report->refused, lines->text.len))
        return;
    strbuf_put(&report->refused, lines->text.data, lines->text.len);
    report->shown.refused = report->refused.data;
    report->shown.refused_count = lines->count;
    report->shown.kept_ms = kept_ms;
    say_partly(report, kept_ms, any, mistakes_messages_next(lines, NULL));
    (void)snprintf(report->ready, sizeof report->ready, "ready, %s", report->partly.text);
}

void reload_report_read(const struct reload_report *report, struct self_metrics_inputs *inputs) {
    inputs->reload_successful = report->shown.error == NULL && report->files_refused == 0;
    inputs->files_refused = report->files_refused;
    inputs->reload_success_s = (double)report->taken_ms / 1000;
}
