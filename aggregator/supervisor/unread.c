/* Reading in place of a daemon. What a descriptor is follows from the descriptor alone. */
#include "supervisor/unread.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/log.h"

/* What is left waits for the next turn, so that signals and messages are noticed under any flood.
 */
enum { BATCH = 64, BATCHES_A_TURN = 16, CONNECTIONS_A_TURN = 64 };

/* ---- which ---- */

static int option(int fd, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

static bool is_listener(int fd) {
    return option(fd, SO_ACCEPTCONN) == 1;
}

/* One that was shut down keeps nobody waiting, and is always ready. */
static bool is_shut(int fd) {
    struct pollfd polled = {.fd = fd, .events = POLLRDHUP};
    return poll(&polled, 1, 0) == 1 && (polled.revents & POLLRDHUP) != 0;
}

static bool is_datagram_socket(int fd) {
    return option(fd, SO_DOMAIN) == AF_UNIX && option(fd, SO_TYPE) == SOCK_DGRAM && !is_shut(fd);
}

/* accept4(2) waits on a listener that blocks. */
static bool is_to_read(int fd) {
    return is_listener(fd) ? (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 : is_datagram_socket(fd);
}

size_t unread_fill_polls(const struct supervisor *supervisor, struct pollfd *polls) {
    size_t count = 0;
    for (size_t i = 0; supervisor->ready_timeout.over && i < supervisor->kept.count; i++)
        if (is_to_read(supervisor->kept.items[i].fd))
            polls[count++] = (struct pollfd){.fd = supervisor->kept.items[i].fd, .events = POLLIN};
    return count;
}

/* ---- reading ---- */

/* A message without room takes a datagram of any length off the queue. */
static uint64_t read_datagrams(int fd) {
    struct mmsghdr messages[BATCH] = {0};
    uint64_t count = 0;
    for (int i = 0; i < BATCHES_A_TURN; i++) {
        const int got = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
        if (got <= 0)
            break;
        count += (uint64_t)got;
    }
    return count;
}

static uint64_t close_connections(int fd) {
    uint64_t count = 0;
    for (; count < CONNECTIONS_A_TURN; count++) {
        const int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            break;
        (void)close(connection);
    }
    return count;
}

void unread_read(struct supervisor *supervisor, const struct pollfd *polls, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (polls[i].revents == 0)
            continue;
        if (is_listener(polls[i].fd)) {
            supervisor->turned_away += close_connections(polls[i].fd);
            continue;
        }
        const uint64_t datagrams = read_datagrams(polls[i].fd);
        supervisor->unread += datagrams;
        meanwhile_add_unread(supervisor->meanwhile, datagrams);
    }
}

/* ---- when ---- */

/* Nobody waits for a supervisor that holds nothing: its first daemon makes the sockets. */
static bool is_away(const struct supervisor *supervisor) {
    return supervisor->kept.count > 0 && !supervisor->life.ready && !supervisor->stopping;
}

static void log_begin(const struct supervisor *supervisor) {
    log_write(
        LOG_LEVEL_WARN, "supervisor",
        "no daemon has been ready for %.1f s: until one is, datagrams are read and counted in "
        "statgate_unread_datagrams_total, and new connections are closed",
        (double)supervisor->options->ready_timeout_ms / 1000);
}

static void log_over(struct supervisor *supervisor) {
    log_write(LOG_LEVEL_WARN, "supervisor",
              "nothing is read in place of a daemon any more: it was %llu datagrams, and %llu "
              "connections were closed",
              (unsigned long long)supervisor->unread, (unsigned long long)supervisor->turned_away);
    supervisor->unread = 0;
    supervisor->turned_away = 0;
}

void unread_look(struct supervisor *supervisor) {
    const bool before = supervisor->ready_timeout.over;
    ready_timeout_look(&supervisor->ready_timeout, is_away(supervisor), supervisor_now_ms(),
                       supervisor->options->ready_timeout_ms);
    if (supervisor->ready_timeout.over && !before)
        log_begin(supervisor);
    if (before && !supervisor->ready_timeout.over)
        log_over(supervisor);
}

int64_t unread_due_ms(const struct supervisor *supervisor) {
    return ready_timeout_due_ms(&supervisor->ready_timeout, supervisor->options->ready_timeout_ms);
}
