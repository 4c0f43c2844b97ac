/* Another process is about to run these queries. What runs is cancelled, and all sessions end, so
 * that both processes together have no more of them than one. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "postgres/connect.h"
#include "postgres/ready.h"
#include "postgres/run.h"

static void leave(struct database *database) {
    for (size_t i = 0; i < database->count; i++) {
        struct connection *connection = &database->connections[i];
        if (connection->pg != NULL)
            run_abandon(connection);
    }
}

void postgres_retire(struct postgres *postgres, bool retiring) {
    collector_forget_leaving(postgres);
    postgres->retiring = retiring;
    for (size_t i = 0; retiring && i < postgres->database_count; i++)
        leave(&postgres->databases[i]);
    ready_kick(postgres);
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
    const uint64_t end_ns = collector_now_ns() + (uint64_t)POSTGRES_RETIRE_MS * NS_PER_MS;
    for (size_t i = 0; i < postgres->database_count; i++)
        connect_await(&postgres->databases[i], end_ns);
    for (uint64_t now_ns; postgres->leaving_count > 0 && (now_ns = collector_now_ns()) < end_ns;) {
        const int left_ms = (int)((end_ns - now_ns) / NS_PER_MS) + 1;
        if (poll(postgres->leaving, postgres->leaving_count, left_ms) > 0)
            postgres->leaving_count = look(postgres);
    }
    collector_forget_leaving(postgres);
}
