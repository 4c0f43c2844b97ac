/* SPDX-License-Identifier: MIT */
/* reload_old_process.c - a reload, as the old process sees it: offer, freeze, retire, result. */
#include "statgated/daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "host/clock.h"
#include "host/program.h"

/* ---- offer ----
 * What the new process gets: the program of this daemon, its configuration, and all descriptors it
 * keeps.
 */

struct offer {
    struct wire_item *items;
    char (*names)[INHERITED_NAME_MAX];
    size_t count;
};

static void put(struct offer *offer, const char *beginning, const char *name, int fd) {
    char *own = offer->names[offer->count];
    if (fd < 0 || strchr(name, '\n') != NULL ||
        snprintf(own, INHERITED_NAME_MAX, "%s%s", beginning, name) >= INHERITED_NAME_MAX)
        return;
    offer->items[offer->count++] = (struct wire_item){own, fd};
}

static void put_listener(struct offer *offer, const struct ingress_view *view) {
    const struct ingress_listener *listener = view->listener;
    if (listener->inherited && listener->name != NULL)
        put(offer, "", listener->name, listener->fd);
    if (!view->former)
        put(offer, INHERITED_LOCK, listener->path, listener->lock);
}

static void fill_offer(const struct daemon *daemon, struct offer *offer) {
    const struct fdstore *fdstore = &daemon->fdstore;
    struct ingress_view view;
    for (size_t i = 0; i < fdstore->count; i++)
        put(offer, "", fdstore->items[i].name, fdstore->items[i].fd);
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        ingress_at(daemon->ingress, i, &view);
        put_listener(offer, &view);
    }
    if (daemon->supervisor.open)
        put(offer, "", INHERITED_SUPERVISOR, daemon->supervisor.fd);
    put(offer, "", OUTAGE_NAME, daemon->outage.fd);
}

/* Send the stamp of this program and the description of its configuration. */
static bool send_hello(const struct daemon *daemon, int sock) {
    const struct wire_item had = {"configuration", daemon->description};
    char stamp[PROGRAM_STAMP_MAX];
    program_stamp(stamp);
    return host_wire_send(sock, WORD_HELLO " %s", stamp) &&
           (had.fd < 0 || host_wire_send_items(sock, WORD_HAD, &had, 1));
}

/* Send everything this daemon has to a new process that was started. False: not sent; errno says
 * why. */
static bool handover_out_offer_send(const struct daemon *daemon, int sock) {
    const size_t most = daemon->fdstore.count + 2 * ingress_count(daemon->ingress) + 2;
    struct offer offer = {.items = memory_array(most, sizeof *offer.items),
                          .names = memory_array(most, sizeof *offer.names)};
    fill_offer(daemon, &offer);
    const bool good = send_hello(daemon, sock) &&
                      host_wire_send_items(sock, WORD_KEEPS, offer.items, offer.count) &&
                      host_wire_send(sock, WORD_BEGIN);
    free(offer.items);
    free(offer.names);
    return good;
}

/* ---- end ----
 * The end of a handover: the answer to whoever asked, and a new process that fails before it
 * counts.
 */

enum { HANDOVER_MS_NS = 1000000 };

enum handover_out_state {
    HANDOVER_PREPARING, /* the new process prepares, and the daemon reads */
    HANDOVER_FAILED,    /* the new process was killed; its end is awaited */
    HANDOVER_LEFT       /* the new process is the daemon */
};

struct handover_out {
    struct daemon *daemon;
    struct handover_asker asker;
    enum handover_out_state state;
    pid_t pid;
    int sock;
    uv_poll_t poll; /* watches `sock` */
    uv_timer_t timer;
    uint64_t barrier_ns; /* until when a manager has to confirm the new daemon */
    int known;           /* readable once the manager knows the new daemon; -1: none */
    unsigned handles;    /* open libuv handles */
    uint64_t begun_ns;
    uint64_t shut_ns; /* when connections of inputs were shut */
    uint64_t stopped_ns;
    int report; /* file with the new process's report of changes; -1: none */
    int object; /* the new process's object; -1: not passed */
    char (*stored)[INHERITED_NAME_MAX]; /* names of what the manager keeps for the new process */
    size_t stored_count;
    bool ended; /* the new process closed its end */
    bool alone; /* the new process no longer ends with this process */
    int code;   /* the verdict, while the new process's end is awaited */
    struct error why;
    struct error partly;  /* why not all files are in force in the new process; "": they are */
    struct messages more; /* what else is wrong, one line each */
};

static inline uint64_t handover_out_now_ns(void) {
    return (uint64_t)clock_mono_ns();
}

static inline void handover_out_close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

enum { REAP_MS = 10 /* interval of checks whether a killed new process has ended */ };

/* ---- the verdict ---- */

static bool is_warning(const char *line) {
    return text_begins(line, CONFIGURATION_WARNING);
}

/* Pass each line of the report to the asker and the log. */
static void handover_out_end_report(const struct handover_out *handover_out) {
    const int fd = handover_out->report >= 0 ? dup(handover_out->report) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "re") : NULL;
    char line[1024];
    size_t bytes = 0;
    if (file == NULL)
        return;
    rewind(file);
    while (bytes < HANDOVER_REPORT_MAX && fgets(line, sizeof line, file) != NULL) {
        bytes += strlen(line);
        line[strcspn(line, "\n")] = '\0';
        if (handover_out->asker.line != NULL)
            handover_out->asker.line(handover_out->asker.arg, line);
        log_write(is_warning(line) ? LOG_LEVEL_WARN : LOG_LEVEL_LOG, "reload", "%s", line);
    }
    (void)fclose(file);
}

/* Give the verdict, once. */
static void handover_out_end_tell(struct handover_asker *asker, int code, const char *text) {
    if (asker->end != NULL)
        asker->end(asker->arg, code, text);
    *asker = (struct handover_asker){0};
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle) {
    struct handover_out *handover_out = handle->data;
    if (--handover_out->handles > 0)
        return;
    handover_out_close_fd(&handover_out->sock);
    handover_out_close_fd(&handover_out->known);
    handover_out_close_fd(&handover_out->report);
    handover_out_close_fd(&handover_out->object);
    diagnostics_messages_done(&handover_out->more);
    free(handover_out->stored);
    free(handover_out);
}

static void close_handle(uv_handle_t *handle) {
    if (handle->loop != NULL && !uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* Close what is open; the memory is freed once the loop has closed all handles. */
static void handover_out_end_close(struct daemon *daemon) {
    struct handover_out *handover_out = daemon->handover_out;
    daemon->handover_out = NULL;
    if (handover_out == NULL)
        return;
    ingress_path_watch_hold(daemon->path_watch, false);
    close_handle((uv_handle_t *)&handover_out->poll);
    close_handle((uv_handle_t *)&handover_out->timer);
}

/* Kill the new process and wait for it. Returns its exit status. */
static int handover_out_end_reap(struct handover_out *handover_out) {
    int status = 0;
    (void)kill(handover_out->pid, SIGKILL);
    (void)waitpid(handover_out->pid, &status, 0);
    handover_out->pid = 0;
    return status;
}

void handover_out_end_owed(struct daemon *daemon, pid_t now) {
    if (daemon->reload_owed)
        (void)kill(now, SIGHUP);
    daemon->reload_owed = false;
}

/* ---- a new process that fails ---- */

/* Describe in a sentence how a process ended. */
static void handover_out_end_describe(int status, struct error *ret_error) {
    if (WIFSIGNALED(status))
        (void)error_set(ret_error, "the new process was killed by signal %d (SIG%s)",
                        WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
    else
        (void)error_set(ret_error, "the new process ended with exit code %d", WEXITSTATUS(status));
}

/* The new process ended before it began to work, and received nothing. Mark its object as waiting,
 * so that ours counts, even for a manager that did not hear us. */
static void revoke_object(struct handover_out *handover_out) {
    const uint32_t waiting = 1;
    struct object_file file;
    struct object_marks marks;
    struct error ignored;
    uint64_t at;
    if (handover_out->object < 0 || !host_object_file_open(handover_out->object, &file, &ignored))
        return;
    handover_out->object = -1; /* owned by `file` now */
    if (image_marks(file.at, file.size, &marks, &at))
        (void)pwrite(file.fd, &waiting, sizeof waiting,
                     (off_t)(at + offsetof(struct object_marks, waiting)));
    host_object_file_close(&file);
}

/* Have the manager give up what was stored for the new process. */
static void handover_out_end_forget(const struct handover_out *handover_out) {
    for (size_t i = 0; i < handover_out->stored_count; i++)
        host_notify_forget(handover_out->stored[i]);
}

static void tell_more(const struct handover_out *handover_out) {
    if (handover_out->asker.line == NULL)
        return;
    for (const char *line = diagnostics_messages_next(&handover_out->more, NULL); line != NULL;
         line = diagnostics_messages_next(&handover_out->more, line))
        handover_out->asker.line(handover_out->asker.arg, line);
}

/* Give the verdict that the new process is the daemon, and whether all files are in force there. */
static void handover_out_end_taken(struct handover_out *handover_out, const char *text) {
    struct error partly;
    if (handover_out->partly.text[0] == '\0') {
        handover_out_end_tell(&handover_out->asker, HANDOVER_TAKEN, text);
        return;
    }
    (void)error_set(&partly, "%s, but not all files are in force: %s", text,
                    handover_out->partly.text);
    refusals_log_partly(LOG_LEVEL_ERROR, partly.text, &handover_out->more);
    tell_more(handover_out);
    handover_out_end_tell(&handover_out->asker, HANDOVER_PARTLY, partly.text);
}

/* The new process was reaped: clean up and report how it ended. */
static void give_up(struct handover_out *handover_out, int status) {
    struct daemon *daemon = handover_out->daemon;
    if (handover_out->why.text[0] == '\0')
        handover_out_end_describe(status, &handover_out->why);
    revoke_object(handover_out);
    handover_out_end_forget(handover_out);
    refusals_log(LOG_LEVEL_ERROR, handover_out->why.text, &handover_out->more);
    reload_report_refused(&daemon->reload, daemon_now().real_ms, handover_out->why.text);
    tell_more(handover_out);
    struct handover_asker asker = handover_out->asker;
    const int code = handover_out->code;
    const struct error why = handover_out->why;
    handover_out_end_close(daemon);
    handover_out_end_tell(&asker, code, why.text);
    handover_out_end_owed(daemon, getpid());
}

static void on_reap(uv_timer_t *timer) {
    struct handover_out *handover_out = timer->data;
    int status = 0;
    if (handover_out->pid == 0 || waitpid(handover_out->pid, &status, WNOHANG) != 0)
        give_up(handover_out, status);
}

/* The handover fails before the new process counts. `why` NULL: the new process has ended, and how
 * it ended is the reason. */
static void handover_out_end_fail(struct handover_out *handover_out, int code, const char *why) {
    if (handover_out->shut_ns != 0)
        ingress_resume_streams(handover_out->daemon->ingress);
    handover_out->state = HANDOVER_FAILED;
    handover_out->code = code;
    if (why != NULL)
        (void)error_set(&handover_out->why, "%s", why);
    (void)uv_poll_stop(&handover_out->poll);
    if (handover_out->pid > 0)
        (void)kill(handover_out->pid, SIGKILL);
    (void)uv_timer_start(&handover_out->timer, on_reap, 0, REAP_MS);
}

/* The new process refuses; `text` is "EXITCODE SENTENCE". */
static void handover_out_end_refused(struct handover_out *handover_out, const char *text) {
    const char *sentence = strchr(text, ' ');
    handover_out_end_fail(handover_out, HANDOVER_REFUSED, sentence != NULL ? sentence + 1 : text);
}

/* ---- retire ----
 * A daemon that has handed over: names the new process to the manager, and handles a new process
 * that ends soon.
 */

enum {
    LOOK_MS = 10,      /* interval of checks whether the new process has ended */
    KNOWN_MS = 2,      /* interval of checks whether the manager knows it */
    BARRIER_MS = 5000, /* time a manager has to learn which process is the daemon */
    HEARD_MS = 1000    /* time for the verdict to be heard, and for other commands */
};

/* The manager knows the new process now. Tell the new process before the asker, who may then ask
 * the new process for the next reload. */
static void say_main(struct handover_out *handover_out) {
    (void)uv_timer_stop(&handover_out->timer);
    (void)host_wire_send(handover_out->sock, WORD_MAIN);
    handover_out_end_taken(handover_out, "taken");
    commands_hurry(handover_out->daemon, HEARD_MS);
}

static bool is_known(const struct handover_out *handover_out) {
    struct pollfd known = {.fd = handover_out->known, .events = POLLIN};
    return poll(&known, 1, 0) != 0;
}

/* A manager that does not answer is taken to have read the message at the end of this time. The
 * pipe is polled by a timer, not by the loop: its number may be that of a descriptor which the
 * loop is about to forget. */
static void on_look(uv_timer_t *timer) {
    struct handover_out *handover_out = timer->data;
    if (is_known(handover_out) || handover_out_now_ns() >= handover_out->barrier_ns)
        say_main(handover_out);
}

static void name_new_process(struct handover_out *handover_out) {
    handover_out->known = host_notify_hand_over(handover_out->pid);
    handover_out->barrier_ns = handover_out_now_ns() + (uint64_t)BARRIER_MS * HANDOVER_MS_NS;
    if (handover_out->known < 0 || is_known(handover_out))
        say_main(handover_out);
    else
        (void)uv_timer_start(&handover_out->timer, on_look, KNOWN_MS, KNOWN_MS);
}

/* The new process counts: become an old process. */
static void handover_out_retire_begin(struct handover_out *handover_out) {
    struct daemon *daemon = handover_out->daemon;
    const double pause_ms =
        (double)(handover_out_now_ns() - handover_out->stopped_ns) / HANDOVER_MS_NS;
    handover_out->state = HANDOVER_LEFT;
    daemon->new_pid = handover_out->pid;
    stop_leave(daemon);
    handover_out_end_report(handover_out);
    log_write(LOG_LEVEL_LOG, "reload", "process %d took over; sockets were unread for %.1f ms",
              (int)handover_out->pid, pause_ms);
    handover_out_end_owed(daemon, handover_out->pid);
    name_new_process(handover_out);
}

/* The manager knows the new process: from now on this process may end at any time. */
static void handover_out_retire_alone(struct handover_out *handover_out) {
    handover_out->alone = true;
    uv_unref((uv_handle_t *)&handover_out->poll);
}

/* ---- a new process that ends soon ---- */

/* A manager that still takes this process for the daemon has to see a failure, so that it starts
 * another one. */
static void end_at_once(void) {
    log_write(LOG_LEVEL_ERROR, "reload",
              "the new process ended as soon as it had taken over, so this one ends, too");
    _exit(1);
}

/* The new process ends with this one, so it is waited for: it may still write its values. It is not
 * reaped: a manager that took it for the daemon sees its end once this process has ended. */
static void on_stopped(uv_timer_t *timer) {
    struct handover_out *handover_out = timer->data;
    siginfo_t end = {.si_pid = 0};
    if (waitid(P_PID, (id_t)handover_out->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        end.si_pid == 0)
        return;
    (void)uv_timer_stop(timer);
    if (end.si_code != CLD_EXITED || end.si_status != 0)
        end_at_once();
    handover_out_end_taken(handover_out, "taken, and stopped since");
    stop_answering(handover_out->daemon);
}

/* The new process closed its end of the socket: it stops in order, or it failed. */
static void handover_out_retire_lost(struct handover_out *handover_out) {
    if (handover_out->alone)
        stop_answering(handover_out->daemon);
    else
        (void)uv_timer_start(&handover_out->timer, on_stopped, 0, LOOK_MS);
}

/* ---- pause ----
 * The time in which no one reads: from the last datagram that this daemon applied until its
 * new process counts or has failed.
 */

/* Wait for a message with this word until the timeout ends, while breaker pages keep their
 * beat. False: another message came (it is in *message), the new process has ended, or time is up
 * (text "" for both). */
static bool await(struct handover_out *handover_out, const char *word,
                  struct wire_message *message) {
    const uint64_t timeout_ns =
        handover_out->begun_ns + (uint64_t)HANDOVER_TIMEOUT_MS * HANDOVER_MS_NS;
    const uint64_t stopped_ns =
        handover_out->stopped_ns + (uint64_t)HANDOVER_STOPPED_MS * HANDOVER_MS_NS;
    const uint64_t end_ns = timeout_ns < stopped_ns ? timeout_ns : stopped_ns;
    for (;;) {
        const uint64_t beat_ns =
            handover_out_now_ns() + (uint64_t)BREAKER_PAGE_BEAT_MS * HANDOVER_MS_NS;
        const enum wire_result result =
            host_wire_await(handover_out->sock, beat_ns < end_ns ? beat_ns : end_ns, message);
        if (result == WIRE_GOT)
            return host_wire_is(message, word, NULL);
        message->text[0] = '\0';
        handover_out->ended = result == WIRE_END;
        if (handover_out->ended || handover_out_now_ns() >= end_ns)
            return false;
        upkeep_beat(handover_out->daemon);
    }
}

static bool say(struct handover_out *handover_out, const char *word) {
    handover_out->ended = !host_wire_send(handover_out->sock, "%s", word);
    return !handover_out->ended;
}

/* Have the manager keep the descriptor, even if this process ends. */
static void store_one(struct handover_out *handover_out, const char *name, int fd) {
    char(*stored)[INHERITED_NAME_MAX] =
        memory_resize(handover_out->stored, handover_out->stored_count + 1, sizeof *stored);
    handover_out->stored = stored;
    (void)snprintf(stored[handover_out->stored_count++], sizeof *stored, "%s", name);
    (void)host_notify_keep(name, fd);
}

static bool store_all(struct handover_out *handover_out, struct wire_message *message) {
    char name[INHERITED_NAME_MAX];
    for (size_t i = 0; i < message->fd_count; i++) {
        if (!host_wire_name(message, i, name))
            return false;
        store_one(handover_out, name, message->fds[i]);
        if (text_begins(name, INHERITED_OBJECT)) {
            handover_out_close_fd(&handover_out->object);
            handover_out->object = host_wire_take(message, i);
        }
    }
    return true;
}

/* Act on a message "keeps" or "unused". False: it is another message, or acting failed. */
static bool take_list(struct handover_out *handover_out, struct wire_message *message) {
    const char *name;
    if (host_wire_is(message, WORD_KEEPS, NULL))
        return store_all(handover_out, message);
    if (!host_wire_is(message, WORD_UNUSED, &name))
        return false;
    fdstore_note_gone(&handover_out->daemon->fdstore, name);
    return true;
}

/* Store what is to be kept for the new process, until it reports that it has taken over. */
static bool await_taken(struct handover_out *handover_out, struct wire_message *message) {
    while (!await(handover_out, WORD_TAKEN, message)) {
        const bool good = take_list(handover_out, message);
        host_wire_drop(message);
        if (!good)
            return false;
    }
    return true;
}

static void fail_stopped(struct handover_out *handover_out, const struct wire_message *message) {
    const char *text = "";
    struct error why;
    queries_retire(handover_out->daemon, false);
    fdstore_note_none_gone(&handover_out->daemon->fdstore);
    if (host_wire_is(message, WORD_REFUSED, &text)) {
        handover_out_end_refused(handover_out, text);
        return;
    }
    handover_out_end_describe(handover_out_end_reap(handover_out), &why);
    if (handover_out->ended)
        handover_out_end_fail(handover_out, HANDOVER_REFUSED, why.text);
    else
        handover_out_end_fail(handover_out, HANDOVER_TIMEOUT,
                              "the new process took too long to take over, and was killed");
}

/* The new process is prepared: hand over. Returns when the new
 * process is the daemon, or has failed. */
static void handover_out_pause_hand_over(struct handover_out *handover_out) {
    struct daemon *daemon = handover_out->daemon;
    struct wire_message message = {.text = ""};
    (void)uv_timer_stop(&handover_out->timer);
    queries_retire(daemon, true);
    ingress_settle(daemon->ingress);
    ingress_alive(daemon->ingress);
    source_publish(daemon);
    history_feed_end(daemon);
    handover_out->stopped_ns = handover_out_now_ns();
    bool good = say(handover_out, WORD_STOPPED) && await_taken(handover_out, &message);
    if (good)
        queries_await_retired(daemon); /* a role may allow few, and the new process connects soon */
    good = good && say(handover_out, WORD_GO) && await(handover_out, WORD_COMMITTED, &message);
    if (good)
        handover_out_retire_begin(handover_out);
    else
        fail_stopped(handover_out, &message);
    host_wire_drop(&message);
}

/* ---- streams ---- */

enum {
    STREAMS_MS = 2000, /* time to read what was written on connections before the pause */
    STREAMS_LOOK_MS = 1
};

static void on_streams(uv_timer_t *timer) {
    struct handover_out *handover_out = timer->data;
    if (ingress_streams_left(handover_out->daemon->ingress) > 0 &&
        handover_out_now_ns() < handover_out->shut_ns + (uint64_t)STREAMS_MS * HANDOVER_MS_NS)
        return;
    handover_out_pause_hand_over(handover_out);
}

/* The new process is prepared. A connection ends with this process, so those of inputs are read to
 * their ends first. */
static void handover_out_prepared(struct handover_out *handover_out) {
    ingress_shut_streams(handover_out->daemon->ingress);
    handover_out->shut_ns = handover_out_now_ns();
    if (ingress_streams_left(handover_out->daemon->ingress) == 0)
        handover_out_pause_hand_over(handover_out);
    else
        (void)uv_timer_start(&handover_out->timer, on_streams, STREAMS_LOOK_MS, STREAMS_LOOK_MS);
}

/* ---- handover out ---- */

/* ---- the new process prepares ---- */

static void take_report(struct handover_out *handover_out, struct wire_message *message) {
    handover_out_close_fd(&handover_out->report);
    handover_out->report = host_wire_take(message, 0);
}

static void take_more(struct handover_out *handover_out, const char *line) {
    if (handover_out->more.count < HANDOVER_MORE_MAX)
        diagnostics_messages_add(&handover_out->more, "%s", line);
}

static void on_message(struct handover_out *handover_out, struct wire_message *message) {
    const char *text;
    if (handover_out->state == HANDOVER_LEFT) {
        if (host_wire_is(message, WORD_MAIN, NULL))
            handover_out_retire_alone(handover_out);
        return;
    }
    if (host_wire_is(message, WORD_MORE, &text))
        take_more(handover_out, text);
    else if (host_wire_is(message, WORD_REFUSED, &text))
        handover_out_end_refused(handover_out, text);
    else if (host_wire_is(message, WORD_PARTLY, &text))
        (void)error_set(&handover_out->partly, "%s", text);
    else if (host_wire_is(message, WORD_REPORT, NULL))
        take_report(handover_out, message);
    else if (host_wire_is(message, WORD_PREPARED, NULL))
        handover_out_prepared(handover_out);
}

static void on_end(struct handover_out *handover_out) {
    (void)uv_poll_stop(&handover_out->poll);
    if (handover_out->state == HANDOVER_LEFT)
        handover_out_retire_lost(handover_out);
    else
        handover_out_end_fail(handover_out, HANDOVER_REFUSED, NULL);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    struct handover_out *handover_out = poll->data;
    struct wire_message message;
    (void)status;
    (void)events;
    const enum wire_result result = host_wire_receive(handover_out->sock, &message);
    if (result == WIRE_GOT) {
        on_message(handover_out, &message);
        host_wire_drop(&message);
    }
    if (result == WIRE_END)
        on_end(handover_out);
}

/* ---- beginning ---- */

static void on_late(uv_timer_t *timer) {
    handover_out_end_fail(timer->data, HANDOVER_TIMEOUT,
                          "the new process was not ready in time, and was killed");
}

static const char *why_not(const struct daemon *daemon) {
    if (daemon->program == NULL)
        return "it is not known which program this process runs; restart it";
    if (daemon->object == NULL)
        return "the values are in memory that ends with this process; restart it with more memory";
    if (host_notify_can_keep() == NOTIFY_NOBODY && !daemon->supervisor.lost)
        return "neither a service manager nor a supervisor watches this process, so what started "
               "it would take its end for the daemon's; leave out --no-supervisor";
    return NULL;
}

static bool refuse(struct daemon *daemon, const struct handover_asker *asker, int code,
                   const char *why) {
    const struct messages no_more = {0};
    struct handover_asker once = *asker;
    if (code == HANDOVER_REFUSED)
        reload_report_refused(&daemon->reload, daemon_now().real_ms, why);
    refusals_log(code == HANDOVER_UNDER_WAY ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, why, &no_more);
    handover_out_end_tell(&once, code, why);
    return false;
}

/* Start the new process with its end of the socket pair, which is closed here. */
static int start(struct handover_out *handover_out, int end) {
    const struct daemon *daemon = handover_out->daemon;
    char variable[sizeof HANDOVER_VARIABLE + 16];
    (void)snprintf(variable, sizeof variable, HANDOVER_VARIABLE "=%d", PROGRAM_FD);
    const struct program program = {
        .path = daemon->program, .arguments = daemon->arguments, .variable = variable, .fd = end};
    const int result = program_start(&program, &handover_out->pid);
    (void)close(end);
    return result;
}

static void watch(struct handover_out *handover_out) {
    struct daemon *daemon = handover_out->daemon;
    (void)uv_poll_init(&daemon->loop, &handover_out->poll, handover_out->sock);
    (void)uv_timer_init(&daemon->loop, &handover_out->timer);
    handover_out->poll.data = handover_out;
    handover_out->timer.data = handover_out;
    handover_out->handles = 2;
    (void)uv_poll_start(&handover_out->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    (void)uv_timer_start(&handover_out->timer, on_late, HANDOVER_TIMEOUT_MS, 0);
}

/* Start the new process, connected to us by `sock`. Returns 0 or -errno. */
static int start_connected(struct handover_out *handover_out) {
    int ends[2];
    if (!host_wire_pair(ends))
        return -errno;
    const int result = start(handover_out, ends[1]);
    if (result == 0)
        handover_out->sock = ends[0];
    else
        (void)close(ends[0]);
    return result;
}

static void send_offer(struct handover_out *handover_out) {
    if (handover_out_offer_send(handover_out->daemon, handover_out->sock))
        return;
    /* A new process that has ended may have sent its own reason; else its exit status is the
     * reason. */
    const bool ended = errno == EPIPE || errno == ECONNRESET;
    handover_out_end_fail(handover_out, HANDOVER_REFUSED,
                          ended ? NULL : "what this process has cannot be passed on");
}

static bool begin(struct daemon *daemon, const struct handover_asker *asker) {
    struct handover_out *handover_out = memory_alloc(sizeof *handover_out);
    *handover_out = (struct handover_out){.daemon = daemon,
                                          .asker = *asker,
                                          .known = -1,
                                          .report = -1,
                                          .object = -1,
                                          .begun_ns = handover_out_now_ns()};
    const int result = start_connected(handover_out);
    if (result != 0) {
        struct error why;
        (void)error_set(&why, "%s cannot be started: %s", daemon->program, strerror(-result));
        free(handover_out);
        return refuse(daemon, asker, HANDOVER_REFUSED, why.text);
    }
    daemon->handover_out = handover_out;
    handover_in_end_old(daemon->handover_in); /* at most one old process at a time */
    ingress_path_watch_hold(daemon->path_watch, true);
    watch(handover_out);
    send_offer(handover_out);
    return true;
}

bool handover_out_begin(struct daemon *daemon, const struct handover_asker *asker) {
    const struct handover_asker nobody = {0};
    const struct handover_asker *whom = asker != NULL ? asker : &nobody;
    if (daemon->stopping || daemon->handover_out != NULL)
        return refuse(daemon, whom, HANDOVER_UNDER_WAY,
                      daemon->stopping ? "this process is about to end" : "a reload is under way");
    if (handover_in_waits(daemon->handover_in))
        return refuse(daemon, whom, HANDOVER_UNDER_WAY, "the last reload is not over yet");
    const char *why = why_not(daemon);
    return why != NULL ? refuse(daemon, whom, HANDOVER_REFUSED, why) : begin(daemon, whom);
}

void handover_out_ask(struct daemon *daemon) {
    if (daemon->handover_out == NULL && !handover_in_waits(daemon->handover_in)) {
        (void)handover_out_begin(daemon, NULL);
        return;
    }
    if (!daemon->reload_owed)
        log_write(LOG_LEVEL_LOG, "reload", "SIGHUP during a reload: another one follows it");
    daemon->reload_owed = true;
}

void handover_out_cancel(struct daemon *daemon, const char *why) {
    struct handover_out *handover_out = daemon->handover_out;
    if (handover_out == NULL || handover_out->state == HANDOVER_LEFT)
        return;
    if (handover_out->pid > 0)
        (void)handover_out_end_reap(handover_out);
    handover_out_end_forget(handover_out);
    handover_out_end_tell(&handover_out->asker, HANDOVER_TIMEOUT, why);
    handover_out_end_close(daemon);
}

bool handover_out_signal(struct daemon *daemon, int number) {
    struct handover_out *handover_out = daemon->handover_out;
    if (handover_out == NULL || handover_out->state != HANDOVER_LEFT)
        return false;
    (void)kill(handover_out->pid, number);
    return true;
}

void handover_out_close(struct daemon *daemon) {
    handover_out_end_close(daemon);
}
