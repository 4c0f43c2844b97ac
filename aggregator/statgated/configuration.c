/* SPDX-License-Identifier: MIT */
/* configuration.c - settings and catalogs: read, refused or put in force, watched, reported. */
#include "statgated/daemon.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "breakers_jobs/breakers_jobs.h"
#include "footprint/footprint.h"
#include "gate/gate.h"
#include "host/clock.h"
#include "host/program.h"
#include "ledger/ledger.h"

/* ---- refusals ---- */

static void write_log(enum log_level level, const char *beginning, const char *sentence,
                      const struct messages *more) {
    if (!log_rarely(level, "reload", "%s%s", beginning, sentence))
        return;
    for (const char *line = diagnostics_messages_next(more, NULL); line != NULL;
         line = diagnostics_messages_next(more, line))
        log_write(level, "reload", "%s", line);
}

void refusals_log(enum log_level level, const char *sentence, const struct messages *more) {
    write_log(level, "reload rejected, still running the previous configuration: ", sentence, more);
}

void refusals_log_partly(enum log_level level, const char *sentence, const struct messages *more) {
    write_log(level, "", sentence, more);
}

/* ---- reload report ---- */

void reload_report_init(struct reload_report *report, int64_t real_ms) {
    *report = (struct reload_report){.shown = {.real_ms = real_ms}, .taken_ms = real_ms};
    report->shown.folder = getcwd(NULL, 0);
    strbuf_init(&report->changed);
    strbuf_init(&report->refused);
}

void reload_report_done(struct reload_report *report) {
    strbuf_done(&report->changed);
    strbuf_done(&report->refused);
    free((void *)(uintptr_t)report->shown.folder);
    report->shown = (struct view_reload){0};
}

/* Add a line on something that is new or different in this daemon. */
static void reload_report_changed(struct reload_report *report, const char *line) {
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

/* Note that `count` files are refused, with these lines (copied); 0: none is. `kept_ms`: when the
 * latest text was accepted that is in force in place of one; 0: none is. `any`: there is a catalog
 * in force. */
static void reload_report_partly(struct reload_report *report, const struct messages *lines,
                                 size_t count, int64_t kept_ms, bool any) {
    report->files_refused = count;
    if (count == 0 || !strbuf_reserve(&report->refused, lines->text.len))
        return;
    strbuf_put(&report->refused, lines->text.data, lines->text.len);
    report->shown.refused = report->refused.data;
    report->shown.refused_count = lines->count;
    report->shown.kept_ms = kept_ms;
    say_partly(report, kept_ms, any, diagnostics_messages_next(lines, NULL));
    (void)snprintf(report->ready, sizeof report->ready, "ready, %s", report->partly.text);
}

void reload_report_read(const struct reload_report *report, struct self_metrics_inputs *inputs) {
    inputs->reload_successful = report->shown.error == NULL && report->files_refused == 0;
    inputs->files_refused = report->files_refused;
    inputs->reload_success_s = (double)report->taken_ms / 1000;
}

/* ---- catalogs ---- */

/* Bytes that are read to find all mistakes: about a second's work. A reload has ten seconds, also
 * on a slow machine. */
enum { READ_BYTES = 16 << 20 };

/* Make an error of what is refused: the first line as its sentence, all others as further lines.
 */
static void catalogs_refuse(const struct messages *lines, struct start_error *ret_error) {
    const char *line = diagnostics_messages_next(lines, NULL);
    (void)start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s",
                           line != NULL ? line : "out of memory");
    while (line != NULL && (line = diagnostics_messages_next(lines, line)) != NULL)
        diagnostics_messages_add(&ret_error->more, "%s", line);
}

/* Replace the sentences by lines with all mistakes and their places. */
static void locate(const struct settings *settings, struct messages *refused) {
    const struct messages no_warnings = {0};
    struct diagnostics mistakes;
    struct messages lines;
    diagnostics_messages_init(&lines);
    diagnostics_find(&mistakes, refused, &no_warnings, READ_BYTES);
    diagnostics_list(&mistakes, &settings->catalog, &lines);
    diagnostics_done(&mistakes);
    diagnostics_messages_done(refused);
    *refused = lines;
}

/* Read all catalogs that the settings name, as far as they are accepted
 * (active_config/active_config.h): `refused` has each mistake with its place. False with
 * *ret_error; nothing is to be freed then. What the wish points to is borrowed; the settings stay
 * so. */
static bool catalogs_read(const struct active_config_wish *wish, struct active_config *ret_in_force,
                          struct start_error *ret_error) {
    struct error why;
    if (active_config_read(ret_in_force, wish, &why)) {
        if (ret_in_force->refused_count > 0)
            locate(wish->settings, &ret_in_force->refused);
        return true;
    }
    const char *first = diagnostics_messages_next(&ret_in_force->refused, NULL);
    if (first == NULL || strcmp(first, why.text) != 0)
        diagnostics_messages_add(&ret_in_force->refused, "%s", why.text);
    locate(wish->settings, &ret_in_force->refused);
    catalogs_refuse(&ret_in_force->refused, ret_error);
    active_config_done(ret_in_force);
    return false;
}

static void catalogs_warn_of(void *arg, const char *text) {
    (void)arg;
    log_write(LOG_LEVEL_WARN, "http", "%s", text);
}

/* Log warnings about endpoints. */
static void catalogs_warn(const struct endpoint_plan *plan, const struct catalog_set *set) {
    settings_endpoint_warnings(plan, set, catalogs_warn_of, NULL);
    for (size_t i = 0; i < set->count; i++)
        for (const struct catalog_remark *remark = set->catalogs[i]->remarks; remark != NULL;
             remark = remark->next)
            log_write(LOG_LEVEL_WARN, "start", "%s", remark->text);
}

size_t catalogs_services(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += !set->catalogs[i]->internal;
    return count;
}

/* ---- files watch: Looks at one file, or a piece of it, in each step. ---- */

static void on_step(uv_timer_t *timer);

static void wait_for_next(struct files_watch *watch) {
    watch->at = 0;
    (void)uv_timer_start(&watch->timer, on_step,
                         clock_until_next(uv_now(watch->timer.loop), FILES_WATCH_MS), 0);
}

/* One file, or one piece of it, each time: however many there are, a turn has little of it. */
static void on_step(uv_timer_t *timer) {
    struct files_watch *watch = timer->data;
    if (watch->at < watch->count && host_contents_step(&watch->files[watch->at], clock_real_ms()))
        watch->at++;
    if (watch->at < watch->count)
        (void)uv_timer_start(timer, on_step, FILES_WATCH_STEP_MS, 0);
    else
        wait_for_next(watch);
}

static void add_catalog(struct files_watch *watch, const struct catalog *catalog) {
    host_contents_init(&watch->files[watch->count++], catalog->file, &catalog->text);
    for (const struct catalog_value_file *file = catalog->value_files; file != NULL;
         file = file->next)
        host_contents_init(&watch->files[watch->count++], file->path, &file->text);
}

static size_t count_files(const struct catalog_set *set) {
    size_t count = set->count;
    for (size_t i = 0; i < set->count; i++)
        for (const struct catalog_value_file *file = set->catalogs[i]->value_files; file != NULL;
             file = file->next)
            count++;
    return count;
}

void files_watch_start(struct files_watch *watch, uv_loop_t *loop, const struct catalog_set *set) {
    watch->files = memory_array(count_files(set) + 1, sizeof *watch->files);
    for (size_t i = 0; i < set->count; i++)
        if (!set->catalogs[i]->internal)
            add_catalog(watch, set->catalogs[i]);
    (void)uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    wait_for_next(watch);
}

void files_watch_stop(struct files_watch *watch) {
    if (watch->timer.loop != NULL && !uv_is_closing((uv_handle_t *)&watch->timer))
        uv_close((uv_handle_t *)&watch->timer, NULL);
    for (size_t i = 0; i < watch->count; i++)
        host_contents_done(&watch->files[i]);
    free(watch->files);
    watch->files = NULL;
    watch->count = 0;
}

size_t files_watch_changed(const struct files_watch *watch, int64_t real_ms,
                           const struct contents **ret_first) {
    size_t count = 0;
    *ret_first = NULL;
    for (size_t i = 0; i < watch->count; i++) {
        const struct contents *file = &watch->files[i];
        if (!file->differs || real_ms - file->since_ms < FILES_WATCH_MS - 1000)
            continue;
        if (*ret_first == NULL || file->since_ms < (*ret_first)->since_ms)
            *ret_first = file;
        count++;
    }
    return count;
}

/* ---- model ---- */

/* ---- the object ---- */

static bool make_object(struct daemon *daemon, struct error *ret_error) {
    unsigned char boot[OBJECT_BOOT_BYTES];
    if (!host_object_file_boot(boot, ret_error) ||
        !host_object_file_make(footprint_object_bytes(&daemon->set, daemon->settings->history) +
                                   active_config_object_bytes(&daemon->config_texts),
                               &daemon->file, ret_error))
        return false;
    const struct object_place place = {.at = daemon->file.at,
                                       .size = daemon->file.size,
                                       .reach = host_object_file_reach,
                                       .arg = &daemon->file};
    daemon->object = object_new(&place, &daemon->set, boot);
    active_config_object_write(&daemon->config_texts, daemon->object);
    return true;
}

/* ---- the tables ---- */

static void name_process(void *ledger, int32_t pid, struct who *ret_who) {
    (void)ledger_ended_find(ledger, pid, ret_who);
}

static void make_tables(struct daemon *daemon, uint64_t seed) {
    struct object *object = daemon->object;
    const struct catalog_set *set = &daemon->set;
    daemon->store = store_new(object, set, seed, daemon_now());
    daemon->ledger = ledger_new(object, set, seed);
    daemon->breakers_jobs = breakers_jobs_new(object, set, daemon->store, seed, daemon_now());
    breakers_jobs_ask_who(daemon->breakers_jobs, name_process, daemon->ledger);
    daemon->events = events_new(object);
    daemon->gate =
        gate_new(object, set, daemon->store, daemon->ledger, daemon->breakers_jobs, seed);
    if (daemon->settings->history)
        daemon->history = history_new(object, set, daemon->ledger);
    daemon->self =
        self_metrics_new(set, daemon->store, daemon->ledger, daemon->breakers_jobs, daemon->gate);
}

void model_close(struct daemon *daemon) {
    self_metrics_free(daemon->self);
    history_free(daemon->history);
    gate_free(daemon->gate);
    events_free(daemon->events);
    breakers_jobs_free(daemon->breakers_jobs);
    ledger_free(daemon->ledger);
    store_free(daemon->store);
    object_free(daemon->object);
    host_object_file_close(&daemon->file);
    daemon->self = NULL;
    daemon->history = NULL;
    daemon->gate = NULL;
    daemon->events = NULL;
    daemon->breakers_jobs = NULL;
    daemon->ledger = NULL;
    daemon->store = NULL;
    daemon->object = NULL;
}

/* Make the tables, in an object if possible. Beside that of the daemon before it must be: this
 * start fails then, and counts as a death, so that the third one goes on without
 * (object/README.md). */
static bool make(struct daemon *daemon, uint64_t seed, struct start_error *ret_error) {
    struct error why;
    if (!make_object(daemon, &why)) {
        if (daemon->restore.match != NULL) {
            restore_done(&daemon->restore);
            daemon->state.taken = false; /* its file keeps the count, too */
            return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why.text);
        }
        log_write(LOG_LEVEL_WARN, "keep",
                  "no memory that outlives this process, so its values are lost when it ends: %s",
                  why.text);
    }
    make_tables(daemon, seed);
    return true;
}

static void mark(struct daemon *daemon) {
    if (daemon->object == NULL || daemon->restore.match == NULL)
        return;
    object_marks(daemon->object)->begun = daemon->restore.begun;
    object_marks(daemon->object)->waiting = daemon->restore.handed;
}

static void take_history(const struct daemon *daemon) {
    const struct restore *restore = &daemon->restore;
    if (daemon->history != NULL)
        history_restore(daemon->history, &restore->image, restore->match, daemon_now().mono_ms);
}

static void take_values(struct daemon *daemon) {
    const struct restore_model model = {.store = daemon->store,
                                        .ledger = daemon->ledger,
                                        .breakers_jobs = daemon->breakers_jobs,
                                        .events = daemon->events,
                                        .self = daemon->self};
    restore_model(&daemon->restore, &model, daemon_now());
    take_history(daemon);
}

bool model_take_over(struct daemon *daemon, struct start_error *ret_error) {
    struct error why;
    if (!restore_settle(&daemon->restore, &why))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why.text);
    take_values(daemon);
    return true;
}

bool model_open(struct daemon *daemon, struct start_error *ret_error) {
    uint64_t seed;
    if (!host_entropy_u64(&seed))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                                "no random seed from the kernel: %m");
    if (daemon->restore.handed && daemon->restore.match == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", daemon->restore.why.text);
    if (!make(daemon, seed, ret_error))
        return false;
    mark(daemon);
    if (daemon->restore.handed) { /* copy ahead while that daemon still lives */
        restore_ahead(&daemon->restore, daemon->store, NULL, daemon_now());
        take_history(daemon);
    } else if (daemon->restore.match != NULL) {
        take_values(daemon);
    }
    if (!daemon->settings->rejected_text)
        ledger_hide_text(daemon->ledger);
    return true;
}

/* ---- reading: Decides between the files as they are and what was accepted last. ---- */

/* A try to read everything in one way. */
struct texts_reading {
    struct daemon *daemon;
    const struct config_texts *kept; /* NULL: nothing was accepted before */
    bool from_kept;                  /* the settings are those that were accepted last */
    bool only_kept;                  /* so are the catalogs */
    struct active_config active;
};

static const struct config_texts *kept_of(const struct daemon *daemon) {
    return daemon->last_good.count > 0 ? &daemon->last_good : NULL;
}

/* Whether what is refused refuses everything. A reload leaves the others' services as they were,
 * which it cannot if that is not known. */
static bool is_refused(const struct texts_reading *reading) {
    const struct active_config *active = &reading->active;
    const bool handed = reading->daemon->restore.handed;
    if (active->refused_count == 0 || reading->only_kept)
        return false;
    return reading->daemon->settings->strict ||
           (handed && (reading->kept == NULL || active->lost > 0));
}

static bool read_tokens(struct texts_reading *reading, struct start_error *ret_error) {
    struct daemon *daemon = reading->daemon;
    struct active_config *active = &reading->active;
    const bool may_fall_back = reading->kept != NULL && !daemon->restore.handed;
    const size_t before = active->refused.count;
    const bool good =
        tokens_read(&daemon->tokens, &active->plan, may_fall_back ? reading->kept : NULL,
                    &active->refused, ret_error);
    active->refused_count += active->refused.count - before;
    return good;
}

static void note_texts(struct texts_reading *reading) {
    const struct daemon *daemon = reading->daemon;
    const int64_t now_ms = daemon_now().real_ms;
    last_good_note(&reading->active.texts, daemon->settings, reading->kept, reading->from_kept,
                   now_ms);
    tokens_note(&daemon->tokens, reading->kept, now_ms, &reading->active.texts);
}

static bool fail(struct texts_reading *reading) {
    tokens_done(&reading->daemon->tokens);
    active_config_done(&reading->active);
    return false;
}

static bool try(struct texts_reading *reading, struct start_error *ret_error) {
    const struct active_config_wish wish = {.settings = reading->daemon->settings,
                                            .kept = reading->kept,
                                            .only_kept = reading->only_kept,
                                            .now_ms = daemon_now().real_ms};
    if (!catalogs_read(&wish, &reading->active, ret_error))
        return false;
    if (is_refused(reading)) {
        catalogs_refuse(&reading->active.refused, ret_error);
        return fail(reading);
    }
    if (!read_tokens(reading, ret_error))
        return fail(reading);
    note_texts(reading);
    return true;
}

/* Run on what was accepted last alone. False: that is not possible either. */
static bool try_kept(struct texts_reading *reading, const struct statgated_start *start,
                     const struct start_error *why) {
    struct start_error useless = {0};
    const struct settings *settings = start->kept_settings(start->arg);
    if (settings == NULL)
        return false;
    reading->daemon->settings = settings;
    reading->from_kept = true;
    reading->only_kept = true;
    const bool good = try(reading, &useless);
    start_error_done(&useless);
    if (!good)
        return false;
    struct messages *refused = &reading->active.refused;
    diagnostics_messages_add(refused, "%s", why->error.text);
    for (const char *line = diagnostics_messages_next(&why->more, NULL); line != NULL;
         line = diagnostics_messages_next(&why->more, line))
        diagnostics_messages_add(refused, "%s", line);
    reading->active.refused_count = refused->count;
    return true;
}

/* The present settings were refused before this began. */
static void add_settings(struct texts_reading *reading, const struct statgated_start *start) {
    if (start->settings_wrong == NULL)
        return;
    diagnostics_messages_add(&reading->active.refused, "%s", start->settings_wrong);
    reading->active.refused_count++;
}

/* When the latest of the texts was accepted that are used in place of others. */
static int64_t kept_since(const struct texts_reading *reading) {
    const struct config_text *settings;
    int64_t since_ms = reading->active.kept_ms;
    size_t at = 0;
    while (reading->from_kept &&
           (settings = active_config_next(reading->kept, CONFIG_SETTINGS, &at)) != NULL)
        if (settings->since_ms > since_ms)
            since_ms = settings->since_ms;
    return since_ms;
}

/* A new process's lines are reported by the old process. */
static void tell(const struct texts_reading *reading) {
    const struct daemon *daemon = reading->daemon;
    if (reading->active.empty_folder != NULL)
        log_write(LOG_LEVEL_LOG, "start",
                  "no catalogs (*.json) in %s yet: samples are rejected until one is there and "
                  "`statgate reload` has read it",
                  reading->active.empty_folder);
    if (daemon->restore.handed || reading->active.refused_count == 0)
        return;
    const struct messages *refused = &reading->active.refused;
    log_write(LOG_LEVEL_ERROR, "start", "not all files are in force: %s",
              daemon->reload.partly.text);
    const char *line =
        diagnostics_messages_next(refused, NULL); /* the first one is in the sentence */
    while (line != NULL && (line = diagnostics_messages_next(refused, line)) != NULL)
        log_write(LOG_LEVEL_ERROR, "start", "%s", line);
}

static void finish(struct texts_reading *reading) {
    struct daemon *daemon = reading->daemon;
    struct active_config *active = &reading->active;
    daemon->set = active->set;
    daemon->plan = active->plan;
    daemon->config_texts = active->texts;
    reload_report_partly(&daemon->reload, &active->refused, active->refused_count,
                         kept_since(reading), catalogs_services(&daemon->set) > 0);
    tell(reading);
    diagnostics_messages_done(&active->refused);
    catalogs_warn(&daemon->plan, &daemon->set);
    (void)malloc_trim(0); /* return the memory that reading took */
}

bool reading_begin(struct daemon *daemon, const struct statgated_start *start,
                   struct start_error *ret_error) {
    struct texts_reading reading = {
        .daemon = daemon, .kept = kept_of(daemon), .from_kept = start->settings_wrong != NULL};
    if (try(&reading, ret_error)) {
        add_settings(&reading, start);
        finish(&reading);
        return true;
    }
    if (reading.kept == NULL || daemon->restore.handed || !try_kept(&reading, start, ret_error))
        return false;
    start_error_done(ret_error);
    *ret_error = (struct start_error){0};
    finish(&reading);
    return true;
}

/* ---- configuration ---- */

/* Make a file without a name, for another process. Returns -1 on failure. */
static int make_file(const struct strbuf *text) {
    const int fd = memfd_create("statgate-text", MFD_CLOEXEC);
    if (fd < 0 || host_write_all(fd, text->data, text->len))
        return fd;
    (void)close(fd);
    return -1;
}

static bool read_file(int fd, struct strbuf *out) {
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size > CONFIGURATION_BYTES_MAX ||
        !strbuf_reserve(out, (size_t)status.st_size))
        return false;
    while (out->len < (size_t)status.st_size) {
        const ssize_t got =
            pread(fd, out->data + out->len, (size_t)status.st_size - out->len, (off_t)out->len);
        if (got <= 0)
            return false;
        out->len += (size_t)got;
    }
    return true;
}

void configuration_describe(struct daemon *daemon) {
    struct strbuf text;
    strbuf_init(&text);
    settings_changes_describe(&daemon->plan, &daemon->set, &text);
    daemon->description = make_file(&text);
    strbuf_done(&text);
}

/* Add each line to the report of /debug/catalog. */
static void note(struct daemon *daemon, const struct strbuf *lines) {
    char line[CHANGES_LINE_MAX + 1];
    for (size_t at = 0; at < lines->len;) {
        const char *end = memchr(lines->data + at, '\n', lines->len - at);
        const size_t len = (size_t)(end - (lines->data + at));
        memcpy(line, lines->data + at, len);
        line[len] = '\0';
        reload_report_changed(&daemon->reload, line);
        at += len + 1;
    }
}

static bool has_line(const struct strbuf *lines, const char *beginning) {
    const size_t len = strlen(beginning);
    if (lines->len == 0)
        return false;
    const char *end = lines->data + lines->len;
    for (const char *at = lines->data; at < end;
         at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1)
        if ((size_t)(end - at) > len && memcmp(at, beginning, len) == 0)
            return true;
    return false;
}

/* The old process holds its state file until it has handed over; another file can be tried
 * now. */
static void configuration_warn(struct daemon *daemon, struct strbuf *lines) {
    struct error why;
    if (has_line(lines, "changed setting state_file:") && !state_try(daemon, &why))
        strbuf_printf(lines, CONFIGURATION_WARNING "%.*s\n", CONFIGURATION_WARNING_MAX, why.text);
}

/* Say that a reload does not change the environment, if catalogs take something from it. */
static void put_environment(const struct catalog_set *set, struct strbuf *lines) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->variables != NULL)
            strbuf_printf(
                lines, "%s takes %.*s from the environment, which only a restart changes\n",
                set->catalogs[i]->service, CONFIGURATION_WARNING_MAX, set->catalogs[i]->variables);
}

int configuration_compare(struct daemon *daemon, int former) {
    struct strbuf before;
    struct strbuf after;
    struct strbuf lines;
    int fd = -1;
    strbuf_init(&before);
    strbuf_init(&after);
    strbuf_init(&lines);
    if (former >= 0 && daemon->description >= 0 && read_file(former, &before) &&
        read_file(daemon->description, &after) &&
        settings_changes_write(before.data, before.len, after.data, after.len, &lines)) {
        configuration_warn(daemon, &lines);
        note(daemon, &lines);
        put_environment(&daemon->set, &lines);
        fd = make_file(&lines);
    }
    strbuf_done(&before);
    strbuf_done(&after);
    strbuf_done(&lines);
    return fd;
}
