/* SPDX-License-Identifier: MIT */
/* A file that is edited, touched, replaced or removed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assertions.h"
#include "host/files.h"

static char path[] = "/tmp/statgate-contents-XXXXXX";
static struct contents contents;
static const char text[] = "the text that runs";
enum { LATER_MS = 60000 };

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + LATER_MS;
}

static void put(const char *what) {
    FILE *file = fopen(path, "we");
    cr_assert(file != NULL);
    (void)fputs(what, file);
    (void)fclose(file);
}

static void open_contents(void) {
    const struct fingerprint expected = fingerprint_of(text, strlen(text));
    const int fd = mkstemp(path);
    cr_assert(fd >= 0);
    (void)close(fd);
    put(text);
    host_contents_init(&contents, path, &expected);
}

static void close_contents(void) {
    host_contents_done(&contents);
    (void)unlink(path);
}

TestSuite(contents, .init = open_contents, .fini = close_contents);

/* Look at the file. Returns the steps. */
static unsigned look(int64_t real_ms) {
    unsigned steps = 1;
    while (!host_contents_step(&contents, real_ms))
        steps++;
    return steps;
}

Test(contents, what_was_seen_is_not_read_again) {
    cr_expect(eq(uint, look(now_ms()), 3));
    cr_expect(not(contents.differs));
    cr_expect(eq(uint, look(now_ms()), 1));
}

Test(contents, an_edit_differs_until_it_is_undone) {
    const int64_t first_ms = now_ms();
    put("another text");
    look(first_ms);
    cr_expect(contents.differs);
    look(first_ms + LATER_MS);
    cr_expect(contents.differs);
    cr_expect(eq(i64, contents.since_ms, first_ms));
    put(text);
    look(first_ms + INT64_C(2) * LATER_MS);
    cr_expect(not(contents.differs), "the same text is no difference, whatever the times are");
}

Test(contents, what_is_gone_or_too_long_differs) {
    cr_assert(eq(int, truncate(path, CONTENTS_BYTES_MAX + 1), 0));
    cr_expect(eq(uint, look(now_ms()), 1));
    cr_expect(contents.differs);
    (void)unlink(path);
    look(now_ms());
    cr_expect(contents.differs);
    put(text);
    look(now_ms());
    cr_expect(not(contents.differs));
}
