/* The log with its own thread, and readers of all kinds that read late or never. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "assertions.h"
#include "host/clock.h"
#include "host/log.h"

enum { FLUSH_MS = 20000, FLOOD = 10000 };

static int ends[2] = {-1, -1}; /* the reader's and the log's; the writer never closes its own */

static void close_ends(void) {
    (void)signal(SIGPIPE, SIG_IGN); /* the writer may be in mid-write */
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
}

TestSuite(host_log_writer, .timeout = 300, .fini = close_ends);

static void start(int fd) {
    log_setup(&(struct log_options){.level = LOG_LEVEL_LOG, .fd = fd});
    cr_assert(eq(int, log_start_writer(), 0));
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

/* Until `last` came, and so many lines are known to be missing. */
static struct seen read_until(int fd, const char *last, uint64_t missing) {
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
        if (seen.missing >= missing && strstr(line, last))
            return seen;
        len = 0;
    }
}

/* Writes into one end while nobody reads the other, then reads. */
static void expect_no_wait(void) {
    const int flags = fcntl(ends[1], F_GETFL);
    start(ends[1]);
    flood();
    const uint64_t dropped = log_dropped();
    cr_expect(lt(u64, 0, dropped), "the reader did not stall");
    cr_expect(lt(u64, (uint64_t)LOG_RING_BYTES / 100, FLOOD - dropped),
              "less kept than there is room for");
    const struct seen seen = read_until(ends[0], "", dropped);
    log_write(LOG_LEVEL_LOG, "c", "the end"); /* there is room: all before the gap was read */
    const struct seen rest = read_until(ends[0], "the end", 0);
    cr_expect(eq(u64, seen.missing + rest.missing, dropped));
    cr_expect(eq(u64, seen.lines + rest.lines, FLOOD - dropped));
    cr_expect(eq(u64, log_dropped(), dropped));
    cr_expect(eq(int, fcntl(ends[1], F_GETFL), flags), "the file was changed for others");
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
    cr_expect(lt(u64, 0, log_dropped()));
    cr_assert(eq(int, tcflow(terminal, TCOON), 0));
    const uint64_t dropped = log_dropped();
    const struct seen seen = read_until(master, "", dropped);
    log_write(LOG_LEVEL_LOG, "c", "the end");
    const struct seen rest = read_until(master, "the end", 0);
    cr_expect(eq(u64, seen.missing + rest.missing, dropped));
    cr_expect(eq(u64, seen.lines + rest.lines, FLOOD - dropped));
}

Test(host_log_writer, a_file_has_every_line_that_was_kept) {
    char path[] = "/tmp/statgate-log-XXXXXX";
    const int file = ends[1] = mkstemp(path);
    cr_assert(ge(int, file, 0));
    cr_assert(eq(int, unlink(path), 0));
    start(file);
    for (int i = 0; i < 500; i++)
        log_write(LOG_LEVEL_LOG, "c", "line %d", i);
    log_flush(FLUSH_MS);
    log_write(LOG_LEVEL_LOG, "c", "the end");
    log_flush(FLUSH_MS);
    cr_assert(eq(i64, lseek(file, 0, SEEK_SET), 0));
    const struct seen seen = read_until(file, "the end", 0);
    cr_expect(eq(u64, seen.lines, 500));
    cr_expect(eq(u64, log_dropped(), 0));
}

Test(host_log_writer, a_flush_gives_up_in_time) {
    cr_assert(eq(int, pipe(ends), 0));
    start(ends[1]);
    flood();
    const int64_t before = clock_mono_ns();
    log_flush(50);
    cr_expect(ge(i64, clock_mono_ns() - before, 50000000));
}

Test(host_log_writer, a_reader_that_is_gone_costs_lines_and_no_time) {
    cr_assert(eq(int, pipe(ends), 0));
    cr_assert(ne(ptr, (void *)signal(SIGPIPE, SIG_IGN), (void *)SIG_ERR));
    start(ends[1]);
    close(ends[0]);
    ends[0] = -1;
    for (int i = 0; i < 100; i++)
        log_write(LOG_LEVEL_LOG, "c", "line %d", i);
    log_flush(FLUSH_MS);
    cr_expect(eq(u64, log_dropped(), 100));
    /* The writer rests until there is another line. */
    struct timespec cpu[2];
    const struct timespec nap = {.tv_nsec = 100000000};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[0]);
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[1]);
    const int64_t used =
        (cpu[1].tv_sec - cpu[0].tv_sec) * 1000000000 + cpu[1].tv_nsec - cpu[0].tv_nsec;
    cr_expect(lt(i64, used, 50000000));
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
