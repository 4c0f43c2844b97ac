#include "statgated/incidents.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/clock.h"
#include "statgated/facts.h"
#include "statgated/incident_watch.h"
#include "statgated/teller.h"
#include "status/status.h"
#include "supervisor/supervisor.h"

enum { LOOK_MS = 250 };

struct incidents {
    struct daemon *daemon;
    struct teller teller;
    struct incident_watch watch;
    uv_timer_t timer;
    bool started;
    bool stopped;
};

static void tell(struct daemon *daemon, const struct events_item *item) {
    if (daemon->incidents != NULL && !daemon->incidents->stopped)
        teller_tell(&daemon->incidents->teller, item, daemon_now().mono_ms);
}

/* ---- breakers and jobs ---- */

enum { SERIES_MAX = EVENT_NAME_MAX + STATUS_LABELS_MAX };

static void describe_breaker(const struct breakers_jobs_incident *incident, const char *series,
                             struct events_item *item) {
    char who[STATUS_WHO_MAX];
    item->over = incident->kind == BREAKERS_JOBS_BREAKER_CLOSED;
    item->kind = item->over ? EVENT_BREAKER_CLOSED : EVENT_BREAKER_OPENED;
    (void)status_text_who(who, sizeof who, &incident->who);
    if (item->over)
        events_print(item->text, sizeof item->text, "the breaker of %s of %s is closed: %s; by %s",
                     series, item->service, incident->why, who);
    else
        events_print(item->text, sizeof item->text,
                     "the breaker of %s of %s opened: %s (%llu in a row); the last by %s", series,
                     item->service, incident->why, (unsigned long long)incident->failures, who);
}

static void describe_job(const struct breakers_jobs_incident *incident, const char *series,
                         struct events_item *item) {
    char who[STATUS_WHO_MAX];
    char age[STATUS_AGE_MAX] = "an unknown time";
    item->kind = EVENT_JOB_LOST;
    if (incident->ran_ms >= 1000)
        (void)status_text_age(age, sizeof age, incident->ran_ms);
    else if (incident->ran_ms >= 0)
        (void)snprintf(age, sizeof age, "under a second");
    events_print(item->text, sizeof item->text,
                 "job %.*s of %s of %s is lost: %s ended, which had it for %s",
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
    tell(daemon, &item);
}

/* ---- queries ---- */

static void describe_query(const struct postgres_news *news, struct events_item *item) {
    const struct catalog_query *query = news->query;
    events_copy(item->service, sizeof item->service, query->catalog->service);
    events_copy(item->name, sizeof item->name, query->name);
    if (news->good)
        events_print(item->text, sizeof item->text, "query %s of %s works again", query->name,
                     item->service);
    else
        events_print(item->text, sizeof item->text, "query %s of %s fails (%s%s%s)%s%s",
                     query->name, item->service, postgres_error_text(news->error),
                     *news->sqlstate ? " " : "", news->sqlstate, *news->message ? ": " : "",
                     news->message);
}

static void describe_database(const struct postgres_news *news, struct events_item *item) {
    const struct catalog_database *database = news->database;
    events_copy(item->service, sizeof item->service, database->catalog->service);
    events_copy(item->name, sizeof item->name, database->name);
    if (news->silence)
        events_print(
            item->text, sizeof item->text, "database %s of %s %s%s", database->name, item->service,
            news->good ? "answers again" : "does not answer, so scrapes do not wait for it: ",
            news->message);
    else if (news->good)
        events_print(item->text, sizeof item->text, "database %s of %s is connected again",
                     database->name, item->service);
    else
        events_print(item->text, sizeof item->text,
                     "database %s of %s has no connection, so its queries fail: %s", database->name,
                     item->service, news->message);
}

void incidents_query(struct daemon *daemon, const struct postgres_news *news) {
    struct events_item item = {
        .at_ms = daemon_now().real_ms, .kind = EVENT_QUERY_DOWN, .over = news->good};
    if (news->query == NULL && news->connected > 0)
        return; /* queries take turns on the other connections: none is down */
    if (news->query != NULL)
        describe_query(news, &item);
    else
        describe_database(news, &item);
    tell(daemon, &item);
}

/* ---- the start ---- */

static void tell_reload(struct daemon *daemon) {
    const size_t changes = daemon->reload.shown.changed_count;
    struct events_item item = {.at_ms = daemon_now().real_ms, .kind = EVENT_RELOAD, .over = true};
    events_copy(item.name, sizeof item.name, "taken");
    events_print(item.text, sizeof item.text, "a reload was taken: %zu %s%s", changes,
                 changes == 1 ? "change" : "changes", changes > 0 ? ", see /debug/catalog" : "");
    tell(daemon, &item);
}

static void tell_partly(struct daemon *daemon) {
    struct events_item item = {.at_ms = daemon_now().real_ms, .kind = EVENT_RELOAD};
    events_copy(item.name, sizeof item.name, "partly");
    events_print(item.text, sizeof item.text, "not all files are in force: %s",
                 daemon->reload.partly.text);
    tell(daemon, &item);
}

static void tell_handover(struct daemon *daemon) {
    static const char *const causes[SELF_CAUSE_COUNT] = {SELF_CAUSES};
    static const char *const from[SELF_CAUSE_COUNT] = {
        [SELF_CAUSE_CRASH] = "from a daemon that ended without warning",
        [SELF_CAUSE_RELOAD] = "from the previous process, at a reload",
        [SELF_CAUSE_UPGRADE] = "from the previous process, of another build",
        [SELF_CAUSE_STATE_FILE] = "from the state file"};
    const struct takeover *takeover = &daemon->takeover;
    struct events_item item = {.at_ms = daemon_now().real_ms, .kind = EVENT_HANDOVER};
    events_copy(item.name, sizeof item.name, causes[takeover->cause]);
    if (takeover->done)
        events_print(item.text, sizeof item.text, "took %llu series over %s; %llu have ended",
                     (unsigned long long)takeover->series.kept, from[takeover->cause],
                     (unsigned long long)takeover->series.ended);
    else
        events_print(item.text, sizeof item.text, "could not take the values over %s: %s",
                     from[takeover->cause], takeover->why.text);
    tell(daemon, &item);
}

/* The supervisor has logged it. */
static void tell_hang(struct daemon *daemon) {
    struct meanwhile_hang hang;
    if (!supervisor_outage_take_hang(daemon->away.page, &hang))
        return;
    struct events_item item = {.at_ms = hang.real_ms, .kind = EVENT_DAEMON_HUNG};
    events_print(item.text, sizeof item.text, "the previous process hung: %s", hang.text);
    tell(daemon, &item);
}

void incidents_began(struct daemon *daemon) {
    const struct takeover *takeover = &daemon->takeover;
    tell_hang(daemon);
    if (daemon->reload.files_refused > 0)
        tell_partly(daemon);
    if (takeover->handed)
        tell_reload(daemon);
    if (takeover->done || takeover->why.text[0] != '\0')
        tell_handover(daemon);
}

/* ---- life ---- */

static void on_look(uv_timer_t *timer);

static void wait_for_next(uv_timer_t *timer) {
    (void)uv_timer_start(timer, on_look, clock_until_next(uv_now(timer->loop), LOOK_MS), 0);
}

static void on_look(uv_timer_t *timer) {
    struct incidents *incidents = timer->data;
    wait_for_next(timer);
    const struct store_time now = daemon_now();
    facts_tick(incidents->daemon, now.mono_ms);
    incident_watch_look(&incidents->watch, incidents->daemon, &incidents->teller, now);
    teller_catch_up(&incidents->teller, now.mono_ms);
}

bool incidents_open(struct daemon *daemon, struct start_error *ret_error) {
    struct incidents *incidents = calloc(1, sizeof *incidents);
    daemon->incidents = incidents;
    if (incidents != NULL) {
        incidents->daemon = daemon;
        incidents->teller =
            (struct teller){.events = daemon->events, .quiet = events_quiet_new(memory_heap())};
        if (incidents->teller.quiet != NULL && incident_watch_init(&incidents->watch, daemon))
            return true;
    }
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
}

void incidents_start(struct daemon *daemon) {
    struct incidents *incidents = daemon->incidents;
    (void)uv_timer_init(&daemon->loop, &incidents->timer);
    incidents->timer.data = incidents;
    incidents->started = true;
    wait_for_next(&incidents->timer);
    breakers_jobs_on_incident(daemon->breakers_jobs, on_incident, daemon);
}

void incidents_stop(struct daemon *daemon) {
    struct incidents *incidents = daemon->incidents;
    if (incidents == NULL || incidents->stopped)
        return;
    incidents->stopped = true;
    if (incidents->started)
        uv_close((uv_handle_t *)&incidents->timer, NULL);
    breakers_jobs_on_incident(daemon->breakers_jobs, NULL, NULL);
}

void incidents_close(struct daemon *daemon) {
    struct incidents *incidents = daemon->incidents;
    daemon->incidents = NULL;
    if (incidents == NULL)
        return;
    incident_watch_done(&incidents->watch);
    events_quiet_free(incidents->teller.quiet);
    free(incidents);
}
