/* SPDX-License-Identifier: MIT */
/*
 * answers.h - a live server, and connections with one request each, for tests of responses.
 */
#ifndef STATGATE_TEST_HTTP_ANSWERS_H
#define STATGATE_TEST_HTTP_ANSWERS_H

#include "expect.h"
#include "stage.h"

static struct stage stage;
static struct reply reply;

static inline void open_stage(void) {
    stage_init(&stage);
}

/* At the end of each test, not in .fini, where criterion does not count failures. */
static inline void close_stage(void) {
    reply_done(&reply);
    stage_close(&stage, 0);
}

static inline void get(const char *target, const char *lines) {
    reply_done(&reply);
    ask(&stage, "GET", target, lines, &reply);
}

static inline void expect_header(const char *name, const char *value) {
    EXPECT_TEXT(reply_header(&reply, name), value, "%s", name);
}

/* The text of the fake view, whole. */
static inline void expect_fake_body(void) {
    struct strbuf expected;
    strbuf_init(&expected);
    fake_text(&expected);
    cr_assert(eq(sz, reply.body.len, expected.len));
    cr_expect(memcmp(reply.body.data, expected.data, expected.len) == 0);
    strbuf_done(&expected);
}

#endif
