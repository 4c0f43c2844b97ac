/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "canned.h"
#include "fetch/fetch.h"
#include "host/clock.h"

static struct canned canned;
static struct fetch_address address;
static struct fetch *fetch;
static char asked[8192];

static void teardown(void) {
    fetch_free(fetch);
}

TestSuite(fetch_fetch, .fini = teardown);

static enum fetch_state get(const char *where, size_t body_max, int64_t timeout_ms) {
    struct error error;
    cr_assert(fetch_address_find(where, &address, &error), "%s", error.text);
    const struct fetch_request request = {
        .address = &address, .target = "/debug/x?y=1", .token = "secret", .body_max = body_max};
    fetch = fetch_start(&request);
    cr_assert(ne(ptr, fetch, NULL));
    return fetch_wait(fetch, clock_mono_ns() + timeout_ms * 1000000);
}

Test(fetch_fetch, a_request_names_host_and_token) {
    CANNED(&canned, "\tHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    cr_expect(eq(int, get(canned.address, 100, 5000), FETCH_DONE));
    cr_expect(eq(uint, fetch_head(fetch)->status, 200u));
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(fetch_body(fetch)), "abc"));
    fetch_free(fetch);
    fetch = NULL;
    canned_end(&canned, asked, sizeof asked);
    char wanted[512];
    (void)snprintf(wanted, sizeof wanted,
                   "GET /debug/x?y=1 HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer secret\r\n"
                   "Connection: close\r\n\r\n",
                   canned.address);
    cr_expect(eq(str, asked, wanted));
}

static void expect_state(const char *answer, size_t body_max, enum fetch_state wanted) {
    CANNED(&canned, answer);
    cr_expect(eq(int, get(canned.address, body_max, 5000), wanted), "%s", answer);
    fetch_free(fetch);
    fetch = NULL;
    canned_end(&canned, asked, sizeof asked);
}

Test(fetch_fetch, what_goes_wrong_has_a_name) {
    expect_state("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 100, FETCH_CUT);
    expect_state("", 100, FETCH_CUT);
    expect_state("SSH-2.0-x\r\n", 100, FETCH_NO_RESPONSE);
    expect_state("HTTP/1.1 200 OK\r\n\r\nfour", 3, FETCH_TOO_LARGE);
    expect_state("HTTP/1.1 200 OK\r\n\r\nfour", 4, FETCH_DONE);
}

Test(fetch_fetch, where_nobody_listens_the_reason_is_known) {
    CANNED(&canned, "");
    canned_end(&canned, asked, sizeof asked);
    cr_expect(eq(int, get(canned.address, 100, 5000), FETCH_NOBODY));
    cr_expect(eq(int, fetch_error(fetch), ECONNREFUSED));
    fetch_free(fetch);
    cr_expect(eq(int, get("unix:/nonexistent/x.sock", 100, 5000), FETCH_NOBODY));
    cr_expect(eq(int, fetch_error(fetch), ENOENT));
}

Test(fetch_fetch, who_does_not_answer_is_not_waited_for_longer) {
    CANNED(&canned, "never said", NULL);
    /* The first connection has the server; the second waits in the queue. */
    struct error error;
    cr_assert(fetch_address_find(canned.address, &address, &error));
    const struct fetch_request silent = {.address = &address, .target = "/", .body_max = 1};
    struct fetch *first = fetch_start(&silent);
    cr_expect(eq(int, get(canned.address, 100, 50), FETCH_UNDER_WAY));
    cr_expect(eq(int, fetch_events(fetch), POLLIN));
    fetch_free(first);
    fetch_free(fetch);
    fetch = NULL;
    canned_end(&canned, asked, sizeof asked);
}
