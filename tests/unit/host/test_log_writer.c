/* SPDX-License-Identifier: MIT */
/* The log that never waits, and readers of all kinds that read late or never. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "host/log.h"

enum { FLOOD = 10000 };

static int ends[2] = {-1, -1}; /* the reader's and the log's */

static void close_ends(void) {
    log_setup(&(struct log_options){.level = LOG_LEVEL_LOG, .fd = STDERR_FILENO});
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
}

TestSuite(host_log_writer, .timeout = 300, .fini = close_ends);

static void start(int fd) {
    log_setup(&(struct log_options){.level = LOG_LEVEL_LOG, .fd = fd});
    log_never_wait();
}

static void flood(void) {
    for (int i = 0; i < FLOOD; i++)
        log_write(LOG_LEVEL_LOG, "c", "line %d of a flood", i);
}

/* What a reader saw. */
struct seen {
    uint64_t lines;   /* of the flood */
    uint64_t missing; /* according to the lines that report it */
    int before;       /* number of the last line of the flood; they must rise */
};

static void see_line(struct seen *seen, char *line) {
    const char *number = strstr(line, "] line ");
    const char *notice = strstr(line, "[log] ");
    if (number) {
        const int at = (int)strtol(number + 7, NULL, 10);
        cr_assert(lt(int, seen->before, at), "out of order: %s", line);
        seen->before = at;
        seen->lines++;
    } else if (notice) {
        cr_assert(ne(ptr, strstr(notice, " lines are missing here: "), NULL), "%s", line);
        seen->missing += strtoull(notice + 6, NULL, 10);
    }
}

/* Until `last` came. */
static struct seen read_until(int fd, const char *last) {
    static char line[2 * LOG_LINE_MAX];
    struct seen seen = {.before = -1};
    size_t len = 0;
    for (;;) {
        cr_assert(lt(sz, len, sizeof line - 1));
        cr_assert(eq(int, (int)read(fd, line + len, 1), 1), "%s", strerror(errno));
        if (line[len++] != '\n')
            continue;
        line[len] = '\0';
        see_line(&seen, line);
        if (strstr(line, last))
            return seen;
        len = 0;
    }
}

/* Takes what comes until `last` did. */
static void drain(int fd, const char *last, struct strbuf *taken) {
    char bytes[4096];
    while (strstr(strbuf_cstr(taken), last) == NULL) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        log_report_missing();
        if (poll(&ready, 1, 1) > 0) {
            const ssize_t got = read(fd, bytes, sizeof bytes);
            cr_assert(gt(i64, got, 0));
            strbuf_put(taken, bytes, (size_t)got);
        }
    }
}

/* What was written of a flood that nobody read, once somebody does. */
static void expect_all_accounted(void) {
    struct strbuf taken = {0};
    struct seen seen = {.before = -1};
    const uint64_t dropped = log_dropped();
    cr_expect(lt(u64, 0, dropped), "the reader did not stall");
    drain(ends[0], " lines are missing here: ", &taken);
    log_write(LOG_LEVEL_LOG, "c", "the end");
    drain(ends[0], "the end", &taken);
    char *rest = taken.data;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        see_line(&seen, line);
    cr_expect(eq(u64, seen.missing, dropped));
    cr_expect(eq(u64, seen.lines, FLOOD - dropped));
    cr_expect(eq(u64, log_dropped(), dropped));
    strbuf_done(&taken);
}

/* Writes into one end while nobody reads the other, then reads. */
static void expect_no_wait(void) {
    const int flags = fcntl(ends[1], F_GETFL);
    start(ends[1]);
    flood();
    cr_expect(eq(int, fcntl(ends[1], F_GETFL), flags), "the file was changed for others");
    expect_all_accounted();
}

Test(host_log_writer, a_full_pipe_stops_nobody) {
    cr_assert(eq(int, pipe(ends), 0));
    expect_no_wait();
}

Test(host_log_writer, a_full_stream_socket_stops_nobody) {
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0));
    expect_no_wait();
}

Test(host_log_writer, a_terminal_that_is_held_stops_nobody) {
    const int master = ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0)
        cr_skip_test("no pseudo-terminal here");
    cr_assert(eq(int, grantpt(master), 0));
    cr_assert(eq(int, unlockpt(master), 0));
    const int terminal = ends[1] = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert(ge(int, terminal, 0));
    cr_assert(eq(int, tcflow(terminal, TCOOFF), 0)); /* as Ctrl-S does */
    start(terminal);
    flood();
    cr_assert(eq(int, tcflow(terminal, TCOON), 0));
    expect_all_accounted();
}

/* As a pipe of another user, which cannot be opened again. */
Test(host_log_writer, a_full_pipe_of_somebody_else_stops_nobody) {
    cr_assert(eq(int, pipe(ends), 0));
    if (fchown(ends[1], 1, 1) != 0 || fchmod(ends[1], 0600) != 0 || seteuid(65534) != 0)
        cr_skip_test("only for root");
    expect_no_wait();
    cr_assert(eq(int, seteuid(0), 0)); /* who looks for leaks may look again */
}

Test(host_log_writer, a_file_has_every_line_that_was_kept) {
    char path[] = "/tmp/statgate-log-XXXXXX";
    const int file = ends[1] = mkstemp(path);
    cr_assert(ge(int, file, 0));
    cr_assert(eq(int, unlink(path), 0));
    start(file);
    for (int i = 0; i < 500; i++)
        log_write(LOG_LEVEL_LOG, "c", "line %d", i);
    log_write(LOG_LEVEL_LOG, "c", "the end");
    cr_assert(eq(i64, lseek(file, 0, SEEK_SET), 0));
    const struct seen seen = read_until(file, "the end");
    cr_expect(eq(u64, seen.lines, 500));
    cr_expect(eq(u64, log_dropped(), 0));
}

Test(host_log_writer, a_reader_that_is_gone_costs_lines_and_no_time) {
    cr_assert(eq(int, pipe(ends), 0));
    cr_assert(ne(ptr, (void *)signal(SIGPIPE, SIG_IGN), (void *)SIG_ERR));
    start(ends[1]);
    close(ends[0]);
    ends[0] = -1;
    for (int i = 0; i < 100; i++)
        log_write(LOG_LEVEL_LOG, "c", "line %d", i);
    cr_expect(eq(u64, log_dropped(), 100));
}

static void *write_many(void *context) {
    for (int i = 0; i < 300; i++)
        log_write(LOG_LEVEL_LOG, context, "%0200d", i);
    return NULL;
}

Test(host_log_writer, lines_of_several_threads_do_not_mix) {
    pthread_t threads[2];
    static char names[2][2] = {"a", "b"};
    static char line[LOG_LINE_MAX];
    cr_assert(eq(int, pipe(ends), 0));
    start(ends[1]);
    for (int i = 0; i < 2; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, write_many, names[i]), 0));
    FILE *reader = fdopen(ends[0], "r");
    cr_assert(ne(ptr, reader, NULL));
    for (int i = 0; i < 600; i++) {
        cr_assert(ne(ptr, fgets(line, sizeof line, reader), NULL));
        cr_assert(eq(sz, strlen(line), strlen("2025-12-23T23:22:11.507Z LOG   [a] ") + 201), "%s",
                  line);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    cr_expect(eq(u64, log_dropped(), 0));
    (void)fclose(reader);
    ends[0] = -1;
}
