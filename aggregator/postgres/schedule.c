/* Which queries are asked when, and who waits for them. */
#include <stdio.h>
#include <string.h>

#include "postgres/postgres_private.h"

static void arm(struct collect *collect);

void schedule_kick(struct collect *collect) {
    collect->kicked = true;
    if (!collect->closing)
        (void)uv_idle_start(&collect->turn, schedule_on_turn);
}

/* ---- the line for the turn ---- */

void schedule_ready(struct connection *connection) {
    struct collect *collect = connection->database->collect;
    if (connection->ready)
        return;
    connection->ready = true;
    connection->next_ready = NULL;
    if (collect->last_ready)
        collect->last_ready->next_ready = connection;
    else
        collect->first_ready = connection;
    collect->last_ready = connection;
    (void)uv_idle_start(&collect->turn, schedule_on_turn);
}

void schedule_unready(struct connection *connection) {
    struct collect *collect = connection->database->collect;
    struct connection *before = NULL;
    if (!connection->ready)
        return;
    for (struct connection *at = collect->first_ready; at != connection; at = at->next_ready)
        before = at;
    if (before)
        before->next_ready = connection->next_ready;
    else
        collect->first_ready = connection->next_ready;
    if (collect->last_ready == connection)
        collect->last_ready = before;
    connection->ready = false;
}

/* ---- waiting ---- */

static bool waits_for(const struct collect_wait *wait, const struct run *run) {
    const size_t query = (size_t)(run - run->collect->runs);
    size_t low = 0;
    size_t high = wait->count;
    if (run->ticket > wait->ticket)
        return false;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (wait->queries[middle] == query)
            return true;
        if (wait->queries[middle] < query)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void schedule_answered(struct collect *collect, const struct run *run) {
    for (struct collect_wait *wait = collect->waits; wait; wait = wait->next)
        if (wait->missing > 0 && waits_for(wait, run))
            wait->missing--;
    schedule_kick(collect);
}

static void give_up_wait(struct collect *collect, struct collect_wait *wait) {
    wait->missing = 0;
    for (size_t i = 0; i < wait->count; i++) {
        struct run *run = &collect->runs[wait->queries[i]];
        if (run->stage != RUN_NONE && run->ticket <= wait->ticket)
            run_missed(run);
    }
}

/* One at a time from the front, for a callback may add waiters and take some away. */
static void tell_waiters(struct collect *collect) {
    for (;;) {
        struct collect_wait **link = &collect->waits;
        while (*link && (*link)->missing > 0)
            link = &(*link)->next;
        struct collect_wait *wait = *link;
        if (!wait || collect->closing)
            return;
        *link = wait->next;
        wait->done(wait->arg);
    }
}

void collect_forget(struct collect *collect, struct collect_wait *wait) {
    struct collect_wait **link = &collect->waits;
    while (*link && *link != wait)
        link = &(*link)->next;
    if (*link)
        *link = wait->next;
}

static bool has_exposed_family(const struct catalog_query *query) {
    for (size_t i = 0; i < query->value_count; i++)
        if (query->values[i].family->exposed)
            return true;
    return false;
}

static bool is_due(const struct run *run, int64_t mono_ms) {
    if (!has_exposed_family(run->query))
        return false;
    /* Known to have no connection, and nothing shown: no news before the back-off is over. */
    if (run->view.error == COLLECT_CONNECT && pool_is_down(run->database))
        return false;
    return !run->view.up || mono_ms - run->good_mono_ms >= run->query->cache_ms;
}

static void enqueue(struct run *run) {
    run->stage = RUN_QUEUED;
    run->ticket = ++run->collect->tickets;
    run->had_turn = false;
    run->queued_ns = collect_now_ns();
    run->started_ns = 0;
    run->wanted_until_ns = 0;
    schedule_kick(run->collect);
}

/* One that had its turn for others only has one for those who come later. */
static void want(struct run *run, uint64_t now_ns, uint64_t until_ns) {
    if (run_is_late(run, now_ns))
        run->had_turn = false;
    if (run->wanted_until_ns < until_ns)
        run->wanted_until_ns = until_ns;
}

bool collect_fresh(struct collect *collect, const uint32_t *queries, size_t count,
                   uint64_t within_ms, struct collect_wait *wait) {
    const int64_t mono_ms = collect_mono_ms(collect);
    const uint64_t now_ns = collect_now_ns();
    const uint64_t deadline_ns = now_ns + within_ms * NS_PER_MS;
    size_t missing = 0;
    if (collect->closing)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct run *run = &collect->runs[queries[i]];
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
    wait->ticket = collect->tickets;
    wait->missing = missing;
    wait->next = collect->waits;
    collect->waits = wait;
    arm(collect);
    return true;
}

/* ---- time ---- */

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns) {
    return b_ns != 0 && b_ns < a_ns ? b_ns : a_ns;
}

static uint64_t next_of_database(const struct database *database, uint64_t now_ns) {
    uint64_t next_ns = earlier(database->look_ns, pool_shrinks_at_ns(database, now_ns));
    for (size_t i = 0; i < database->count; i++) {
        const struct connection *connection = &database->connections[i];
        next_ns = earlier(next_ns, connection->give_up_ns);
        if (connection->run)
            next_ns = earlier(next_ns, connection->run->deadline_ns);
    }
    return next_ns;
}

static uint64_t next_deadline(const struct collect *collect, uint64_t now_ns) {
    uint64_t next_ns = UINT64_MAX;
    for (const struct collect_wait *wait = collect->waits; wait; wait = wait->next)
        next_ns = earlier(next_ns, wait->deadline_ns);
    for (size_t i = 0; i < collect->database_count; i++)
        next_ns = earlier(next_ns, next_of_database(&collect->databases[i], now_ns));
    return next_ns;
}

static void arm(struct collect *collect) {
    const uint64_t now_ns = collect_now_ns();
    const uint64_t next_ns = next_deadline(collect, now_ns);
    if (collect->closing)
        return;
    if (next_ns == UINT64_MAX) {
        (void)uv_timer_stop(&collect->timer);
        return;
    }
    uv_update_time(collect->options.loop);
    (void)uv_timer_start(&collect->timer, schedule_on_timer,
                         next_ns <= now_ns ? 0 : (next_ns - now_ns) / NS_PER_MS + 1, 0);
}

static void look_at(struct connection *connection, uint64_t now_ns) {
    if (connection->run && now_ns >= connection->run->deadline_ns)
        run_overdue(connection->run, connection);
    if (connection->give_up_ns != 0 && now_ns >= connection->give_up_ns)
        connection_close(connection, "the server did not end the transaction in time");
}

void schedule_on_timer(uv_timer_t *timer) {
    struct collect *collect = timer->data;
    const uint64_t now_ns = collect_now_ns();
    for (size_t i = 0; i < collect->database_count; i++)
        for (size_t j = 0; j < collect->databases[i].count; j++)
            look_at(&collect->databases[i].connections[j], now_ns);
    for (struct collect_wait *wait = collect->waits; wait; wait = wait->next)
        if (wait->missing > 0 && now_ns >= wait->deadline_ns)
            give_up_wait(collect, wait);
    schedule_kick(collect);
}

/* ---- the turn ---- */

static void read_some(struct collect *collect, uint64_t until_ns) {
    while (collect->first_ready && collect_now_ns() < until_ns) {
        struct connection *connection = collect->first_ready;
        schedule_unready(connection);
        if (connection_step(connection, until_ns))
            schedule_ready(connection);
    }
}

void schedule_on_turn(uv_idle_t *turn) {
    struct collect *collect = turn->data;
    const uint64_t until_ns = collect_now_ns() + (uint64_t)COLLECT_UNITS_PER_TURN * NS_PER_UNIT;
    collect->kicked = false;
    read_some(collect, until_ns);
    for (size_t i = 0; i < collect->database_count; i++) {
        pool_dispatch(&collect->databases[i]);
        pool_shrink(&collect->databases[i]);
    }
    tell_waiters(collect);
    if (collect->closing)
        return;
    while (collect->untidy && collect_now_ns() < until_ns) {
        size_t budget = UNITS_A_BIT;
        collect->untidy = !store_set_tidy(collect->options.store, &budget);
    }
    if (!collect->first_ready && !collect->kicked && !collect->untidy)
        (void)uv_idle_stop(turn);
    arm(collect);
}
