/* SPDX-License-Identifier: MIT */
/* How long a scrape may wait, according to its client. */
#include "expect.h"
#include "http/http_private.h"

Test(http_deadline, a_margin_is_left_of_the_client_s_time_out) {
    cr_expect(eq(u64, http_deadline_ms("10"), 9500));
    cr_expect(eq(u64, http_deadline_ms("2.5"), 2000), "a fifth is half a second here");
    cr_expect(eq(u64, http_deadline_ms("1"), 800));
    cr_expect(eq(u64, http_deadline_ms("0.05"), 40));
    cr_expect(eq(u64, http_deadline_ms("1e1"), 9500));
}

Test(http_deadline, nonsense_is_no_time_out) {
    static const char *const texts[] = {"",      "0",   "-1",    "-0",  "nan",   "inf",
                                        "1e999", "10s", " 10",   "10 ", "0x1",   "1,5",
                                        "--1",   "1e",  "e1",    ".",   "+",     "1.2.3",
                                        "1_0",   "10;", "10, 5", "\t1", "1e+-3", "\xc2\xb2"};
    cr_expect(eq(u64, http_deadline_ms(NULL), 5000));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_expect(eq(u64, http_deadline_ms(texts[i]), 5000), "\"%s\"", texts[i]);
}
