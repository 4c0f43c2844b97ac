/* SPDX-License-Identifier: MIT */
/*
 * run.c - statgate run: a command as a job; statgate job: the events of a job, by hand.
 *
 * The command must not notice: it stays in this process's group and session, and has its caller's
 * signal mask, ignored signals, descriptors and environment. All signals are blocked here and
 * waited for, so none is lost between two steps. A signal of the terminal (SI_KERNEL) reaches the
 * whole group by itself, and is not passed on.
 */
#include "statgate/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/terminal.h"
#include "breakers_jobs/breakers_jobs.h"
#include "host/clock.h"
#include "host/program.h"
#include "sg_number.h"
#include "statgate/send/send.h"

enum {
    EXIT_OVERLAP = 75,  /* EX_TEMPFAIL of sysexits.h: try again later */
    EXIT_TIMEOUT = 124, /* as timeout(1) */
    EXIT_USE = 125,     /* as env(1) and timeout(1), and the next two */
    EXIT_NO_EXEC = 126, /* found, but not executable */
    EXIT_NOT_FOUND = 127,
    EXIT_SIGNAL = 128,
    EXITS = 256,
    KILL_AFTER_MS = 10000,
    END_WITHIN_MS = 5000,
    END_AGAIN_MS = 100,
    LOCK_FD = 10 /* or the next that is free */
};

/* ---- the job ---- */

struct job {
    struct cli *cli;
    const struct command *command;
    const char *name;
    const char *labels; /* NULL: none */
    const char *id;
    const char *exit; /* how its command ended; NULL: not said */
    bool unowned;     /* it belongs to no process */
    struct send_places places;
};

static void put_line(struct strbuf *out, const struct job *job, const char *event) {
    strbuf_printf(out, "%s:%s|j", job->name, event);
    if (job->labels != NULL && *job->labels != '\0')
        strbuf_printf(out, "|#%s", job->labels);
    strbuf_printf(out, "|i:%s", job->id);
    if (job->unowned)
        strbuf_puts(out, "|o:none");
    if (job->exit != NULL)
        strbuf_printf(out, "|x:%s", job->exit);
}

/* Whether all of it makes a line; if not, says why. */
static bool check_job(const struct job *job, int code, int *ret_code) {
    static const char no_exit[] = "an exit is a status from 0 to 255, or a signal as SIGKILL";
    struct strbuf line = {0};
    struct sg_fault fault;
    const char *wrong = NULL;
    put_line(&line, job, "started");
    const struct sg_span text = {strbuf_cstr(&line), line.len};
    *ret_code = code;
    if (strpbrk(job->name, ":|\n") != NULL)
        wrong = "a name has no colon, bar or newline";
    else if (job->labels != NULL && strpbrk(job->labels, "|\n") != NULL)
        wrong = "labels have no bar or newline: --labels task:backup,host:a";
    else if (strpbrk(job->id, "|\r\n") != NULL)
        wrong = "an id has no bar or newline";
    else if (job->exit != NULL && strpbrk(job->exit, "|\r\n") != NULL)
        wrong = no_exit;
    if (wrong != NULL) {
        (void)command_fail(job->cli, job->command, code, "%s", wrong);
    } else if (!statgate_line_check(text, &fault)) {
        wrong = job->exit != NULL && fault.reason == SG_REJECT_BAD_VALUE
                    ? no_exit
                    : sg_reject_text(fault.reason);
        (void)command_fail(job->cli, job->command, code, "this job cannot be reported: %s", wrong);
        terminal_put_caret(&job->cli->err, 2, text.at, text.len, fault.offset);
    }
    strbuf_done(&line);
    return wrong == NULL;
}

/* The place that says most about why nothing could be sent. */
static const struct send_place *place_at_fault(const struct job *job) {
    const struct send_place *fault = &job->places.items[job->places.connected];
    for (size_t i = 0; i < job->places.count && !job->places.only_connected; i++)
        if (job->places.items[i].error == EACCES)
            return &job->places.items[i];
        else if (fault->error == 0)
            fault = &job->places.items[i];
    return fault;
}

/* Send the event once. Returns 0 or an errno; EACCES wherever that kept it from a socket. */
static int send_event(struct job *job, const char *event) {
    struct strbuf line = {0};
    int error = 0;
    put_line(&line, job, event);
    const int fd = send_places_connect(&job->places, job->cli);
    if (fd < 0)
        error = place_at_fault(job)->error;
    else if (send(fd, line.data, line.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        error = errno;
    if (fd >= 0)
        (void)close(fd);
    strbuf_done(&line);
    return error;
}

/* ---- the command ---- */

struct running {
    struct job job;
    char id[24];
    char *const *argv;
    int64_t timeout_ms; /* 0: none */
    bool good[EXITS];   /* exit statuses that are a success */
    bool quiet;
    bool reported; /* the daemon has taken `started` */
    bool grouped;  /* the command has a process group of its own */
    pid_t child;
    sigset_t before; /* the caller's mask */
    sigset_t taken;
    struct sigaction before_child; /* of SIGCHLD */
    bool ended;
    int status; /* of waitpid(2) */
    bool timed_out;
    int64_t due_ms; /* when the next signal of the timeout is due; 0: none */
};

static int64_t mono_ms(void) {
    return clock_mono_ns() / 1000000;
}

static void signal_child(const struct running *run, int number) {
    (void)kill(run->grouped ? -run->child : run->child, number);
}

static __attribute__((noreturn)) void become_command(const struct running *run) {
    if (run->grouped)
        (void)setpgid(0, 0);
    (void)sigaction(SIGCHLD, &run->before_child, NULL);
    if (!run->job.cli->pipe_ignored)
        (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &run->before, NULL);
    (void)execvp(run->argv[0], run->argv);
    const int error = errno;
    (void)dprintf(STDERR_FILENO, "statgate run: %s: %s\n", run->argv[0], strerror(error));
    _exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NO_EXEC);
}

static bool start(struct running *run) {
    run->grouped = run->timeout_ms > 0 && isatty(STDIN_FILENO) == 0;
    run->child = fork();
    if (run->child == 0)
        become_command(run);
    if (run->child < 0)
        return false;
    if (run->grouped)
        (void)setpgid(run->child, run->child);
    run->due_ms = run->timeout_ms > 0 ? mono_ms() + run->timeout_ms : 0;
    return true;
}

/* Stop with the command, so that the shell has its terminal again. A group of its own is not the
 * shell's, and its time runs out. */
static void stop_too(const struct running *run, int number) {
    siginfo_t continued = {0};
    sigset_t waiting;
    sigset_t one;
    if (run->grouped || (number != SIGTSTP && number != SIGTTIN && number != SIGTTOU))
        return;
    if (sigpending(&waiting) == 0 && sigismember(&waiting, SIGCONT) == 1)
        return; /* it continues already */
    if (waitid(P_PID, (id_t)run->child, &continued, WCONTINUED | WNOHANG) == 0 &&
        continued.si_pid == run->child)
        return;
    (void)sigemptyset(&one);
    (void)sigaddset(&one, number);
    (void)kill(getpid(), number); /* the same, as the shell shows its number */
    (void)sigprocmask(SIG_UNBLOCK, &one, NULL);
    (void)sigprocmask(SIG_BLOCK, &one, NULL);
}

/* Reap all children: as process 1, of others too. */
static void reap(struct running *run) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (pid != run->child)
            continue;
        if (WIFSTOPPED(status)) {
            stop_too(run, WSTOPSIG(status));
            continue;
        }
        run->ended = true;
        run->status = status;
    }
}

static void time_out(struct running *run) {
    signal_child(run, run->timed_out ? SIGKILL : SIGTERM);
    signal_child(run, SIGCONT);
    run->due_ms = run->timed_out ? 0 : mono_ms() + KILL_AFTER_MS;
    run->timed_out = true;
}

/* Wait for a signal until then (monotonic; 0: however long). Returns its number, 0 for none. */
static int wait_signal(const struct running *run, int64_t until_ms, siginfo_t *ret_info) {
    const int64_t left_ms = until_ms - mono_ms();
    const struct timespec left = {.tv_sec = left_ms > 0 ? left_ms / 1000 : 0,
                                  .tv_nsec = left_ms > 0 ? left_ms % 1000 * 1000000 : 0};
    const int number = until_ms > 0 ? sigtimedwait(&run->taken, ret_info, &left)
                                    : sigwaitinfo(&run->taken, ret_info);
    return number > 0 ? number : 0;
}

/* Whether the command has not got the signal by itself. The terminal signals its foreground group,
 * and at a hangup only the leader of the session. */
static bool is_for_child(const struct running *run, int number, const siginfo_t *info) {
    if (info->si_code == SI_KERNEL)
        return getpgid(run->child) != getpgrp() ||
               ((number == SIGHUP || number == SIGCONT) && getsid(0) == getpid());
    const bool asks =
        info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL;
    /* From the command itself it is for its parent, and from this process about a pipe. */
    return !asks || (info->si_pid != run->child && info->si_pid != getpid());
}

static void attend(struct running *run) {
    while (!run->ended) {
        siginfo_t info;
        const int number = wait_signal(run, run->due_ms, &info);
        if (number == SIGCHLD)
            reap(run);
        else if (number != 0 && is_for_child(run, number, &info))
            signal_child(run, number);
        if (!run->ended && run->due_ms > 0 && mono_ms() >= run->due_ms)
            time_out(run);
    }
}

/* ---- what is reported ---- */

static void report_start(struct running *run) {
    const int error = send_event(&run->job, "started");
    run->reported = run->job.places.only_connected = error == 0;
    if (error != EACCES || run->quiet)
        return;
    const struct send_place *place = place_at_fault(&run->job);
    (void)command_fail(run->job.cli, &run_command, 0, "%s is not reported: %s: %s", run->job.name,
                       place->path, place->why);
    statgate_cli_flush(run->job.cli);
}

static bool may_return(int error) {
    return error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == ENOBUFS;
}

/* Signals that end a process which does not handle them. */
static const int ending[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM};
enum { ENDING = sizeof ending / sizeof ending[0] };

static bool is_ending(int number) {
    bool is_one = false;
    for (size_t i = 0; i < ENDING; i++)
        is_one |= number == ending[i];
    return is_one;
}

/* Report the end. A daemon that has taken the start is waited for. */
static void report_end(struct running *run, const char *event, int32_t code) {
    char text[SG_EXIT_MAX];
    if (code != SG_EXIT_UNSAID) {
        sg_exit_text(code, text);
        run->job.exit = text;
    }
    const int64_t until_ms = mono_ms() + END_WITHIN_MS;
    int error = send_event(&run->job, event);
    while (run->reported && may_return(error) && mono_ms() < until_ms) {
        siginfo_t info;
        if (is_ending(wait_signal(run, mono_ms() + END_AGAIN_MS, &info)))
            break;
        error = send_event(&run->job, event);
    }
    if (error != 0 && run->reported && !run->quiet)
        (void)command_fail(run->job.cli, &run_command, 0,
                           "the end of %s is not reported, and statgated takes it for lost: %s: %s",
                           run->job.name, place_at_fault(&run->job)->path, strerror(error));
    run->job.exit = NULL;
}

/* End as the command did, so that a shell or a service manager sees the truth. */
static int end_as(const struct running *run) {
    const int number = WTERMSIG(run->status);
    sigset_t one;
    if (WIFEXITED(run->status))
        return WEXITSTATUS(run->status);
    statgate_cli_flush(run->job.cli);
    if (getpid() != 1) {
        (void)prctl(PR_SET_DUMPABLE, 0); /* the core is the command's */
        (void)signal(number, SIG_DFL);
        (void)sigemptyset(&one);
        (void)sigaddset(&one, number);
        (void)raise(number);
        (void)sigprocmask(SIG_UNBLOCK, &one, NULL);
    }
    return EXIT_SIGNAL + number;
}

/* A signal that came before the command: then there is none. 0: none came. */
static int ended_early(const struct running *run) {
    const struct timespec none = {0};
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < ENDING; i++) {
        struct sigaction action;
        if (sigismember(&run->before, ending[i]) == 0 && sigaction(ending[i], NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN)
            (void)sigaddset(&set, ending[i]);
    }
    const int number = sigtimedwait(&set, NULL, &none);
    return number > 0 ? number : 0;
}

/* ---- one at a time ---- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A number for the job and its labels in any order. */
static uint64_t hash_job(const struct job *job) {
    const char *said = job->labels != NULL ? job->labels : "";
    char *labels = memory_strndup(said, strlen(said));
    const char *items[SG_LABELS_MAX];
    size_t count = 0;
    char *rest = NULL;
    uint64_t hash = hash_bytes(job->name, strlen(job->name), 0);
    for (char *item = strtok_r(labels, ",", &rest); item != NULL && count < SG_LABELS_MAX;
         item = strtok_r(NULL, ",", &rest))
        items[count++] = item;
    qsort(items, count, sizeof items[0], by_text);
    for (size_t i = 0; i < count; i++)
        hash = hash_bytes(items[i], strlen(items[i]) + 1, hash);
    free(labels);
    return hash;
}

/* Whether only this user can have put something into the folder. */
static bool is_own_folder(const char *path, uint32_t uid) {
    struct stat is;
    if (lstat(path, &is) != 0)
        return false;
    errno = EPERM;
    return S_ISDIR(is.st_mode) && is.st_uid == uid && (is.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Make the folder of the user's locks, if it is not there. */
static bool make_folder(const char *path, uint32_t uid) {
    if (mkdir(path, 0700) == 0)
        (void)chmod(path, 0700); /* whatever the mask */
    else if (errno != EEXIST)
        return false;
    return is_own_folder(path, uid);
}

/*
 * The file whose lock means that the job runs. Its folder does not depend on the environment, which
 * cron and a login do not share; only where there is no such folder, or another user has made it
 * first, it is $XDG_RUNTIME_DIR. Root's lies where no one else can make it. False with errno.
 */
static bool lock_path(const struct job *job, char ret_path[PATH_MAX]) {
    const struct cli *cli = job->cli;
    const uint32_t uid = cli->host.uid;
    const char *runtime = statgate_cli_variable(cli, "XDG_RUNTIME_DIR");
    char folder[PATH_MAX / 2];
    (void)snprintf(folder, sizeof folder, "%s/statgate-%u",
                   uid == 0 ? cli->root_lock_folder : cli->lock_folder, (unsigned)uid);
    bool good = make_folder(folder, uid);
    if (!good && runtime != NULL && runtime[0] == '/' && strlen(runtime) < sizeof folder) {
        const int error = errno;
        good = is_own_folder(runtime, uid);
        errno = error;
        if (good)
            (void)snprintf(folder, sizeof folder, "%s", runtime);
    }
    (void)snprintf(ret_path, PATH_MAX, "%s/statgate-run.%.80s.%016llx.lock", folder, job->name,
                   (unsigned long long)hash_job(job));
    for (char *at = ret_path + strlen(folder) + 1; *at != '\0'; at++)
        if (*at == '/')
            *at = '_';
    return good;
}

/* Take the lock, which the command inherits, as with flock(1): a killed wrapper frees nothing too
 * early. Returns 0, or an errno; EWOULDBLOCK: another run has it. */
static int take_lock(const struct job *job, char ret_path[PATH_MAX]) {
    struct stat is;
    if (!lock_path(job, ret_path))
        return errno;
    const int low = open(ret_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    const int fd = low < 0 ? -1 : fcntl(low, F_DUPFD, LOCK_FD); /* none that a script uses */
    if (fd < 0)
        return errno;
    (void)close(low);
    if (fstat(fd, &is) != 0 || !S_ISREG(is.st_mode) || is.st_uid != job->cli->host.uid)
        errno = EPERM;
    else if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    const int error = errno;
    (void)close(fd);
    return error;
}

/* ---- statgate run ---- */

enum { OWN_JOB, OWN_LABELS, OWN_TIMEOUT, OWN_OK, OWN_NO_OVERLAP, OWN_QUIET, OWN_SOCKET, OWN_COUNT };

static const struct settings_own_flag run_flags[OWN_COUNT + 1] = {
    [OWN_JOB] = {"job", "NAME", "The job, as a catalog declares it under \"jobs\"."},
    [OWN_LABELS] = {"labels", "KEY:VALUE,...", "Its labels, as in a metric line."},
    [OWN_TIMEOUT] =
        {"timeout", "SECONDS",
         "End the command with SIGTERM when it has run so long, with SIGKILL ten seconds "
         "later; also 5m, 2h, 1d. If standard input is no terminal, the command is put "
         "into a process group, and the signals are that group's."},
    [OWN_OK] = {"ok", "STATUS,...",
                "The exit statuses that are a success, 0 without this flag: 0,3."},
    [OWN_NO_OVERLAP] = {"no-overlap", NULL,
                        "If this user's former run of the job with these labels has not ended, do "
                        "not start, count the run as canceled, and exit with 75."},
    [OWN_QUIET] = {"quiet", NULL, "Say nothing when the job cannot be reported."},
    [OWN_SOCKET] = {"socket", "PATH",
                    "The daemon's socket. Without it $STATGATE_SOCKET, else the first that answers "
                    "of /run/statgate/statgate.sock, $XDG_RUNTIME_DIR/statgate.sock and "
                    "/tmp/statgate-UID/statgate.sock, as for every client."},
};

/* A number of seconds, or one with a unit. */
static bool read_timeout(const char *text, int64_t *ret_ms) {
    double seconds;
    if (!sg_number_parse(text, strlen(text), &seconds) && !statgate_read_duration(text, &seconds))
        return false;
    *ret_ms = seconds > 0 && seconds <= 1e9 ? (int64_t)(seconds * 1000) : 0;
    return *ret_ms > 0;
}

static bool read_statuses(const char *text, bool ret_good[EXITS]) {
    const char *at = text;
    ret_good[0] = false;
    do {
        char *end;
        errno = 0;
        const long status = strtol(at, &end, 10);
        if (*at < '0' || *at > '9' || errno != 0 || status >= EXITS ||
            (*end != '\0' && *end != ','))
            return false;
        ret_good[status] = true;
        at = end + 1;
        if (*end == '\0')
            return true;
    } while (true);
}

static int wrong(struct cli *cli, const char *what) {
    return command_fail(cli, &run_command, EXIT_USE, "%s; see statgate run --help", what);
}

static int refuse_run(struct cli *cli, int argc, char *const *argv, const char *why) {
    (void)argc;
    (void)argv;
    return command_fail(cli, &run_command, EXIT_USE, "%s", why);
}

/* Fill in what the flags say. False: *ret_code is what to exit with. */
static bool read_run(struct running *run, const struct settings *settings, int *ret_code) {
    struct cli *cli = run->job.cli;
    const char *const *own = settings->own;
    uint64_t id;
    *ret_code = EXIT_USE;
    run->good[0] = true;
    if (own[OWN_JOB] == NULL)
        *ret_code = wrong(cli, "name the job: --job NAME");
    else if (settings->words.count == 0)
        *ret_code = wrong(cli, "give it a command: statgate run --job NAME -- COMMAND ARGUMENT...");
    else if (own[OWN_TIMEOUT] != NULL && !read_timeout(own[OWN_TIMEOUT], &run->timeout_ms))
        *ret_code = wrong(cli, "--timeout: a number of seconds above 0, or one such as 5m, 2h, 1d");
    else if (own[OWN_OK] != NULL && !read_statuses(own[OWN_OK], run->good))
        *ret_code = wrong(cli, "--ok: exit statuses from 0 to 255, such as 0,3");
    else if (!host_entropy_u64(&id))
        *ret_code = command_fail(cli, &run_command, EXIT_USE, "%s", strerror(errno));
    else {
        (void)snprintf(run->id, sizeof run->id, "%016llx", (unsigned long long)id);
        run->job.name = own[OWN_JOB];
        run->job.labels = own[OWN_LABELS];
        run->job.id = run->id;
        run->quiet = own[OWN_QUIET] != NULL;
        return check_job(&run->job, EXIT_USE, ret_code);
    }
    return false;
}

static int run_it(struct running *run) {
    const struct sigaction waited = {.sa_handler = SIG_DFL};
    (void)sigfillset(&run->taken); /* a fault of this program ends it all the same */
    (void)sigprocmask(SIG_BLOCK, &run->taken, &run->before);
    (void)sigaction(SIGCHLD, &waited, &run->before_child); /* ignored, it would leave no status */
    report_start(run);
    const int early = ended_early(run);
    if (early != 0) {
        report_end(run, "failed", -early);
        run->status = early; /* as of waitpid(2) */
        return end_as(run);
    }
    if (!start(run)) {
        const int error = errno;
        report_end(run, "failed", SG_EXIT_UNSAID);
        return command_fail(run->job.cli, &run_command, EXIT_USE, "fork: %s", strerror(error));
    }
    attend(run);
    const bool exited = WIFEXITED(run->status);
    const int code = run->timed_out ? EXIT_TIMEOUT
                     : exited       ? WEXITSTATUS(run->status)
                                    : -WTERMSIG(run->status);
    const bool good = !run->timed_out && exited && run->good[WEXITSTATUS(run->status)];
    report_end(run, good ? "succeeded" : "failed", code);
    return run->timed_out ? EXIT_TIMEOUT : end_as(run);
}

/* Exit code 1 could be the command's. */
static void say_end(const char *sentence) {
    (void)fprintf(stderr, "statgate run: %s\n", sentence);
    _exit(EXIT_USE);
}

static int run(struct cli *cli, const struct settings *settings) {
    memory_on_end(say_end);
    struct running *run = memory_alloc(sizeof *run);
    char **argv = memory_array(settings->words.count + 1, sizeof *argv);
    char path[PATH_MAX];
    int code = EXIT_USE;
    int busy = 0;
    for (size_t i = 0; i < settings->words.count; i++)
        argv[i] = (char *)(uintptr_t)settings->words.items[i];
    run->job.cli = cli;
    run->job.command = &run_command;
    run->argv = argv;
    send_places_list(&run->job.places, cli, settings->own[OWN_SOCKET]);
    if (read_run(run, settings, &code)) {
        if (settings->own[OWN_NO_OVERLAP] != NULL)
            busy = take_lock(&run->job, path);
        if (busy == EWOULDBLOCK) {
            report_end(run, "canceled", SG_EXIT_UNSAID);
            code = EXIT_OVERLAP;
        } else if (busy != 0) {
            code = command_fail(cli, &run_command, EXIT_USE, "--no-overlap: no lock: %s: %s", path,
                                strerror(busy));
        } else {
            code = run_it(run);
        }
    }
    free(argv);
    free(run);
    statgate_cli_flush(cli);
    cli->broken = false; /* the exit status is the command's */
    return code;
}

const struct command run_command = {
    .word = "run",
    .summary = "Run a command as a job: started, then succeeded or failed.",
    .program =
        {.name = "statgate run",
         .usage = "--job NAME [FLAG...] [--] COMMAND [ARGUMENT...]",
         .about =
             "Runs the command and reports it to statgated as a job: started, then succeeded or "
             "failed with its exit status or signal. The command runs as without it: signals are "
             "passed on, and statgate run ends as the command ends. If it is killed itself, the "
             "job is lost and the command continues. Without a daemon the command runs all the "
             "same, and nothing is said; a daemon that goes away meanwhile is waited for up to "
             "five seconds. Exit codes: those of the command, and 75 --no-overlap and another run "
             "has not ended, 124 --timeout, 125 wrong use, 126 the command cannot be executed, 127 "
             "there is no such command.",
         .takes_words = true,
         .word_ends_flags = true,
         .own = run_flags,
         .examples =
             "  statgate run --job backup -- /usr/local/bin/backup --all\n"
             "  5 5 * * 0  statgate run --job tasks --labels task:backup -- backup\n"
             "  statgate run --job sync --timeout 10m --no-overlap --ok 0,24 -- rsync -a a/ b/\n"},
    .refused = refuse_run,
    .run = run,
};

/* ---- statgate job ---- */

enum { JOB_ID, JOB_LABELS, JOB_EXIT, JOB_SOCKET, JOB_COUNT };

static const struct settings_own_flag job_flags[JOB_COUNT + 1] = {
    [JOB_ID] = {"id", "ID", "Which run of the job: the same text at its start and its end."},
    [JOB_LABELS] = {"labels", "KEY:VALUE,...", "Its labels, as in a metric line."},
    [JOB_EXIT] = {"exit", "STATUS",
                  "How its command ended: an exit status, or a signal as SIGKILL."},
    [JOB_SOCKET] = {"socket", "PATH", "The daemon's socket, found as by statgate send."},
};

static int report_job(struct job *job, const char *event) {
    const int error = send_event(job, event);
    if (error == 0)
        return CLI_OK;
    const struct send_place *place = place_at_fault(job);
    return command_fail(job->cli, &run_job_command, CLI_FAILURE, "%s: %s", place->path,
                        place->error != 0 ? place->why : strerror(error));
}

static int run_job(struct cli *cli, const struct settings *settings) {
    const char *const *own = settings->own;
    const char *word = settings->words.count == 2 ? settings->words.items[1] : "";
    enum job_event event;
    int code;
    if (!job_event_find((struct sg_span){word, strlen(word)}, &event))
        return command_fail(cli, &run_job_command, CLI_USAGE,
                            "give it a job and one of queued, started, succeeded, failed and "
                            "canceled; see statgate job --help");
    if (own[JOB_ID] == NULL)
        return command_fail(cli, &run_job_command, CLI_USAGE,
                            "name the run: --id ID, the same at its start and its end");
    struct job *job = memory_alloc(sizeof *job);
    *job = (struct job){.cli = cli,
                        .command = &run_job_command,
                        .name = settings->words.items[0],
                        .labels = own[JOB_LABELS],
                        .id = own[JOB_ID],
                        .exit = own[JOB_EXIT],
                        .unowned = event == JOB_EVENT_STARTED};
    send_places_list(&job->places, cli, own[JOB_SOCKET]);
    if (check_job(job, CLI_USAGE, &code))
        code = report_job(job, word);
    free(job);
    return code;
}

const struct command run_job_command = {
    .word = "job",
    .summary = "Report an event of a job that no process runs from here.",
    .program =
        {.name = "statgate job",
         .usage = "NAME EVENT --id ID [FLAG...]",
         .about = "Reports that a job was queued, started, succeeded, failed or was canceled, for "
                  "work that statgate run cannot wrap: it begins in one program and ends in "
                  "another, or runs on another host. Its start belongs to no process, so it is "
                  "not lost when one ends; \"finish_within_s\" in the catalog ends one that was "
                  "forgotten. Exit codes: 0 sent, 1 could not be sent, 2 wrong arguments.",
         .takes_words = true,
         .own = job_flags,
         .examples = "  statgate job restore started --id \"$ticket\"\n"
                     "  statgate job restore failed --id \"$ticket\" --exit 3\n"},
    .run = run_job,
};
