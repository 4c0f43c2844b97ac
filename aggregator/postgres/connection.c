#include "postgres/connection.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "postgres/cancel.h"
#include "postgres/message.h"
#include "postgres/ready.h"

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
    memory_release(postgres->memory, handle);
    collector_handle_closed(postgres);
}

/* Open a poll handle. Its data is its connection while that is open, the collector afterwards. */
static bool open_poll(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    uv_poll_t *poll = memory_alloc(postgres->memory, sizeof *poll);
    if (poll == NULL)
        return false;
    if (uv_poll_init(postgres->options.loop, poll, PQsocket(connection->pg)) != 0) {
        memory_release(postgres->memory, poll);
        return false;
    }
    poll->data = connection;
    connection->poll = poll;
    postgres->open_handles++;
    return true;
}

bool connection_adopt(struct connection *connection, PGconn *pg) {
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
    connection->idle_since_ms = collector_mono_ms(postgres);
    ready_kick(postgres);
}

void connection_close(struct connection *connection, const char *why) {
    struct database *database = connection->database;
    ready_remove(connection);
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
    ready_kick(database->postgres);
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
    message_add(ret_why, PQerrorMessage(connection->pg));
    if (ret_why->text[0] == '\0')
        error_set(ret_why, "the server closed the connection");
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct connection *connection = poll->data;
    (void)status; /* reading will show the error of the socket */
    (void)events;
    (void)uv_poll_stop(poll);
    ready_add(connection);
}

bool connection_listen(struct connection *connection) {
    const int flushed = PQflush(connection->pg);
    const int events = UV_READABLE | (flushed == 1 ? UV_WRITABLE : 0);
    /* If flushing failed, reading will show it, possibly with the server's reason. */
    return uv_poll_start(connection->poll, events, on_poll) == 0;
}
