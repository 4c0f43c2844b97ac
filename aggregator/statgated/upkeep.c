/* SPDX-License-Identifier: MIT */
/* upkeep.c - what happens between datagrams: series end, incidents are told, history is kept. */
#include "statgated/daemon.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/terminal.h"
#include "base/text.h"
#include "breakers_jobs/breakers_jobs.h"
#include "host/clock.h"
#include "sg_proto.h"

/* ---- teller ----
 * reports an incident: an event in the ring, and a line in the log, unless one of its
 * kind and name was reported within the last minute (events/events.h).
 */

struct teller {
    struct events *events;
    struct quiet *quiet;
    uint64_t left_out; /**< incidents left out, as last logged */
};

static void write_line(const struct events_item *item) {
    const char *context = event_kind_context(item->kind);
    const enum log_level level = item->over ? LOG_LEVEL_LOG : LOG_LEVEL_WARN;
    if (context == NULL)
        return;
    if (item->held > 0)
        log_write(level, context, "%s (and %llu more since the last such line)", item->text,
                  (unsigned long long)item->held);
    else
        log_write(level, context, "%s", item->text);
}

static void teller_write(const struct teller *teller, const struct events_item *item) {
    (void)events_add(teller->events, item);
    write_line(item);
}

/* Report the incident now, or later. `mono_ms` is the monotonic clock. May be called from
 * anywhere. */
static void teller_tell(struct teller *teller, const struct events_item *item, int64_t mono_ms) {
    if (events_quiet_admit(teller->quiet, item, mono_ms))
        teller_write(teller, item);
}

/* Report incidents that were held back and are due. Call it now and then. */
static void teller_catch_up(struct teller *teller, int64_t mono_ms) {
    enum { AT_ONCE = 32 };
    struct events_item item;
    for (int i = 0; i < AT_ONCE && events_quiet_due(teller->quiet, mono_ms, &item); i++)
        teller_write(teller, &item);
    const uint64_t left_out = events_quiet_left_out(teller->quiet);
    if (left_out > teller->left_out)
        log_write(LOG_LEVEL_WARN, "events", "%llu incidents are not reported: too many in a minute",
                  (unsigned long long)(left_out - teller->left_out));
    teller->left_out = left_out;
}

/* ---- history feed ---- */

enum {
    SECOND_MS = 1000,
    BEHIND_MS = 5,     /* margin, as a timer that is early would find the previous second */
    STEP_UNITS = 2000, /* about 0.2 ms */
    STEP_PAUSE_MS = 1
};

static void on_second(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    const struct store_time now = daemon_now();
    size_t budget = STEP_UNITS;
    const bool done = history_tick(daemon->history, now.mono_ms, &budget);
    const uint64_t wait_ms =
        done ? (uint64_t)(SECOND_MS - now.mono_ms % SECOND_MS + BEHIND_MS) : STEP_PAUSE_MS;
    uv_update_time(timer->loop);
    (void)uv_timer_start(timer, on_second, wait_ms, 0);
}

void history_feed_end(struct daemon *daemon) {
    enum { LAPS = 2 }; /* the first may only complete a lap under way */
    const struct store_time now = daemon_now();
    for (int i = 0; i < LAPS && daemon->history != NULL; i++) {
        size_t budget = SIZE_MAX;
        (void)history_tick(daemon->history, now.mono_ms, &budget);
    }
}

/* ---- incident watch ----
 * notices incidents in counters: tables that were full, losses of senders,
 * families whose samples are rejected, a reload that was refused. Examines a few rows at a time, so
 * that each look is short.
 */

/** The state at the last look. */
struct incident_watch {
    uint64_t tables[SELF_TABLE_COUNT];
    int64_t refused_ms;     /**< when a reload was last refused */
    uint64_t lost;          /**< by all senders; when it rises, their rows are examined */
    bool losing;            /**< rows of senders are being examined */
    size_t sender;          /**< the next row to examine */
    uint64_t *sender_lost;  /**< what each sender had lost; SENDERS_MAX items */
    size_t family;          /**< the next family to examine */
    bool *family_rejected;  /**< for each family: some samples were rejected */
    bool *service_rejected; /**< samples of no family, by service; last: no service */
};

enum {
    ROWS_AT_ONCE = 4096 /* senders and families in one look: some tens of µs */
};

/* ---- tables ---- */

/* Nothing is lost when these are full: they only remember less, or show less. */
static bool is_cache(enum self_metrics_table table) {
    return table == SELF_TABLE_KNOWN_LINES || table == SELF_TABLE_UNKNOWN_LABELS ||
           table == SELF_TABLE_UNKNOWN_NAMES || table == SELF_TABLE_FOLDED_VALUES;
}

static void tell_table(struct teller *teller, enum self_metrics_table table, uint64_t times,
                       struct store_time now) {
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_TABLE_FULL};
    events_copy(item.name, sizeof item.name, self_metrics_table_text(table));
    if (table == SELF_TABLE_MEMORY)
        events_print(item.text, sizeof item.text,
                     "memory ran out: %llu connection%s or request%s got no answer; give it more "
                     "(MemoryMax=, ulimit -v), or smaller catalogs (statgate check)",
                     (unsigned long long)times, text_plural(times), text_plural(times));
    else
        events_print(item.text, sizeof item.text,
                     "table %s is full: an entry was refused or replaced an older one, see "
                     "statgate_table_full_total",
                     item.name);
    teller_tell(teller, &item, now.mono_ms);
}

static void look_at_tables(struct incident_watch *watch, const struct daemon *daemon,
                           struct teller *teller, struct store_time now) {
    uint64_t counts[SELF_TABLE_COUNT];
    self_metrics_table_counts(daemon->self, &daemon->inputs, counts);
    counts[SELF_TABLE_MEMORY] = daemon_no_memory(daemon); /* also while no scrape gets through */
    for (int i = 0; i < SELF_TABLE_COUNT; i++) {
        if (counts[i] > watch->tables[i] && !is_cache((enum self_metrics_table)i))
            tell_table(teller, (enum self_metrics_table)i, counts[i] - watch->tables[i], now);
        watch->tables[i] = counts[i];
    }
}

/* ---- reload ---- */

static void look_at_reload(struct incident_watch *watch, const struct daemon *daemon,
                           struct teller *teller, struct store_time now) {
    const struct view_reload *reload = &daemon->reload.shown;
    struct events_item item = {.at_ms = reload->real_ms, .kind = EVENT_RELOAD};
    if (reload->error == NULL || reload->real_ms == watch->refused_ms)
        return;
    watch->refused_ms = reload->real_ms;
    events_copy(item.name, sizeof item.name, "refused");
    status_text_fact(item.text, sizeof item.text, STATUS_RELOAD_REFUSED, reload->error);
    teller_tell(teller, &item, now.mono_ms);
}

/* ---- senders ---- */

static void tell_loss(const struct daemon *daemon, struct teller *teller, size_t row, uint64_t lost,
                      struct store_time now) {
    const struct sender *sender = ledger_sender_at(daemon->ledger, row);
    const uint32_t services = ledger_sender_services(daemon->ledger, row);
    char who[STATUS_WHO_MAX];
    char of[48] = "";
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_SENDER_LOSS};
    ledger_who(sender, &item.who);
    if (services > 1) /* a loss names no service */
        (void)snprintf(of, sizeof of, "; it sends for %u services", services);
    else if (services == 1)
        events_copy(item.service, sizeof item.service,
                    daemon->set.catalogs[sender->service]->service);
    events_copy(item.name, sizeof item.name, sender->comm);
    events_print(item.text, sizeof item.text, "%s lost %llu sample%s, %llu in all%s",
                 status_text_who(who, sizeof who, &item.who), (unsigned long long)lost,
                 text_plural(lost), (unsigned long long)sender->lost, of);
    teller_tell(teller, &item, now.mono_ms);
}

/* A row with a lower count than before now belongs to another process. */
static void look_at_sender(struct incident_watch *watch, const struct daemon *daemon,
                           struct teller *teller, size_t row, struct store_time now) {
    const struct sender *sender = ledger_sender_at(daemon->ledger, row);
    const uint64_t before = watch->sender_lost[row] <= sender->lost ? watch->sender_lost[row] : 0;
    if (sender->lost > before)
        tell_loss(daemon, teller, row, sender->lost - before, now);
    watch->sender_lost[row] = sender->lost;
}

static void look_at_senders(struct incident_watch *watch, const struct daemon *daemon,
                            struct teller *teller, struct store_time now) {
    uint64_t sent;
    uint64_t lost;
    ledger_reported(daemon->ledger, &sent, &lost);
    if (lost != watch->lost && !watch->losing) {
        watch->losing = true;
        watch->lost = lost;
        watch->sender = 0;
    }
    if (!watch->losing)
        return;
    const size_t count = ledger_sender_count(daemon->ledger);
    for (int i = 0; i < ROWS_AT_ONCE && watch->sender < count; i++)
        look_at_sender(watch, daemon, teller, watch->sender++, now);
    watch->losing = watch->sender < count;
}

/* ---- rejections ---- */

/* Find the first non-zero cell of a family and return its count; 0: all are zero. */
static uint64_t find_cell(const struct catalog_family *family, const uint64_t *cells,
                          uint32_t *ret_label, enum sg_reject *ret_reason) {
    for (uint32_t label = 0; label <= family->label_count; label++)
        for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++) {
            const uint64_t count = cells[(size_t)label * SG_REJECT_COUNT + (size_t)reason];
            if (count == 0)
                continue;
            *ret_label = label;
            *ret_reason = (enum sg_reject)reason;
            return count;
        }
    return 0;
}

static void tell_family(struct teller *teller, const struct catalog_family *family,
                        const uint64_t *cells, struct store_time now) {
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_FAMILY_REJECTED};
    uint32_t label;
    enum sg_reject reason;
    if (find_cell(family, cells, &label, &reason) == 0)
        return;
    events_copy(item.service, sizeof item.service, family->catalog->service);
    events_copy(item.name, sizeof item.name, family->name);
    status_text_rejected(item.text, sizeof item.text, family->catalog, family,
                         label < family->label_count ? (int)label : -1, reason);
    teller_tell(teller, &item, now.mono_ms);
}

static void look_at_families(struct incident_watch *watch, const struct daemon *daemon,
                             struct teller *teller, struct store_time now) {
    const struct catalog_set *set = &daemon->set;
    for (size_t i = 0; i < ROWS_AT_ONCE && i < set->family_count; i++) {
        const size_t at = watch->family;
        watch->family = (at + 1) % set->family_count;
        if (watch->family_rejected[at])
            continue;
        const uint64_t *cells = ledger_family_rejected(daemon->ledger, set->families[at]);
        watch->family_rejected[at] = cells != NULL;
        if (cells != NULL && teller != NULL)
            tell_family(teller, set->families[at], cells, now);
    }
}

/* Find a reason for which samples were rejected before a family was found. */
static bool find_reason(const struct ledger *ledger, int service, enum sg_reject *ret_reason) {
    static const enum sg_reject unnamed[] = {SG_REJECT_UNKNOWN_FAMILY, SG_REJECT_AMBIGUOUS,
                                             SG_REJECT_MALFORMED, SG_REJECT_TOO_LONG,
                                             SG_REJECT_TRUNCATED};
    const uint64_t *reasons = ledger_reasons(ledger, service);
    for (size_t i = 0; i < sizeof unnamed / sizeof *unnamed; i++) {
        if (reasons[unnamed[i]] == 0)
            continue;
        *ret_reason = unnamed[i];
        return true;
    }
    return false;
}

static void tell_unnamed(const struct daemon *daemon, struct teller *teller, size_t service,
                         enum sg_reject reason, struct store_time now) {
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_FAMILY_REJECTED};
    const struct catalog *catalog =
        service < daemon->set.count ? daemon->set.catalogs[service] : NULL;
    events_copy(item.service, sizeof item.service, catalog != NULL ? catalog->service : NULL);
    status_text_rejected(item.text, sizeof item.text, catalog, NULL, -1, reason);
    teller_tell(teller, &item, now.mono_ms);
}

static void look_at_services(struct incident_watch *watch, const struct daemon *daemon,
                             struct teller *teller, struct store_time now) {
    const size_t count = daemon->set.count;
    for (size_t i = 0; i <= count; i++) {
        enum sg_reject reason;
        if (watch->service_rejected[i] ||
            !find_reason(daemon->ledger, i < count ? (int)i : -1, &reason))
            continue;
        watch->service_rejected[i] = true;
        if (teller != NULL)
            tell_unnamed(daemon, teller, i, reason, now);
    }
}

/* ---- life ---- */

static void note_state(struct incident_watch *watch, const struct daemon *daemon) {
    const struct store_time never = {0};
    uint64_t sent;
    self_metrics_table_counts(daemon->self, &daemon->inputs, watch->tables);
    ledger_reported(daemon->ledger, &sent, &watch->lost);
    for (size_t i = 0; i < ledger_sender_count(daemon->ledger); i++)
        watch->sender_lost[i] = ledger_sender_at(daemon->ledger, i)->lost;
    for (size_t i = 0; i < daemon->set.family_count; i += ROWS_AT_ONCE)
        look_at_families(watch, daemon, NULL, never);
    look_at_services(watch, daemon, NULL, never);
    watch->family = 0;
}

/* Start from the present state, so that earlier incidents are not reported. */
static void incident_watch_init(struct incident_watch *watch, const struct daemon *daemon) {
    *watch = (struct incident_watch){
        .sender_lost = memory_array(SENDERS_MAX, sizeof *watch->sender_lost),
        .family_rejected =
            memory_array(daemon->set.family_count + 1, sizeof *watch->family_rejected),
        .service_rejected = memory_array(daemon->set.count + 1, sizeof *watch->service_rejected)};
    note_state(watch, daemon);
}

static void incident_watch_done(struct incident_watch *watch) {
    free(watch->sender_lost);
    free(watch->family_rejected);
    free(watch->service_rejected);
    *watch = (struct incident_watch){0};
}

/* Look for incidents; call it several times a second. */
static void incident_watch_look(struct incident_watch *watch, const struct daemon *daemon,
                                struct teller *teller, struct store_time now) {
    look_at_tables(watch, daemon, teller, now);
    look_at_reload(watch, daemon, teller, now);
    look_at_senders(watch, daemon, teller, now);
    look_at_families(watch, daemon, teller, now);
    look_at_services(watch, daemon, teller, now);
}

/* ---- incidents ---- */

enum { LOOK_MS = 250 };

struct upkeep {
    struct teller teller;
    struct incident_watch watch;
    bool stopped;
    uv_timer_t look;                     /* for incidents */
    uv_timer_t history;                  /* for each second of it */
    uv_timer_t advance;                  /* for breakers, while one is not closed */
    uv_timer_t beat;                     /* for the breaker pages */
    uv_check_t turn;                     /* the process is alive */
    struct breaker_page **breaker_pages; /* one for each socket with breakers */
    uv_fs_event_t **breaker_watches;     /* of each page's file */
    size_t breaker_page_count;
    int64_t beat_ms; /* when the manager got the last heartbeat */
    unsigned judged; /* which part of the jobs was last judged */
};

static void incidents_tell(struct daemon *daemon, const struct events_item *item) {
    if (daemon->upkeep != NULL && !daemon->upkeep->stopped)
        teller_tell(&daemon->upkeep->teller, item, daemon_now().mono_ms);
}

/* ---- breakers and jobs ---- */

enum { SERIES_MAX = EVENT_NAME_MAX + STATUS_LABELS_MAX };

static void describe_breaker(const struct breakers_jobs_incident *incident, const char *series,
                             struct events_item *item) {
    const bool trial = incident->kind == BREAKERS_JOBS_BREAKER_WOULD_OPEN;
    if (incident->kind == BREAKERS_JOBS_BREAKER_RELEASED) {
        item->over = true;
        item->kind = EVENT_BREAKER_FORCED;
        events_print(item->text, sizeof item->text,
                     "what a person decided about the breaker of %s of %s has ended", series,
                     incident->family->catalog->service);
        return;
    }
    item->over = incident->kind == BREAKERS_JOBS_BREAKER_CLOSED;
    item->kind = item->over ? EVENT_BREAKER_CLOSED
                 : trial    ? EVENT_BREAKER_WOULD_OPEN
                            : EVENT_BREAKER_OPENED;
    status_text_breaker(item->text, sizeof item->text, series, incident->family->catalog,
                        item->over ? BREAKER_CLOSED : BREAKER_OPEN, trial, incident->why,
                        &incident->who);
}

static void describe_job(const struct breakers_jobs_incident *incident, const char *series,
                         struct events_item *item) {
    char who[STATUS_WHO_MAX];
    char age[TERMINAL_DURATION_MAX] = "an unknown time";
    item->kind = EVENT_JOB_LOST;
    if (incident->ran_ms >= 1000)
        (void)terminal_duration(age, incident->ran_ms);
    else if (incident->ran_ms >= 0)
        (void)snprintf(age, sizeof age, "under a second");
    if (incident->overran) {
        events_print(item->text, sizeof item->text,
                     "job %.*s of %s of %s is lost: it belongs to no process, and has not ended "
                     "within its time; it began %s ago",
                     (int)incident->id.len, incident->id.at, series, item->service, age);
        return;
    }
    events_print(item->text, sizeof item->text,
                 "job %.*s of %s of %s is lost: %s ended after running it for %s",
                 (int)incident->id.len, incident->id.at, series, item->service,
                 status_text_who(who, sizeof who, &incident->who), age);
}

static void on_incident(void *arg, const struct breakers_jobs_incident *incident) {
    struct daemon *daemon = arg;
    char series[SERIES_MAX];
    struct events_item item = {.at_ms = incident->at_ms, .who = incident->who};
    (void)status_text_series(series, sizeof series, daemon->store, incident->family,
                             incident->series);
    (void)status_text_labels(item.labels, sizeof item.labels, daemon->store, incident->family,
                             incident->series);
    events_copy(item.service, sizeof item.service, incident->family->catalog->service);
    events_copy(item.name, sizeof item.name, incident->family->name);
    if (incident->kind == BREAKERS_JOBS_JOB_LOST)
        describe_job(incident, series, &item);
    else
        describe_breaker(incident, series, &item);
    incidents_tell(daemon, &item);
}

void upkeep_forced(struct daemon *daemon, const struct catalog_family *family, uint32_t uid,
                   const char *text) {
    struct events_item item = {.at_ms = daemon_now().real_ms,
                               .kind = EVENT_BREAKER_FORCED,
                               .who = {.uid = uid, .comm = "statgate"}};
    events_copy(item.service, sizeof item.service, family->catalog->service);
    events_copy(item.name, sizeof item.name, family->name);
    events_copy(item.text, sizeof item.text, text);
    if (daemon->upkeep != NULL && !daemon->upkeep->stopped)
        teller_write(&daemon->upkeep->teller, &item); /* never held back: people decide seldom */
}

/* ---- queries ---- */

/* One more connection is not to be had, or is again: no query is down, as they take turns. */
static void log_connections(const struct postgres_news *news) {
    const struct catalog_database *database = news->database;
    if (news->good)
        log_write(LOG_LEVEL_LOG, "queries", "database %s of %s has more connections again",
                  database->name, database->catalog->service);
    else
        log_write(LOG_LEVEL_WARN, "queries",
                  "database %s of %s has no more connections than %u, on which queries take "
                  "turns: %s",
                  database->name, database->catalog->service, news->connected, news->message);
}

void upkeep_query(void *arg, const struct postgres_news *news) {
    struct daemon *daemon = arg;
    const struct catalog_query *query = news->query;
    const struct catalog_database *database = query != NULL ? query->database : news->database;
    struct error why;
    struct events_item item = {
        .at_ms = daemon_now().real_ms, .kind = EVENT_QUERY_DOWN, .over = news->good};
    const struct status_query down = {
        .service = database->catalog,
        .name = query != NULL ? query->name : NULL,
        .why = query_why(&why, news->error, news->sqlstate, news->message),
        .away = query != NULL ? NULL : database->name,
        .silent = news->silence};
    if (query == NULL && news->connected > 0) {
        log_connections(news);
        return;
    }
    events_copy(item.service, sizeof item.service, down.service->service);
    events_copy(item.name, sizeof item.name, query != NULL ? query->name : database->name);
    if (news->good)
        events_print(item.text, sizeof item.text, "%s %s of %s %s again",
                     query != NULL ? "query" : "database", item.name, item.service,
                     query != NULL   ? "works"
                     : news->silence ? "answers"
                                     : "is connected");
    else
        status_text_query(item.text, sizeof item.text, &down);
    incidents_tell(daemon, &item);
}

/* ---- the start ---- */

static void tell_reload(struct daemon *daemon) {
    const size_t changes = daemon->reload.shown.changed_count;
    struct events_item item = {.at_ms = daemon_now().real_ms, .kind = EVENT_RELOAD, .over = true};
    events_copy(item.name, sizeof item.name, "taken");
    events_print(item.text, sizeof item.text, "a reload was taken: %zu %s%s", changes,
                 changes == 1 ? "change" : "changes", changes > 0 ? ", see /debug/catalog" : "");
    incidents_tell(daemon, &item);
}

static void tell_partly(struct daemon *daemon) {
    struct events_item item = {.at_ms = daemon_now().real_ms, .kind = EVENT_RELOAD};
    events_copy(item.name, sizeof item.name, "partly");
    status_text_fact(item.text, sizeof item.text, STATUS_FILES_REFUSED, daemon->reload.partly.text);
    incidents_tell(daemon, &item);
}

static void tell_handover(struct daemon *daemon) {
    static const char *const causes[SELF_CAUSE_COUNT] = {SELF_CAUSES};
    static const char *const from[SELF_CAUSE_COUNT] = {
        [SELF_CAUSE_CRASH] = "from a daemon that ended without warning",
        [SELF_CAUSE_RELOAD] = "from the previous process, at a reload",
        [SELF_CAUSE_UPGRADE] = "from the previous process, of another build",
        [SELF_CAUSE_STATE_FILE] = "from the state file"};
    const struct restore *restore = &daemon->restore;
    struct events_item item = {.at_ms = daemon_now().real_ms, .kind = EVENT_HANDOVER};
    events_copy(item.name, sizeof item.name, causes[restore->cause]);
    if (restore->done)
        events_print(item.text, sizeof item.text, "took %llu series over %s; %llu have ended",
                     (unsigned long long)restore->series.kept, from[restore->cause],
                     (unsigned long long)restore->series.ended);
    else
        events_print(item.text, sizeof item.text, "could not take the values over %s: %s",
                     from[restore->cause], restore->why.text);
    incidents_tell(daemon, &item);
}

void upkeep_began(struct daemon *daemon) {
    const struct restore *restore = &daemon->restore;
    if (daemon->reload.files_refused > 0)
        tell_partly(daemon);
    if (restore->handed)
        tell_reload(daemon);
    if (restore->done || restore->why.text[0] != '\0')
        tell_handover(daemon);
}

/* ---- life ---- */

static void on_look(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    (void)uv_timer_start(timer, on_look, clock_until_next(uv_now(timer->loop), LOOK_MS), 0);
    const struct store_time now = daemon_now();
    facts_tick(daemon, now.mono_ms);
    incident_watch_look(&daemon->upkeep->watch, daemon, &daemon->upkeep->teller, now);
    teller_catch_up(&daemon->upkeep->teller, now.mono_ms);
}

void upkeep_open(struct daemon *daemon) {
    struct upkeep *upkeep = memory_alloc(sizeof *upkeep);
    daemon->upkeep = upkeep;
    upkeep->teller = (struct teller){.events = daemon->events, .quiet = events_quiet_new()};
    incident_watch_init(&upkeep->watch, daemon);
}

void upkeep_close(struct daemon *daemon) {
    struct upkeep *upkeep = daemon->upkeep;
    daemon->upkeep = NULL;
    if (upkeep == NULL)
        return;
    incident_watch_done(&upkeep->watch);
    events_quiet_free(upkeep->teller.quiet);
    free(upkeep);
}

/* ---- upkeep ---- */

enum {
    ADVANCE_MS = 100 /* a cool-down ends at most this late */
};

/* ---- breakers ---- */

static void on_advance(uv_timer_t *timer);

/* Start the timer if a breaker is not closed; otherwise nothing changes with time. */
static void advance_if_needed(struct daemon *daemon) {
    uv_timer_t *timer = &daemon->upkeep->advance;
    if (!uv_is_active((uv_handle_t *)timer) && breakers_jobs_advances(daemon->breakers_jobs))
        (void)uv_timer_start(timer, on_advance, ADVANCE_MS, 0);
}

static void on_breaker(void *arg, size_t index) {
    struct daemon *daemon = arg;
    struct upkeep *upkeep = daemon->upkeep;
    advance_if_needed(daemon);
    for (size_t i = 0; i < upkeep->breaker_page_count; i++)
        breaker_page_show(upkeep->breaker_pages[i], index);
}

/* A beat may come a little earlier after the last one than the timer meant. */
static void beat_manager(struct daemon *daemon) {
    struct upkeep *upkeep = daemon->upkeep;
    enum { EARLY_MS = BREAKER_PAGE_BEAT_MS / 2 };
    const int64_t now = daemon_now().mono_ms;
    if (daemon->beat_every_ms == 0 || now + EARLY_MS < upkeep->beat_ms + daemon->beat_every_ms)
        return;
    upkeep->beat_ms = now;
    host_notify_beat();
}

/* The page's file has changed: what daemons write into the mapping makes no event. From now on,
 * what has the name is watched. */
static void on_page_event(uv_fs_event_t *watch, const char *name, int events, int status) {
    (void)name;
    (void)events;
    (void)status;
    breaker_page_restore(watch->data);
    (void)uv_fs_event_stop(watch);
    (void)uv_fs_event_start(watch, on_page_event, breaker_page_file(watch->data), 0);
}

/* Watches that could not begin are tried again; without one, the beat sees what happened. */
static void watch_pages(struct daemon *daemon) {
    struct upkeep *upkeep = daemon->upkeep;
    for (size_t i = 0; i < upkeep->breaker_page_count; i++) {
        uv_fs_event_t *watch = upkeep->breaker_watches[i];
        if (!uv_is_active((uv_handle_t *)watch))
            (void)uv_fs_event_start(watch, on_page_event, breaker_page_file(watch->data), 0);
    }
}

/* See which half-open breakers have all tickets held, once in each beat. */
static void look_at_tickets(struct daemon *daemon) {
    const struct upkeep *upkeep = daemon->upkeep;
    if (!breakers_jobs_advances(daemon->breakers_jobs))
        return;
    for (size_t i = 0; i < breakers_count(daemon->breakers_jobs); i++)
        for (size_t page = 0; page < upkeep->breaker_page_count; page++)
            if (breaker_page_is_taken(upkeep->breaker_pages[page], i))
                breakers_held(daemon->breakers_jobs, i);
}

void upkeep_beat(struct daemon *daemon) {
    struct upkeep *upkeep = daemon->upkeep;
    log_report_missing();
    beat_manager(daemon);
    for (size_t i = 0; i < upkeep->breaker_page_count; i++)
        breaker_page_beat(upkeep->breaker_pages[i]);
    look_at_tickets(daemon);
    watch_pages(daemon);
}

static void on_advance(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    breakers_jobs_advance(daemon->breakers_jobs, daemon_now());
    advance_if_needed(daemon);
}

/* A part of the jobs with each beat, all of them in a second. */
static void judge_jobs(struct daemon *daemon) {
    enum { PARTS = 1000 / BREAKER_PAGE_BEAT_MS };
    daemon->upkeep->judged = (daemon->upkeep->judged + 1) % PARTS;
    jobs_watch_advance(daemon->breakers_jobs, daemon->upkeep->judged, PARTS, daemon_now());
}

static void on_beat(uv_timer_t *timer) {
    (void)uv_timer_start(timer, on_beat,
                         clock_until_next(uv_now(timer->loop), BREAKER_PAGE_BEAT_MS), 0);
    upkeep_beat(timer->data);
    judge_jobs(timer->data);
}

/* Note in the object that this daemon is alive, for the next one. Once a turn is often enough:
 * the cleaner wakes the loop. */
static void on_turn(uv_check_t *check) {
    struct daemon *daemon = check->data;
    struct restore *restore = &daemon->restore;
    if (daemon->stopping)
        return;
    ingress_alive(daemon->ingress);
    if (restore->pause_known || restore_pause_ms(restore, daemon->ingress) < 0)
        return;
    restore->pause_known = true; /* counts even if no one scrapes before the next death */
    source_publish(daemon);
}

static bool scope_has_breakers(const struct daemon *daemon, gate_scope scope) {
    struct breakers_entry breaker;
    for (size_t i = 0; i < breakers_count(daemon->breakers_jobs); i++) {
        breakers_at(daemon->breakers_jobs, i, &breaker);
        const struct catalog *catalog = breaker.family->catalog;
        if (breaker.declared && (catalog->socket != NULL ? catalog->index + 1 : 0) == scope)
            return true;
    }
    return false;
}

/* Open the page of a socket. Without it, clients let every attempt through and read a clock
 * instead of the beat, which is worse, but no reason not to start. */
static void open_breaker_page(struct daemon *daemon, const struct ingress_view *view) {
    struct upkeep *upkeep = daemon->upkeep;
    char path[INGRESS_PATH_MAX + sizeof ".breakers"];
    struct error why = {.text = "its path is too long"};
    struct breaker_page *page = NULL;
    uv_fs_event_t *watch = NULL;
    if (breaker_page_path(view->listener->path, path, sizeof path)) {
        page = (daemon->restore.handed ? breaker_page_inherit : breaker_page_open)(
            path, view->listener->path, view->scope, &daemon->set, daemon->breakers_jobs, &why);
        watch = memory_alloc(sizeof *watch);
        (void)uv_fs_event_init(&daemon->loop, watch);
        watch->data = page;
        upkeep->breaker_watches[upkeep->breaker_page_count] = watch;
        upkeep->breaker_pages[upkeep->breaker_page_count++] = page;
    }
    if (page == NULL || why.text[0] != '\0') {
        log_write(LOG_LEVEL_WARN, "breakers",
                  "no page beside %s, so clients let every attempt through: %s%s",
                  view->listener->path, why.text,
                  page != NULL ? "; tried again twice a second" : "");
        return;
    }
    if (scope_has_breakers(daemon, view->scope))
        log_write(LOG_LEVEL_LOG, "breakers", "shown to clients in %s", breaker_page_file(page));
    if (scope_has_breakers(daemon, view->scope) && breaker_page_without_tickets(page)[0] != '\0')
        log_write(
            LOG_LEVEL_WARN, "breakers",
            "no FIFO for tickets beside %s: %s; while a breaker is half-open, each client may "
            "probe once in an epoch; tried again twice a second",
            breaker_page_file(page), breaker_page_without_tickets(page));
    if (breaker_page_left_out(page) > 0)
        log_write(
            LOG_LEVEL_WARN, "breakers",
            "%zu further spellings of breakers (aliases, labels left out) have no room in %s; "
            "clients find them by name and all labels",
            breaker_page_left_out(page), breaker_page_file(page));
}

static void open_breaker_pages(struct daemon *daemon) {
    struct upkeep *upkeep = daemon->upkeep;
    const size_t sockets = ingress_count(daemon->ingress);
    upkeep->breaker_pages = memory_array(sockets + 1, sizeof(struct breaker_page *));
    upkeep->breaker_watches = memory_array(sockets + 1, sizeof(uv_fs_event_t *));
    for (size_t i = 0; i < sockets; i++) {
        struct ingress_view view;
        ingress_at(daemon->ingress, i, &view);
        /* A former socket has none: its path's page is that of the socket now there. Pages also
         * exist without breakers, since clients read the beat. */
        if (!view.former && view.listener->kind == INGRESS_UNIX)
            open_breaker_page(daemon, &view);
    }
    breakers_on_change(daemon->breakers_jobs, on_breaker, daemon);
}

void upkeep_release(void *arg) {
    struct daemon *daemon = arg;
    assert(!daemon_is_answering(daemon));
    if (!daemon->stopping)
        ingress_cleaner_release(&daemon->cleaner);
}

void upkeep_adopted(void *arg, const struct owner_watch_adopted *adopted) {
    struct daemon *daemon = arg;
    daemon->restore.owners = *adopted;
    log_write(LOG_LEVEL_LOG, "start", "of the processes that own values %u live and %u are gone",
              adopted->kept, adopted->ended);
    if (adopted->unproven > 0)
        log_write(
            LOG_LEVEL_WARN, "start",
            "start times of %u of them cannot be compared: the process that has such a pid now "
            "is taken for the owner",
            adopted->unproven);
    if (adopted->undescribed > 0)
        log_write(LOG_LEVEL_WARN, "start",
                  "no descriptors are left for %u of them: their ends are seen a second late, or "
                  "later; raise the limit of open files",
                  adopted->undescribed);
}

/* ---- life ---- */

static void start_timer(struct daemon *daemon, uv_timer_t *timer) {
    (void)uv_timer_init(&daemon->loop, timer);
    timer->data = daemon;
}

void upkeep_start(struct daemon *daemon) {
    struct upkeep *upkeep = daemon->upkeep;
    open_breaker_pages(daemon);
    ingress_cleaner_start(&daemon->cleaner, &daemon->loop, daemon->breakers_jobs, daemon->store);
    start_timer(daemon, &upkeep->history);
    start_timer(daemon, &upkeep->advance);
    start_timer(daemon, &upkeep->beat);
    start_timer(daemon, &upkeep->look);
    (void)uv_check_init(&daemon->loop, &upkeep->turn);
    upkeep->turn.data = daemon;
    (void)uv_check_start(&upkeep->turn, on_turn);
    if (daemon->history != NULL)
        on_second(&upkeep->history);
    advance_if_needed(daemon);
    on_beat(&upkeep->beat);
    (void)uv_timer_start(&upkeep->look, on_look, clock_until_next(uv_now(&daemon->loop), LOOK_MS),
                         0);
    breakers_jobs_on_incident(daemon->breakers_jobs, on_incident, daemon);
}

void upkeep_stop(struct daemon *daemon) {
    struct upkeep *upkeep = daemon->upkeep;
    upkeep->stopped = true;
    ingress_cleaner_close(&daemon->cleaner);
    uv_close((uv_handle_t *)&upkeep->look, NULL);
    uv_close((uv_handle_t *)&upkeep->history, NULL);
    uv_close((uv_handle_t *)&upkeep->advance, NULL);
    uv_close((uv_handle_t *)&upkeep->beat, NULL);
    uv_close((uv_handle_t *)&upkeep->turn, NULL);
    breakers_jobs_on_incident(daemon->breakers_jobs, NULL, NULL);
    breakers_on_change(daemon->breakers_jobs, NULL, NULL);
    for (size_t i = 0; i < upkeep->breaker_page_count; i++) {
        uv_close((uv_handle_t *)upkeep->breaker_watches[i], (uv_close_cb)free);
        breaker_page_close(upkeep->breaker_pages[i]);
    }
    free(upkeep->breaker_watches);
    free(upkeep->breaker_pages);
    upkeep->breaker_watches = NULL;
    upkeep->breaker_pages = NULL;
    upkeep->breaker_page_count = 0;
}
