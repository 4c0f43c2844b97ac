/* SPDX-License-Identifier: MIT */
/* The log as its reader sees it: through a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "host/clock.h"
#include "host/log.h"

static int ends[2];

static void setup(void) {
    cr_assert(eq(int, pipe(ends), 0));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    log_setup(&(struct log_options){.level = LOG_LEVEL_LOG, .fd = ends[1]});
}

static void teardown(void) {
    close(ends[0]);
    close(ends[1]);
}

TestSuite(host_log, .init = setup, .fini = teardown);

/* What was written since the last call, terminated. */
static const char *written(void) {
    static char text[1 << 17];
    size_t len = 0;
    ssize_t got;
    while ((got = read(ends[0], text + len, sizeof text - 1 - len)) > 0)
        len += (size_t)got;
    text[len] = '\0';
    return text;
}

Test(host_log, levels_below_the_chosen_one_are_silent) {
    log_write(LOG_LEVEL_DEBUG, "c", "no");
    cr_expect(eq(str, (char *)written(), ""));
    cr_expect(not(log_enabled(LOG_LEVEL_DEBUG)));
    log_write(LOG_LEVEL_LOG, "c", "yes");
    cr_expect(ne(ptr, strstr(written(), "LOG   [c] yes\n"), NULL));
    log_setup(&(struct log_options){.level = LOG_LEVEL_ERROR, .fd = ends[1]});
    log_write(LOG_LEVEL_WARN, "c", "no");
    cr_expect(eq(str, (char *)written(), ""));
    log_write(LOG_LEVEL_ERROR, "c", "%d is %s", 7, "odd");
    cr_expect(ne(ptr, strstr(written(), "ERROR [c] 7 is odd\n"), NULL));
}

Test(host_log, errno_is_read_and_kept) {
    errno = ENOENT;
    log_write(LOG_LEVEL_LOG, "c", "open: %m");
    cr_expect(eq(int, errno, ENOENT));
    cr_expect(ne(ptr, strstr(written(), "open: No such file or directory\n"), NULL));
}

Test(host_log, a_message_longer_than_a_line_is_cut) {
    static char text[3 * LOG_LINE_MAX];
    memset(text, 'x', sizeof text - 1);
    log_write(LOG_LEVEL_LOG, "c", "%s", text);
    const char *line = written();
    cr_expect(eq(sz, strlen(line), LOG_LINE_MAX));
    cr_expect(eq(str, (char *)line + LOG_LINE_MAX - 5, "x...\n"));
}

Test(host_log, a_full_pipe_drops_lines_and_counts_them) {
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 5000; i++)
        log_write(LOG_LEVEL_LOG, "c", "line %d", i);
    size_t lines = 0;
    for (const char *at = written(); (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    cr_expect(lt(u64, 0, log_dropped()));
    cr_expect(eq(u64, lines + log_dropped(), 5000));
}

Test(host_log, a_flood_is_limited_to_few_different_lines) {
    for (int i = 0; i < 2 * LOG_LIMIT_LINES; i++)
        log_rarely(LOG_LEVEL_WARN, "c", "flood %d", i);
    const char *text = written();
    cr_expect(ne(ptr, strstr(text, "flood 63\n"), NULL));
    cr_expect(eq(ptr, strstr(text, "flood 64"), NULL));
}

Test(host_log, levels_that_are_off_use_no_limit) {
    for (int i = 0; i < 2 * LOG_LIMIT_LINES; i++)
        log_rarely(LOG_LEVEL_DEBUG, "c", "off %d", i);
    log_rarely(LOG_LEVEL_WARN, "c", "on");
    cr_expect(ne(ptr, strstr(written(), "on\n"), NULL));
}

static void *write_many(void *context) {
    for (int i = 0; i < 100; i++)
        log_write(LOG_LEVEL_LOG, context, "%0200d", i);
    return NULL;
}

Test(host_log, lines_of_several_threads_do_not_mix) {
    pthread_t threads[2];
    static char names[2][2] = {"a", "b"};
    for (int i = 0; i < 2; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, write_many, names[i]), 0));
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    size_t lines = 0;
    for (const char *at = written(); *at != '\0'; at = strchr(at, '\n') + 1) {
        cr_assert(eq(chr, at[25], 'L'));
        cr_assert(eq(sz, strcspn(at, "\n"), strlen("2025-12-23T23:22:11.507Z LOG   [a] ") + 200));
        lines++;
    }
    cr_expect(eq(sz, lines, 200));
}

Test(host_log, words_are_read) {
    enum log_level level = LOG_LEVEL_DEBUG;
    cr_expect(log_level_parse("error", &level));
    cr_expect(eq(int, (int)level, LOG_LEVEL_ERROR));
    cr_expect(log_level_parse("info", &level));
    cr_expect(eq(int, (int)level, LOG_LEVEL_LOG));
    cr_expect(not(log_level_parse("loud", &level)));
    cr_expect(not(log_level_parse("", &level)));
    cr_expect(eq(int, (int)level, LOG_LEVEL_LOG), "untouched");
    for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_ERROR; i++) {
        cr_expect(log_level_parse(log_level_text((enum log_level)i), &level));
        cr_expect(eq(int, (int)level, i));
    }
    enum log_format format = LOG_FORMAT_CONSOLE;
    cr_expect(log_format_parse("json", &format));
    cr_expect(eq(int, (int)format, LOG_FORMAT_JSON));
    cr_expect(not(log_format_parse("xml", &format)));
    cr_expect(eq(int, (int)format, LOG_FORMAT_JSON), "untouched");
    cr_expect(log_format_parse("console", &format));
    cr_expect(eq(int, (int)format, LOG_FORMAT_CONSOLE));
}

Test(host_log, only_terminals_get_colours) {
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    cr_expect(eq(int, (int)log_reader_of(ends[1]), LOG_READER_PLAIN));
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0)
        cr_skip_test("no pseudo-terminal here");
    cr_expect(eq(int, (int)log_reader_of(terminal), LOG_READER_COLOUR));
    setenv("NO_COLOR", "1", 1);
    cr_expect(eq(int, (int)log_reader_of(terminal), LOG_READER_PLAIN));
    setenv("NO_COLOR", "", 1);
    cr_expect(eq(int, (int)log_reader_of(terminal), LOG_READER_COLOUR));
    setenv("TERM", "dumb", 1);
    cr_expect(eq(int, (int)log_reader_of(terminal), LOG_READER_PLAIN));
    close(terminal);
}

/* systemd.exec(5): device and inode of what is connected to the journal, in decimal. */
Test(host_log, the_journal_is_known_by_its_file) {
    char stream[64];
    struct stat status;
    cr_assert(eq(int, fstat(ends[1], &status), 0));
    (void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev,
                   (uintmax_t)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    cr_expect(eq(int, (int)log_reader_of(ends[1]), LOG_READER_JOURNAL));
    cr_expect(eq(int, (int)log_reader_of(STDIN_FILENO), LOG_READER_PLAIN), "another file");
    setenv("JOURNAL_STREAM", "1:", 1);
    cr_expect(eq(int, (int)log_reader_of(ends[1]), LOG_READER_PLAIN));
    unsetenv("JOURNAL_STREAM");
    cr_expect(eq(int, (int)log_reader_of(ends[1]), LOG_READER_PLAIN));
}
