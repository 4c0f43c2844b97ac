#include "statgated/succession.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/notify.h"
#include "host/program.h"
#include "host/wire.h"
#include "ledger/ledger.h"
#include "statgated/queries.h"
#include "statgated/source.h"
#include "statgated/stop.h"
#include "statgated/successor.h"
#include "statgated/upkeep.h"

enum {
    REAP_MS = 10,      /* between two looks whether a successor that was killed has ended */
    BARRIER_MS = 5000, /* what a manager has to learn who is the daemon now */
    MS_NS = 1000000
};

enum state {
    PREPARING, /* the successor prepares, and the daemon reads */
    FAILED,    /* it was killed, and is to be buried */
    LEFT       /* it is the daemon */
};

struct succession {
    struct daemon *daemon;
    struct succession_asker asker;
    enum state state;
    pid_t pid;
    int sock;
    uv_poll_t poll; /* of the socket */
    uv_timer_t timer;
    uv_poll_t barrier; /* of `known`, once that is open */
    int known;         /* readable when the manager knows who the daemon is; -1 */
    unsigned handles;  /* open ones */
    uint64_t begun_ns;
    uint64_t stopped_ns;
    int report; /* a file: what the successor says has changed; -1: nothing */
    int object; /* the successor's; -1: not passed */
    char (*stored)[INHERITED_NAME_MAX]; /* names of what the manager keeps for it */
    size_t stored_count;
    bool ended; /* it said nothing more */
    bool alone; /* it no longer ends with this process */
    bool told;  /* to stop */
    int code;   /* the verdict, while the successor is buried */
    struct error why;
};

static uint64_t now_ns(void) {
    return (uint64_t)clock_mono_ns();
}

/* ---- the verdict ---- */

static void close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Each line of the report, for whoever asked and the log. */
static void tell_lines(const struct succession *succession) {
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
        log_write(LOG_LEVEL_LOG, "reload", "%s", line);
    }
    (void)fclose(file);
}

static void tell_end(struct succession_asker *asker, int code, const char *text) {
    if (asker->end != NULL)
        asker->end(asker->arg, code, text);
    *asker = (struct succession_asker){0};
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle) {
    struct succession *succession = handle->data;
    if (--succession->handles > 0)
        return;
    close_fd(&succession->sock);
    close_fd(&succession->known);
    close_fd(&succession->report);
    close_fd(&succession->object);
    free(succession->stored);
    free(succession);
}

static void close_handle(uv_handle_t *handle) {
    if (handle->loop != NULL && !uv_is_closing(handle))
        uv_close(handle, on_closed);
}

void succession_close(struct daemon *daemon) {
    struct succession *succession = daemon->succession;
    daemon->succession = NULL;
    if (succession == NULL)
        return;
    close_handle((uv_handle_t *)&succession->poll);
    close_handle((uv_handle_t *)&succession->timer);
    close_handle((uv_handle_t *)&succession->barrier);
}

/* ---- a successor that fails ---- */

static void describe_end(int status, struct error *ret_error) {
    if (WIFSIGNALED(status))
        (void)error_set(ret_error, "the new process was killed by signal %d (SIG%s)",
                        WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
    else
        (void)error_set(ret_error, "the new process ended with exit code %d", WEXITSTATUS(status));
}

/* It has ended before it said that it began, and received nothing: whatever its object says, ours is what counts, also
 * for a manager that did not hear us. */
static void revoke_object(struct succession *succession) {
    const uint32_t waiting = 1;
    struct object_file file;
    struct object_marks marks;
    struct error ignored;
    uint64_t at;
    if (succession->object < 0 || !object_file_open(succession->object, &file, &ignored))
        return;
    succession->object = -1; /* the file has it */
    if (image_marks(file.at, file.size, &marks, &at))
        (void)pwrite(file.fd, &waiting, sizeof waiting,
                     (off_t)(at + offsetof(struct object_marks, waiting)));
    object_file_close(&file);
}

static void forget_stored(const struct succession *succession) {
    for (size_t i = 0; i < succession->stored_count; i++)
        notify_forget(succession->stored[i]);
}

/* It is buried: what it was is told. */
static void give_up(struct succession *succession, int status) {
    struct daemon *daemon = succession->daemon;
    if (succession->why.text[0] == '\0')
        describe_end(status, &succession->why);
    revoke_object(succession);
    forget_stored(succession);
    log_write(LOG_LEVEL_ERROR, "reload", "not taken, this process goes on as it was: %s",
              succession->why.text);
    reload_report_refused(&daemon->reload, daemon_now().real_ms, succession->why.text);
    struct succession_asker asker = succession->asker;
    const int code = succession->code;
    const struct error why = succession->why;
    succession_close(daemon);
    tell_end(&asker, code, why.text);
}

static void on_reap(uv_timer_t *timer) {
    struct succession *succession = timer->data;
    int status = 0;
    if (succession->pid == 0 || waitpid(succession->pid, &status, WNOHANG) != 0)
        give_up(succession, status);
}

/* Before it counts. Without a reason: it has ended, and how is the reason. */
static void fail(struct succession *succession, int code, const char *why) {
    succession->state = FAILED;
    succession->code = code;
    if (why != NULL)
        (void)error_set(&succession->why, "%s", why);
    (void)uv_poll_stop(&succession->poll);
    if (succession->pid > 0)
        (void)kill(succession->pid, SIGKILL);
    (void)uv_timer_start(&succession->timer, on_reap, 0, REAP_MS);
}

/* "EXITCODE SENTENCE" */
static void on_refused(struct succession *succession, const char *text) {
    const char *sentence = strchr(text, ' ');
    fail(succession, SUCCESSION_REFUSED, sentence != NULL ? sentence + 1 : text);
}

static void on_late(uv_timer_t *timer) {
    fail(timer->data, SUCCESSION_TIMEOUT, "the new process was not ready in time, and was killed");
}

/* ---- this daemon is a former one ---- */

/* The manager listens to the successor now. */
static void say_main(struct succession *succession) {
    (void)uv_timer_stop(&succession->timer);
    close_handle((uv_handle_t *)&succession->barrier);
    (void)wire_send(succession->sock, "main");
}

static void on_known(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    say_main(poll->data);
}

/* A manager that does not answer will have read it by now. */
static void on_unknown(uv_timer_t *timer) {
    say_main(timer->data);
}

static void name_successor(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    (void)uv_timer_start(&succession->timer, on_unknown, BARRIER_MS, 0);
    succession->known = notify_hand_over(succession->pid);
    if (succession->known >= 0 &&
        uv_poll_init(&daemon->loop, &succession->barrier, succession->known) == 0) {
        succession->handles++;
        succession->barrier.data = succession;
        (void)uv_poll_start(&succession->barrier, UV_READABLE | UV_DISCONNECT, on_known);
    } else {
        say_main(succession);
    }
}

static void leave(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    const double pause_ms = (double)(now_ns() - succession->stopped_ns) / MS_NS;
    succession->state = LEFT;
    stop_leave(daemon);
    tell_lines(succession);
    log_write(LOG_LEVEL_LOG, "reload", "process %d goes on from here; nobody read for %.1f ms",
              (int)succession->pid, pause_ms);
    tell_end(&succession->asker, SUCCESSION_TAKEN, "taken");
    name_successor(succession);
}

/* ---- nobody reads ---- */

/* Until the end of the patience; breakers are shown meanwhile. False: another word, no more, or none in time, with the
 * reason in *why; "": it has ended. */
static bool await(struct succession *succession, const char *word, struct wire_message *message) {
    const uint64_t patience_ns = succession->begun_ns + (uint64_t)SUCCESSION_PATIENCE_MS * MS_NS;
    const uint64_t stopped_ns = succession->stopped_ns + (uint64_t)SUCCESSION_STOPPED_MS * MS_NS;
    const uint64_t end_ns = patience_ns < stopped_ns ? patience_ns : stopped_ns;
    for (;;) {
        const uint64_t beat_ns = now_ns() + (uint64_t)BREAKER_PAGE_BEAT_MS * MS_NS;
        const enum wire_result result =
            wire_await(succession->sock, beat_ns < end_ns ? beat_ns : end_ns, message);
        if (result == WIRE_GOT)
            return wire_is(message, word, NULL);
        message->text[0] = '\0';
        succession->ended = result == WIRE_END;
        if (succession->ended || now_ns() >= end_ns)
            return false;
        upkeep_beat(succession->daemon);
    }
}

static bool say(struct succession *succession, const char *word) {
    succession->ended = !wire_send(succession->sock, "%s", word);
    return !succession->ended;
}

/* The manager has it from now on, also if this process ends. */
static bool store_one(struct succession *succession, const char *name, int fd) {
    char(*stored)[INHERITED_NAME_MAX] =
        realloc(succession->stored, (succession->stored_count + 1) * sizeof *stored);
    if (stored == NULL)
        return false;
    succession->stored = stored;
    (void)snprintf(stored[succession->stored_count++], sizeof *stored, "%s", name);
    (void)notify_keep(name, fd);
    return true;
}

static bool store_all(struct succession *succession, struct wire_message *message) {
    char name[INHERITED_NAME_MAX];
    for (size_t i = 0; i < message->fd_count; i++) {
        if (!wire_name(message, i, name) || !store_one(succession, name, message->fds[i]))
            return false;
        if (strncmp(name, INHERITED_OBJECT, strlen(INHERITED_OBJECT)) == 0) {
            close_fd(&succession->object);
            succession->object = wire_take(message, i);
        }
    }
    return true;
}

/* False: it is neither, or cannot be done. */
static bool take_list(struct succession *succession, struct wire_message *message) {
    const char *name;
    if (wire_is(message, "keeps", NULL))
        return store_all(succession, message);
    if (!wire_is(message, "unused", &name))
        return false;
    handover_note_gone(&succession->daemon->handover, name);
    return true;
}

/* What is to be kept for the successor, until it has taken over. */
static bool await_taken(struct succession *succession, struct wire_message *message) {
    while (!await(succession, "taken", message)) {
        const bool good = take_list(succession, message);
        wire_drop(message);
        if (!good)
            return false;
    }
    return true;
}

static int bury(struct succession *succession) {
    int status = 0;
    (void)kill(succession->pid, SIGKILL);
    (void)waitpid(succession->pid, &status, 0);
    succession->pid = 0;
    return status;
}

static void fail_stopped(struct succession *succession, const struct wire_message *message) {
    const char *text = "";
    struct error why;
    queries_retire(succession->daemon, false);
    handover_note_none_gone(&succession->daemon->handover);
    if (wire_is(message, "refused", &text)) {
        on_refused(succession, text);
        return;
    }
    describe_end(bury(succession), &why);
    if (succession->ended)
        fail(succession, SUCCESSION_REFUSED, why.text);
    else
        fail(succession, SUCCESSION_TIMEOUT,
             "the new process took too long to take over, and was killed");
}

/* The successor is prepared. This returns when it is the daemon, or has failed. */
static void hand_over(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    struct wire_message message = {.text = ""};
    (void)uv_timer_stop(&succession->timer);
    queries_retire(daemon,
                   true); /* soon the successor connects, as roles that may have one connection */
    ingress_settle(daemon->ingress);
    ingress_alive(daemon->ingress);
    source_publish(daemon);
    succession->stopped_ns = now_ns();
    const bool good = say(succession, "stopped") && await_taken(succession, &message) &&
                      say(succession, "go") && await(succession, "committed", &message);
    if (good)
        leave(succession);
    else
        fail_stopped(succession, &message);
    wire_drop(&message);
}

/* ---- the successor prepares ---- */

static void take_report(struct succession *succession, struct wire_message *message) {
    close_fd(&succession->report);
    succession->report = wire_take(message, 0);
}

/* From here on this process may end at any time. */
static void stand_back(struct succession *succession) {
    succession->alone = true;
    uv_unref((uv_handle_t *)&succession->poll);
}

static void on_message(struct succession *succession, struct wire_message *message) {
    const char *text;
    if (succession->state == LEFT) {
        if (wire_is(message, "main", NULL))
            stand_back(succession);
        return;
    }
    if (wire_is(message, "refused", &text))
        on_refused(succession, text);
    else if (wire_is(message, "report", NULL))
        take_report(succession, message);
    else if (wire_is(message, "prepared", NULL))
        hand_over(succession);
}

/* A manager that still takes this process for the daemon has to see that it ended badly: it starts another. */
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

/* It ends with this process, and may still write its values: what it makes of the stop is our end, too. */
static void await_stop(struct succession *succession) {
    close_handle((uv_handle_t *)&succession->barrier);
    (void)uv_timer_start(&succession->timer, on_stopped, 0, REAP_MS);
}

static void on_end(struct succession *succession) {
    (void)uv_poll_stop(&succession->poll);
    if (succession->state != LEFT)
        fail(succession, SUCCESSION_REFUSED, NULL);
    else if (succession->alone)
        stop_answering(succession->daemon);
    else if (succession->told)
        await_stop(succession);
    else
        end_at_once();
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    struct succession *succession = poll->data;
    struct wire_message message;
    (void)status;
    (void)events;
    const enum wire_result result = wire_receive(succession->sock, &message);
    if (result == WIRE_GOT)
        on_message(succession, &message);
    if (result == WIRE_GOT)
        wire_drop(&message);
    if (result == WIRE_END)
        on_end(succession);
}

/* ---- what the successor gets ---- */

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
    if (daemon->keeper.open)
        put(offer, "", INHERITED_KEEPER, daemon->keeper.fd);
}

/* The program that this is, and what it is configured to do. */
static bool send_hello(const struct succession *succession) {
    const struct wire_item had = {"configuration", succession->daemon->description};
    char stamp[PROGRAM_STAMP_MAX];
    program_stamp(stamp);
    return wire_send(succession->sock, "hello %d %s", SUCCESSION_VERSION, stamp) &&
           (had.fd < 0 || wire_send_items(succession->sock, "had", &had, 1));
}

static bool send_offer(const struct succession *succession) {
    const struct daemon *daemon = succession->daemon;
    const size_t most = daemon->handover.count + 2 * ingress_count(daemon->ingress) + 1;
    struct offer offer = {.items = calloc(most, sizeof *offer.items),
                          .names = calloc(most, sizeof *offer.names)};
    bool good = offer.items != NULL && offer.names != NULL;
    if (good) {
        fill_offer(daemon, &offer);
        good = send_hello(succession) &&
               wire_send_items(succession->sock, "keeps", offer.items, offer.count) &&
               wire_send(succession->sock, "begin");
    }
    free(offer.items);
    free(offer.names);
    return good;
}

/* ---- beginning ---- */

static const char *why_not(const struct daemon *daemon) {
    if (daemon->program == NULL)
        return "it is not known which program this process runs; restart it";
    if (daemon->object == NULL)
        return "the values are in memory that ends with this process; restart it with more memory";
    if (getpid() == 1)
        return "this is process 1, which cannot end while another one goes on; run statgated "
               "--keeper";
    return NULL;
}

static bool refuse(struct daemon *daemon, const struct succession_asker *asker, int code,
                   const char *why) {
    struct succession_asker once = *asker;
    if (code == SUCCESSION_REFUSED)
        reload_report_refused(&daemon->reload, daemon_now().real_ms, why);
    log_write(LOG_LEVEL_ERROR, "reload", "not taken, this process goes on as it was: %s", why);
    tell_end(&once, code, why);
    return false;
}

/* With its end of the pair, which is closed here. */
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
    (void)uv_timer_start(&succession->timer, on_late, SUCCESSION_PATIENCE_MS, 0);
}

static bool begin(struct daemon *daemon, const struct succession_asker *asker) {
    int ends[2];
    struct succession *succession = calloc(1, sizeof *succession);
    if (succession == NULL)
        return refuse(daemon, asker, SUCCESSION_REFUSED, "out of memory");
    *succession = (struct succession){.daemon = daemon,
                                      .asker = *asker,
                                      .known = -1,
                                      .report = -1,
                                      .object = -1,
                                      .begun_ns = now_ns()};
    int result = wire_pair(ends) ? 0 : -errno;
    if (result == 0) {
        succession->sock = ends[0];
        result = start(succession, ends[1]);
        if (result != 0)
            (void)close(ends[0]);
    }
    if (result != 0) {
        struct error why;
        (void)error_set(&why, "%s cannot be started: %s", daemon->program, strerror(-result));
        free(succession);
        return refuse(daemon, asker, SUCCESSION_REFUSED, why.text);
    }
    daemon->succession = succession;
    successor_end_former(daemon->successor); /* one former daemon at most */
    watch(succession);
    if (!send_offer(succession)) /* to one that has ended: how is what counts */
        fail(succession, SUCCESSION_REFUSED,
             errno == EPIPE || errno == ECONNRESET ? NULL
                                                   : "what this process has cannot be passed on");
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

void succession_forget(struct daemon *daemon, const void *asker_arg) {
    struct succession *succession = daemon->succession;
    if (succession != NULL && succession->asker.arg == asker_arg)
        succession->asker = (struct succession_asker){0};
}

void succession_cancel(struct daemon *daemon, const char *why) {
    struct succession *succession = daemon->succession;
    if (succession == NULL || succession->state == LEFT)
        return;
    if (succession->pid > 0)
        (void)bury(succession);
    forget_stored(succession);
    tell_end(&succession->asker, SUCCESSION_REFUSED, why);
    succession_close(daemon);
}

bool succession_signal(struct daemon *daemon, int number) {
    struct succession *succession = daemon->succession;
    if (succession == NULL || succession->state != LEFT)
        return false;
    succession->told = succession->told || number != SIGHUP;
    (void)kill(succession->pid, number);
    return true;
}
