/* SPDX-License-Identifier: MIT */
/* receive.c - datagrams of a socket: read in batches, with the process that sent each. */
#include "ingress/ingress_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- credentials ---- */

/* Linux 6.16. On these two architectures the number differs, and the option is not used. */
#if !defined(SO_PASSRIGHTS) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PASSRIGHTS 83
#endif

bool ingress_credentials_ask(int sock) {
    const int on = 1;
    if (setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
        return false;
#ifdef SO_PASSRIGHTS
    const int off = 0;
    (void)setsockopt(sock, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off);
#endif
    return true;
}

/* ---- mark ---- */

static void begin(struct marks *marks) {
    marks->begun++;
    marks->behind = marks->queues;
}

static void enter(const struct marks *marks, struct mark_queue *queue) {
    queue->round = marks->begun;
    queue->ahead = queue->capacity;
}

void ingress_marks_join(struct marks *marks, struct mark_queue *queue, uint64_t capacity) {
    queue->capacity = capacity > 0 ? capacity : 1;
    enter(marks, queue);
    marks->queues++;
    marks->behind++;
}

uint64_t ingress_marks_set(struct marks *marks) {
    if (marks->passed == marks->begun)
        begin(marks);
    else
        marks->asked = marks->begun + 1; /* some queue may already have passed the present one */
    if (marks->asked < marks->begun)
        marks->asked = marks->begun;
    return marks->asked;
}

void ingress_marks_received(struct marks *marks, struct mark_queue *queue, size_t datagrams,
                            bool empty) {
    if (queue->round != marks->begun)
        enter(marks, queue);
    if (queue->ahead == 0)
        return;
    queue->ahead = empty || datagrams >= queue->ahead ? 0 : queue->ahead - datagrams;
    if (queue->ahead == 0)
        marks->behind--;
}

void ingress_marks_leave(struct marks *marks, struct mark_queue *queue) {
    ingress_marks_received(marks, queue, 0, true);
    marks->queues--;
}

uint64_t ingress_marks_settle(struct marks *marks) {
    if (marks->behind == 0) {
        marks->passed = marks->begun;
        if (marks->asked > marks->begun)
            begin(marks);
    }
    return marks->passed;
}

/* ---- receive ---- */

bool receive_has_rest(const struct ingress *ingress) {
    return ingress->applied < ingress->batch.count;
}

bool receive_is_midway(const struct ingress *ingress) {
    const struct ingress_sink *sink = &ingress->options.sink;
    return sink->is_midway != NULL && sink->is_midway(sink->arg);
}

static size_t apply(struct ingress *ingress, size_t count, struct store_time now) {
    const struct ingress_sink *sink = &ingress->options.sink;
    const size_t done = sink->apply(sink->arg, ingress->batch.datagrams + ingress->applied, count,
                                    INGRESS_STEP_UNITS, now);
    ingress->applied += done;
    return done;
}

/* One step with only the next datagram of a rest. */
static size_t step_rest(struct ingress *ingress, struct store_time now) {
    if (!ingress->begun &&
        !ingress_replay_begin(&ingress->rest, &ingress->batch, ingress->applied)) {
        ingress->applied++;
        return 0;
    }
    const size_t done = apply(ingress, 1, now);
    ingress->begun = done == 0;
    if (done > 0)
        ingress_replay_end(&ingress->batch);
    return done;
}

/* One step. Returns how many datagrams were applied. */
static size_t step(struct ingress *ingress, struct store_time now) {
    return ingress->rest.waits ? step_rest(ingress, now)
                               : apply(ingress, ingress->batch.count - ingress->applied, now);
}

void receive_note_look(struct ingress *ingress) {
    if (ingress->first_look_ms == 0 && !receive_has_rest(ingress))
        ingress->first_look_ms = (int64_t)(uv_hrtime() / 1000000);
}

size_t ingress_apply_batch(struct ingress *ingress, uint64_t begun_ns) {
    const bool was_midway = receive_is_midway(ingress);
    const struct store_time now = ingress_now();
    size_t done = 0;
    while (receive_has_rest(ingress)) {
        done += step(ingress, now);
        const bool midway = receive_is_midway(ingress);
        const uint64_t used_ns = uv_hrtime() - begun_ns;
        if (used_ns >= (midway ? INGRESS_LATEST_NS : INGRESS_TURN_NS) || (was_midway && !midway))
            break;
    }
    if (receive_has_rest(ingress))
        ingress->work.held++;
    return done;
}

void receive_finish(struct ingress *ingress) {
    while (receive_has_rest(ingress))
        (void)step(ingress, ingress_now());
}

int ingress_recv_batch(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    receive_note_look(ingress);
    ingress->applied = 0;
    ingress->rest.waits = false;
    ingress->batch.inbox.input = sock->input;
    const int count = sock->streams != NULL
                          ? ingress_streams_receive(sock->streams, &ingress->batch, sock->scope,
                                                    ingress->options.traffic)
                          : ingress_batch_receive(&ingress->batch, sock->listener.fd, sock->scope,
                                                  ingress->options.traffic);
    if (count > 0) {
        ingress_figures_count_wake(&sock->figures, (size_t)count);
    } else if (count == 0) {
        sock->figures.empty++;
    } else {
        sock->figures.errors++;
        sock->figures.last_error = -count;
    }
    const struct pressure_batch batch = {
        .depth = sock->listener.queue_depth,
        .datagrams = ingress->batch.count,
        .empty = !ingress->batch.more,
        .first = ingress->batch.count > 0 ? &ingress->batch.datagrams[0].origin : NULL};
    ingress_pressure_received(&ingress->pressure, &sock->run, &batch);
    const size_t taken =
        sock->streams != NULL ? ingress_streams_turns(sock->streams) : ingress->batch.count;
    if (sock->streams != NULL) /* for the mark that begins next */
        sock->queue.capacity = ingress_streams_waiting(sock->streams);
    ingress_marks_received(&ingress->marks, &sock->queue, taken, !ingress->batch.more);
    return count;
}

/* Apply the rest, then receive and apply until nothing waits on the socket or the time is up; at
 * least one step. */
static size_t empty_socket(struct ingress_socket *sock, uint64_t end_ns, bool *ret_empty) {
    struct ingress *ingress = sock->ingress;
    size_t done = 0;
    for (bool more = true;;) {
        if (!receive_has_rest(ingress)) {
            if (!more || ingress_recv_batch(sock) < 0)
                return done;
            more = ingress->batch.more;
        }
        if (receive_has_rest(ingress))
            done += step(ingress, ingress_now());
        else if (!more)
            return done;
        if (uv_hrtime() >= end_ns)
            break;
    }
    *ret_empty = false;
    return done;
}

size_t receive_kind(struct ingress *ingress, enum ingress_kind kind, uint64_t end_ns,
                    bool *ret_empty) {
    size_t done = 0;
    *ret_empty = true;
    for (size_t i = 0; i < ingress->count && *ret_empty; i++)
        if (ingress->sockets[i]->listener.kind == kind)
            done += empty_socket(ingress->sockets[i], end_ns, ret_empty);
    return done;
}

size_t receive_all(struct ingress *ingress, uint64_t end_ns, bool *ret_empty) {
    size_t done = 0;
    *ret_empty = true;
    const size_t first = ingress->emptied++; /* a socket that is never empty takes all the time */
    for (size_t i = 0; i < ingress->count && *ret_empty; i++)
        done += empty_socket(ingress->sockets[(first + i) % ingress->count], end_ns, ret_empty);
    return done;
}

/* ---- bound ---- */

static bool read_name(int sock, int (*read)(int, struct sockaddr *, socklen_t *),
                      struct bound *ret_name) {
    *ret_name = (struct bound){.len = sizeof ret_name->address - 1}; /* leaves a terminator */
    return read(sock, (struct sockaddr *)&ret_name->address, &ret_name->len) == 0 &&
           ret_name->len < sizeof ret_name->address;
}

bool ingress_bound_read(int sock, struct bound *ret_bound) {
    return read_name(sock, getsockname, ret_bound);
}

bool ingress_bound_is(const struct bound *one, const struct bound *other) {
    return one->len == other->len && memcmp(&one->address, &other->address, one->len) == 0;
}

int ingress_bound_at(const char *path, struct bound *ret_bound) {
    const int sock = unix_socket_connect(path, SOCK_DGRAM);
    if (sock < 0)
        return sock;
    const bool good = read_name(sock, getpeername, ret_bound);
    (void)close(sock);
    return good ? 0 : -ENOTCONN;
}

bool ingress_bound_leads(const char *path, const struct bound *bound) {
    struct bound peer;
    const int result = ingress_bound_at(path, &peer);
    return result == 0 ? ingress_bound_is(&peer, bound) : result == -EACCES || result == -EPERM;
}

/* ---- pressure ---- */

/* Count a batch of this process; without a place, one batch of each other process is forgotten. */
static void count(struct pressure *pressure, int32_t pid, uint32_t uid) {
    struct pressure_sender *place = NULL;
    for (size_t i = 0; i < PRESSURE_SENDERS; i++) {
        struct pressure_sender *sender = &pressure->senders[i];
        if (sender->count > 0 && sender->pid == pid && sender->uid == uid) {
            sender->count++;
            return;
        }
        if (sender->count == 0)
            place = sender;
    }
    if (place != NULL) {
        *place = (struct pressure_sender){.pid = pid, .uid = uid, .count = 1};
        return;
    }
    for (size_t i = 0; i < PRESSURE_SENDERS; i++)
        pressure->senders[i].count--;
}

static void count_batch(struct pressure *pressure, const struct pressure_run *run,
                        const struct pressure_batch *batch) {
    const bool full = run->datagrams >= batch->depth;
    const bool was_full = run->datagrams - batch->datagrams >= batch->depth;
    pressure->received += batch->datagrams;
    if (pressure->most < run->datagrams)
        pressure->most = full ? batch->depth : run->datagrams;
    if (!full)
        return;
    pressure->full += was_full ? batch->datagrams : run->datagrams;
    pressure->counted++;
    pressure->scope = batch->first->scope;
    count(pressure, batch->first->pid, batch->first->uid);
}

void ingress_pressure_received(struct pressure *pressure, struct pressure_run *run,
                               const struct pressure_batch *batch) {
    run->datagrams += batch->datagrams;
    if (batch->first != NULL && batch->depth > 0)
        count_batch(pressure, run, batch);
    if (batch->empty)
        *run = (struct pressure_run){0};
}

bool ingress_pressure_is_full(const struct pressure *pressure, uint64_t depth) {
    enum { DEPTHS = 8 /* no single burst */ };
    return pressure->full * 2 >= pressure->received && pressure->full > DEPTHS * depth;
}

const struct pressure_sender *ingress_pressure_most(const struct pressure *pressure) {
    const struct pressure_sender *most = NULL;
    for (size_t i = 0; i < PRESSURE_SENDERS; i++) {
        const struct pressure_sender *sender = &pressure->senders[i];
        if (sender->count > 0 && (most == NULL || sender->count > most->count))
            most = sender;
    }
    return most;
}

/* ---- queue ---- */

static const char depth_path[] = "/proc/sys/net/unix/max_dgram_qlen";

enum { DEPTH_TEXT_BYTES = 16 };

enum step { STEP_NAMESPACE, STEP_OPEN, STEP_WRITE, STEP_SOCKET, STEP_DONE };

/* The child's report; the socket comes with it if step is STEP_DONE. */
struct depth_report {
    int step;
    int error;
    char depth[DEPTH_TEXT_BYTES]; /* in the form that the kernel uses */
};

const char *ingress_queue_source_text(enum queue_source source) {
    switch (source) {
    case QUEUE_OWN:
        return "own";
    case QUEUE_HOST:
        return "host sysctl";
    case QUEUE_INHERITED:
        return "inherited";
    case QUEUE_KEPT:
        return "kept";
    }
    return "unknown";
}

static void read_text(int fd, char *ret_text) {
    const ssize_t len = pread(fd, ret_text, DEPTH_TEXT_BYTES - 1, 0);
    ret_text[len > 0 ? len : 0] = '\0';
}

static uint32_t depth_of(const char *text) {
    const unsigned long depth = strtoul(text, NULL, 10);
    return depth > UINT32_MAX ? UINT32_MAX : (uint32_t)depth;
}

uint32_t ingress_queue_host_depth(void) {
    const int fd = open(depth_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    char text[DEPTH_TEXT_BYTES];
    read_text(fd, text);
    close(fd);
    return depth_of(text);
}

/* ---- the child ---- */

/* Runs in the child, and uses only system calls, since any thread of the parent may have held any
 * lock of the C library. The end of the child closes its descriptors. */
static void make_socket(int channel, const char *depth) {
    struct depth_report report = {.step = STEP_NAMESPACE};
    int sock = -1;
    const size_t len = strlen(depth);

    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        goto report;
    report.step = STEP_OPEN;
    const int setting = open(depth_path, O_RDWR | O_CLOEXEC);
    if (setting < 0)
        goto report;
    report.step = STEP_WRITE;
    if (pwrite(setting, depth, len, 0) != (ssize_t)len)
        goto report;
    read_text(setting, report.depth);
    report.step = STEP_SOCKET;
    sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock >= 0)
        report.step = STEP_DONE;
report:
    report.error = errno;
    (void)host_wire_send_fds(channel, (const char *)&report, sizeof report, &sock, sock >= 0);
}

/* ---- the parent ---- */

static void say_why(char *ret_why, struct depth_report report) {
    static const char *const what[] = {
        [STEP_NAMESPACE] = "no network namespace of its own",
        [STEP_OPEN] = "its namespace's net.unix.max_dgram_qlen cannot be opened",
        [STEP_WRITE] = "its namespace's net.unix.max_dgram_qlen cannot be written",
        [STEP_SOCKET] = "no socket in a namespace of its own",
        [STEP_DONE] = "the socket made in a namespace of its own did not arrive",
    };
    const int step = report.step >= 0 && report.step <= STEP_DONE ? report.step : STEP_DONE;
    if (step == STEP_DONE)
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "%s", what[step]);
    else
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "%s: %s", what[step], strerror(report.error));
}

/* Fork a child with every signal blocked, so that none of the parent's handlers runs in it. */
static pid_t fork_quiet(void) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t child = fork();
    const int error = errno;
    if (child != 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return child;
}

/* Start the process that makes the socket; *ret_channel is our end of the channel for its report.
 * Returns -1 with the reason on failure. */
static pid_t start_maker(uint32_t depth, int *ret_channel, char *ret_why) {
    int channel[2];
    if (!host_wire_pair(channel)) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "no socket pair: %s", strerror(errno));
        return -1;
    }
    char text[DEPTH_TEXT_BYTES];
    (void)snprintf(text, sizeof text, "%u\n", depth);
    const pid_t child = fork_quiet();
    if (child == 0) {
        close(channel[0]);
        make_socket(channel[1], text);
        _exit(0);
    }
    if (child < 0) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "no child process: %s", strerror(errno));
        close(channel[0]);
    } else {
        *ret_channel = channel[0];
    }
    close(channel[1]);
    return child;
}

static void end_maker(pid_t child, int channel) {
    close(channel);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) == -1 && errno == EINTR)
        continue;
}

/* Wait for the socket. Returns -1 with the reason on failure. */
static int await_socket(int channel, uint32_t depth, int timeout_ms, char *ret_why) {
    struct depth_report report;
    struct wire_message message;
    const uint64_t until_ns = (uint64_t)clock_mono_ns() + (uint64_t)timeout_ms * 1000000;
    const enum wire_result result = host_wire_await(channel, until_ns, &message);
    if (result == WIRE_NONE) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "no network namespace within %d ms", timeout_ms);
        return -1;
    }
    if (result == WIRE_END) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "the process that makes the socket ended early");
        return -1;
    }
    memcpy(&report, message.text, sizeof report); /* as the child sent it */
    int sock = message.fd_count > 0 ? host_wire_take(&message, 0) : -1;
    if (sock < 0) {
        say_why(ret_why, report);
    } else if (depth_of(report.depth) < depth) {
        (void)snprintf(ret_why, QUEUE_WHY_MAX, "the kernel set the depth to %u",
                       depth_of(report.depth));
        (void)close(sock);
        sock = -1;
    }
    return sock;
}

int ingress_queue_deep_socket(uint32_t depth, int timeout_ms, char *ret_why) {
    int channel = -1;
    const pid_t child = start_maker(depth, &channel, ret_why);
    if (child < 0)
        return -1;
    const int sock = await_socket(channel, depth, timeout_ms, ret_why);
    end_maker(child, channel);
    return sock;
}
