/* SPDX-License-Identifier: MIT */
/* The allocation of a request fails (linked with --wrap=calloc). */
#include <stdlib.h>

#include "expect.h"
#include "stage.h"

/* The names that the linker's --wrap asks for. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

static size_t fail_at; /* the allocation that fails, from 1; 0 = none */

static bool fails(void) {
    return fail_at > 0 && --fail_at == 0;
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

static struct stage stage;
static struct reply reply;

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
