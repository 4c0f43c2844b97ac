#include "statgated/reload_report.h"

#include <string.h>

void reload_report_init(struct reload_report *report, int64_t real_ms) {
    *report = (struct reload_report){.shown = {.real_ms = real_ms}, .taken_ms = real_ms};
    strbuf_init(&report->changed);
}

void reload_report_done(struct reload_report *report) {
    strbuf_done(&report->changed);
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

void reload_report_read(const struct reload_report *report, struct self_inputs *inputs) {
    inputs->reload_successful = report->shown.error == NULL;
    inputs->reload_success_s = (double)report->taken_ms / 1000;
}
