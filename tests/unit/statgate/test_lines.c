/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "statgate/command.h"

/* ---- checking ---- */

#define LONGEST_ID "0123456789012345678901234567890123456789012345678901234567890123"

static void expect_fault(const char *line, enum sg_reject reason, size_t offset) {
    struct sg_fault fault = {.reason = SG_REJECT_NONE};
    cr_expect(not(statgate_line_check((struct sg_span){line, strlen(line)}, &fault)), "%s", line);
    cr_expect(eq(int, (int)fault.reason, (int)reason), "%s", line);
    cr_expect(eq(sz, fault.offset, offset), "%s", line);
}

Test(statgate_lines, what_is_wrong_in_a_line_is_found_with_its_place) {
    expect_fault("a", SG_REJECT_MALFORMED, 1);
    expect_fault("a:1", SG_REJECT_MALFORMED, 3);
    expect_fault("a:1|x", SG_REJECT_MALFORMED, 4);
    expect_fault("a:1:x:3|c", SG_REJECT_BAD_VALUE, 4);
    expect_fault("a:|g", SG_REJECT_BAD_VALUE, 2);
    expect_fault("a:|a", SG_REJECT_BAD_VALUE, 2);
    expect_fault("a:open:|b", SG_REJECT_BAD_VALUE, 7);
    expect_fault("a::queued|j|i:7", SG_REJECT_BAD_VALUE, 2);
    expect_fault("a:1|c|@2", SG_REJECT_BAD_RATE, 7);
    expect_fault("a:1|c|#b:1,:2", SG_REJECT_MALFORMED, 11);
    expect_fault("a:opened|b", SG_REJECT_BAD_VALUE, 2);
    expect_fault("a:queued:start|j|i:7", SG_REJECT_BAD_VALUE, 9);
    expect_fault("a:lost|j|i:7", SG_REJECT_BAD_VALUE, 2);
    expect_fault("a:queued|j", SG_REJECT_MALFORMED, 2);
    expect_fault("a:queued|j|#queue:slow|i:", SG_REJECT_MALFORMED, 2);
    expect_fault("a:queued|j|i:" LONGEST_ID "+", SG_REJECT_TOO_LONG, 13);
    expect_fault("a:failed|j|i:7|x:256", SG_REJECT_BAD_VALUE, 15);
    expect_fault("a:started|j|i:7|o:me", SG_REJECT_BAD_VALUE, 16);
    expect_fault("a:worked|a|d:-1", SG_REJECT_BAD_VALUE, 11);
    expect_fault("a:worked|a|p:x", SG_REJECT_BAD_VALUE, 11);
    expect_fault("_e{1,1}:ab|c", SG_REJECT_MALFORMED, 9);
}

Test(statgate_lines, good_lines_of_every_kind_pass) {
    const char *const lines[] = {"a:1|c",
                                 "a:-1e-7:+2|g|@nonsense",
                                 "a:u:v|s",
                                 "a:worked|a",
                                 "a:open|b|#job:x",
                                 "a:closed:half_open|b",
                                 "a:succeeded|j|i:7",
                                 "a:failed:canceled|j|i:7",
                                 "a:queued|j|i:7",
                                 "a:queued:started|j|#queue:fast|i:7f3a",
                                 ("a:queued|j|i:" LONGEST_ID),
                                 "a:failed|j|i:7|x:SIGKILL|o:none",
                                 "a:worked|a|d:0.25|p:17",
                                 "a:1|c|i:|x:256|d:-1",
                                 "_e{1,1}:a|b",
                                 "_sc|up|0",
                                 "a b-c:1|c|#x,y:,z:é",
                                 "a:1|ms|@0.25"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct sg_fault fault;
        cr_expect(statgate_line_check((struct sg_span){lines[i], strlen(lines[i])}, &fault), "%s",
                  lines[i]);
    }
}

/* ---- reading ---- */

struct log {
    struct strbuf text;
    size_t stop_at; /* line number at which on_line says stop; 0: never */
};

static bool on_line(void *arg, struct sg_span line, size_t number) {
    struct log *log = arg;
    if (line.len > 60)
        strbuf_printf(&log->text, "%zu: %zu bytes\n", number, line.len);
    else
        strbuf_printf(&log->text, "%zu: %.*s\n", number, (int)line.len, line.at);
    return number != log->stop_at;
}

static bool on_pause(void *arg) {
    struct log *log = arg;
    strbuf_puts(&log->text, "-\n");
    return true;
}

static char *read_text(const char *text, size_t len, size_t stop_at, int *ret_result) {
    char path[] = "/tmp/statgate-lines-XXXXXX";
    const int fd = mkstemp(path);
    cr_assert(ge(int, fd, 0));
    (void)unlink(path);
    for (size_t done = 0; done < len;) {
        const ssize_t wrote = write(fd, text + done, len - done);
        cr_assert(lt(int, 0, (int)wrote));
        done += (size_t)wrote;
    }
    (void)lseek(fd, 0, SEEK_SET);
    struct log log = {.stop_at = stop_at};
    strbuf_init(&log.text);
    *ret_result = statgate_lines_read(fd, on_line, on_pause, &log);
    (void)close(fd);
    char *copy = strdup(strbuf_cstr(&log.text));
    strbuf_done(&log.text);
    return copy;
}

static void expect_read(const char *text, size_t len, size_t stop_at, int result,
                        const char *expected) {
    int got;
    char *log = read_text(text, len, stop_at, &got);
    cr_expect(eq(int, got, result));
    cr_expect(eq(str, log, (char *)(uintptr_t)expected));
    free(log);
}

Test(statgate_lines, lines_are_read_to_the_end) {
    expect_read("a\nb\r\n\nc", 7, 0, 0, "1: a\n2: b\n-\n4: c\n-\n");
    expect_read("", 0, 0, 0, "-\n");
    expect_read("\n\n", 2, 0, 0, "-\n-\n");
}

Test(statgate_lines, reading_ends_on_request) {
    expect_read("a\nb\nc\n", 6, 2, 1, "1: a\n2: b\n");
    expect_read("a\nb", 3, 2, 1, "1: a\n-\n2: b\n");
}

Test(statgate_lines, a_line_without_end_is_cut_and_the_next_is_whole) {
    const size_t len = 3 * (size_t)LINES_MAX + 10;
    char *text = malloc(len);
    memset(text, 'x', len);
    text[len - 3] = '\n';
    expect_read(text, len, 0, 0, "1: 65536 bytes\n-\n-\n-\n-\n2: xx\n-\n");
    memset(text, 'x', len);
    text[LINES_MAX] = '\n'; /* exactly the longest allowed */
    text[LINES_MAX + 2] = '\n';
    expect_read(text, LINES_MAX + 3, 0, 0, "1: 65536 bytes\n-\n2: x\n-\n-\n");
    free(text);
}

Test(statgate_lines, a_failing_read_is_reported) {
    struct log log = {.stop_at = 0};
    strbuf_init(&log.text);
    cr_expect(eq(int, statgate_lines_read(-1, on_line, on_pause, &log), -9)); /* EBADF */
    strbuf_done(&log.text);
}
