/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "expect.h"
#include "gunzip.h"
#include "http/http.h"
#include "http/http_private.h"
#include "stage.h"

static const struct store_time NOW = {.mono_ms = 1, .real_ms = 2};

static struct answer_memory memory;

static void open_account(void) {
    memory = (struct answer_memory){.max = HTTP_ANSWERS_BYTES};
}

TestSuite(http_body, .init = open_account);

static void start(struct body *body, bool gzip) {
    const struct exposition_options options = {0};
    http_body_init(body, &memory);
    http_body_start(body, view_exposition(NULL, &options), gzip);
}

/* Run the body to its end, taking `piece` bytes at a time. Returns the pieces of work. */
static size_t run(struct body *body, size_t piece, struct strbuf *out) {
    size_t works = 0;
    char *bytes = malloc(piece);
    cr_assert(bytes != NULL);
    for (;;) {
        switch (http_body_state(body)) {
        case BODY_READY:
            strbuf_put(out, bytes, http_body_take(body, bytes, piece));
            break;
        case BODY_WORK:
            http_body_work(body, NOW, 0);
            works++;
            break;
        case BODY_END:
        case BODY_FAILED:
            free(bytes);
            return works;
        }
    }
}

static void expect_same(const struct strbuf *got, const struct strbuf *expected) {
    cr_assert(eq(sz, got->len, expected->len));
    cr_expect(memcmp(got->data, expected->data, got->len) == 0);
}

static void check_plain(size_t slices, size_t slice_bytes, size_t piece) {
    struct body body;
    struct strbuf got;
    struct strbuf expected;
    strbuf_init(&got);
    strbuf_init(&expected);
    fake = (struct fake){.slices = slices, .slice_bytes = slice_bytes};
    fake_text(&expected);
    start(&body, false);
    cr_expect(eq(sz, run(&body, piece, &got), slices));
    cr_expect(eq(int, (int)http_body_state(&body), (int)BODY_END));
    cr_expect(eq(u64, body.taken, expected.len));
    cr_expect(eq(u64, body.slices, slices));
    expect_same(&got, &expected);
    cr_expect(eq(sz, fake.freed, 1), "a view that is done closes its cursors at once");
    http_body_done(&body);
    cr_expect(eq(sz, fake.freed, 1));
    strbuf_done(&got);
    strbuf_done(&expected);
}

Test(http_body, plain_slices_come_out_in_order_whatever_the_reader_takes) {
    check_plain(1, 1000, 1000);
    check_plain(3, 1000, 999);
    check_plain(5, 1000, 7);
    check_plain(2, 1, 1);
    check_plain(1, 100000, 1 << 20);
}

static void check_gzip(size_t slices, size_t slice_bytes, size_t piece) {
    struct body body;
    struct strbuf got;
    struct strbuf plain;
    struct strbuf expected;
    strbuf_init(&got);
    strbuf_init(&plain);
    strbuf_init(&expected);
    fake = (struct fake){.slices = slices, .slice_bytes = slice_bytes};
    fake_text(&expected);
    start(&body, true);
    cr_assert(body.gzip);
    const size_t works = run(&body, piece, &got);
    cr_expect(ge(sz, works, slices + expected.len / GZIP_PIECE_BYTES),
              "no piece may be longer than promised");
    cr_expect(lt(sz, got.len, expected.len / 2 + 100));
    gunzip(&got, &plain);
    expect_same(&plain, &expected);
    http_body_done(&body);
    cr_expect(eq(sz, fake.freed, 1));
    strbuf_done(&got);
    strbuf_done(&plain);
    strbuf_done(&expected);
}

Test(http_body, gzip_of_many_small_steps_is_one_stream) {
    check_gzip(1, 50, 1000);
    check_gzip(1, GZIP_PIECE_BYTES, 1000);
    check_gzip(1, GZIP_PIECE_BYTES + 1, 1000);
    check_gzip(4, 1 << 20, 65536);
    check_gzip(3, 1000, 1);
}

Test(http_body, an_empty_view_is_an_empty_body) {
    struct body body;
    struct strbuf got;
    struct strbuf plain;
    strbuf_init(&got);
    strbuf_init(&plain);
    fake = (struct fake){.slices = 1, .slice_bytes = 0};
    start(&body, false);
    run(&body, 10, &got);
    cr_expect(eq(sz, got.len, 0));
    cr_expect(http_body_whole(&body));
    http_body_done(&body);
    start(&body, true);
    run(&body, 10, &got);
    gunzip(&got, &plain);
    cr_expect(eq(sz, plain.len, 0));
    http_body_done(&body);
    strbuf_done(&got);
    strbuf_done(&plain);
}

Test(http_body, what_is_whole_is_known_with_its_bytes) {
    struct body body;
    size_t len = 0;
    fake = (struct fake){.slices = 1, .slice_bytes = 100};
    start(&body, false);
    cr_expect(not(http_body_whole(&body)));
    cr_expect(http_body_slice_due(&body));
    http_body_work(&body, NOW, 0);
    cr_expect(http_body_whole(&body));
    http_body_bytes(&body, &len);
    cr_expect(eq(sz, len, 100));
    http_body_done(&body);

    fake.slices = 2;
    start(&body, false);
    http_body_work(&body, NOW, 0);
    cr_expect(not(http_body_whole(&body)));
    http_body_done(&body);

    fake.slices = 1;
    start(&body, true);
    http_body_work(&body, NOW, 0);
    cr_expect(not(http_body_whole(&body)), "it is not compressed yet");
    cr_expect(not(http_body_slice_due(&body)));
    http_body_work(&body, NOW, 0);
    cr_expect(http_body_whole(&body));
    http_body_done(&body);
}

Test(http_body, a_text_of_its_own_needs_no_view) {
    struct body body;
    size_t len = 0;
    http_body_init(&body, &memory);
    strbuf_puts(&body.plain, "ok\n");
    cr_expect(http_body_whole(&body));
    cr_expect(memcmp(http_body_bytes(&body, &len), "ok\n", 3) == 0);
    cr_expect(eq(sz, len, 3));
    http_body_done(&body);
    http_body_done(&body);
}

Test(http_body, memory_that_runs_out_fails_the_body_and_frees_the_view) {
    struct body body;
    struct strbuf got;
    strbuf_init(&got);
    fake = (struct fake){.slices = 3, .slice_bytes = 100, .fail_at = 2};
    start(&body, true);
    run(&body, 1000, &got);
    cr_expect(eq(int, (int)http_body_state(&body), (int)BODY_FAILED));
    cr_expect(not(http_body_whole(&body)));
    cr_expect(eq(sz, fake.freed, 1));
    http_body_done(&body);
    strbuf_done(&got);
}

Test(http_body, a_body_can_be_given_up_at_any_time) {
    for (size_t steps = 0; steps < 6; steps++) {
        struct body body;
        fake = (struct fake){.slices = 3, .slice_bytes = 300000};
        start(&body, true);
        for (size_t i = 0; i < steps; i++)
            http_body_work(&body, NOW, 0);
        http_body_done(&body);
        cr_expect(eq(sz, fake.freed, 1));
    }
}

/* ---- steps ---- */

Test(http_body, a_slice_whose_time_is_over_has_one_step_of_bounded_work) {
    struct body body;
    fake = (struct fake){.slices = 5, .slice_bytes = 1000};
    start(&body, false);
    http_body_work(&body, NOW, 0);
    cr_expect(eq(sz, fake.steps, 1));
    cr_expect(eq(sz, fake.budget_max, VIEW_STEP_UNITS));
    cr_expect(eq(sz, fake.bytes_max, VIEW_STEP_BYTES));
    cr_expect(eq(sz, body.plain.len, 1000));
    http_body_done(&body);
}

Test(http_body, while_there_is_time_a_slice_goes_on_until_it_has_its_bytes) {
    struct body body;
    enum { STEP = 60000, STEPS = VIEW_SLICE_BYTES / STEP + 1 };
    fake = (struct fake){.slices = STEPS + 5, .slice_bytes = STEP};
    start(&body, false);
    http_body_work(&body, NOW, UINT64_MAX);
    cr_expect(eq(sz, fake.steps, STEPS));
    cr_expect(eq(sz, fake.budget_max, VIEW_STEP_UNITS), "none of its steps is longer");
    cr_expect(eq(sz, fake.bytes_max, VIEW_SLICE_BYTES % STEP),
              "nor the last larger than what is left");
    cr_expect(eq(u64, body.slices, 1));
    http_body_done(&body);
}

Test(http_body, a_view_that_ends_within_its_time_is_whole) {
    struct body body;
    fake = (struct fake){.slices = 5, .slice_bytes = 1000};
    start(&body, false);
    http_body_work(&body, NOW, UINT64_MAX);
    cr_expect(http_body_whole(&body));
    cr_expect(eq(sz, fake.freed, 1));
    http_body_done(&body);
}

/* ---- memory ---- */

Test(http_body, what_it_holds_is_in_the_account_until_it_is_done) {
    struct body body;
    fake = (struct fake){.slices = 3, .slice_bytes = 300000};
    start(&body, false);
    http_body_work(&body, NOW, 0);
    cr_expect(eq(sz, memory.used, 300000), "no more than the text needs");
    http_body_done(&body);
    cr_expect(eq(sz, memory.used, 0));

    start(&body, true);
    const size_t compressor = memory.used;
    cr_expect(eq(sz, compressor, gzip_bytes(body.compressor)), "what compresses is counted, too");
    cr_expect(lt(sz, 200000, compressor));
    http_body_work(&body, NOW, 0);
    http_body_work(&body, NOW, 0);
    cr_expect(lt(sz, compressor + 300000, memory.used));
    http_body_done(&body);
    cr_expect(eq(sz, memory.used, 0));
    cr_expect(eq(u64, memory.squeezed, 0));
}

Test(http_body, a_slice_is_an_eighth_of_what_is_free) {
    struct body body;
    static const struct {
        size_t used;
        size_t slice;
        size_t step;
    } cases[] = {{0, VIEW_SLICE_BYTES, VIEW_STEP_BYTES},
                 {HTTP_ANSWERS_BYTES - (4 << 20), 4 << 17, VIEW_STEP_BYTES},
                 {HTTP_ANSWERS_BYTES - (1 << 18), 1 << 15, 1 << 15},
                 {HTTP_ANSWERS_BYTES - 1, HTTP_ANSWER_LEAST, HTTP_ANSWER_LEAST},
                 {HTTP_ANSWERS_BYTES + 1, HTTP_ANSWER_LEAST, HTTP_ANSWER_LEAST}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake = (struct fake){.slices = 2, .slice_bytes = cases[i].slice};
        memory.used = cases[i].used;
        memory.squeezed = 0;
        start(&body, false);
        http_body_work(&body, NOW, 0);
        cr_expect(eq(sz, fake.bytes_max, cases[i].step));
        cr_expect(eq(u64, memory.squeezed, i > 0), "it is known, once, that more was wanted");
        http_body_work(&body, NOW, 0);
        cr_expect(eq(u64, memory.squeezed, i > 0));
        http_body_done(&body);
        cr_expect(eq(sz, memory.used, cases[i].used));
    }
}

Test(http_body, a_large_buffer_is_given_back_for_a_small_slice) {
    struct body body;
    fake = (struct fake){.slices = 2, .slice_bytes = 1 << 20};
    start(&body, false);
    http_body_work(&body, NOW, 0);
    char taken[1 << 12];
    while (http_body_state(&body) == BODY_READY)
        http_body_take(&body, taken, sizeof taken);
    memory.used += HTTP_ANSWERS_BYTES;
    fake.slice_bytes = 1 << 14;
    http_body_work(&body, NOW, 0);
    cr_expect(eq(sz, memory.used, HTTP_ANSWERS_BYTES + (1 << 14)));
    http_body_done(&body);
}

Test(http_body, nothing_is_compressed_when_little_is_free) {
    struct body body;
    fake = (struct fake){.slices = 1, .slice_bytes = 100};
    memory.used = HTTP_ANSWERS_BYTES - (3 << 20);
    start(&body, true);
    cr_expect(not(body.gzip));
    cr_expect(eq(u64, memory.squeezed, 1));
    http_body_work(&body, NOW, 0);
    cr_expect(http_body_whole(&body));
    http_body_done(&body);
}

Test(http_body, a_text_in_the_view_is_charged_while_there_is_a_view) {
    struct body body;
    fake = (struct fake){.slices = 1, .slice_bytes = 100};
    const struct exposition_options options = {0};
    const size_t before = memory.used;
    http_body_init(&body, &memory);
    body.lent = 12345;
    http_body_start(&body, view_exposition(NULL, &options), false);
    cr_expect(eq(sz, memory.used, before + 12345));
    http_body_work(&body, NOW, 0);
    cr_expect(http_body_whole(&body));
    cr_expect(eq(sz, memory.used, before + 100));
    http_body_done(&body);
    cr_expect(eq(sz, memory.used, before));
}

Test(http_body, a_text_written_at_once_may_find_no_room) {
    struct body body;
    memory.used = HTTP_ANSWERS_BYTES - 1000;
    http_body_init(&body, &memory);
    strbuf_puts(&body.plain, "ok\n");
    cr_expect(http_body_written(&body));
    while (body.plain.len <= HTTP_ANSWER_LEAST)
        strbuf_puts(&body.plain, "and so on\n");
    cr_expect(not(http_body_written(&body)));
    http_body_done(&body);
    cr_expect(eq(sz, memory.used, HTTP_ANSWERS_BYTES - 1000));
}
