/* SPDX-License-Identifier: MIT */
/* Each allocation of the server fails in turn (linked with --wrap=calloc,--wrap=strdup). */
#include <stdlib.h>

#include "expect.h"
#include "stage.h"

/* The names that the linker's --wrap asks for. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

static size_t fail_at; /* the allocation that fails, from 1; 0 = none */

static bool fails(void) {
    return fail_at > 0 && --fail_at == 0;
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}

static struct stage stage;
static struct reply reply;

Test(http_memory, a_server_that_can_not_be_made_says_so_and_leaves_nothing) {
    struct error error;
    size_t failed = 0;
    do {
        stage_init(&stage);
        stage_lock(&stage, "t");
        fail_at = failed + 1;
        stage_try(&stage, &error);
        if (error.text[0] != '\0') {
            EXPECT_HAS(error.text, "out of memory");
            failed++;
        }
    } while (error.text[0] != '\0' && failed < 100);
    cr_expect(eq(sz, failed, 8), "the server, pages, names of this host, listeners, both tokens, "
                                 "the path, a listener's connections");
}

Test(http_memory, a_request_without_memory_ends_its_connection_alone) {
    struct client client;
    stage_init(&stage);
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    fail_at = 1;
    client_reply(&client, &reply, false);
    cr_expect(reply.cut);
    client_close(&client);
    cr_expect(eq(sz, fail_at, 0));
    reply_done(&reply);
    ask(&stage, "GET", "/metrics", "", &reply);
    cr_expect(eq(int, reply.status, 200));
    reply_done(&reply);
    stage_close(&stage, 0);
}

Test(http_memory, a_view_without_memory_is_a_500) {
    struct client client;
    stage_init(&stage);
    stage_open(&stage);
    client_open(&client, &stage, 0);
    client_send(&client, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    fail_at = 2;
    client_reply(&client, &reply, false);
    cr_expect(eq(int, reply.status, 500));
    client_close(&client);
    reply_done(&reply);
    stage_close(&stage, 0);
}
