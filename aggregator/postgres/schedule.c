#include "postgres/schedule.h"

#include "postgres/connection.h"
#include "postgres/input.h"
#include "postgres/pool.h"
#include "postgres/ready.h"
#include "postgres/run.h"
#include "postgres/silence.h"
#include "postgres/waits.h"
#include "store/store.h"

static void arm(struct postgres *postgres);

/* ---- asking ---- */

static void give_up_wait(struct postgres *postgres, struct postgres_wait *wait, uint64_t now_ns) {
    wait->missing = 0;
    for (size_t i = 0; i < wait->count; i++) {
        struct run *run = &postgres->runs[wait->queries[i]];
        if (run->stage == RUN_NONE || run->ticket > wait->ticket)
            continue;
        run_missed(run);
        silence_time_out(run->database, now_ns);
    }
}

static bool is_due(const struct run *run, int64_t mono_ms) {
    /* The database is known to have no connection, and nothing is shown: nothing changes before the
     * back-off is over, or a probe was answered. */
    if (run->view.error == POSTGRES_CONNECT &&
        (pool_is_down(run->database) || run->database->silent))
        return false;
    return !run->view.up || mono_ms - run->good_mono_ms >= run->query->cache_ms;
}

static void enqueue(struct run *run) {
    run->stage = RUN_QUEUED;
    run->ticket = ++run->postgres->tickets;
    run->had_turn = false;
    run->queued_ns = collector_now_ns();
    run->started_ns = 0;
    run->wanted_until_ns = 0;
    ready_kick(run->postgres);
}

/* A scrape shows rows of this database. */
static void note_wanted(struct database *database, int64_t mono_ms) {
    database->wanted_ms = mono_ms;
    if (database->silent)
        ready_kick(database->postgres); /* probes may have ended */
}

/* Extend the wait for a run. A run that had its turn for earlier scrapes gets another for later
 * ones. */
static void want(struct run *run, uint64_t now_ns, uint64_t until_ns) {
    if (run_is_late(run, now_ns))
        run->had_turn = false;
    if (run->wanted_until_ns < until_ns)
        run->wanted_until_ns = until_ns;
}

bool postgres_fresh(struct postgres *postgres, const uint32_t *queries, size_t count,
                    uint64_t within_ms, struct postgres_wait *wait) {
    const int64_t mono_ms = collector_mono_ms(postgres);
    const uint64_t now_ns = collector_now_ns();
    const uint64_t deadline_ns = now_ns + within_ms * NS_PER_MS;
    size_t missing = 0;
    if (postgres->closing)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct run *run = &postgres->runs[queries[i]];
        note_wanted(run->database, mono_ms);
        if (run->stage == RUN_NONE && is_due(run, mono_ms))
            enqueue(run);
        if (run->stage == RUN_NONE)
            continue;
        want(run, now_ns, deadline_ns);
        missing++;
    }
    if (missing == 0)
        return false;
    wait->queries = queries;
    wait->count = count;
    wait->deadline_ns = deadline_ns;
    waits_add(postgres, wait, missing);
    arm(postgres);
    return true;
}

/* ---- time ---- */

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns) {
    return b_ns != 0 && b_ns < a_ns ? b_ns : a_ns;
}

static uint64_t next_of_database(const struct database *database, uint64_t now_ns) {
    uint64_t next_ns = earlier(database->look_ns, pool_shrinks_at_ns(database, now_ns));
    next_ns = earlier(next_ns, silence_look_ns(database));
    for (size_t i = 0; i < database->count; i++) {
        const struct connection *connection = &database->connections[i];
        next_ns = earlier(next_ns, connection->give_up_ns);
        if (connection->run != NULL)
            next_ns = earlier(next_ns, connection->run->deadline_ns);
    }
    return next_ns;
}

static uint64_t next_deadline(const struct postgres *postgres, uint64_t now_ns) {
    uint64_t next_ns = UINT64_MAX;
    for (const struct postgres_wait *wait = postgres->waits; wait != NULL; wait = wait->next)
        next_ns = earlier(next_ns, wait->deadline_ns);
    for (size_t i = 0; i < postgres->database_count; i++)
        next_ns = earlier(next_ns, next_of_database(&postgres->databases[i], now_ns));
    return next_ns;
}

static void arm(struct postgres *postgres) {
    const uint64_t now_ns = collector_now_ns();
    const uint64_t next_ns = next_deadline(postgres, now_ns);
    if (postgres->closing)
        return;
    if (next_ns == UINT64_MAX) {
        (void)uv_timer_stop(&postgres->timer);
        return;
    }
    uv_update_time(postgres->options.loop);
    (void)uv_timer_start(&postgres->timer, schedule_on_timer,
                         next_ns <= now_ns ? 0 : (next_ns - now_ns) / NS_PER_MS + 1, 0);
}

static void look_at(struct connection *connection, uint64_t now_ns) {
    if (connection->run != NULL && now_ns >= connection->run->deadline_ns) {
        silence_time_out(connection->database, now_ns);
        run_overdue(connection->run, connection);
    }
    if (connection->give_up_ns != 0 && now_ns >= connection->give_up_ns) {
        silence_give_up(connection, now_ns);
        connection_close(connection, "the server did not end the transaction in time");
    }
}

static void look_at_database(struct database *database, uint64_t now_ns) {
    const uint64_t look_ns = silence_look_ns(database);
    for (size_t i = 0; i < database->count; i++)
        look_at(&database->connections[i], now_ns);
    if (look_ns != 0 && now_ns >= look_ns)
        silence_time_out(database, now_ns);
}

void schedule_on_timer(uv_timer_t *timer) {
    struct postgres *postgres = timer->data;
    const uint64_t now_ns = collector_now_ns();
    for (size_t i = 0; i < postgres->database_count; i++)
        look_at_database(&postgres->databases[i], now_ns);
    for (struct postgres_wait *wait = postgres->waits; wait != NULL; wait = wait->next)
        if (wait->missing > 0 && now_ns >= wait->deadline_ns)
            give_up_wait(postgres, wait, now_ns);
    ready_kick(postgres);
}

/* ---- the turn ---- */

static void read_some(struct postgres *postgres, uint64_t until_ns) {
    while (postgres->first_ready != NULL && collector_now_ns() < until_ns) {
        struct connection *connection = postgres->first_ready;
        ready_remove(connection);
        if (input_step(connection, until_ns))
            ready_add(connection);
    }
}

void schedule_on_turn(uv_idle_t *turn) {
    struct postgres *postgres = turn->data;
    const uint64_t until_ns = collector_now_ns() + (uint64_t)POSTGRES_UNITS_PER_TURN * NS_PER_UNIT;
    postgres->kicked = false;
    read_some(postgres, until_ns);
    for (size_t i = 0; i < postgres->database_count; i++) {
        pool_dispatch(&postgres->databases[i]);
        pool_shrink(&postgres->databases[i]);
    }
    waits_finish(postgres);
    if (postgres->closing)
        return;
    while (postgres->untidy && collector_now_ns() < until_ns) {
        size_t budget = UNITS_A_BIT;
        postgres->untidy = !store_set_tidy(postgres->options.store, &budget);
    }
    if (postgres->first_ready == NULL && !postgres->kicked && !postgres->untidy)
        (void)uv_idle_stop(turn);
    arm(postgres);
}
