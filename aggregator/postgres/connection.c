/* SPDX-License-Identifier: MIT */
/* connection.c - a connection to a database: how it is described, made, read and given up. */
#include "postgres/postgres_private.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/utf8.h"
#include "host/program.h"

/* ---- message ---- */

void postgres_message_clean(const char *text, char *ret_text, size_t size) {
    size_t left = strlen(text);
    size_t used = 0;
    bool blank = false; /* a blank is due before the next character */
    while (left > 0) {
        const size_t len = utf8_len(text, left);
        const unsigned char c = (unsigned char)*text;
        if (len == 1 && (c <= 0x20 || c == 0x7f)) {
            blank = used > 0;
        } else {
            const size_t put = len > 0 ? len : 1;
            if (used + (blank ? 1 : 0) + put >= size)
                break;
            if (blank)
                ret_text[used++] = ' ';
            blank = false;
            if (len > 0)
                memcpy(ret_text + used, text, len);
            else
                ret_text[used] = '?';
            used += put;
        }
        text += len > 0 ? len : 1;
        left -= len > 0 ? len : 1;
    }
    if (size > 0)
        ret_text[used] = '\0';
}

void postgres_message_add(struct error *error, const char *text) {
    char line[ERROR_BYTES + 4]; /* more than fits, so that the error marks the cut */
    postgres_message_clean(text, line, sizeof line);
    error_add(error, "%s", line);
}

/* ---- input ---- */

static size_t waiting_bytes(const struct connection *connection) {
    int bytes = 0;
    return ioctl(PQsocket(connection->pg), FIONREAD, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

/* Estimate how much was read, since libpq does not say. Its first read has room for a few
 * kilobytes; once it knows the length of a message, it makes room for the whole and takes all there
 * is. With a message above 32 KB it reads on as long as bytes arrive as fast as it takes them: a
 * row of many megabytes from a fast server may hold the loop that long. */
static void count_unread(struct connection *connection, size_t waiting) {
    enum { FIRST_READ = 8192 };
    const bool first = connection->unread == 0;
    connection->unread += first && waiting > FIRST_READ ? FIRST_READ : waiting;
}

/* Over TLS, libpq may leave the rest of a record in the TLS library, where no poll sees it, until a
 * read has found the socket empty: only then *ret_drained is set. This reads on only while libpq
 * needs more for a result, since otherwise results would accumulate. */
static bool read_input(struct connection *connection, uint64_t until_ns, bool *ret_drained) {
    *ret_drained = false;
    do {
        const size_t waiting = waiting_bytes(connection);
        if (waiting > 0)
            postgres_silence_heard(connection->database);
        if (PQconsumeInput(connection->pg) != 1)
            return false;
        count_unread(connection, waiting);
        *ret_drained = waiting == 0 || !PQsslInUse(connection->pg);
    } while (!*ret_drained && PQisBusy(connection->pg) && connection->unread <= ROW_BYTES_MAX &&
             postgres_collector_now_ns() < until_ns);
    return true;
}

static bool too_long(struct connection *connection) {
    if (connection->unread <= ROW_BYTES_MAX)
        return false;
    struct failure failure = {.error = POSTGRES_TOO_LONG_ROW};
    error_set(&failure.message, "a row of more than %d bytes", ROW_BYTES_MAX);
    if (connection->run != NULL)
        query_run_end(connection->run, connection, &failure);
    connection_close(connection, failure.message.text);
    return true;
}

/* Whether libpq already has results. They are handled first, or they would accumulate. */
static bool has_results(const struct connection *connection) {
    return connection->state == CONNECTION_BUSY && connection->phase != PHASE_SETTLING &&
           !PQisBusy(connection->pg);
}

/* Whether the request to cancel has ended after the transaction did. */
static bool is_settled(const struct connection *connection) {
    return connection->state == CONNECTION_BUSY && connection->phase == PHASE_SETTLING &&
           connection->cancel == NULL;
}

bool postgres_input_step(struct connection *connection, uint64_t until_ns) {
    if (is_settled(connection))
        query_run_settled(connection);
    if (connection->state == CONNECTION_NONE)
        return false;
    bool drained = !PQsslInUse(connection->pg);
    bool more = false;
    const bool readable = has_results(connection) || read_input(connection, until_ns, &drained);
    if (connection->state == CONNECTION_IDLE)
        (void)PQisBusy(connection->pg); /* takes notices, and the reason why the server closes */
    else
        more = query_run_results(connection, until_ns);
    if (connection->state == CONNECTION_NONE)
        return false;
    if (more)
        return true;
    if (!readable || PQstatus(connection->pg) == CONNECTION_BAD) {
        query_run_drop(connection);
        return false;
    }
    if (connection->state == CONNECTION_IDLE)
        connection->unread = 0;
    if (too_long(connection))
        return false;
    if (!drained)
        return true;
    if (!connection_listen(connection))
        query_run_drop(connection);
    return false;
}

/* ---- conninfo ---- */

enum { EXTRA_OPTIONS = 4 };

static const char *declared(const PQconninfoOption *options, const char *keyword) {
    for (; options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val;
    return NULL;
}

/* Limit a timeout. To libpq, 0 and negative numbers mean forever, and 1 means 2. */
static unsigned bounded_timeout_s(const char *text, unsigned most_s) {
    const long asked = text != NULL ? strtol(text, NULL, 10) : CONNINFO_TIMEOUT_S;
    return asked <= 0 || asked > (long)most_s ? most_s : (unsigned)asked;
}

static void ignore_notice(void *arg, const PGresult *result) {
    (void)arg;
    (void)result;
}

static PGconn *connect_with(const PQconninfoOption *options, unsigned most_s) {
    size_t count = 0;
    while (options[count].keyword != NULL)
        count++;
    const char **keywords = memory_array(2 * (count + EXTRA_OPTIONS), sizeof *keywords);
    const char **values = keywords + count + EXTRA_OPTIONS;
    const char *asked = declared(options, "connect_timeout");
    char timeout[16];
    (void)snprintf(timeout, sizeof timeout, "%u",
                   bounded_timeout_s(asked != NULL ? asked : getenv("PGCONNECT_TIMEOUT"), most_s));
    size_t used = 0;
    keywords[used] = "fallback_application_name"; /* a later value overrides this one */
    values[used++] = "statgate";
    for (size_t i = 0; i < count; i++) {
        if (options[i].val == NULL)
            continue;
        keywords[used] = options[i].keyword;
        values[used++] = options[i].val;
    }
    keywords[used] = "client_encoding";
    values[used++] = "UTF8";
    keywords[used] = "connect_timeout";
    values[used++] = timeout;
    PGconn *pg = PQconnectdbParams(keywords, values, 0);
    free(keywords);
    return pg;
}

/* libpq's message names host, user and database, which helps; none of them contains the
 * password. */
static void tell_failure(const PGconn *pg, struct error *ret_error) {
    const char *text = PQerrorMessage(pg);
    const char *password = PQpass(pg);
    if (password != NULL && *password && strstr(text, password) != NULL)
        text = "the connection failed; libpq's message is withheld, for it holds the password";
    error_clear(ret_error);
    postgres_message_add(ret_error, text);
}

PGconn *postgres_conninfo_connect(const char *conninfo, unsigned timeout_s,
                                  struct error *ret_error) {
    const unsigned most_s =
        timeout_s > 0 && timeout_s < CONNINFO_TIMEOUT_MAX_S ? timeout_s : CONNINFO_TIMEOUT_MAX_S;
    /* libpq's message about a text that it cannot parse quotes the text, so it is not passed on. */
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    if (options == NULL) {
        error_set(ret_error, "conninfo is neither a connection URI nor a list of key=value");
        return NULL;
    }
    PGconn *pg = connect_with(options, most_s);
    PQconninfoFree(options);
    if (pg == NULL) {
        error_no_memory(ret_error);
        return NULL;
    }
    (void)PQsetNoticeReceiver(pg, ignore_notice, NULL); /* libpq would write to standard error */
    if (PQstatus(pg) != CONNECTION_OK) {
        tell_failure(pg, ret_error);
        PQfinish(pg);
        return NULL;
    }
    return pg;
}

/* ---- blocking ----
 * One detached thread per job. Loop and thread each hold a reference to the job; the last one frees
 * it.
 */

struct blocking {
    uv_async_t async;
    pthread_mutex_t lock;
    bool left;   /* the loop has abandoned the job */
    bool worked; /* work has returned */
    int references;
    struct blocking_calls calls;
    void *arg;
    size_t *open_handles;
    void (*closed)(void *owner);
    void *owner;
};

static void release(struct blocking *job) {
    (void)pthread_mutex_lock(&job->lock);
    const bool last = --job->references == 0;
    (void)pthread_mutex_unlock(&job->lock);
    if (!last)
        return;
    job->calls.drop(job->arg);
    (void)pthread_mutex_destroy(&job->lock);
    free(job);
}

static void *run_thread(void *arg) {
    struct blocking *job = arg;
    job->calls.work(job->arg);
    (void)pthread_mutex_lock(&job->lock);
    job->worked = true;
    if (!job->left)
        (void)uv_async_send(&job->async);
    (void)pthread_mutex_unlock(&job->lock);
    release(job);
    return NULL;
}

static void on_async(uv_async_t *async) {
    struct blocking *job = async->data;
    job->calls.done(job->arg);
}

static void on_closed(uv_handle_t *handle) {
    struct blocking *job = handle->data;
    void (*closed)(void *owner) = job->closed;
    void *owner = job->owner;
    --*job->open_handles;
    release(job);
    closed(owner);
}

static void on_never_started(uv_handle_t *handle) {
    struct blocking *job = handle->data;
    void (*closed)(void *owner) = job->closed;
    void *owner = job->owner;
    --*job->open_handles;
    (void)pthread_mutex_destroy(&job->lock);
    free(job);
    closed(owner);
}

/* Start a job, which owns `arg` from then on. NULL without a thread: then the caller
 * keeps `arg`. *open_handles counts the job's handle until it is closed, when `closed` is called
 * with `owner`. The job is freed by the loop or by the thread, whichever is last. */
static struct blocking *blocking_start(uv_loop_t *loop, const struct blocking_calls *calls,
                                       void *arg, size_t *open_handles, void (*closed)(void *owner),
                                       void *owner) {
    struct blocking *job = memory_alloc(sizeof *job);
    job->references = 2;
    job->calls = *calls;
    job->arg = arg;
    job->open_handles = open_handles;
    job->closed = closed;
    job->owner = owner;
    if (pthread_mutex_init(&job->lock, NULL) != 0) {
        free(job);
        return NULL;
    }
    if (uv_async_init(loop, &job->async, on_async) != 0) {
        (void)pthread_mutex_destroy(&job->lock);
        free(job);
        return NULL;
    }
    job->async.data = job;
    ++*open_handles;
    if (host_thread_start_detached(run_thread, job) != 0) {
        uv_close((uv_handle_t *)&job->async, on_never_started);
        return NULL;
    }
    return job;
}

/* If work has returned, call `done` now, which has to leave the job, instead of from the loop.
 * False: it has not. */
static bool blocking_finish(struct blocking *job) {
    (void)pthread_mutex_lock(&job->lock);
    const bool worked = job->worked;
    (void)pthread_mutex_unlock(&job->lock);
    if (worked)
        job->calls.done(job->arg);
    return worked;
}

/* Abandon a job, within `done` or before: the handle closes, and `arg` is dropped when the thread
 * has finished. */
static void blocking_leave(struct blocking *job) {
    (void)pthread_mutex_lock(&job->lock);
    job->left = true;
    (void)pthread_mutex_unlock(&job->lock);
    uv_close((uv_handle_t *)&job->async, on_closed);
}

/* ---- cancel ---- */

struct cancel {
    struct blocking *job; /* this and the next three fields belong to the loop */
    struct database *database;
    struct connection *connection; /* NULL: it was closed meanwhile */
    size_t place;                  /* index among the database's requests */
    PGcancel *request;
};

/* Opens a separate connection, sends a packet and waits for the server to close it, without a time
 * limit. */
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
    if (connection == NULL)
        return;
    connection->cancel = NULL;
    postgres_ready_add(connection); /* it may have waited only for this */
    postgres_ready_kick(postgres);
}

bool postgres_cancel_start(struct connection *connection) {
    static const struct blocking_calls calls = {cancel_work, cancel_done, cancel_drop};
    struct database *database = connection->database;
    struct postgres *postgres = database->postgres;
    size_t place = 0;
    while (place < CATALOG_CONNECTIONS_MAX && database->cancels[place] != NULL)
        place++;
    if (place == CATALOG_CONNECTIONS_MAX)
        return false;
    struct cancel *cancel = memory_alloc(sizeof *cancel);
    cancel->database = database;
    cancel->connection = connection;
    cancel->place = place;
    cancel->request = PQgetCancel(connection->pg);
    if (cancel->request != NULL)
        cancel->job =
            blocking_start(postgres->options.loop, &calls, cancel, &postgres->open_handles,
                           postgres_collector_handle_closed, postgres);
    if (cancel->job == NULL) {
        cancel_drop(cancel);
        return false;
    }
    database->cancels[place] = cancel;
    database->cancelled++;
    connection->cancel = cancel;
    return true;
}

/* The connection closes: its request carries on without it. */
static void cancel_forget(struct connection *connection) {
    if (connection->cancel != NULL)
        connection->cancel->connection = NULL;
    connection->cancel = NULL;
}

void postgres_cancel_leave(struct database *database) {
    for (size_t i = 0; i < CATALOG_CONNECTIONS_MAX; i++) {
        if (database->cancels[i] == NULL)
            continue;
        blocking_leave(database->cancels[i]->job);
        database->cancels[i] = NULL;
    }
}

/* ---- connection ---- */

static bool is_connected(const struct connection *connection) {
    return connection->state == CONNECTION_IDLE || connection->state == CONNECTION_BUSY;
}

uint32_t connection_count(const struct database *database) {
    uint32_t count = 0;
    for (size_t i = 0; i < database->count; i++)
        count += is_connected(&database->connections[i]);
    return count;
}

static void free_poll(uv_handle_t *handle) {
    struct postgres *postgres = handle->data;
    postgres->open_handles--;
    free(handle);
    postgres_collector_handle_closed(postgres);
}

/* Open a poll handle. Its data is its connection while that is open, the collector afterwards. */
static bool open_poll(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    uv_poll_t *poll = memory_alloc(sizeof *poll);
    if (uv_poll_init(postgres->options.loop, poll, PQsocket(connection->pg)) != 0) {
        free(poll);
        return false;
    }
    poll->data = connection;
    connection->poll = poll;
    postgres->open_handles++;
    return true;
}

/* Take over a connection that libpq opened. False: out of descriptors; then the caller
 * keeps `pg`. */
static bool connection_adopt(struct connection *connection, PGconn *pg) {
    const int receive_bytes = RECEIVE_BYTES;
    (void)setsockopt(PQsocket(pg), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    connection->pg = pg;
    if (PQsetnonblocking(pg, 1) != 0 || !open_poll(connection)) {
        connection->pg = NULL;
        return false;
    }
    connection->used = false;
    connection->unread = 0;
    return true;
}

void connection_idle(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    connection->state = CONNECTION_IDLE;
    connection->give_up_ns = 0;
    connection->idle_since_ms = postgres_collector_mono_ms(postgres);
    postgres_ready_kick(postgres);
}

void connection_close(struct connection *connection, const char *why) {
    struct database *database = connection->database;
    postgres_ready_remove(connection);
    cancel_forget(connection);
    if (database->probe == connection)
        database->probe = NULL;
    if (connection->poll != NULL) {
        connection->poll->data = database->postgres;
        uv_close((uv_handle_t *)connection->poll, free_poll);
    }
    connection->poll = NULL;
    PQfinish(connection->pg); /* non-blocking: it does not wait for the server */
    connection->pg = NULL;
    connection->state = CONNECTION_NONE;
    connection->give_up_ns = 0;
    connection->unread = 0;
    if (why != NULL)
        error_set(&database->message, "%s", why);
    postgres_ready_kick(database->postgres);
}

/* Keep the socket open beside libpq. A silent server is not waited for. */
void connection_leave(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    const int fd =
        connection->database->silent ? -1 : fcntl(PQsocket(connection->pg), F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        postgres->leaving[postgres->leaving_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    connection_close(connection, NULL);
}

void connection_why_lost(const struct connection *connection, struct error *ret_why) {
    error_clear(ret_why);
    postgres_message_add(ret_why, PQerrorMessage(connection->pg));
    if (ret_why->text[0] == '\0')
        error_set(ret_why, "the server closed the connection");
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct connection *connection = poll->data;
    (void)status; /* reading will show the error of the socket */
    (void)events;
    (void)uv_poll_stop(poll);
    postgres_ready_add(connection);
}

bool connection_listen(struct connection *connection) {
    const int flushed = PQflush(connection->pg);
    const int events = UV_READABLE | (flushed == 1 ? UV_WRITABLE : 0);
    /* If flushing failed, reading will show it, possibly with the server's reason. */
    return uv_poll_start(connection->poll, events, on_poll) == 0;
}

/* ---- connect: Opens connections, in threads. ---- */

struct connect {
    struct connection *connection; /* used by the loop only, not by the thread */
    char *conninfo;                /* a copy: the catalogs may be freed before the thread ends */
    PGconn *pg;
    struct error error;
};

static void connect_work(void *arg) {
    struct connect *connect = arg;
    connect->pg = postgres_conninfo_connect(connect->conninfo, 0, &connect->error);
}

static void connect_drop(void *arg) {
    struct connect *connect = arg;
    PQfinish(connect->pg);
    free(connect->conninfo);
    free(connect);
}

/* Report an attempt; `connected` is the number of connections before it. */
static void report(struct database *database, uint32_t connected, enum postgres_error error) {
    const struct postgres_news news = {.database = database->catalog,
                                       .connected = connected,
                                       .good = error == POSTGRES_OK,
                                       .error = error,
                                       .sqlstate = "",
                                       .message = database->message.text};
    postgres_collector_report(database->postgres,
                              connected > 0 ? &database->grow_news : &database->news, &news);
}

/* An attempt failed. If there are other connections, the queries use those: the role or the server
 * may allow no more. */
static void connect_failed(struct connection *connection, const char *why) {
    struct database *database = connection->database;
    connection->state = CONNECTION_NONE;
    const uint32_t connected = connection_count(database);
    database->failures++;
    error_set(&database->message, "%s", why);
    postgres_ready_kick(database->postgres);
    if (postgres_silence_connect_failed(connection))
        return;
    if (connected > 0)
        database->grow_ms = postgres_collector_mono_ms(database->postgres) + POSTGRES_GROW_RETRY_MS;
    else
        postgres_silence_back_off(database);
    report(database, connected, POSTGRES_CONNECT);
}

static void listen_or_close(struct connection *connection) {
    struct error why;
    if (connection_listen(connection))
        return;
    connection_why_lost(connection, &why);
    connection_close(connection, why.text);
}

static void connected(struct connection *connection) {
    struct database *database = connection->database;
    postgres_silence_heard(database);
    database->backoff_ms = POSTGRES_RETRY_MIN_MS;
    database->retry_ns = 0;
    database->grow_ms = 0;
    error_clear(&database->message);
    report(database, connection_count(database), POSTGRES_OK);
    connection_idle(connection);
    listen_or_close(connection);
}

/* The connection has come too late: another process runs the queries. */
static void give_back(struct connection *connection, PGconn *pg) {
    connection->state = CONNECTION_NONE;
    connection->database->probe = NULL;
    connection->pg = pg;
    if (pg != NULL)
        connection_leave(connection);
}

static void connect_done(void *arg) {
    struct connect *connect = arg;
    struct connection *connection = connect->connection;
    struct database *database = connection->database;
    const struct error why = connect->error;
    PGconn *pg = connect->pg;
    blocking_leave(database->connecting);
    database->connecting = NULL;
    connect->pg = NULL;
    if (database->postgres->retiring) {
        give_back(connection, pg);
        return;
    }
    if (pg == NULL) {
        connect_failed(connection, why.text);
        return;
    }
    if (!connection_adopt(connection, pg)) {
        PQfinish(pg);
        connect_failed(connection, "out of descriptors");
        return;
    }
    database->connects++;
    if (database->probe == connection)
        query_run_probe(connection);
    else
        connected(connection);
}

static struct connect *new_connect(struct connection *connection) {
    const char *conninfo = connection->database->catalog->conninfo;
    struct connect *connect = memory_alloc(sizeof *connect);
    connect->connection = connection;
    connect->conninfo = memory_strndup(conninfo, strlen(conninfo));
    return connect;
}

void postgres_connect_start(struct connection *connection) {
    static const struct blocking_calls calls = {connect_work, connect_done, connect_drop};
    struct database *database = connection->database;
    struct postgres *postgres = database->postgres;
    struct connect *connect = new_connect(connection);
    connection->state = CONNECTION_CONNECTING;
    database->connect_ns = postgres_collector_now_ns();
    database->connecting =
        blocking_start(postgres->options.loop, &calls, connect, &postgres->open_handles,
                       postgres_collector_handle_closed, postgres);
    if (database->connecting != NULL)
        return;
    connect_drop(connect);
    connect_failed(connection, "no thread to connect in");
}

void postgres_connect_await(struct database *database, uint64_t until_ns) {
    while (database->connecting != NULL && !database->silent &&
           !blocking_finish(database->connecting) && postgres_collector_now_ns() < until_ns)
        (void)poll(NULL, 0, 1);
}

void postgres_connect_leave(struct database *database) {
    if (database->connecting != NULL)
        blocking_leave(database->connecting);
    database->connecting = NULL;
}
