#include "postgres/input.h"

#include <sys/ioctl.h>

#include "postgres/connection.h"
#include "postgres/run.h"
#include "postgres/silence.h"

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
            silence_heard(connection->database);
        if (PQconsumeInput(connection->pg) != 1)
            return false;
        count_unread(connection, waiting);
        *ret_drained = waiting == 0 || !PQsslInUse(connection->pg);
    } while (!*ret_drained && PQisBusy(connection->pg) && connection->unread <= ROW_BYTES_MAX &&
             collector_now_ns() < until_ns);
    return true;
}

static bool too_long(struct connection *connection) {
    if (connection->unread <= ROW_BYTES_MAX)
        return false;
    struct failure failure = {.error = POSTGRES_TOO_LONG_ROW};
    error_set(&failure.message, "a row of more than %d bytes", ROW_BYTES_MAX);
    if (connection->run != NULL)
        run_end(connection->run, connection, &failure);
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

bool input_step(struct connection *connection, uint64_t until_ns) {
    if (is_settled(connection))
        run_settled(connection);
    if (connection->state == CONNECTION_NONE)
        return false;
    bool drained = !PQsslInUse(connection->pg);
    bool more = false;
    const bool readable = has_results(connection) || read_input(connection, until_ns, &drained);
    if (connection->state == CONNECTION_IDLE)
        (void)PQisBusy(connection->pg); /* takes notices, and the reason why the server closes */
    else
        more = run_results(connection, until_ns);
    if (connection->state == CONNECTION_NONE)
        return false;
    if (more)
        return true;
    if (!readable || PQstatus(connection->pg) == CONNECTION_BAD) {
        run_drop(connection);
        return false;
    }
    if (connection->state == CONNECTION_IDLE)
        connection->unread = 0;
    if (too_long(connection))
        return false;
    if (!drained)
        return true;
    if (!connection_listen(connection))
        run_drop(connection);
    return false;
}
