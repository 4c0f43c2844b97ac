#include "postgres/pool.h"

#include "postgres/connect.h"
#include "postgres/connection.h"
#include "postgres/run.h"

/* ---- what there is ---- */

static struct connection *in_state(const struct database *database, enum connection_state state) {
    for (size_t i = 0; i < database->count; i++)
        if (database->connections[i].state == state)
            return &database->connections[i];
    return NULL;
}

bool pool_is_down(const struct database *database) {
    return database->connecting == NULL && connection_count(database) == 0 &&
           collector_now_ns() < database->retry_ns;
}

/* ---- the line ---- */

static bool is_queued(const struct run *run, const struct database *database) {
    return run->database == database && run->stage == RUN_QUEUED;
}

/* Whether a scrape waits for the run, which has not had a connection yet. */
static bool is_fresh(const struct run *run, uint64_t now_ns) {
    return !run->had_turn && !run_is_late(run, now_ns);
}

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

/* Whether a goes before b. Runs that had no turn go first, runs that nobody waits for last; among
 * equals, first those that did not hold a connection in vain, then the quick ones. */
static bool goes_before(const struct run *a, const struct run *b, uint64_t now_ns) {
    int order = run_is_late(a, now_ns) - run_is_late(b, now_ns);
    if (order == 0)
        order = a->had_turn - b->had_turn;
    if (order == 0)
        order = compare(a->set_back, b->set_back);
    if (order == 0)
        order = compare(a->good_ns, b->good_ns);
    if (order == 0)
        order = compare(a->ticket, b->ticket);
    return order < 0;
}

static struct run *first_in_line(const struct database *database, uint64_t now_ns) {
    const struct postgres *postgres = database->postgres;
    struct run *first = NULL;
    for (size_t i = 0; i < postgres->run_count; i++) {
        struct run *run = &postgres->runs[i];
        if (is_queued(run, database) && (first == NULL || goes_before(run, first, now_ns)))
            first = run;
    }
    return first;
}

static void fail_queued(const struct database *database) {
    const struct failure failure = {.error = POSTGRES_CONNECT, .message = database->message};
    struct postgres *postgres = database->postgres;
    for (size_t i = 0; i < postgres->run_count; i++)
        if (is_queued(&postgres->runs[i], database))
            run_end(&postgres->runs[i], NULL, &failure);
}

static void skip_queued(const struct database *database) {
    struct postgres *postgres = database->postgres;
    for (size_t i = 0; i < postgres->run_count; i++)
        if (is_queued(&postgres->runs[i], database))
            run_skip(&postgres->runs[i]);
}

/* Let all scrapes go on without this database. */
static void excuse_runs(const struct database *database) {
    struct postgres *postgres = database->postgres;
    fail_queued(database);
    for (size_t i = 0; i < postgres->run_count; i++)
        if (postgres->runs[i].database == database && postgres->runs[i].stage != RUN_NONE)
            run_excuse(&postgres->runs[i]);
}

static void look_again_at(struct database *database, uint64_t at_ns) {
    if (at_ns < database->look_ns)
        database->look_ns = at_ns;
}

/* ---- one more ---- */

/* When another connection may be opened: the first at once, further ones when a run waits for
 * longer than quick queries take. */
static uint64_t may_open_at_ns(const struct database *database, const struct run *first,
                               uint64_t now_ns) {
    if (connection_count(database) == 0)
        return database->retry_ns;
    const uint64_t waited_ns = first->queued_ns + (uint64_t)POSTGRES_GROW_AFTER_MS * NS_PER_MS;
    const uint64_t again_ns = collector_ns_at(database->postgres, database->grow_ms, now_ns);
    return waited_ns > again_ns ? waited_ns : again_ns;
}

static void grow(struct database *database, const struct run *first, uint64_t now_ns) {
    struct connection *none = in_state(database, CONNECTION_NONE);
    if (none == NULL || database->connecting != NULL)
        return;
    const uint64_t open_at_ns = may_open_at_ns(database, first, now_ns);
    if (now_ns >= open_at_ns)
        connect_start(none);
    else
        look_again_at(database, open_at_ns);
}

/* A silent database is asked as long as somebody scrapes, within the connections it may have. */
static void probe(struct database *database) {
    struct connection *none = in_state(database, CONNECTION_NONE);
    const int64_t wanted_for_ms = collector_mono_ms(database->postgres) - database->wanted_ms;
    if (none == NULL || database->probe != NULL || database->connecting != NULL ||
        wanted_for_ms > POSTGRES_PROBE_WHILE_MS)
        return;
    if (collector_now_ns() < database->retry_ns) {
        look_again_at(database, database->retry_ns);
        return;
    }
    database->probe = none;
    connect_start(none);
}

/* ---- turns ---- */

struct census {
    size_t connected;
    size_t running; /* connections with a run */
    size_t freeing; /* connections without one that will soon be idle */
    size_t fresh;   /* runs that had no turn */
};

static struct census take_census(const struct database *database, uint64_t now_ns) {
    const struct postgres *postgres = database->postgres;
    struct census census = {.connected = connection_count(database)};
    for (size_t i = 0; i < database->count; i++) {
        const struct connection *connection = &database->connections[i];
        census.running += connection->run != NULL;
        census.freeing += connection->state == CONNECTION_BUSY && connection->run == NULL;
    }
    for (size_t i = 0; i < postgres->run_count; i++)
        census.fresh +=
            is_queued(&postgres->runs[i], database) && is_fresh(&postgres->runs[i], now_ns);
    return census;
}

static uint64_t at_least(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Until when a run keeps its connection while others wait: an equal share of its scrape's time for
 * each run that takes a turn on the connection. A query known to take longer gets twice what it
 * last took, or several slow queries would stop each other forever. A minimum limits how many
 * requests to cancel a server gets, however short scrapes are. */
static uint64_t yields_at_ns(const struct run *run, const struct census *census) {
    const size_t rounds =
        (census->running + census->fresh + census->connected - 1) / census->connected;
    const bool late = run_is_late(run, run->started_ns);
    const uint64_t whole_ns = late ? 0 : run->wanted_until_ns - run->started_ns;
    const uint64_t share_ns = at_least(whole_ns / rounds, 2 * run->good_ns);
    return run->started_ns + at_least(share_ns < whole_ns ? share_ns : whole_ns,
                                      (uint64_t)POSTGRES_TURN_MIN_MS * NS_PER_MS);
}

static struct connection *first_to_yield(const struct database *database,
                                         const struct census *census, uint64_t *ret_at_ns) {
    struct connection *first = NULL;
    for (size_t i = 0; i < database->count; i++) {
        struct connection *connection = &database->connections[i];
        if (connection->run == NULL)
            continue;
        const uint64_t at_ns = yields_at_ns(connection->run, census);
        if (first != NULL && at_ns >= *ret_at_ns)
            continue;
        first = connection;
        *ret_at_ns = at_ns;
    }
    return first;
}

/* Make runs yield. Every run that yields had its turn, so no more runs yield than runs wait for
 * their first turn. */
static void make_room(struct database *database, uint64_t now_ns) {
    for (;;) {
        const struct census census = take_census(database, now_ns);
        uint64_t yields_ns = 0;
        if (census.freeing >= census.fresh)
            return;
        struct connection *first = first_to_yield(database, &census, &yields_ns);
        if (first == NULL)
            return;
        if (now_ns < yields_ns) {
            look_again_at(database, yields_ns);
            return;
        }
        run_yield(first->run, first, now_ns);
    }
}

void pool_dispatch(struct database *database) {
    struct run *run;
    database->look_ns = UINT64_MAX;
    if (database->postgres->retiring) {
        skip_queued(database);
        return;
    }
    if (database->silent)
        excuse_runs(database);
    if (database->silent || (database->doubtful && in_state(database, CONNECTION_IDLE) == NULL)) {
        probe(database);
        return;
    }
    for (;;) {
        const uint64_t now_ns = collector_now_ns();
        struct connection *idle = in_state(database, CONNECTION_IDLE);
        run = first_in_line(database, now_ns);
        if (run == NULL)
            return;
        if (idle == NULL && !pool_is_down(database)) {
            grow(database, run, now_ns);
            make_room(database, now_ns);
            return;
        }
        if (idle != NULL)
            run_start(run, idle);
        else
            fail_queued(database);
    }
}

/* ---- one less ---- */

static struct connection *longest_idle(const struct database *database) {
    struct connection *longest = NULL;
    for (size_t i = 0; i < database->count; i++) {
        struct connection *connection = &database->connections[i];
        if (connection->state == CONNECTION_IDLE &&
            (longest == NULL || connection->idle_since_ms <= longest->idle_since_ms))
            longest = connection;
    }
    return longest;
}

/* When the connection idle for longest may be closed; INT64_MAX: never. */
static int64_t shrinks_at_ms(const struct database *database) {
    const struct connection *idle = longest_idle(database);
    return idle != NULL && connection_count(database) > 1 ? idle->idle_since_ms + POSTGRES_IDLE_MS
                                                          : INT64_MAX;
}

uint64_t pool_shrinks_at_ns(const struct database *database, uint64_t now_ns) {
    const int64_t at_ms = shrinks_at_ms(database);
    return at_ms == INT64_MAX ? UINT64_MAX : collector_ns_at(database->postgres, at_ms, now_ns);
}

void pool_shrink(struct database *database) {
    const int64_t mono_ms = collector_mono_ms(database->postgres);
    while (mono_ms >= shrinks_at_ms(database))
        connection_close(longest_idle(database), NULL);
}
