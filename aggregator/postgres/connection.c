/* One connection: connecting and cancelling in threads, everything else on the loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "postgres/conninfo.h"
#include "postgres/message.h"
#include "postgres/postgres_private.h"

/* ---- connecting ---- */

struct connect {
    struct connection *connection; /* the loop's; the thread leaves it alone */
    char *conninfo;                /* a copy: the catalogs may go before the thread */
    PGconn *pg;
    char error[POSTGRES_ERROR_MAX];
};

static void connect_work(void *arg) {
    struct connect *connect = arg;
    connect->pg = conninfo_connect(connect->conninfo, 0, connect->error, sizeof connect->error);
}

static void connect_drop(void *arg) {
    struct connect *connect = arg;
    PQfinish(connect->pg);
    free(connect->conninfo);
    free(connect);
}

/* `connected` others were there before. */
static void tell(struct database *database, uint32_t connected, enum postgres_error error) {
    const struct postgres_news news = {.database = database->catalog,
                                       .connected = connected,
                                       .good = error == POSTGRES_OK,
                                       .error = error,
                                       .sqlstate = "",
                                       .message = database->message};
    postgres_tell(database->postgres, connected > 0 ? &database->grow_news : &database->news,
                  &news);
}

static void back_off(struct database *database) {
    database->retry_ns = postgres_now_ns() + database->backoff_ms * NS_PER_MS;
    database->backoff_ms *= 2;
    if (database->backoff_ms > POSTGRES_RETRY_MAX_MS)
        database->backoff_ms = POSTGRES_RETRY_MAX_MS;
}

/* While there are others, the queries go on with those: the role or the server may allow no more.
 */
static void connect_failed(struct connection *connection, const char *why) {
    struct database *database = connection->database;
    connection->state = CONNECTION_NONE;
    const uint32_t connected = pool_connected(database);
    database->failures++;
    (void)snprintf(database->message, sizeof database->message, "%s", why);
    if (connected > 0)
        database->grow_ms = postgres_mono_ms(database->postgres) + POSTGRES_GROW_RETRY_MS;
    else
        back_off(database);
    tell(database, connected, POSTGRES_CONNECT);
    schedule_kick(database->postgres);
}

static void free_poll(uv_handle_t *handle) {
    struct postgres *postgres = handle->data;
    postgres->open_handles--;
    free(handle);
    postgres_handle_closed(postgres);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* A poll handle's data is its connection while it is open, the collector afterwards. */
static bool open_poll(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    uv_poll_t *poll = calloc(1, sizeof *poll);
    if (!poll)
        return false;
    if (uv_poll_init(postgres->options.loop, poll, PQsocket(connection->pg)) != 0) {
        free(poll);
        return false;
    }
    poll->data = connection;
    connection->poll = poll;
    postgres->open_handles++;
    return true;
}

static void connect_done(void *arg) {
    struct connect *connect = arg;
    struct connection *connection = connect->connection;
    struct database *database = connection->database;
    char why[POSTGRES_ERROR_MAX];
    PGconn *pg = connect->pg;
    (void)snprintf(why, sizeof why, "%s", connect->error);
    connect->pg = NULL;
    blocking_leave(database->connecting);
    database->connecting = NULL;
    if (!pg) {
        connect_failed(connection, why);
        return;
    }
    const int receive_bytes = RECEIVE_BYTES;
    (void)setsockopt(PQsocket(pg), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    connection->pg = pg;
    if (PQsetnonblocking(pg, 1) != 0 || !open_poll(connection)) {
        connection->pg = NULL;
        PQfinish(pg);
        connect_failed(connection, "out of memory or descriptors");
        return;
    }
    database->connects++;
    database->backoff_ms = POSTGRES_RETRY_MIN_MS;
    database->retry_ns = 0;
    database->grow_ms = 0;
    database->message[0] = '\0';
    tell(database, pool_connected(database), POSTGRES_OK);
    connection->used = false;
    connection->unread = 0;
    connection_idle(connection);
    connection_listen(connection);
}

void connection_idle(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    connection->state = CONNECTION_IDLE;
    connection->give_up_ns = 0;
    connection->idle_since_ms = postgres_mono_ms(postgres);
    schedule_kick(postgres);
}

static struct connect *new_connect(struct connection *connection) {
    struct connect *connect = calloc(1, sizeof *connect);
    if (!connect)
        return NULL;
    connect->connection = connection;
    connect->conninfo = strdup(connection->database->catalog->conninfo);
    if (connect->conninfo)
        return connect;
    free(connect);
    return NULL;
}

void connection_open(struct connection *connection) {
    static const struct blocking_calls calls = {connect_work, connect_done, connect_drop};
    struct database *database = connection->database;
    struct postgres *postgres = database->postgres;
    struct connect *connect = new_connect(connection);
    struct blocking *job = NULL;
    connection->state = CONNECTION_CONNECTING;
    if (connect)
        job = blocking_start(postgres->options.loop, &calls, connect, &postgres->open_handles,
                             postgres_handle_closed, postgres);
    database->connecting = job;
    if (job)
        return;
    if (connect)
        connect_drop(connect);
    connect_failed(connection, "no memory or no thread to connect in");
}

/* ---- cancelling ---- */

struct cancel {
    struct blocking *job; /* this and the next three are the loop's */
    struct database *database;
    struct connection *connection; /* NULL: closed meanwhile */
    size_t place;                  /* among the database's */
    PGcancel *request;
};

/* Sends a packet over a connection of its own and waits for the end of that: libpq sets no limit to
 * either. */
static void cancel_work(void *arg) {
    const struct cancel *cancel = arg;
    char error[256];
    (void)PQcancel(cancel->request, error, sizeof error);
}

static void cancel_drop(void *arg) {
    struct cancel *cancel = arg;
    PQfreeCancel(cancel->request);
    free(cancel);
}

static void cancel_done(void *arg) {
    struct cancel *cancel = arg;
    struct connection *connection = cancel->connection;
    struct postgres *postgres = cancel->database->postgres;
    cancel->database->cancels[cancel->place] = NULL;
    blocking_leave(cancel->job);
    if (!connection)
        return;
    connection->cancel = NULL;
    if (connection->state == CONNECTION_BUSY && connection->phase == PHASE_SETTLING)
        run_settled(connection);
    schedule_kick(postgres);
}

static bool start_cancel(struct connection *connection) {
    static const struct blocking_calls calls = {cancel_work, cancel_done, cancel_drop};
    struct database *database = connection->database;
    struct postgres *postgres = database->postgres;
    size_t place = 0;
    while (place < CATALOG_CONNECTIONS_MAX && database->cancels[place])
        place++;
    struct cancel *cancel = place < CATALOG_CONNECTIONS_MAX ? calloc(1, sizeof *cancel) : NULL;
    if (!cancel)
        return false;
    cancel->database = database;
    cancel->connection = connection;
    cancel->place = place;
    cancel->request = PQgetCancel(connection->pg);
    if (cancel->request)
        cancel->job = blocking_start(postgres->options.loop, &calls, cancel,
                                     &postgres->open_handles, postgres_handle_closed, postgres);
    if (!cancel->job) {
        cancel_drop(cancel);
        return false;
    }
    database->cancels[place] = cancel;
    database->cancelled++;
    connection->cancel = cancel;
    return true;
}

void connection_cancel(struct connection *connection) {
    connection->give_up_ns = postgres_now_ns() + (uint64_t)GIVE_UP_MS * NS_PER_MS;
    if (!start_cancel(connection))
        connection_close(connection, "the query could not be cancelled");
}

void connection_leave_jobs(struct database *database) {
    if (database->connecting)
        blocking_leave(database->connecting);
    database->connecting = NULL;
    for (size_t i = 0; i < CATALOG_CONNECTIONS_MAX; i++) {
        if (!database->cancels[i])
            continue;
        blocking_leave(database->cancels[i]->job);
        database->cancels[i] = NULL;
    }
}

/* ---- an open connection ---- */

void connection_close(struct connection *connection, const char *why) {
    struct database *database = connection->database;
    schedule_unready(connection);
    if (connection->cancel)
        connection->cancel->connection = NULL;
    connection->cancel = NULL;
    if (connection->poll) {
        connection->poll->data = database->postgres;
        uv_close((uv_handle_t *)connection->poll, free_poll);
    }
    connection->poll = NULL;
    PQfinish(connection->pg); /* non-blocking: it waits for nobody */
    connection->pg = NULL;
    connection->state = CONNECTION_NONE;
    connection->give_up_ns = 0;
    connection->unread = 0;
    if (why)
        (void)snprintf(database->message, sizeof database->message, "%s", why);
    schedule_kick(database->postgres);
}

static void lost(struct connection *connection) {
    char why[POSTGRES_ERROR_MAX];
    message_clean(PQerrorMessage(connection->pg), why, sizeof why);
    if (why[0] == '\0')
        (void)snprintf(why, sizeof why, "the server closed the connection");
    run_lost(connection, why);
    connection_close(connection, why);
}

void connection_listen(struct connection *connection) {
    const int flushed = PQflush(connection->pg);
    const int events = UV_READABLE | (flushed == 1 ? UV_WRITABLE : 0);
    /* A failed flush shows when reading, which may bring the server's reason. */
    if (uv_poll_start(connection->poll, events, on_poll) != 0)
        lost(connection);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct connection *connection = poll->data;
    (void)status; /* an error of the socket shows when it is read */
    (void)events;
    (void)uv_poll_stop(poll);
    schedule_ready(connection);
}

static size_t waiting_bytes(const struct connection *connection) {
    int bytes = 0;
    return ioctl(PQsocket(connection->pg), FIONREAD, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

/* libpq does not tell how much it read, and of a message above 32 KB it reads on while bytes come
 * as fast as it takes them: a row of many megabytes from a fast peer may hold the loop that long.
 * The first time it has room for a few kilobytes; once it knows the length of a message it makes
 * room for the whole, and takes all there is. */
static void count_unread(struct connection *connection, size_t waiting) {
    enum { FIRST_READ = 8192 };
    const bool first = connection->unread == 0;
    connection->unread += first && waiting > FIRST_READ ? FIRST_READ : waiting;
}

/* Over TLS libpq may leave the rest of a record in the TLS library, where no poll sees it, until a
 * read has found the socket empty: only then *ret_drained. It reads on only while it needs more for
 * a result, or else the results would pile up. */
static bool read_input(struct connection *connection, uint64_t until_ns, bool *ret_drained) {
    *ret_drained = false;
    do {
        const size_t waiting = waiting_bytes(connection);
        if (PQconsumeInput(connection->pg) != 1)
            return false;
        count_unread(connection, waiting);
        *ret_drained = waiting == 0 || !PQsslInUse(connection->pg);
    } while (!*ret_drained && PQisBusy(connection->pg) && connection->unread <= ROW_BYTES_MAX &&
             postgres_now_ns() < until_ns);
    return true;
}

static bool too_long(struct connection *connection) {
    if (connection->unread <= ROW_BYTES_MAX)
        return false;
    struct failure failure = {.error = POSTGRES_TOO_LONG_ROW};
    (void)snprintf(failure.message, sizeof failure.message, "a row of more than %d bytes",
                   ROW_BYTES_MAX);
    if (connection->run)
        run_end(connection->run, connection, &failure);
    connection_close(connection, failure.message);
    return true;
}

/* What libpq has already is worked off first: else it would pile up more and more. */
static bool has_results(const struct connection *connection) {
    return connection->state == CONNECTION_BUSY && connection->phase != PHASE_SETTLING &&
           !PQisBusy(connection->pg);
}

bool connection_step(struct connection *connection, uint64_t until_ns) {
    bool drained = !PQsslInUse(connection->pg);
    bool more = false;
    const bool readable = has_results(connection) || read_input(connection, until_ns, &drained);
    if (connection->state == CONNECTION_IDLE)
        (void)PQisBusy(connection->pg); /* notices, and the server's last word */
    else
        more = run_results(connection, until_ns);
    if (connection->state == CONNECTION_NONE)
        return false;
    if (more)
        return true;
    if (!readable || PQstatus(connection->pg) == CONNECTION_BAD) {
        lost(connection);
        return false;
    }
    if (connection->state == CONNECTION_IDLE)
        connection->unread = 0;
    if (too_long(connection))
        return false;
    if (!drained)
        return true;
    connection_listen(connection);
    return false;
}
