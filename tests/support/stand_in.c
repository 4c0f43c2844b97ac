/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for the daemon, to test what starts a daemon again: the supervisor or a service
 * manager. It does what a file says: it stores descriptors and dies in chosen ways.
 *
 *     statgate-stand-in FOLDER [ARGUMENT...]
 *     statgate-stand-in --supervisor=STOP_MS[,READY_TIMEOUT_MS] FOLDER [ARGUMENT...]
 *
 * With --supervisor it is the supervisor of the stand-in, as the daemon's program is its own
 * supervisor. FOLDER/lives has a byte for each life so far. Life N does what FOLDER/life-N says, or
 * FOLDER/life if there is no such file, one command per line:
 *
 *     ready                 READY=1
 *     tell TEXT             send any message of sd_notify(3); "|" stands for a newline
 *     store NAME TEXT       store a memfd that holds the text
 *     twice NAME TEXT       the same, stored twice, the second time as a copy of the descriptor
 *     many COUNT NAME       store COUNT memfds
 *     pipe NAME             store the read end of a pipe, whose other end this process keeps
 *     bare NAME             send FDSTORE=1 without a descriptor
 *     remove NAME           send FDSTOREREMOVE=1
 *     child TEXT            send a message from another process, which then ends
 *     orphan                leave behind a process that ends after its parent; wait for its end
 *     successor             continue in another process, reported with MAINPID=, and end this one
 *     heir                  the same, but this process stays until it is killed
 *     heed NUMBER           from now on print "got NUMBER" when that signal arrives
 *     print                 print what was passed on: "passed NAME=TEXT ...", and the arguments
 *     wait                  wait for SIGTERM, which ends the process with 0
 *     exit CODE, signal NUMBER, sleep MILLISECONDS
 *
 * All is printed to standard output, one line each.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/supervisor.h"

enum { TEXT_BYTES = 4096 };

static char *const *arguments;
static volatile sig_atomic_t terminated;

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)fputs("statgate-stand-in: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fprintf(stderr, ": %s\n", strerror(errno));
    _exit(99);
}

/* ---- messages ---- */

static void tell(const char *text, const int *fds, unsigned count) {
    if (sd_pid_notify_with_fds(0, 0, text, fds, count) <= 0)
        fail("no message could be sent: %s", text);
}

static void tell_of(const char *format, const char *name, const int *fds, unsigned count) {
    char text[TEXT_BYTES];
    (void)snprintf(text, sizeof text, format, name);
    tell(text, fds, count);
}

static void tell_lines(char *text) {
    for (char *at = text; *at != '\0'; at++)
        if (*at == '|')
            *at = '\n';
    tell(text, NULL, 0);
}

static int memory_of(const char *text) {
    const int fd = memfd_create("stand-in", MFD_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        fail("no memfd");
    return fd;
}

static void store_fd(const char *name, int fd) {
    tell_of("FDSTORE=1\nFDNAME=%s", name, &fd, 1);
}

static void store(const char *name, const char *text, bool twice) {
    const int fd = memory_of(text);
    store_fd(name, fd);
    if (twice)
        store_fd(name, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    (void)close(fd);
}

static void store_many(unsigned long count, const char *name) {
    for (unsigned long i = 0; i < count; i++)
        store(name, "", false);
}

static void store_pipe(const char *name) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("no pipe");
    store_fd(name, ends[0]);
}

/* ---- processes ---- */

static void tell_as_child(const char *text) {
    const pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        tell(text, NULL, 0);
        _exit(0);
    }
    if (waitpid(child, NULL, 0) != child)
        fail("waitpid");
}

/* Leaves a grandchild whose parent ends at once, so that another process has to wait for it. */
static void leave_orphan(void) {
    int ends[2];
    char byte;
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("no pipe");
    const pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        const pid_t middle = getpid();
        const pid_t grandchild = fork();
        if (grandchild != 0)
            _exit(grandchild < 0);
        while (getppid() == middle)
            ;
        (void)printf("orphan %d of %d\n", (int)getpid(), (int)getppid());
        (void)fflush(stdout);
        _exit(0);
    }
    (void)close(ends[1]);
    if (waitpid(child, NULL, 0) != child)
        fail("waitpid");
    (void)read(ends[0], &byte, 1); /* returns when the orphan has ended */
    (void)close(ends[0]);
}

static void hand_over(bool stays) {
    int ends[2];
    char byte = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("no pipe");
    const pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        (void)close(ends[1]);
        (void)read(ends[0], &byte, 1); /* returns when the former process has ended */
        (void)close(ends[0]);
        (void)printf("successor %d\n", (int)getpid());
        return;
    }
    char text[64];
    (void)snprintf(text, sizeof text, "MAINPID=%d", (int)child);
    tell(text, NULL, 0);
    (void)close(ends[1]);
    if (!stays)
        _exit(0);
    for (;;)
        (void)pause();
}

static void on_signal(int number) {
    if (number == SIGTERM)
        terminated = 1;
    char line[] = "got 00\n";
    line[4] = (char)('0' + number / 10);
    line[5] = (char)('0' + number % 10);
    (void)write(STDOUT_FILENO, line, sizeof line - 1);
}

static void heed(int number) {
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)sigaction(number, &action, NULL);
}

static _Noreturn void die_by(int number) {
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
    fail("signal %d did not end me", number);
}

static void sleep_ms(long ms) {
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

/* Waits for SIGTERM, which may have come before: it is blocked except while waiting. */
static _Noreturn void wait_for_end(void) {
    sigset_t none;
    (void)sigemptyset(&none);
    const struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGTERM, &action, NULL);
    while (!terminated)
        (void)sigsuspend(&none);
    exit(0);
}

/* ---- what was passed on ---- */

static void print_passed(void) {
    char **names = NULL;
    const int count = sd_listen_fds_with_names(0, &names);
    (void)printf("passed");
    for (int i = 0; i < count; i++) {
        char text[256];
        const ssize_t len = pread(SD_LISTEN_FDS_START + i, text, sizeof text - 1, 0);
        text[len > 0 ? len : 0] = '\0';
        (void)printf(" %s=%s", names[i], text);
        free(names[i]);
    }
    free(names);
    (void)printf("\narguments");
    for (char *const *argument = arguments; *argument != NULL; argument++)
        (void)printf(" %s", *argument);
    (void)printf("\n");
}

/* ---- the file ---- */

static int number_of(const char *text) {
    return (int)strtol(text, NULL, 10);
}

/* A command and the function that runs it with the rest of its line. */
/* NOLINTBEGIN(readability-non-const-parameter): one type for all, and some cut the text */
struct command {
    const char *word;
    void (*run)(char *rest);
};

static void do_ready(char *rest) {
    (void)rest;
    tell("READY=1", NULL, 0);
}
static void do_tell(char *rest) {
    tell_lines(rest);
}
static void do_child(char *rest) {
    tell_as_child(rest);
}
static void do_store(char *rest) {
    const char *name = strsep(&rest, " ");
    store(name, rest, false);
}
static void do_twice(char *rest) {
    const char *name = strsep(&rest, " ");
    store(name, rest, true);
}
static void do_many(char *rest) {
    const unsigned long count = strtoul(rest, &rest, 10);
    store_many(count, rest + 1);
}
static void do_pipe(char *rest) {
    store_pipe(rest);
}
static void do_bare(char *rest) {
    tell_of("FDSTORE=1\nFDNAME=%s", rest, NULL, 0);
}
static void do_remove(char *rest) {
    tell_of("FDSTOREREMOVE=1\nFDNAME=%s", rest, NULL, 0);
}
static void do_orphan(char *rest) {
    (void)rest;
    leave_orphan();
}
static void do_successor(char *rest) {
    (void)rest;
    hand_over(false);
}
static void do_heir(char *rest) {
    (void)rest;
    hand_over(true);
}
static void do_heed(char *rest) {
    heed(number_of(rest));
}
static void do_print(char *rest) {
    (void)rest;
    print_passed();
}
static void do_wait(char *rest) {
    (void)rest;
    wait_for_end();
}
static void do_exit(char *rest) {
    exit(number_of(rest));
}
static void do_signal(char *rest) {
    die_by(number_of(rest));
}
static void do_sleep(char *rest) {
    sleep_ms(number_of(rest));
}

static const struct command commands[] = {
    {"ready", do_ready},   {"tell", do_tell},     {"child", do_child},         {"store", do_store},
    {"twice", do_twice},   {"many", do_many},     {"pipe", do_pipe},           {"bare", do_bare},
    {"remove", do_remove}, {"orphan", do_orphan}, {"successor", do_successor}, {"heir", do_heir},
    {"heed", do_heed},     {"print", do_print},   {"wait", do_wait},           {"exit", do_exit},
    {"signal", do_signal}, {"sleep", do_sleep}};
/* NOLINTEND(readability-non-const-parameter) */

static void obey(char *line) {
    char none[] = "";
    char *rest = line;
    const char *word = strsep(&rest, " ");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(word, commands[i].word) == 0) {
            commands[i].run(rest != NULL ? rest : none);
            return;
        }
    errno = EINVAL;
    fail("%s", word);
}

/* Counts this life, and returns its number, from 1. */
static long begin_life(const char *folder) {
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "%s/lives", folder);
    const int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, ".", 1) != 1)
        fail("%s", path);
    const off_t lives = lseek(fd, 0, SEEK_END);
    (void)close(fd);
    return (long)lives;
}

static FILE *open_life(const char *folder) {
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "%s/life-%ld", folder, begin_life(folder));
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(path, sizeof path, "%s/life", folder);
        file = fopen(path, "re");
    }
    if (file == NULL)
        fail("%s", path);
    return file;
}

static int live(const char *folder) {
    static char line[TEXT_BYTES];
    sigset_t term;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, NULL);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    FILE *file = open_life(folder);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        obey(line);
    }
    (void)fclose(file);
    return 0;
}

static int keep(char *const *child_arguments, const char *times) {
    static struct held_fds inherited;
    struct error error;
    char *end;
    const unsigned long stop_ms = strtoul(times, &end, 10);
    const unsigned long ready_timeout_ms =
        *end == ',' ? strtoul(end + 1, NULL, 10) : SUPERVISOR_READY_TIMEOUT_MS;
    if (!supervisor_inherit(&inherited, &error)) {
        (void)fprintf(stderr, "statgate-stand-in: %s\n", error.text);
        return 1;
    }
    const struct supervisor_options options = {.program = "/proc/self/exe",
                                               .arguments = child_arguments,
                                               .stop_timeout_ms = (uint32_t)stop_ms,
                                               .ready_timeout_ms = (uint32_t)ready_timeout_ms,
                                               .inherited = &inherited};
    return supervisor_run(&options);
}

int main(int argc, char **argv) {
    static const char flag[] = "--supervisor=";
    if (argc < 2) {
        (void)fprintf(stderr, "usage: statgate-stand-in FOLDER [ARGUMENT...]\n");
        return 2;
    }
    if (strncmp(argv[1], flag, sizeof flag - 1) == 0) {
        const char *times = argv[1] + sizeof flag - 1;
        argv[1] = argv[0];
        return keep(argv + 1, times);
    }
    arguments = argv + 2;
    return live(argv[1]);
}
