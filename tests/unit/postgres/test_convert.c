/* SPDX-License-Identifier: MIT */
/* Texts of columns as numbers. Each expected value is what a server answered for extract(epoch). */
#include "postgres/postgres_private.h"

#include "assertions.h"

static double value_of(enum convert_kind kind, const char *text) {
    double value = -12345.5;
    cr_assert(postgres_convert_value(kind, text, &value), "%s", text);
    return value;
}

static void refuse(enum convert_kind kind, const char *text) {
    double value = -12345.5;
    cr_expect(not(postgres_convert_value(kind, text, &value)), "%s", text);
    cr_expect(eq(dbl, value, -12345.5), "%s", text);
}

Test(convert, booleans) {
    cr_expect(eq(dbl, value_of(CONVERT_BOOLEAN, "t"), 1));
    cr_expect(eq(dbl, value_of(CONVERT_BOOLEAN, "f"), 0));
    refuse(CONVERT_BOOLEAN, "true");
    refuse(CONVERT_BOOLEAN, "");
}

Test(convert, numbers_that_are_finite) {
    cr_expect(eq(dbl, value_of(CONVERT_NUMBER, "-9223372036854775808"), -9223372036854775808.0));
    cr_expect(eq(dbl, value_of(CONVERT_NUMBER, "1.5e-07"), 1.5e-07));
    cr_expect(eq(dbl, value_of(CONVERT_NUMBER, "0.10"), 0.1));
    refuse(CONVERT_NUMBER, "NaN");
    refuse(CONVERT_NUMBER, "Infinity");
    refuse(CONVERT_NUMBER, "-Infinity");
    refuse(CONVERT_NUMBER, "1e999");
    refuse(CONVERT_NUMBER, "");
    refuse(CONVERT_NUMBER, "1x");
    refuse(CONVERT_NUMBER, "0x10");
    refuse(CONVERT_NUMBER, "-0X1p3");
    refuse(CONVERT_NUMBER, "0x");
}

Test(convert, intervals_as_the_server_counts_them) {
    cr_expect(eq(dbl, value_of(CONVERT_INTERVAL, "PT0S"), 0));
    cr_expect(eq(dbl, value_of(CONVERT_INTERVAL, "PT1M"), 60));
    cr_expect(eq(dbl, value_of(CONVERT_INTERVAL, "P1M"), 2592000));
    cr_expect(eq(dbl, value_of(CONVERT_INTERVAL, "P1Y2M3DT4H5M6.5S"), 37015506.5));
    cr_expect(eq(dbl, value_of(CONVERT_INTERVAL, "P-1Y-2M3DT-4H-5M-6.5S"), -36497106.5));
    cr_expect(eq(dbl, value_of(CONVERT_INTERVAL, "PT-0.25S"), -0.25));
    refuse(CONVERT_INTERVAL, "P");
    refuse(CONVERT_INTERVAL, "infinity");
    refuse(CONVERT_INTERVAL, "P1H");
    refuse(CONVERT_INTERVAL, "PT1D");
    refuse(CONVERT_INTERVAL, "PT1");
    refuse(CONVERT_INTERVAL, "01:00:00");
    refuse(CONVERT_INTERVAL, "PT0x10S");
}

Test(convert, timestamps_as_unix_seconds) {
    cr_expect(eq(dbl, value_of(CONVERT_TIMESTAMP, "1970-01-01 00:00:00+00"), 0));
    cr_expect(eq(dbl, value_of(CONVERT_TIMESTAMP, "2024-02-29 12:34:56.25+05:30"), 1709190296.25));
    cr_expect(eq(dbl, value_of(CONVERT_TIMESTAMP, "2024-02-29 12:34:56-03"), 1709220896));
    cr_expect(eq(dbl, value_of(CONVERT_TIMESTAMP, "1883-11-18 12:00:00-04:56:02"), -2717651038));
    cr_expect(eq(dbl, value_of(CONVERT_TIMESTAMP, "2025-01-01 00:00:00"), 1735689600));
    cr_expect(eq(dbl, value_of(CONVERT_TIMESTAMP, "12025-01-01 00:00:00+00"), 317305209600));
    cr_expect(eq(dbl, value_of(CONVERT_TIMESTAMP, "0044-03-15 00:00:00+00 BC"), -63517824000));
    refuse(CONVERT_TIMESTAMP, "infinity");
    refuse(CONVERT_TIMESTAMP, "2025-01-01");
    refuse(CONVERT_TIMESTAMP, "2025-01-01 00:00:00+0");
    refuse(CONVERT_TIMESTAMP, "2025-01-01 00:00:00.1e999");
    refuse(CONVERT_TIMESTAMP, "2025-01-01 00:00:00 UTC");
    refuse(CONVERT_TIMESTAMP, "Wed Jan 01 00:00:00 2025 UTC");
}

Test(convert, text_is_no_number) {
    cr_expect(eq(int, (int)postgres_convert_kind_of(25), (int)CONVERT_NONE));
    refuse(CONVERT_NONE, "1");
}
