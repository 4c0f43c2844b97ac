#include "ingress/cleaner.h"

#include "ingress/now.h"
#include "store/store.h"

enum { STEP_UNITS = 200 /* between two readings of the clock, about 100 ns each */ };

static bool release_some(struct cleaner *cleaner) {
    return machines_release(cleaner->machines, ingress_now(), STEP_UNITS);
}

static bool sweep_some(struct cleaner *cleaner) {
    size_t budget = STEP_UNITS;
    return store_expire(cleaner->store, ingress_now(), &budget);
}

/* Do step after step until nothing is left (returns true) or the turn's time is over. */
static bool step_until(struct cleaner *cleaner, bool (*step)(struct cleaner *cleaner),
                       uint64_t end_ns) {
    while (uv_hrtime() < end_ns)
        if (step(cleaner))
            return true;
    return false;
}

static void on_idle(uv_idle_t *idle);

/* Do the work of one turn. */
static void clean(struct cleaner *cleaner) {
    const uint64_t end_ns = stopwatch_start(&cleaner->watch) + CLEANER_TURN_NS;
    if (cleaner->releasing)
        cleaner->releasing = !step_until(cleaner, release_some, end_ns);
    if (cleaner->sweeping)
        cleaner->sweeping = !step_until(cleaner, sweep_some, end_ns);
    if (cleaner->releasing || cleaner->sweeping)
        (void)uv_idle_start(&cleaner->idle, on_idle);
    else
        (void)uv_idle_stop(&cleaner->idle);
    (void)stopwatch_stop(&cleaner->watch);
}

static void on_idle(uv_idle_t *idle) {
    clean(idle->data);
}

static void on_timer(uv_timer_t *timer);

static void wait_for_next(struct cleaner *cleaner) {
    (void)uv_timer_start(&cleaner->timer, on_timer,
                         clock_until_next(uv_now(cleaner->timer.loop), CLEANER_SWEEP_MS), 0);
}

static void on_timer(uv_timer_t *timer) {
    struct cleaner *cleaner = timer->data;
    wait_for_next(cleaner);
    if (cleaner->sweeping) /* not finished yet */
        return;
    cleaner->sweeping = true;
    clean(cleaner);
}

void cleaner_start(struct cleaner *cleaner, uv_loop_t *loop, struct machines *machines,
                   struct store *store) {
    *cleaner = (struct cleaner){.machines = machines, .store = store};
    (void)uv_timer_init(loop, &cleaner->timer);
    (void)uv_idle_init(loop, &cleaner->idle);
    cleaner->timer.data = cleaner;
    cleaner->idle.data = cleaner;
    wait_for_next(cleaner);
}

void cleaner_release(struct cleaner *cleaner) {
    if (cleaner->closed || cleaner->releasing)
        return;
    cleaner->releasing = true;
    clean(cleaner);
}

void cleaner_close(struct cleaner *cleaner) {
    cleaner->closed = true;
    uv_close((uv_handle_t *)&cleaner->timer, NULL);
    uv_close((uv_handle_t *)&cleaner->idle, NULL);
}
