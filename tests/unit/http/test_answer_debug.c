/* SPDX-License-Identifier: MIT */
/* The answers below /debug, and their parameters. */
#include "answers.h"

TestSuite(http_answer_debug, .init = open_stage);

Test(http_answer_debug, filters_reach_the_view) {
    stage_open(&stage);
    get("/debug/rejections?reason=malformed&pid=7&since=5m", "");
    cr_expect(eq(int, reply.status, 200));
    EXPECT_TEXT(fake.reason, "malformed");
    EXPECT_TEXT(fake.pid, "7");
    EXPECT_TEXT(fake.since, "5m");
    cr_expect(gt(i64, fake.now_ms, 0));
    static const char *const bad[] = {"/debug/ingress?pid=7", "/debug/series?reason=malformed",
                                      "/debug/catalog?since=5m", "/debug/endpoints?family=x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        get(bad[i], "");
        cr_expect(eq(int, reply.status, 400), "%s", bad[i]);
    }
    close_stage();
}
