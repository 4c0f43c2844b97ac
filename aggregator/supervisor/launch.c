#include "supervisor/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"
#include "supervisor/watchdog.h"

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

/* ---- in the child, where only what is safe in a signal handler may be called: the log's thread
 * may hold any lock at the fork ---- */

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

static void execute(const struct launch *launch, int program_fd, char *const *variables) {
    if (launch->program_fd >= 0)
        (void)execveat(program_fd, "", launch->arguments, variables, AT_EMPTY_PATH);
    else
        (void)execve(launch->program, launch->arguments, variables);
}

static int become(const struct launch *launch, struct surroundings *surroundings, int *fds) {
    /* Above all places, where it is not closed. */
    const int program_fd =
        fcntl(launch->program_fd, F_DUPFD_CLOEXEC, FIRST_FD + (int)launch->fd_count);
    const int result = lay_out(fds, launch->fd_count);
    if (result != 0)
        return result;
    name_pid(surroundings);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, launch->signals, NULL);
    execute(launch, program_fd, surroundings->variables);
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

int launch(const struct launch *launch, pid_t *ret_pid) {
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
