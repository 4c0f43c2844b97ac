/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "assertions.h"
#include "page/page_private.h"

static struct strbuf out;

static void teardown(void) {
    strbuf_done(&out);
}

TestSuite(page_picture, .fini = teardown);

static char *text(void) {
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

static char *bar(double share) {
    strbuf_clear(&out);
    page_picture_put_bar(&out, share, false);
    return text();
}

Test(page_picture, a_bar_is_as_long_as_its_share) {
    cr_expect(eq(str, bar(0.25),
                 "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" "
                 "aria-hidden=\"true\"><rect width=\"25\" height=\"6\"/></svg>"));
    cr_expect(ne(ptr, strstr(bar(0.0001), "width=\"1\""), NULL), "a little is seen");
    cr_expect(ne(ptr, strstr(bar(0), "width=\"0\""), NULL));
    cr_expect(ne(ptr, strstr(bar(7), "width=\"100\""), NULL));
    cr_expect(ne(ptr, strstr(bar(NAN), "width=\"0\""), NULL));
    cr_expect(eq(ptr, strstr(bar(1), "near"), NULL), "all there can be is no fault");
    page_picture_put_bar(&out, 0.5, true);
    cr_expect(ne(ptr, strstr(text(), "class=\"bar near\""), NULL));
}

Test(page_picture, a_curve_has_gaps_where_nothing_is_known) {
    static const double values[] = {0, 10, NAN, 5};
    page_picture_put_curve(&out, "spark", values, 4);
    cr_expect(ne(ptr, strstr(text(), "viewBox=\"0 0 3 20\""), NULL));
    cr_expect(ne(ptr, strstr(text(), "d=\"M0 19h0L1 1M3 10h0\""), NULL), "%s", text());
}

Test(page_picture, a_histogram_has_its_last_bucket_marked) {
    static const uint64_t counts[] = {1, 0, 4, 2};
    static const struct picture_mark marks[] = {{2.5}, {NAN}};
    page_picture_put_histogram(&out, counts, 4, marks, 2);
    cr_expect(eq(str, text(),
                 "<svg class=\"histogram\" viewBox=\"0 0 40 60\" preserveAspectRatio=\"none\" "
                 "aria-hidden=\"true\"><path class=\"within\" d=\"M1 60V45h8V60zM21 60V0h8V60z\"/>"
                 "<path class=\"beyond\" d=\"M31 60V30h8V60z\"/>"
                 "<path class=\"mark\" d=\"M25 0V60\"/></svg>"));
}
