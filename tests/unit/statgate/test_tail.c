/* SPDX-License-Identifier: MIT */
/* Lines of statgate tail, for people. */
#include "assertions.h"
#include "run.h"
#include "statgate/tail/tail_private.h"

static void expect_line(const char *json, const char *wanted) {
    struct strbuf out = {0};
    struct error wrong;
    json_t *line = json_jsonread_parse(json, strlen(json), &wrong);
    cr_assert(ne(ptr, line, NULL), "%s", wrong.text);
    tail_line_put(&out, line);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), (char *)(uintptr_t)wanted));
    json_decref(line);
    strbuf_done(&out);
}

Test(statgate_tail, a_line_has_its_time_verdict_sender_and_reason) {
    expect_line("{\"at\":1700000000123,\"verdict\":\"accepted\",\"reason\":null,\"line\":\"a:1|c\","
                "\"sender\":{\"pid\":7,\"comm\":\"worker\"}}",
                "22:13:20.123  accepted  worker (7)            a:1|c\n");
    expect_line(
        "{\"at\":1700000000000,\"verdict\":\"rejected\",\"reason\":\"label_value\",\"line\":"
        "\"a\\u001b[2J\",\"line_cut\":true,\"sender\":{\"pid\":7,\"comm\":\"\\u4e2d\\u6587\"}}",
        "22:13:20.000  REJECTED  \xe4\xb8\xad\xe6\x96\x87 (7)              a\\x1b[2J...  "
        "label_value\n");
}

Test(statgate_tail, where_texts_are_hidden_the_family_is_shown) {
    expect_line(
        "{\"at\":1700000000000,\"verdict\":\"folded\",\"reason\":\"label_value\",\"family\":"
        "\"a_total\",\"sender\":{\"pid\":0}}",
        "22:13:20.000  folded    another pid namespace  a_total  label_value\n");
}

Test(statgate_tail, what_is_not_shown_is_counted) {
    expect_line("{\"dropped\":1}", "... 1 line was not shown\n");
    expect_line("{\"dropped\":1200}", "... 1200 lines were not shown\n");
}

Test(statgate_tail, without_a_daemon_each_place_is_named) {
    struct run run;
    run_init(&run);
    cr_expect(eq(int, RUN(&run, "tail"), 1));
    cr_expect(has(run_err(&run), "no statgated takes commands here"));
    cr_expect(has(run_err(&run), "statgate.control: no socket there"));
    cr_expect(eq(int, RUN(&run, "tail", "--lines", "0"), 2));
    cr_expect(eq(int, RUN(&run, "tail", "word"), 2));
    run_done(&run);
}
