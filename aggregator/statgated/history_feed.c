#include "statgated/history_feed.h"

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
    const bool done = history_tick(daemon->history, now.mono_ms, now.real_ms, &budget);
    const uint64_t wait_ms =
        done ? (uint64_t)(SECOND_MS - now.mono_ms % SECOND_MS + BEHIND_MS) : STEP_PAUSE_MS;
    uv_update_time(timer->loop);
    (void)uv_timer_start(timer, on_second, wait_ms, 0);
}

void history_feed_start(struct daemon *daemon) {
    (void)uv_timer_init(&daemon->loop, &daemon->history_timer);
    daemon->history_timer.data = daemon;
    if (daemon->history != NULL)
        on_second(&daemon->history_timer);
}

void history_feed_stop(struct daemon *daemon) {
    uv_close((uv_handle_t *)&daemon->history_timer, NULL);
}

void history_feed_end(struct daemon *daemon) {
    enum { LAPS = 2 }; /* the first may only complete a lap under way */
    const struct store_time now = daemon_now();
    for (int i = 0; i < LAPS && daemon->history != NULL; i++) {
        size_t budget = SIZE_MAX;
        (void)history_tick(daemon->history, now.mono_ms, now.real_ms, &budget);
    }
}

static bool shows_all(const struct endpoint *endpoint, const struct endpoint_page *page) {
    return page == &endpoint->all;
}

void history_feed_scrape(struct daemon *daemon, const struct endpoint_page *page) {
    const struct endpoints *endpoints = &daemon->plan.endpoints;
    if (daemon->history == NULL)
        return;
    history_count_scrape(daemon->history, HISTORY_ALL);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *endpoint = &endpoints->items[i];
        for (size_t j = 0; j < endpoint->service_count; j++)
            if (shows_all(endpoint, page) || page == &endpoint->each[j])
                history_count_scrape(daemon->history, (int)endpoint->services[j]->index);
    }
}
