#include "statgated/upkeep.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "breakers_jobs/breakers_jobs.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/notify.h"
#include "statgated/history_feed.h"
#include "statgated/source.h"

enum {
    ADVANCE_MS = 100 /* a cool-down ends at most this late */
};

/* ---- breakers ---- */

static void on_advance(uv_timer_t *timer);

/* Start the timer if a breaker is not closed; otherwise nothing changes with time. */
static void advance_if_needed(struct daemon *daemon) {
    uv_timer_t *timer = &daemon->advance_timer;
    if (!uv_is_active((uv_handle_t *)timer) && breakers_jobs_advances(daemon->breakers_jobs))
        (void)uv_timer_start(timer, on_advance, ADVANCE_MS, 0);
}

static void on_breaker(void *arg, size_t index) {
    struct daemon *daemon = arg;
    advance_if_needed(daemon);
    for (size_t i = 0; i < daemon->breaker_page_count; i++)
        breaker_page_show(daemon->breaker_pages[i], index);
}

/* A beat may come a little earlier after the last one than the timer meant. */
static void beat_manager(struct daemon *daemon) {
    enum { EARLY_MS = BREAKER_PAGE_BEAT_MS / 2 };
    const int64_t now = daemon_now().mono_ms;
    if (daemon->beat_every_ms == 0 || now + EARLY_MS < daemon->beat_ms + daemon->beat_every_ms)
        return;
    daemon->beat_ms = now;
    notify_beat();
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
    for (size_t i = 0; i < daemon->breaker_page_count; i++) {
        uv_fs_event_t *watch = daemon->breaker_watches[i];
        if (!uv_is_active((uv_handle_t *)watch))
            (void)uv_fs_event_start(watch, on_page_event, breaker_page_file(watch->data), 0);
    }
}

void upkeep_beat(struct daemon *daemon) {
    beat_manager(daemon);
    for (size_t i = 0; i < daemon->breaker_page_count; i++)
        breaker_page_beat(daemon->breaker_pages[i]);
    watch_pages(daemon);
}

static void on_advance(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    breakers_jobs_advance(daemon->breakers_jobs, daemon_now());
    advance_if_needed(daemon);
}

static void on_beat(uv_timer_t *timer) {
    (void)uv_timer_start(timer, on_beat,
                         clock_until_next(uv_now(timer->loop), BREAKER_PAGE_BEAT_MS), 0);
    upkeep_beat(timer->data);
}

/* Note in the object that this daemon is alive, for the next one. Once a turn is often enough:
 * the cleaner wakes the loop. */
static void on_turn(uv_check_t *check) {
    struct daemon *daemon = check->data;
    struct takeover *takeover = &daemon->takeover;
    if (daemon->stopping)
        return;
    ingress_alive(daemon->ingress);
    if (takeover->pause_known || takeover_pause_ms(takeover, daemon->ingress) < 0)
        return;
    takeover->pause_known = true; /* counts even if nobody scrapes before the next death */
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
    char path[INGRESS_PATH_MAX + sizeof ".breakers"];
    struct error why = {.text = "its path is too long"};
    struct breaker_page *page = NULL;
    if (breaker_page_path(view->listener->path, path, sizeof path))
        page = (daemon->takeover.handed ? breaker_page_inherit : breaker_page_open)(
            memory_heap(), path, view->scope, &daemon->set, daemon->breakers_jobs, &why);
    uv_fs_event_t *watch = page == NULL ? NULL : malloc(sizeof *watch);
    if (watch != NULL) {
        (void)uv_fs_event_init(&daemon->loop, watch);
        watch->data = page;
        daemon->breaker_watches[daemon->breaker_page_count] = watch;
        daemon->breaker_pages[daemon->breaker_page_count++] = page;
    } else if (page != NULL) {
        breaker_page_close(page);
        page = NULL;
        (void)error_set(&why, "out of memory");
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
    if (breaker_page_left_out(page) > 0)
        log_write(
            LOG_LEVEL_WARN, "breakers",
            "%zu further spellings of breakers (aliases, labels left out) have no room in %s; "
            "clients find them by name and all labels",
            breaker_page_left_out(page), breaker_page_file(page));
}

static void open_breaker_pages(struct daemon *daemon) {
    const size_t sockets = ingress_count(daemon->ingress);
    daemon->breaker_pages = calloc(sockets + 1, sizeof(struct breaker_page *));
    daemon->breaker_watches = calloc(sockets + 1, sizeof(uv_fs_event_t *));
    const bool room = daemon->breaker_pages != NULL && daemon->breaker_watches != NULL;
    for (size_t i = 0; room && i < sockets; i++) {
        struct ingress_view view;
        ingress_at(daemon->ingress, i, &view);
        /* A former socket has none: its path's page is that of the socket now there. Pages also
         * exist without breakers, since clients read the beat. */
        if (!view.former)
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
    daemon->takeover.owners = *adopted;
    log_write(LOG_LEVEL_LOG, "start", "of the processes that own values %u live and %u are gone",
              adopted->kept, adopted->ended);
    if (adopted->unproven > 0)
        log_write(
            LOG_LEVEL_WARN, "start",
            "start times of %u of them cannot be compared: whoever has their numbers is taken "
            "for them",
            adopted->unproven);
    if (adopted->undescribed > 0)
        log_write(LOG_LEVEL_WARN, "start",
                  "no descriptors are left for %u of them: their ends are seen a second late, or "
                  "later; raise the limit of open files",
                  adopted->undescribed);
}

/* ---- life ---- */

void upkeep_start(struct daemon *daemon) {
    open_breaker_pages(daemon);
    ingress_cleaner_start(&daemon->cleaner, &daemon->loop, daemon->breakers_jobs, daemon->store);
    history_feed_start(daemon);
    (void)uv_check_init(&daemon->loop, &daemon->turn);
    daemon->turn.data = daemon;
    (void)uv_check_start(&daemon->turn, on_turn);
    (void)uv_timer_init(&daemon->loop, &daemon->advance_timer);
    (void)uv_timer_init(&daemon->loop, &daemon->beat_timer);
    daemon->advance_timer.data = daemon;
    daemon->beat_timer.data = daemon;
    advance_if_needed(daemon);
    on_beat(&daemon->beat_timer);
}

void upkeep_stop(struct daemon *daemon) {
    ingress_cleaner_close(&daemon->cleaner);
    history_feed_stop(daemon);
    uv_close((uv_handle_t *)&daemon->turn, NULL);
    uv_close((uv_handle_t *)&daemon->advance_timer, NULL);
    uv_close((uv_handle_t *)&daemon->beat_timer, NULL);
    breakers_on_change(daemon->breakers_jobs, NULL, NULL);
    for (size_t i = 0; i < daemon->breaker_page_count; i++) {
        uv_close((uv_handle_t *)daemon->breaker_watches[i], (uv_close_cb)free);
        breaker_page_close(daemon->breaker_pages[i]);
    }
    free(daemon->breaker_watches);
    free(daemon->breaker_pages);
    daemon->breaker_watches = NULL;
    daemon->breaker_pages = NULL;
    daemon->breaker_page_count = 0;
}
