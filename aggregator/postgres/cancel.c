#include "postgres/cancel.h"

#include "postgres/ready.h"

struct cancel {
    const struct memory *memory;
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
    memory_release(cancel->memory, cancel);
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
    ready_add(connection); /* it may have waited only for this */
    ready_kick(postgres);
}

bool cancel_start(struct connection *connection) {
    static const struct blocking_calls calls = {cancel_work, cancel_done, cancel_drop};
    struct database *database = connection->database;
    struct postgres *postgres = database->postgres;
    size_t place = 0;
    while (place < CATALOG_CONNECTIONS_MAX && database->cancels[place] != NULL)
        place++;
    if (place == CATALOG_CONNECTIONS_MAX)
        return false;
    struct cancel *cancel = memory_alloc(postgres->memory, sizeof *cancel);
    if (cancel == NULL)
        return false;
    cancel->memory = postgres->memory;
    cancel->database = database;
    cancel->connection = connection;
    cancel->place = place;
    cancel->request = PQgetCancel(connection->pg);
    if (cancel->request != NULL)
        cancel->job = blocking_start(postgres->memory, postgres->options.loop, &calls, cancel,
                                     &postgres->open_handles, collector_handle_closed, postgres);
    if (cancel->job == NULL) {
        cancel_drop(cancel);
        return false;
    }
    database->cancels[place] = cancel;
    database->cancelled++;
    connection->cancel = cancel;
    return true;
}

void cancel_forget(struct connection *connection) {
    if (connection->cancel != NULL)
        connection->cancel->connection = NULL;
    connection->cancel = NULL;
}

void cancel_leave(struct database *database) {
    for (size_t i = 0; i < CATALOG_CONNECTIONS_MAX; i++) {
        if (database->cancels[i] == NULL)
            continue;
        blocking_leave(database->cancels[i]->job);
        database->cancels[i] = NULL;
    }
}
