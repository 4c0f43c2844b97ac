/* handover_out.c - a reload, as the old process sees it: offer, freeze, retire, result. */
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
#include "host/log.h"
#include "host/program.h"
#include "host/unix_socket.h"
#include "mistakes/mistakes.h"
#include "store/store.h"
#include "supervisor/supervisor.h"

/* ---- succession_offer ----
 * What the successor gets: the program of this daemon, its configuration, and all descriptors it
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
    const struct handover *handover = &daemon->handover;
    struct ingress_view view;
    for (size_t i = 0; i < handover->count; i++)
        put(offer, "", handover->items[i].name, handover->items[i].fd);
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        ingress_at(daemon->ingress, i, &view);
        put_listener(offer, &view);
    }
    if (daemon->supervisor.open)
        put(offer, "", INHERITED_SUPERVISOR, daemon->supervisor.fd);
    put(offer, "", MEANWHILE_NAME, daemon->away.fd);
}

/* Send the stamp of this program and the description of its configuration. */
static bool send_hello(const struct daemon *daemon, int sock) {
    const struct wire_item had = {"configuration", daemon->description};
    char stamp[PROGRAM_STAMP_MAX];
    program_stamp(stamp);
    return host_wire_send(sock, "hello %d %s", SUCCESSION_VERSION, stamp) &&
           (had.fd < 0 || host_wire_send_items(sock, "had", &had, 1));
}

/* Send everything this daemon has to a successor that was started. False: not sent; errno says
 * why. */
static bool succession_offer_send(const struct daemon *daemon, int sock) {
    const size_t most = daemon->handover.count + 2 * ingress_count(daemon->ingress) + 2;
    struct offer offer = {.items = calloc(most, sizeof *offer.items),
                          .names = calloc(most, sizeof *offer.names)};
    bool good = offer.items != NULL && offer.names != NULL;
    if (good) {
        fill_offer(daemon, &offer);
        good = send_hello(daemon, sock) &&
               host_wire_send_items(sock, "keeps", offer.items, offer.count) &&
               host_wire_send(sock, "begin");
    }
    free(offer.items);
    free(offer.names);
    return good;
}

/* ---- succession_end ----
 * The end of a succession: the answer to whoever asked, and a successor that fails before it
 * counts.
 */

enum { SUCCESSION_MS_NS = 1000000 };

enum succession_state {
    SUCCESSION_PREPARING, /* the successor prepares, and the daemon reads */
    SUCCESSION_FAILED,    /* the successor was killed; its end is awaited */
    SUCCESSION_LEFT       /* the successor is the daemon */
};

struct succession {
    struct daemon *daemon;
    struct succession_asker asker;
    enum succession_state state;
    pid_t pid;
    int sock;
    uv_poll_t poll; /* watches `sock` */
    uv_timer_t timer;
    uint64_t barrier_ns; /* until when a manager has to confirm the new daemon */
    int known;           /* readable once the manager knows the new daemon; -1: none */
    unsigned handles;    /* open libuv handles */
    uint64_t begun_ns;
    uint64_t stopped_ns;
    int report;                         /* file with the successor's report of changes; -1: none */
    int object;                         /* the successor's object; -1: not passed */
    char (*stored)[INHERITED_NAME_MAX]; /* names of what the manager keeps for the successor */
    size_t stored_count;
    bool ended; /* the successor closed its end */
    bool alone; /* the successor no longer ends with this process */
    bool told;  /* a signal to stop was passed on to it */
    int code;   /* the verdict, while the successor's end is awaited */
    struct error why;
    struct error partly;  /* why not all files are in force in the successor; "": they are */
    struct messages more; /* what else is wrong, one line each */
};

static inline uint64_t succession_now_ns(void) {
    return (uint64_t)clock_mono_ns();
}

static inline void succession_close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

enum { REAP_MS = 10 /* interval of checks whether a killed successor has ended */ };

/* ---- the verdict ---- */

static bool is_warning(const char *line) {
    return text_begins(line, CONFIGURATION_WARNING);
}

/* Pass each line of the report to the asker and the log. */
/* Pass each line of the report to the asker and the log. */
static void succession_end_report(const struct succession *succession) {
    const int fd = succession->report >= 0 ? dup(succession->report) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "re") : NULL;
    char line[1024];
    size_t bytes = 0;
    if (file == NULL)
        return;
    rewind(file);
    while (bytes < SUCCESSION_REPORT_MAX && fgets(line, sizeof line, file) != NULL) {
        bytes += strlen(line);
        line[strcspn(line, "\n")] = '\0';
        if (succession->asker.line != NULL)
            succession->asker.line(succession->asker.arg, line);
        log_write(is_warning(line) ? LOG_LEVEL_WARN : LOG_LEVEL_LOG, "reload", "%s", line);
    }
    (void)fclose(file);
}

/* Give the verdict, once. */
static void succession_end_tell(struct succession_asker *asker, int code, const char *text) {
    if (asker->end != NULL)
        asker->end(asker->arg, code, text);
    *asker = (struct succession_asker){0};
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle) {
    struct succession *succession = handle->data;
    if (--succession->handles > 0)
        return;
    succession_close_fd(&succession->sock);
    succession_close_fd(&succession->known);
    succession_close_fd(&succession->report);
    succession_close_fd(&succession->object);
    mistakes_messages_done(&succession->more);
    free(succession->stored);
    free(succession);
}

static void close_handle(uv_handle_t *handle) {
    if (handle->loop != NULL && !uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* Close what is open; the memory is freed once the loop has closed all handles. */
static void succession_end_close(struct daemon *daemon) {
    struct succession *succession = daemon->succession;
    daemon->succession = NULL;
    if (succession == NULL)
        return;
    ingress_path_watch_hold(daemon->path_watch, false);
    close_handle((uv_handle_t *)&succession->poll);
    close_handle((uv_handle_t *)&succession->timer);
}

/* Kill the successor and wait for it. Returns its exit status. */
static int succession_end_bury(struct succession *succession) {
    int status = 0;
    (void)kill(succession->pid, SIGKILL);
    (void)waitpid(succession->pid, &status, 0);
    succession->pid = 0;
    return status;
}

void succession_end_owed(struct daemon *daemon, pid_t now) {
    if (daemon->reload_owed)
        (void)kill(now, SIGHUP);
    daemon->reload_owed = false;
}

/* ---- a successor that fails ---- */

/* Describe in a sentence how a process ended. */
static void succession_end_describe(int status, struct error *ret_error) {
    if (WIFSIGNALED(status))
        (void)error_set(ret_error, "the new process was killed by signal %d (SIG%s)",
                        WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
    else
        (void)error_set(ret_error, "the new process ended with exit code %d", WEXITSTATUS(status));
}

/* The successor ended before it began to work, and received nothing. Mark its object as waiting,
 * so that ours counts, even for a manager that did not hear us. */
static void revoke_object(struct succession *succession) {
    const uint32_t waiting = 1;
    struct object_file file;
    struct object_marks marks;
    struct error ignored;
    uint64_t at;
    if (succession->object < 0 || !host_object_file_open(succession->object, &file, &ignored))
        return;
    succession->object = -1; /* owned by `file` now */
    if (image_marks(file.at, file.size, &marks, &at))
        (void)pwrite(file.fd, &waiting, sizeof waiting,
                     (off_t)(at + offsetof(struct object_marks, waiting)));
    host_object_file_close(&file);
}

/* Have the manager give up what was stored for the successor. */
static void succession_end_forget(const struct succession *succession) {
    for (size_t i = 0; i < succession->stored_count; i++)
        host_notify_forget(succession->stored[i]);
}

static void tell_more(const struct succession *succession) {
    if (succession->asker.line == NULL)
        return;
    for (const char *line = mistakes_messages_next(&succession->more, NULL); line != NULL;
         line = mistakes_messages_next(&succession->more, line))
        succession->asker.line(succession->asker.arg, line);
}

/* Give the verdict that the successor is the daemon, and whether all files are in force there. */
static void succession_end_taken(struct succession *succession, const char *text) {
    struct error partly;
    if (succession->partly.text[0] == '\0') {
        succession_end_tell(&succession->asker, SUCCESSION_TAKEN, text);
        return;
    }
    (void)error_set(&partly, "%s, but not all files are in force: %s", text,
                    succession->partly.text);
    refusals_log_partly(LOG_LEVEL_ERROR, partly.text, &succession->more);
    tell_more(succession);
    succession_end_tell(&succession->asker, SUCCESSION_PARTLY, partly.text);
}

/* The successor was reaped: clean up and report how it ended. */
static void give_up(struct succession *succession, int status) {
    struct daemon *daemon = succession->daemon;
    if (succession->why.text[0] == '\0')
        succession_end_describe(status, &succession->why);
    revoke_object(succession);
    succession_end_forget(succession);
    refusals_log(LOG_LEVEL_ERROR, succession->why.text, &succession->more);
    reload_report_refused(&daemon->reload, daemon_now().real_ms, succession->why.text);
    tell_more(succession);
    struct succession_asker asker = succession->asker;
    const int code = succession->code;
    const struct error why = succession->why;
    succession_end_close(daemon);
    succession_end_tell(&asker, code, why.text);
    succession_end_owed(daemon, getpid());
}

static void on_reap(uv_timer_t *timer) {
    struct succession *succession = timer->data;
    int status = 0;
    if (succession->pid == 0 || waitpid(succession->pid, &status, WNOHANG) != 0)
        give_up(succession, status);
}

/* The handover fails before the successor counts. `why` NULL: the successor has ended, and how
 * it ended is the reason. */
/* The handover fails before the successor counts. `why` NULL: how the successor ended is the
 * reason. */
static void succession_end_fail(struct succession *succession, int code, const char *why) {
    succession->state = SUCCESSION_FAILED;
    succession->code = code;
    if (why != NULL)
        (void)error_set(&succession->why, "%s", why);
    (void)uv_poll_stop(&succession->poll);
    if (succession->pid > 0)
        (void)kill(succession->pid, SIGKILL);
    (void)uv_timer_start(&succession->timer, on_reap, 0, REAP_MS);
}

/* The successor refuses; `text` is "EXITCODE SENTENCE". */
/* The successor refuses; `text` is "EXITCODE SENTENCE". */
static void succession_end_refused(struct succession *succession, const char *text) {
    const char *sentence = strchr(text, ' ');
    succession_end_fail(succession, SUCCESSION_REFUSED, sentence != NULL ? sentence + 1 : text);
}

/* ---- succession_former ----
 * A daemon that has handed over: names its successor to the manager, and handles a successor
 * that ends soon.
 */

enum {
    LOOK_MS = 10,     /* interval of checks whether the successor has ended */
    KNOWN_MS = 2,     /* interval of checks whether the manager knows it */
    BARRIER_MS = 5000 /* time a manager has to learn which process is the daemon */
};

/* The manager knows the successor now. Tell the successor before the asker, who may then ask the
 * successor for the next reload. */
static void say_main(struct succession *succession) {
    (void)uv_timer_stop(&succession->timer);
    (void)host_wire_send(succession->sock, "main");
    succession_end_taken(succession, "taken");
}

static bool is_known(const struct succession *succession) {
    struct pollfd known = {.fd = succession->known, .events = POLLIN};
    return poll(&known, 1, 0) != 0;
}

/* A manager that does not answer is taken to have read the message at the end of this time. The
 * pipe is polled by a timer, not by the loop: its number may be that of a descriptor which the
 * loop is about to forget. */
static void on_look(uv_timer_t *timer) {
    struct succession *succession = timer->data;
    if (is_known(succession) || succession_now_ns() >= succession->barrier_ns)
        say_main(succession);
}

static void name_successor(struct succession *succession) {
    succession->known = host_notify_hand_over(succession->pid);
    succession->barrier_ns = succession_now_ns() + (uint64_t)BARRIER_MS * SUCCESSION_MS_NS;
    if (succession->known < 0 || is_known(succession))
        say_main(succession);
    else
        (void)uv_timer_start(&succession->timer, on_look, KNOWN_MS, KNOWN_MS);
}

/* The successor counts: become a former daemon. */
static void succession_former_begin(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    const double pause_ms =
        (double)(succession_now_ns() - succession->stopped_ns) / SUCCESSION_MS_NS;
    succession->state = SUCCESSION_LEFT;
    daemon->heir = succession->pid;
    stop_leave(daemon);
    succession_end_report(succession);
    log_write(LOG_LEVEL_LOG, "reload", "process %d took over; sockets were unread for %.1f ms",
              (int)succession->pid, pause_ms);
    succession_end_owed(daemon, succession->pid);
    name_successor(succession);
}

/* The manager knows the successor: from now on this process may end at any time. */
static void succession_former_alone(struct succession *succession) {
    succession->alone = true;
    uv_unref((uv_handle_t *)&succession->poll);
}

/* ---- a successor that ends soon ---- */

/* A manager that still takes this process for the daemon has to see a failure, so that it starts
 * another one. */
static void end_at_once(void) {
    enum { FLUSH_MS = 500 };
    log_write(LOG_LEVEL_ERROR, "reload",
              "the new process ended as soon as it had taken over, so this one ends, too");
    log_flush(FLUSH_MS);
    _exit(1);
}

static void on_stopped(uv_timer_t *timer) {
    struct succession *succession = timer->data;
    int status = 0;
    if (waitpid(succession->pid, &status, WNOHANG) == 0)
        return;
    (void)uv_timer_stop(timer);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        end_at_once();
    stop_answering(succession->daemon);
}

/* The successor ends with this process and may still write its values: wait, and end as it does. */
static void await_stop(struct succession *succession) {
    succession_end_taken(succession, "taken, and stopped since");
    (void)uv_timer_start(&succession->timer, on_stopped, 0, LOOK_MS);
}

/* The successor closed its end of the socket. */
static void succession_former_lost(struct succession *succession) {
    if (succession->alone)
        stop_answering(succession->daemon);
    else if (succession->told)
        await_stop(succession);
    else
        end_at_once();
}

/* ---- succession_pause ----
 * The time in which nobody reads: from the last datagram that this daemon applied until its
 * successor counts or has failed.
 */

/* Wait for a message with this word until the timeout ends, while breaker pages keep their
 * beat. False: another message came (it is in *message), the successor has ended, or time is up
 * (text "" for both). */
static bool await(struct succession *succession, const char *word, struct wire_message *message) {
    const uint64_t timeout_ns =
        succession->begun_ns + (uint64_t)SUCCESSION_TIMEOUT_MS * SUCCESSION_MS_NS;
    const uint64_t stopped_ns =
        succession->stopped_ns + (uint64_t)SUCCESSION_STOPPED_MS * SUCCESSION_MS_NS;
    const uint64_t end_ns = timeout_ns < stopped_ns ? timeout_ns : stopped_ns;
    for (;;) {
        const uint64_t beat_ns =
            succession_now_ns() + (uint64_t)BREAKER_PAGE_BEAT_MS * SUCCESSION_MS_NS;
        const enum wire_result result =
            host_wire_await(succession->sock, beat_ns < end_ns ? beat_ns : end_ns, message);
        if (result == WIRE_GOT)
            return host_wire_is(message, word, NULL);
        message->text[0] = '\0';
        succession->ended = result == WIRE_END;
        if (succession->ended || succession_now_ns() >= end_ns)
            return false;
        upkeep_beat(succession->daemon);
    }
}

static bool say(struct succession *succession, const char *word) {
    succession->ended = !host_wire_send(succession->sock, "%s", word);
    return !succession->ended;
}

/* Have the manager keep the descriptor, even if this process ends. */
static bool store_one(struct succession *succession, const char *name, int fd) {
    char(*stored)[INHERITED_NAME_MAX] =
        realloc(succession->stored, (succession->stored_count + 1) * sizeof *stored);
    if (stored == NULL)
        return false;
    succession->stored = stored;
    (void)snprintf(stored[succession->stored_count++], sizeof *stored, "%s", name);
    (void)host_notify_keep(name, fd);
    return true;
}

static bool store_all(struct succession *succession, struct wire_message *message) {
    char name[INHERITED_NAME_MAX];
    for (size_t i = 0; i < message->fd_count; i++) {
        if (!host_wire_name(message, i, name) || !store_one(succession, name, message->fds[i]))
            return false;
        if (text_begins(name, INHERITED_OBJECT)) {
            succession_close_fd(&succession->object);
            succession->object = host_wire_take(message, i);
        }
    }
    return true;
}

/* Act on a message "keeps" or "unused". False: it is another message, or acting failed. */
static bool take_list(struct succession *succession, struct wire_message *message) {
    const char *name;
    if (host_wire_is(message, "keeps", NULL))
        return store_all(succession, message);
    if (!host_wire_is(message, "unused", &name))
        return false;
    handover_note_gone(&succession->daemon->handover, name);
    return true;
}

/* Store what is to be kept for the successor, until it reports that it has taken over. */
static bool await_taken(struct succession *succession, struct wire_message *message) {
    while (!await(succession, "taken", message)) {
        const bool good = take_list(succession, message);
        host_wire_drop(message);
        if (!good)
            return false;
    }
    return true;
}

static void fail_stopped(struct succession *succession, const struct wire_message *message) {
    const char *text = "";
    struct error why;
    queries_retire(succession->daemon, false);
    handover_note_none_gone(&succession->daemon->handover);
    if (host_wire_is(message, "refused", &text)) {
        succession_end_refused(succession, text);
        return;
    }
    succession_end_describe(succession_end_bury(succession), &why);
    if (succession->ended)
        succession_end_fail(succession, SUCCESSION_REFUSED, why.text);
    else
        succession_end_fail(succession, SUCCESSION_TIMEOUT,
                            "the new process took too long to take over, and was killed");
}

/* The successor, of this version of the words, is prepared: hand over. Returns when the successor
 * is the daemon, or has failed. */
static void succession_pause_hand_over(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    struct wire_message message = {.text = ""};
    (void)uv_timer_stop(&succession->timer);
    queries_retire(daemon, true);
    ingress_settle(daemon->ingress);
    ingress_alive(daemon->ingress);
    source_publish(daemon);
    history_feed_end(daemon);
    succession->stopped_ns = succession_now_ns();
    bool good = say(succession, "stopped") && await_taken(succession, &message);
    if (good)
        queries_await_retired(daemon); /* a role may allow few, and the successor connects soon */
    good = good && say(succession, "go") && await(succession, "committed", &message);
    if (good)
        succession_former_begin(succession);
    else
        fail_stopped(succession, &message);
    host_wire_drop(&message);
}

/* ---- succession ---- */

/* ---- the successor prepares ---- */

static void take_report(struct succession *succession, struct wire_message *message) {
    succession_close_fd(&succession->report);
    succession->report = host_wire_take(message, 0);
}

static void take_more(struct succession *succession, const char *line) {
    if (succession->more.count < SUCCESSION_MORE_MAX)
        mistakes_messages_add(&succession->more, "%s", line);
}

static void on_message(struct succession *succession, struct wire_message *message) {
    const char *text;
    if (succession->state == SUCCESSION_LEFT) {
        if (host_wire_is(message, "main", NULL))
            succession_former_alone(succession);
        return;
    }
    if (host_wire_is(message, "more", &text))
        take_more(succession, text);
    else if (host_wire_is(message, "refused", &text))
        succession_end_refused(succession, text);
    else if (host_wire_is(message, "partly", &text))
        (void)error_set(&succession->partly, "%s", text);
    else if (host_wire_is(message, "report", NULL))
        take_report(succession, message);
    else if (host_wire_is(message, "prepared", &text))
        succession_pause_hand_over(succession);
}

static void on_end(struct succession *succession) {
    (void)uv_poll_stop(&succession->poll);
    if (succession->state == SUCCESSION_LEFT)
        succession_former_lost(succession);
    else
        succession_end_fail(succession, SUCCESSION_REFUSED, NULL);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    struct succession *succession = poll->data;
    struct wire_message message;
    (void)status;
    (void)events;
    const enum wire_result result = host_wire_receive(succession->sock, &message);
    if (result == WIRE_GOT)
        on_message(succession, &message);
    if (result == WIRE_GOT)
        host_wire_drop(&message);
    if (result == WIRE_END)
        on_end(succession);
}

/* ---- beginning ---- */

static void on_late(uv_timer_t *timer) {
    succession_end_fail(timer->data, SUCCESSION_TIMEOUT,
                        "the new process was not ready in time, and was killed");
}

static const char *why_not(const struct daemon *daemon) {
    if (daemon->program == NULL)
        return "it is not known which program this process runs; restart it";
    if (daemon->object == NULL)
        return "the values are in memory that ends with this process; restart it with more memory";
    if (host_notify_can_keep() == NOTIFY_NOBODY && !daemon->supervisor.lost)
        return "no service manager and no supervisor would know that another process goes on: "
               "whoever "
               "started this one would take its end for the daemon's; leave out --no-supervisor";
    return NULL;
}

static bool refuse(struct daemon *daemon, const struct succession_asker *asker, int code,
                   const char *why) {
    const struct messages no_more = {0};
    struct succession_asker once = *asker;
    if (code == SUCCESSION_REFUSED)
        reload_report_refused(&daemon->reload, daemon_now().real_ms, why);
    refusals_log(code == SUCCESSION_UNDER_WAY ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, why, &no_more);
    succession_end_tell(&once, code, why);
    return false;
}

/* Start the successor with its end of the socket pair, which is closed here. */
static int start(struct succession *succession, int end) {
    const struct daemon *daemon = succession->daemon;
    char variable[sizeof SUCCESSION_VARIABLE + 16];
    (void)snprintf(variable, sizeof variable, SUCCESSION_VARIABLE "=%d", PROGRAM_FD);
    const struct program program = {
        .path = daemon->program, .arguments = daemon->arguments, .variable = variable, .fd = end};
    const int result = program_start(&program, &succession->pid);
    (void)close(end);
    return result;
}

static void watch(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    (void)uv_poll_init(&daemon->loop, &succession->poll, succession->sock);
    (void)uv_timer_init(&daemon->loop, &succession->timer);
    succession->poll.data = succession;
    succession->timer.data = succession;
    succession->handles = 2;
    (void)uv_poll_start(&succession->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    (void)uv_timer_start(&succession->timer, on_late, SUCCESSION_TIMEOUT_MS, 0);
}

/* Start the successor, connected to us by `sock`. Returns 0 or -errno. */
static int start_connected(struct succession *succession) {
    int ends[2];
    if (!host_wire_pair(ends))
        return -errno;
    const int result = start(succession, ends[1]);
    if (result == 0)
        succession->sock = ends[0];
    else
        (void)close(ends[0]);
    return result;
}

static void send_offer(struct succession *succession) {
    if (succession_offer_send(succession->daemon, succession->sock))
        return;
    /* A successor that has ended may have sent its own reason; else its exit status is the
     * reason. */
    const bool ended = errno == EPIPE || errno == ECONNRESET;
    succession_end_fail(succession, SUCCESSION_REFUSED,
                        ended ? NULL : "what this process has cannot be passed on");
}

static bool begin(struct daemon *daemon, const struct succession_asker *asker) {
    struct succession *succession = calloc(1, sizeof *succession);
    if (succession == NULL)
        return refuse(daemon, asker, SUCCESSION_REFUSED, "out of memory");
    *succession = (struct succession){.daemon = daemon,
                                      .asker = *asker,
                                      .known = -1,
                                      .report = -1,
                                      .object = -1,
                                      .begun_ns = succession_now_ns()};
    const int result = start_connected(succession);
    if (result != 0) {
        struct error why;
        (void)error_set(&why, "%s cannot be started: %s", daemon->program, strerror(-result));
        free(succession);
        return refuse(daemon, asker, SUCCESSION_REFUSED, why.text);
    }
    daemon->succession = succession;
    successor_end_former(daemon->successor); /* at most one former daemon at a time */
    ingress_path_watch_hold(daemon->path_watch, true);
    watch(succession);
    send_offer(succession);
    return true;
}

bool succession_begin(struct daemon *daemon, const struct succession_asker *asker) {
    const struct succession_asker nobody = {0};
    const struct succession_asker *whom = asker != NULL ? asker : &nobody;
    if (daemon->stopping || daemon->succession != NULL)
        return refuse(daemon, whom, SUCCESSION_UNDER_WAY,
                      daemon->stopping ? "this process is about to end" : "a reload is under way");
    if (successor_waits(daemon->successor))
        return refuse(daemon, whom, SUCCESSION_UNDER_WAY, "the last reload is not over yet");
    const char *why = why_not(daemon);
    return why != NULL ? refuse(daemon, whom, SUCCESSION_REFUSED, why) : begin(daemon, whom);
}

void succession_ask(struct daemon *daemon) {
    if (daemon->succession == NULL && !successor_waits(daemon->successor)) {
        (void)succession_begin(daemon, NULL);
        return;
    }
    if (!daemon->reload_owed)
        log_write(LOG_LEVEL_LOG, "reload", "SIGHUP during a reload: another one follows it");
    daemon->reload_owed = true;
}

void succession_cancel(struct daemon *daemon, const char *why) {
    struct succession *succession = daemon->succession;
    if (succession == NULL || succession->state == SUCCESSION_LEFT)
        return;
    if (succession->pid > 0)
        (void)succession_end_bury(succession);
    succession_end_forget(succession);
    succession_end_tell(&succession->asker, SUCCESSION_REFUSED, why);
    succession_end_close(daemon);
}

bool succession_signal(struct daemon *daemon, int number) {
    struct succession *succession = daemon->succession;
    if (succession == NULL || succession->state != SUCCESSION_LEFT)
        return false;
    succession->told = succession->told || number != SIGHUP;
    (void)kill(succession->pid, number);
    return true;
}

void succession_close(struct daemon *daemon) {
    succession_end_close(daemon);
}
