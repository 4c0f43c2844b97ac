/* SPDX-License-Identifier: MIT */
/* pool.c - the connections of a database, who waits for one, and databases that do not answer. */
#include "postgres/postgres_private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"

/* ---- waits ---- */

static bool waits_for(const struct postgres_wait *wait, const struct run *run) {
    const size_t query = (size_t)(run - run->postgres->runs);
    size_t low = 0;
    size_t high = wait->count;
    if (run->ticket > wait->ticket || wait->ticket <= run->excused)
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

void postgres_waits_answered(struct postgres *postgres, const struct run *run) {
    for (struct postgres_wait *wait = postgres->waits; wait != NULL; wait = wait->next)
        if (wait->missing > 0 && waits_for(wait, run))
            wait->missing--;
    postgres_ready_kick(postgres);
}

/* One at a time from the front, because a callback may add or remove waiters. */
void postgres_waits_finish(struct postgres *postgres) {
    for (;;) {
        struct postgres_wait **link = &postgres->waits;
        while (*link != NULL && (*link)->missing > 0)
            link = &(*link)->next;
        struct postgres_wait *wait = *link;
        if (wait == NULL || postgres->closing)
            return;
        *link = wait->next;
        wait->done(wait->arg);
    }
}

void postgres_forget(struct postgres *postgres, struct postgres_wait *wait) {
    struct postgres_wait **link = &postgres->waits;
    while (*link != NULL && *link != wait)
        link = &(*link)->next;
    if (*link != NULL)
        *link = wait->next;
}

void postgres_waits_add(struct postgres *postgres, struct postgres_wait *wait, size_t missing) {
    wait->ticket = ++postgres->tickets;
    wait->missing = missing;
    wait->next = postgres->waits;
    postgres->waits = wait;
}

/* ---- ready ---- */

void postgres_ready_kick(struct postgres *postgres) {
    postgres->kicked = true;
    if (!postgres->closing)
        (void)uv_idle_start(&postgres->turn, postgres->on_turn);
}

void postgres_ready_add(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    if (connection->ready)
        return;
    connection->ready = true;
    connection->next_ready = NULL;
    if (postgres->last_ready != NULL)
        postgres->last_ready->next_ready = connection;
    else
        postgres->first_ready = connection;
    postgres->last_ready = connection;
    (void)uv_idle_start(&postgres->turn, postgres->on_turn);
}

void postgres_ready_remove(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    struct connection *before = NULL;
    if (!connection->ready)
        return;
    for (struct connection *at = postgres->first_ready; at != connection; at = at->next_ready)
        before = at;
    if (before != NULL)
        before->next_ready = connection->next_ready;
    else
        postgres->first_ready = connection->next_ready;
    if (postgres->last_ready == connection)
        postgres->last_ready = before;
    connection->ready = false;
}

/* ---- silence: Decides that a database does not answer, and that it does again. ---- */

static const uint64_t silent_ns = (uint64_t)POSTGRES_SILENT_MS * NS_PER_MS;

static void report(struct database *database, bool good) {
    const struct postgres_news news = {.database = database->catalog,
                                       .silence = true,
                                       .good = good,
                                       .error = good ? POSTGRES_OK : POSTGRES_TIMEOUT,
                                       .sqlstate = "",
                                       .message = database->message.text};
    postgres_collector_report(database->postgres, &database->news, &news);
}

void postgres_silence_back_off(struct database *database) {
    const uint64_t most_ms = database->silent ? POSTGRES_PROBE_MAX_MS : POSTGRES_RETRY_MAX_MS;
    if (database->backoff_ms > most_ms)
        database->backoff_ms = most_ms;
    database->retry_ns = postgres_collector_now_ns() + database->backoff_ms * NS_PER_MS;
    database->backoff_ms *= 2;
}

/* ---- it begins ---- */

/* Whether the server answers the present request without the work of a query. */
static bool is_plain(const struct connection *connection) {
    return connection->state == CONNECTION_BUSY &&
           (connection->phase == PHASE_BEGIN || connection->phase == PHASE_END ||
            connection->phase == PHASE_DISCARD);
}

/* Whether a request of that time should have been answered, and nothing came since. */
static bool is_overdue(const struct database *database, uint64_t asked_ns, uint64_t now_ns) {
    return now_ns - asked_ns >= silent_ns && database->heard_ns <= asked_ns;
}

/* While other connections are open, only the attempt of a probe says something: the server may
 * allow no more. */
static bool is_connecting_in_vain(const struct database *database, uint64_t now_ns) {
    return database->connecting != NULL &&
           (database->probe != NULL || connection_count(database) == 0) &&
           is_overdue(database, database->connect_ns, now_ns);
}

/* When the request was made that should have been answered; 0: there is none. */
static uint64_t unanswered_ns(const struct database *database, uint64_t now_ns) {
    for (size_t i = 0; i < database->count; i++) {
        const struct connection *connection = &database->connections[i];
        if (is_plain(connection) && is_overdue(database, connection->asked_ns, now_ns))
            return connection->asked_ns;
    }
    return is_connecting_in_vain(database, now_ns) ? database->connect_ns : 0;
}

/* Connections that no one uses may be as dead as the others; an attempt under way becomes the
 * probe. */
static void sort_out(struct database *database) {
    for (size_t i = 0; i < database->count; i++) {
        struct connection *connection = &database->connections[i];
        if (connection->state == CONNECTION_IDLE)
            connection_close(connection, NULL);
        else if (connection->state == CONNECTION_CONNECTING)
            database->probe = connection;
    }
}

static void set_silent(struct database *database, bool silent) {
    database->silent = silent;
    database->handed->silent = silent;
}

static void begin(struct database *database) {
    set_silent(database, true);
    database->doubtful = false;
    database->backoff_ms = POSTGRES_RETRY_MIN_MS;
    postgres_silence_back_off(database);
    sort_out(database);
    report(database, false);
    postgres_ready_kick(database->postgres);
}

void postgres_silence_time_out(struct database *database, uint64_t now_ns) {
    const uint64_t asked_ns = unanswered_ns(database, now_ns);
    if (database->silent || asked_ns == 0)
        return;
    error_set(&database->message, "no answer for %" PRIu64 " ms", (now_ns - asked_ns) / NS_PER_MS);
    begin(database);
}

void postgres_silence_give_up(struct connection *connection, uint64_t now_ns) {
    struct database *database = connection->database;
    const uint64_t gave_up_ns = connection->give_up_ns - (uint64_t)GIVE_UP_MS * NS_PER_MS;
    const uint64_t since_ns = connection->asked_ns > gave_up_ns ? connection->asked_ns : gave_up_ns;
    postgres_silence_time_out(database, now_ns);
    if (database->probe == connection)
        postgres_silence_back_off(database);
    else
        database->doubtful |= database->heard_ns <= since_ns;
}

/* It refuses us: that is an answer, and was reported as a failure before, or will be. */
static void refused(struct database *database) {
    if (connection_count(database) > 0) {
        postgres_silence_heard(database);
        return;
    }
    set_silent(database, false);
    database->doubtful = false;
    database->heard_ns = postgres_collector_now_ns();
}

bool postgres_silence_connect_failed(struct connection *connection) {
    struct database *database = connection->database;
    const bool answered = !is_overdue(database, database->connect_ns, postgres_collector_now_ns());
    const bool alone = database->probe == connection || connection_count(database) == 0;
    if (database->probe == connection)
        database->probe = NULL;
    if (answered)
        refused(database);
    else if (alone && database->silent)
        postgres_silence_back_off(database);
    else if (alone)
        begin(database);
    return !answered && alone;
}

uint64_t postgres_silence_look_ns(const struct database *database) {
    const bool looks = database->probe != NULL && database->connecting != NULL && !database->silent;
    return looks ? database->connect_ns + silent_ns : 0;
}

/* ---- it ends ---- */

void postgres_silence_heard(struct database *database) {
    database->heard_ns = postgres_collector_now_ns();
    database->doubtful = false;
    database->probe = NULL;
    if (!database->silent)
        return;
    set_silent(database, false);
    database->backoff_ms = POSTGRES_RETRY_MIN_MS;
    database->retry_ns = 0;
    error_clear(&database->message);
    report(database, true);
    postgres_ready_kick(database->postgres);
}

/* ---- it is handed on ---- */

static const struct object_field fields[] = {
    OBJECT_FIELD(struct handed_database, service, "service", OBJECT_U32),
    OBJECT_FIELD(struct handed_database, silent, "silent", OBJECT_U32),
    OBJECT_FIELD(struct handed_database, conninfo, "conninfo", OBJECT_U64),
    OBJECT_FIELD(struct handed_database, name, "name", OBJECT_U64),
};

static struct object_spec handed_spec(const struct catalog_set *set) {
    return (struct object_spec)OBJECT_SPEC("database", struct handed_database, set->database_count,
                                           fields);
}

static uint64_t hash_text(const char *text) {
    return hash_bytes(text, strlen(text), 0);
}

void postgres_silence_open(struct postgres *postgres) {
    const struct object_spec spec = handed_spec(postgres->options.set);
    object_table(postgres->options.object, &spec, &postgres->handed);
    object_need(&postgres->handed, spec.max_items);
}

struct handed_database *postgres_silence_handed(const struct database *database) {
    const struct catalog_database *catalog = database->catalog;
    struct handed_database *handed = object_at(&database->postgres->handed, catalog->index);
    *handed = (struct handed_database){.service = catalog->catalog->index,
                                       .conninfo = hash_text(catalog->conninfo),
                                       .name = hash_text(catalog->name)};
    return handed;
}

uint64_t postgres_object_bytes(const struct catalog_set *set) {
    return object_table_bytes(set->database_count, sizeof(struct handed_database));
}

static void resume(struct database *database) {
    error_set(&database->message, "no answer before this process took over");
    database->wanted_ms = postgres_collector_mono_ms(database->postgres);
    begin(database);
    database->retry_ns = 0;
}

void postgres_restore(struct postgres *postgres, const struct image *image,
                      const struct match *match) {
    if (postgres == NULL)
        return;
    const struct object_spec spec = handed_spec(postgres->options.set);
    const struct image_records records = image_records(image, &spec);
    for (uint64_t i = 0; i < records.table.items && i < CATALOG_DATABASES_MAX; i++) {
        struct handed_database was = {.service = OBJECT_NONE};
        image_record(&records, i, &was);
        const struct catalog *catalog = object_match_catalog(match, was.service);
        for (size_t j = 0; j < postgres->database_count; j++) {
            struct database *database = &postgres->databases[j];
            if (database->catalog->catalog == catalog && !database->silent && was.silent == 1 &&
                was.conninfo == database->handed->conninfo && was.name == database->handed->name)
                resume(database);
        }
    }
}

/* ---- retire ----
 * Another process is about to run these queries. What runs is cancelled, and all sessions end, so
 * that both processes together have no more of them than one.
 */

static void leave(struct database *database) {
    for (size_t i = 0; i < database->count; i++) {
        struct connection *connection = &database->connections[i];
        if (connection->pg != NULL)
            query_run_abandon(connection);
    }
}

void postgres_retire(struct postgres *postgres, bool retiring) {
    postgres_collector_forget_leaving(postgres);
    postgres->retiring = retiring;
    for (size_t i = 0; retiring && i < postgres->database_count; i++)
        leave(&postgres->databases[i]);
    postgres_ready_kick(postgres);
}

/* ---- until they are gone ---- */

/* Whether the server has closed its end. It may first have rows to send, which block it. */
static bool is_gone(const struct pollfd *leaving) {
    char rows[16384];
    if (leaving->revents == 0)
        return false;
    const ssize_t got = recv(leaving->fd, rows, sizeof rows, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* Returns how many are left. */
static size_t look(struct postgres *postgres) {
    size_t left = 0;
    for (size_t i = 0; i < postgres->leaving_count; i++) {
        struct pollfd *leaving = &postgres->leaving[i];
        if (is_gone(leaving))
            (void)close(leaving->fd);
        else
            postgres->leaving[left++] = *leaving;
    }
    return left;
}

void postgres_await_retired(struct postgres *postgres) {
    const uint64_t end_ns = postgres_collector_now_ns() + (uint64_t)POSTGRES_RETIRE_MS * NS_PER_MS;
    for (size_t i = 0; i < postgres->database_count; i++)
        postgres_connect_await(&postgres->databases[i], end_ns);
    for (uint64_t now_ns;
         postgres->leaving_count > 0 && (now_ns = postgres_collector_now_ns()) < end_ns;) {
        const int left_ms = (int)((end_ns - now_ns) / NS_PER_MS) + 1;
        if (poll(postgres->leaving, postgres->leaving_count, left_ms) > 0)
            postgres->leaving_count = look(postgres);
    }
    postgres_collector_forget_leaving(postgres);
}

/* ---- pool ---- */

/* ---- what there is ---- */

static struct connection *in_state(const struct database *database, enum connection_state state) {
    for (size_t i = 0; i < database->count; i++)
        if (database->connections[i].state == state)
            return &database->connections[i];
    return NULL;
}

bool pool_is_down(const struct database *database) {
    return database->connecting == NULL && connection_count(database) == 0 &&
           postgres_collector_now_ns() < database->retry_ns;
}

/* ---- the line ---- */

static bool is_queued(const struct run *run, const struct database *database) {
    return run->database == database && run->stage == RUN_QUEUED;
}

/* Whether a scrape waits for the run, which has not had a connection yet. */
static bool is_fresh(const struct run *run, uint64_t now_ns) {
    return !run->had_turn && !query_run_is_late(run, now_ns);
}

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

/* Whether a goes before b. Runs that had no turn go first, runs that no one waits for last; among
 * equals, first those that did not hold a connection without effect, then the quick ones. */
static bool goes_before(const struct run *a, const struct run *b, uint64_t now_ns) {
    int order = query_run_is_late(a, now_ns) - query_run_is_late(b, now_ns);
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
            query_run_end(&postgres->runs[i], NULL, &failure);
}

static void skip_queued(const struct database *database) {
    struct postgres *postgres = database->postgres;
    for (size_t i = 0; i < postgres->run_count; i++)
        if (is_queued(&postgres->runs[i], database))
            query_run_skip(&postgres->runs[i]);
}

/* Let all scrapes continue without this database. */
static void excuse_runs(const struct database *database) {
    struct postgres *postgres = database->postgres;
    fail_queued(database);
    for (size_t i = 0; i < postgres->run_count; i++)
        if (postgres->runs[i].database == database && postgres->runs[i].stage != RUN_NONE)
            query_run_excuse(&postgres->runs[i]);
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
    const uint64_t again_ns =
        postgres_collector_ns_at(database->postgres, database->grow_ms, now_ns);
    return waited_ns > again_ns ? waited_ns : again_ns;
}

static void grow(struct database *database, const struct run *first, uint64_t now_ns) {
    struct connection *none = in_state(database, CONNECTION_NONE);
    if (none == NULL || database->connecting != NULL)
        return;
    const uint64_t open_at_ns = may_open_at_ns(database, first, now_ns);
    if (now_ns >= open_at_ns)
        postgres_connect_start(none);
    else
        look_again_at(database, open_at_ns);
}

/* A silent database is asked as long as somebody scrapes, within the connections it may have. */
static void probe(struct database *database) {
    struct connection *none = in_state(database, CONNECTION_NONE);
    const int64_t wanted_for_ms =
        postgres_collector_mono_ms(database->postgres) - database->wanted_ms;
    if (none == NULL || database->probe != NULL || database->connecting != NULL ||
        wanted_for_ms > POSTGRES_PROBE_WHILE_MS)
        return;
    if (postgres_collector_now_ns() < database->retry_ns) {
        look_again_at(database, database->retry_ns);
        return;
    }
    database->probe = none;
    postgres_connect_start(none);
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
    const bool late = query_run_is_late(run, run->started_ns);
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
        query_run_yield(first->run, first, now_ns);
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
        const uint64_t now_ns = postgres_collector_now_ns();
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
            query_run_start(run, idle);
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
    return at_ms == INT64_MAX ? UINT64_MAX
                              : postgres_collector_ns_at(database->postgres, at_ms, now_ns);
}

void pool_shrink(struct database *database) {
    const int64_t mono_ms = postgres_collector_mono_ms(database->postgres);
    while (mono_ms >= shrinks_at_ms(database))
        connection_close(longest_idle(database), NULL);
}
