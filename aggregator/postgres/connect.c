/* Opens connections, in threads. */
#include "postgres/connect.h"

#include <string.h>

#include "postgres/connection.h"
#include "postgres/conninfo.h"
#include "postgres/ready.h"
#include "postgres/run.h"
#include "postgres/silence.h"

struct connect {
    const struct memory *memory;
    struct connection *connection; /* used by the loop only, not by the thread */
    char *conninfo;                /* a copy: the catalogs may be freed before the thread ends */
    PGconn *pg;
    struct error error;
};

static void connect_work(void *arg) {
    struct connect *connect = arg;
    connect->pg = conninfo_connect(connect->memory, connect->conninfo, 0, &connect->error);
}

static void connect_drop(void *arg) {
    struct connect *connect = arg;
    PQfinish(connect->pg);
    memory_release(connect->memory, connect->conninfo);
    memory_release(connect->memory, connect);
}

/* Report an attempt; `connected` is the number of connections before it. */
static void report(struct database *database, uint32_t connected, enum postgres_error error) {
    const struct postgres_news news = {.database = database->catalog,
                                       .connected = connected,
                                       .good = error == POSTGRES_OK,
                                       .error = error,
                                       .sqlstate = "",
                                       .message = database->message.text};
    collector_report(database->postgres, connected > 0 ? &database->grow_news : &database->news,
                     &news);
}

/* An attempt failed. If there are other connections, the queries use those: the role or the server
 * may allow no more. */
static void connect_failed(struct connection *connection, const char *why) {
    struct database *database = connection->database;
    connection->state = CONNECTION_NONE;
    const uint32_t connected = connection_count(database);
    database->failures++;
    error_set(&database->message, "%s", why);
    ready_kick(database->postgres);
    if (silence_connect_failed(connection))
        return;
    if (connected > 0)
        database->grow_ms = collector_mono_ms(database->postgres) + POSTGRES_GROW_RETRY_MS;
    else
        silence_back_off(database);
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
    silence_heard(database);
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
        connect_failed(connection, "out of memory or descriptors");
        return;
    }
    database->connects++;
    if (database->probe == connection)
        run_probe(connection);
    else
        connected(connection);
}

static struct connect *new_connect(struct connection *connection) {
    const struct memory *memory = connection->database->postgres->memory;
    const char *conninfo = connection->database->catalog->conninfo;
    struct connect *connect = memory_alloc(memory, sizeof *connect);
    if (connect == NULL)
        return NULL;
    connect->memory = memory;
    connect->connection = connection;
    connect->conninfo = memory_strndup(memory, conninfo, strlen(conninfo));
    if (connect->conninfo != NULL)
        return connect;
    memory_release(memory, connect);
    return NULL;
}

void connect_start(struct connection *connection) {
    static const struct blocking_calls calls = {connect_work, connect_done, connect_drop};
    struct database *database = connection->database;
    struct postgres *postgres = database->postgres;
    struct connect *connect = new_connect(connection);
    struct blocking *job = NULL;
    connection->state = CONNECTION_CONNECTING;
    database->connect_ns = collector_now_ns();
    if (connect != NULL)
        job = blocking_start(postgres->memory, postgres->options.loop, &calls, connect,
                             &postgres->open_handles, collector_handle_closed, postgres);
    database->connecting = job;
    if (job != NULL)
        return;
    if (connect != NULL)
        connect_drop(connect);
    connect_failed(connection, "no memory or no thread to connect in");
}

void connect_await(struct database *database, uint64_t until_ns) {
    while (database->connecting != NULL && !database->silent &&
           !blocking_finish(database->connecting) && collector_now_ns() < until_ns)
        (void)poll(NULL, 0, 1);
}

void connect_leave(struct database *database) {
    if (database->connecting != NULL)
        blocking_leave(database->connecting);
    database->connecting = NULL;
}
