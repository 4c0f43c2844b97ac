/* SPDX-License-Identifier: MIT */
/* child.c - the process of the daemon: its start, what it is, its end. */
#include "supervisor/supervisor_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"
#include "host/log.h"

/* ==== launch ==== */

enum { FIRST_FD = 3 /* SD_LISTEN_FDS_START */ };

/* ---- the environment ---- */

static const char pid_key[] = "LISTEN_PID=";

/* The child's environment: ours without the protocol's variables, plus its own. */
struct surroundings {
    char **variables;
    char *names;
    char pid[sizeof pid_key + NUM_TEXT_MAX]; /* the child appends its own process id */
    char count[32];
    char notify[128];
    char watchdog[64];
};

static bool is_of_protocol(const char *variable) {
    static const char *const names[] = {"LISTEN_PID=",    "LISTEN_FDS=",   "LISTEN_FDNAMES=",
                                        "NOTIFY_SOCKET=", "WATCHDOG_PID=", "WATCHDOG_USEC="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_begins(variable, names[i]))
            return true;
    return false;
}

static char *join_names(const struct launch *launch) {
    static const char key[] = "LISTEN_FDNAMES=";
    size_t bytes = sizeof key;
    for (size_t i = 0; i < launch->fd_count; i++)
        bytes += strlen(launch->fds[i].name) + 1;
    char *text = malloc(bytes);
    if (text == NULL)
        return NULL;
    char *at = stpcpy(text, key);
    for (size_t i = 0; i < launch->fd_count; i++)
        at = stpcpy(stpcpy(at, i > 0 ? ":" : ""), launch->fds[i].name);
    return text;
}

static bool surround(struct surroundings *ret_surroundings, const struct launch *launch) {
    struct surroundings *s = ret_surroundings;
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    s->variables = calloc(count + 6, sizeof *s->variables);
    s->names = join_names(launch);
    if (s->variables == NULL || s->names == NULL)
        return false;
    char **at = s->variables;
    for (size_t i = 0; i < count; i++)
        if (!is_of_protocol(environ[i]))
            *at++ = environ[i];
    (void)snprintf(s->notify, sizeof s->notify, "NOTIFY_SOCKET=%s", launch->notify_name);
    *at++ = s->notify;
    (void)snprintf(s->watchdog, sizeof s->watchdog, "WATCHDOG_USEC=%d",
                   WATCHDOG_TICKS * WATCHDOG_TICK_MS * 1000);
    *at++ = s->watchdog;
    if (launch->fd_count == 0)
        return true;
    (void)snprintf(s->count, sizeof s->count, "LISTEN_FDS=%zu", launch->fd_count);
    *at++ = s->count;
    *at++ = s->names;
    memcpy(s->pid, pid_key, sizeof pid_key);
    *at = s->pid;
    return true;
}

static void surroundings_done(struct surroundings *surroundings) {
    free((void *)surroundings->variables);
    free(surroundings->names);
}

/* ---- in the child, where only what is safe in a signal handler may be called ---- */

static bool is_one_of(const int *fds, size_t count, int fd) {
    for (size_t i = 0; i < count; i++)
        if (fds[i] == fd)
            return true;
    return false;
}

/* Move each descriptor to its place, where it stays open after execve. Our own descriptors are
 * closed if they are in these places. A descriptor in another's place is moved further up first, so
 * that one additional descriptor is enough for any number of them. */
static int lay_out(int *fds, size_t count) {
    for (int place = FIRST_FD; place < FIRST_FD + (int)count; place++)
        if (!is_one_of(fds, count, place))
            (void)close(place);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < count; i++) {
            const int place = FIRST_FD + (int)i;
            if (fds[i] == place) {
                (void)fcntl(fds[i], F_SETFD, 0);
                continue;
            }
            const int moved = fcntl(fds[i], F_DUPFD, place);
            if (moved < 0)
                return -errno;
            (void)close(fds[i]);
            fds[i] = moved;
            again = again || moved != place;
        }
    }
    return 0;
}

static void name_pid(struct surroundings *surroundings) {
    char *digits = surroundings->pid + sizeof pid_key - 1;
    digits[num_put_u64(digits, (uint64_t)getpid())] = '\0';
}

static int become(const struct launch *launch, struct surroundings *surroundings, int *fds) {
    const int result = lay_out(fds, launch->fd_count);
    if (result != 0)
        return result;
    name_pid(surroundings);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, launch->signals, NULL);
    (void)execve(launch->program, launch->arguments, surroundings->variables);
    return -errno;
}

/* ---- both ---- */

/* Wait for the child. The pipe closes by itself when the child executes the program. */
static int await_program(int from, pid_t child) {
    int result = 0;
    ssize_t got;
    do
        got = read(from, &result, sizeof result);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof result)
        return 0;
    (void)waitpid(child, NULL, 0);
    return result;
}

static int fork_and_become(const struct launch *launch, struct surroundings *surroundings, int *fds,
                           pid_t *ret_pid) {
    int news[2];
    if (pipe2(news, O_CLOEXEC) != 0)
        return -errno;
    const pid_t child = fork();
    if (child == 0) {
        /* Above all places, where it is not closed. */
        const int to = fcntl(news[1], F_DUPFD_CLOEXEC, FIRST_FD + (int)launch->fd_count);
        const int failed = to < 0 ? -errno : become(launch, surroundings, fds);
        (void)write(to < 0 ? news[1] : to, &failed, sizeof failed);
        _exit(127);
    }
    const int forked = child < 0 ? -errno : 0;
    (void)close(news[1]);
    const int result = forked != 0 ? forked : await_program(news[0], child);
    (void)close(news[0]);
    if (result == 0)
        *ret_pid = child;
    return result;
}

int child_launch(const struct launch *launch, pid_t *ret_pid) {
    struct surroundings surroundings = {0};
    int *fds = calloc(launch->fd_count + 1, sizeof *fds);
    int result = -ENOMEM;
    for (size_t i = 0; fds != NULL && i < launch->fd_count; i++)
        fds[i] = launch->fds[i].fd;
    if (fds != NULL && surround(&surroundings, launch))
        result = fork_and_become(launch, &surroundings, fds, ret_pid);
    surroundings_done(&surroundings);
    free(fds);
    return result;
}

/* ==== descendants ==== */

enum { GENERATIONS_MAX = 64, STAT_BYTES = 512 };

/* The format is PID (NAME) STATE PARENT ...; the name may contain any bytes, so it ends at the last
 * parenthesis. */
int32_t child_read_parent(const char *text, size_t len) {
    char digits[16] = "";
    const char *name_end = memrchr(text, ')', len);
    if (name_end == NULL)
        return 0;
    const size_t rest = len - (size_t)(name_end - text);
    if (rest < 5 || name_end[1] != ' ' || name_end[3] != ' ')
        return 0;
    memcpy(digits, name_end + 4, rest - 4 < sizeof digits - 1 ? rest - 4 : sizeof digits - 1);
    const long parent = strtol(digits, NULL, 10);
    return parent > 0 && parent <= INT32_MAX ? (int32_t)parent : 0;
}

static int32_t parent_of(int32_t pid) {
    char path[32];
    char text[STAT_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t len = fd >= 0 ? read(fd, text, sizeof text) : 0;
    if (fd >= 0)
        (void)close(fd);
    return len > 0 ? child_read_parent(text, (size_t)len) : 0;
}

bool child_is_descendant(int32_t pid) {
    const int32_t self = (int32_t)getpid();
    for (int i = 0; i < GENERATIONS_MAX && pid > 1; i++) {
        pid = parent_of(pid);
        if (pid == self)
            return true;
    }
    return false;
}

/* ==== child ==== */

static int watch(pid_t pid) {
    return pidfd_open(pid, 0); /* close-on-exec */
}

static void unwatch(int fd) {
    if (fd >= 0)
        (void)close(fd);
}

/* Send a signal. A filter of system calls may allow pidfd_open(2) only; then the number is used,
 * which still belongs to the process unless that has ended. */
static void send_signal(pid_t pid, int fd, int number) {
    if (fd < 0 || (pidfd_send_signal(fd, number, NULL, 0) != 0 && errno != ESRCH))
        (void)kill(pid, number);
}

void child_begin(struct child_process *child, pid_t pid, int64_t now_ms) {
    *child = CHILD_NONE;
    child->pid = pid;
    supervisor_watchdog_beat(&child->watchdog, now_ms);
    child->fd = watch(pid);
}

bool child_hand_over(struct child_process *child, pid_t pid) {
    if (pid == child->pid)
        return true;
    const int fd = watch(pid);
    if (!child_is_descendant(pid)) {
        unwatch(fd);
        return false;
    }
    unwatch(child->old_fd);
    child->former = child->pid;
    child->old_fd = child->fd;
    child->pid = pid;
    child->fd = fd;
    child->watchdog = (struct watchdog){0};
    return true;
}

void child_become_ready(struct child_process *child, int64_t now_ms) {
    if (child->ready_ms != 0)
        return;
    child->ready_ms = now_ms;
    child->watchdog = (struct watchdog){0};
}

/* How long it has been ready; -1: never. */
static int64_t child_ready_ms(const struct child_process *child, int64_t now_ms) {
    return child->ready_ms != 0 ? now_ms - child->ready_ms : -1;
}

void child_old_ended(struct child_process *child) {
    unwatch(child->old_fd);
    child->former = 0;
    child->old_fd = -1;
}

void child_signal(const struct child_process *child, int number) {
    if (child->pid > 0)
        send_signal(child->pid, child->fd, number);
}

void child_kill_later(struct child_process *child, int64_t now_ms, uint32_t after_ms) {
    child->kill_at_ms = now_ms + after_ms;
    child->kill_after_ms = after_ms;
}

void child_end(struct child_process *child) {
    if (child->former > 0)
        send_signal(child->former, child->old_fd, SIGKILL);
    unwatch(child->old_fd);
    unwatch(child->fd);
    *child = CHILD_NONE;
}

/* ==== death ==== */

static void describe_signal(int status, char *text) {
    const int number = WTERMSIG(status);
    const char *name = sigabbrev_np(number);
    (void)snprintf(text, DEATH_TEXT_BYTES, "was killed by signal %d%s%s%s%s", number,
                   name != NULL ? " (SIG" : "", name != NULL ? name : "", name != NULL ? ")" : "",
                   WCOREDUMP(status) ? ", core dumped" : "");
}

void child_death_describe(const struct death *death, char ret_text[DEATH_TEXT_BYTES]) {
    if (!death->known)
        (void)snprintf(ret_text, DEATH_TEXT_BYTES, "ended");
    else if (WIFSIGNALED(death->status))
        describe_signal(death->status, ret_text);
    else
        (void)snprintf(ret_text, DEATH_TEXT_BYTES, "exited with status %d",
                       WEXITSTATUS(death->status));
}

int child_death_code(const struct death *death) {
    if (!death->known)
        return 1;
    return WIFSIGNALED(death->status) ? 128 + WTERMSIG(death->status) : WEXITSTATUS(death->status);
}

bool child_death_is_orderly(const struct death *death) {
    return death->known && WIFEXITED(death->status) && WEXITSTATUS(death->status) == 0;
}

/* ==== reaping ==== */

/* Whether the supervisor ends as well: the daemon ended in order by itself, or was meant to end, or
 * would most likely end in the same way again. */
static bool is_the_end(const struct supervisor *supervisor, const struct death *death) {
    return supervisor->state >= SUPERVISOR_ENDING || child_death_is_orderly(death) ||
           !supervisor->ever_ready;
}

/* Whether the daemon itself has said why it ends: it could not start. */
static bool has_said_why(const struct supervisor *supervisor, const struct death *death) {
    return !supervisor->ever_ready && death->known && WIFEXITED(death->status);
}

static void log_end(const struct supervisor *supervisor, const char *how,
                    const struct death *death) {
    if (has_said_why(supervisor, death))
        return;
    const bool good = child_death_is_orderly(death) || supervisor->state == SUPERVISOR_STOPPING;
    log_write(good ? LOG_LEVEL_LOG : LOG_LEVEL_ERROR, "supervisor", "statgated (process %d) %s%s",
              (int)supervisor->child.pid, how,
              good || supervisor->ever_ready ? ""
                                             : " before it was ready; it is not started again");
}

static void log_restart(const struct supervisor *supervisor, const char *how, uint32_t delay_ms) {
    char when[32] = "at once";
    if (delay_ms > 0)
        (void)snprintf(when, sizeof when, "in %u ms", delay_ms);
    log_write(LOG_LEVEL_ERROR, "supervisor", "statgated (process %d) %s; it is started again %s",
              (int)supervisor->child.pid, how, when);
    (void)sd_notifyf(0, "STATUS=statgated %s; it is started again %s", how, when);
}

/* The exit code. 0 for a daemon that announced its end, and whose status only another process can
 * read: the old process, which started it. */
static int code_of(const struct supervisor *supervisor, const struct death *death) {
    return !death->known && supervisor->state >= SUPERVISOR_ENDING ? 0 : child_death_code(death);
}

static void on_death(struct supervisor *supervisor, const struct death *death) {
    char how[DEATH_TEXT_BYTES];
    child_death_describe(death, how);
    if (is_the_end(supervisor, death)) {
        log_end(supervisor, how, death);
        supervisor_end_with(supervisor, code_of(supervisor, death));
    } else {
        const int64_t ready_ms = child_ready_ms(&supervisor->child, supervisor_now_ms());
        const uint32_t delay_ms = supervisor_backoff_next_ms(&supervisor->backoff, ready_ms);
        log_restart(supervisor, how, delay_ms);
        supervisor_start_later(supervisor, delay_ms);
    }
    child_end(&supervisor->child);
}

/* Messages are read first: the process may have named another one as the daemon. */
void child_reap_all(struct supervisor *supervisor) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        supervisor_read_messages(supervisor);
        if (pid == supervisor->child.pid)
            on_death(supervisor, &(struct death){.known = true, .status = status});
        else if (pid == supervisor->child.former)
            child_old_ended(&supervisor->child);
    }
}

void child_reap_foreign(struct supervisor *supervisor) {
    child_reap_all(supervisor);
    struct pollfd ended = {.fd = supervisor->child.fd, .events = POLLIN};
    if (supervisor->child.pid > 0 && ended.fd >= 0 && poll(&ended, 1, 0) > 0)
        on_death(supervisor, &(struct death){.known = false});
}

/* ==== same_file ==== */

/* The two ends of a pipe have one inode, and differ in their flags. */
static bool looks_same(int a, int b) {
    struct stat left;
    struct stat right;
    return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino && fcntl(a, F_GETFL) == fcntl(b, F_GETFL);
}

bool child_same_file(int a, int b) {
    const pid_t self = getpid();
    const long order = syscall(SYS_kcmp, self, self, KCMP_FILE, a, b);
    return order >= 0 ? order == 0 : looks_same(a, b); /* kcmp(2) is forbidden in many containers */
}

/* ==== traced ==== */

bool child_is_traced(int32_t pid) {
    char path[32];
    char line[128];
    int tracer = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    if (status == NULL)
        return false;
    while (tracer == 0 && fgets(line, sizeof line, status) != NULL)
        if (text_begins(line, "TracerPid:"))
            tracer = (int)strtol(line + strlen("TracerPid:"), NULL, 10);
    (void)fclose(status);
    return tracer != 0;
}

/* ==== signals ==== */

int child_signals_open(sigset_t *ret_before) {
    static const int numbers[] = {SIGCHLD, SIGHUP,  SIGINT,  SIGQUIT,
                                  SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaddset(&set, numbers[i]);
    (void)sigprocmask(SIG_BLOCK, &set, ret_before);
    const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd >= 0 ? fd : -errno;
}

int child_signals_next(int fd, bool *ret_told) {
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    *ret_told = info.ssi_code == SI_KERNEL;
    return (int)info.ssi_signo;
}

bool child_signals_ask_to_end(int number) {
    return number == SIGINT || number == SIGQUIT || number == SIGTERM;
}
