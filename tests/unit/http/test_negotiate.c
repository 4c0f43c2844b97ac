/* SPDX-License-Identifier: MIT */
#include "expect.h"
#include "http/http_private.h"

/* What a scraper gets: "om", "om allow-utf-8", "text". Header lines are ended by NULL. */
static const char *answer(const char *const *lines) {
    static char text[64];
    struct negotiation negotiation;
    const char *escaping = NULL;
    http_negotiate_init(&negotiation);
    for (; *lines != NULL; lines++)
        http_negotiate_accept(&negotiation, *lines);
    const bool om = http_negotiate_format(&negotiation, &escaping) == EXPOSITION_OPENMETRICS;
    snprintf(text, sizeof text, "%s%s%s", om ? "om" : "text", escaping != NULL ? " " : "",
             escaping != NULL ? escaping : "");
    return text;
}

struct accept_case {
    const char *accept;
    const char *expected;
};

static void check(const struct accept_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *const lines[] = {cases[i].accept, NULL};
        EXPECT_TEXT(answer(lines), cases[i].expected, "Accept: %s", cases[i].accept);
    }
}

#define CHECK(...)                                                                                 \
    do {                                                                                           \
        static const struct accept_case cases[] = {__VA_ARGS__};                                   \
        check(cases, sizeof cases / sizeof cases[0]);                                              \
    } while (0)

#define PROTOBUF                                                                                   \
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

Test(http_negotiate, real_scrapers_get_what_they_ask_for_first) {
    CHECK(/* Prometheus 2.30, 2.42, and 2.42 with native histograms */
          {"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
           "om"},
          {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
           "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
           "om"},
          {PROTOBUF ",application/openmetrics-text;version=1.0.0;q=0.8,application/"
                    "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;"
                    "q=0.1",
           "om"},
          /* Prometheus 3.0, later 3.x, and with protobuf first */
          {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/"
           "openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
           "om allow-utf-8"},
          {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/"
           "openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;"
           "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
           "om allow-utf-8"},
          {PROTOBUF ";q=0.6,application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,"
                    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
           "om underscores"},
          /* Prometheus configured to scrape the text format; VictoriaMetrics */
          {"text/plain;version=0.0.4;q=0.3,application/openmetrics-text;version=1.0.0;q=0.2,*/*;"
           "q=0.1",
           "text"},
          {"text/plain;version=0.0.4;q=1,*/*;q=0.1", "text"},
          /* curl, a browser, Java's HttpURLConnection */
          {"*/*", "text"},
          {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
           "text"},
          {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text"},
          {"application/openmetrics-text;q=.1, *; q=.2", "text"});
}

Test(http_negotiate, nothing_acceptable_is_the_old_text_format) {
    static const char *const none[] = {NULL};
    EXPECT_TEXT(answer(none), "text");
    CHECK({"", "text"}, {"image/png", "text"}, {PROTOBUF, "text"}, {"text/plain;q=0", "text"},
          {"*/*;q=0", "text"}, {"text/plain;version=1.0.0;escaping=allow-utf-8", "text"},
          {"application/openmetrics-text;version=2.0.0", "text"}, {",,;;,=,\"", "text"});
}

Test(http_negotiate, the_most_specific_range_gives_a_format_its_quality) {
    CHECK({"application/*;q=0.9,application/openmetrics-text;q=0,text/*;q=0.1", "text"},
          {"*/*,text/plain;q=0", "om"},
          {"application/openmetrics-text;version=1.0.0;q=0.2,"
           "application/openmetrics-text;version=1.0.0;q=0.7,text/plain;q=0.5",
           "om"});
}

Test(http_negotiate, ties_go_to_the_named_one_then_to_the_first) {
    CHECK({"application/openmetrics-text,text/plain", "om"},
          {"text/plain,application/openmetrics-text", "text"},
          {"application/openmetrics-text;version=1.0.0,text/plain", "om"},
          {"text/plain,application/openmetrics-text;version=1.0.0", "text"},
          {"*/*,application/openmetrics-text", "om"}, {"text/*,application/openmetrics-text", "om"},
          {"application/openmetrics-text,text/*", "om"}, {"application/*,text/*", "text"});
}

Test(http_negotiate, wildcards_of_a_type_match_that_type) {
    CHECK({"text/*", "text"}, {"application/*", "om"}, {"application/*,*/*;q=0.1", "om"});
}

Test(http_negotiate, spelling_does_not_matter) {
    CHECK({"  Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.9 , text/plain;q=0.5", "om"},
          {"application/openmetrics-text;version=\"1.0.0\";q=0.9,text/plain;q=0.5", "om"},
          {"application/openmetrics-text; charset=utf-8; version=1.0.0", "om"},
          {"application/openmetrics-text;q=1.0000,text/plain;q=0.9999", "om"});
}

Test(http_negotiate, what_has_an_unreadable_quality_is_not_acceptable) {
    CHECK({"application/openmetrics-text;q=high,text/plain;q=0.1", "text"},
          {"application/openmetrics-text;q=,text/plain;q=0.1", "text"},
          {"application/openmetrics-text;q=-1,text/plain;q=0.1", "text"},
          {"application/openmetrics-text;q=nan,text/plain;q=0.1", "text"},
          {"text/plain;q=nan,application/openmetrics-text;q=0.1", "om"},
          {"text/plain;q=0.1,;q=1,application/openmetrics-text;q=\"0.5\"", "om"});
}

Test(http_negotiate, a_quality_above_one_is_one) {
    CHECK({"text/plain,application/openmetrics-text;q=7", "text"},
          {"text/plain;q=0.9,application/openmetrics-text;q=00000000000000000000002.5", "om"});
}

Test(http_negotiate, escaping_is_named_only_with_1_0_0_and_only_if_names_stay_as_they_are) {
    CHECK({"application/openmetrics-text;version=1.0.0;escaping=values", "om values"},
          {"application/openmetrics-text;version=1.0.0;escaping=allow-utf8", "om allow-utf8"},
          {"application/openmetrics-text;version=1.0.0;escaping=\"Values\"", "om values"},
          {"application/openmetrics-text;version=0.0.1;q=0.5,application/openmetrics-text;"
           "version=1.0.0;escaping=allow-utf-8;q=0.4",
           "om allow-utf-8"},
          {"application/openmetrics-text;version=1.0.0;escaping=dots", "om"},
          {"application/openmetrics-text;version=1.0.0;escaping=x\r\nSet-Cookie: y", "om"},
          {"application/openmetrics-text;escaping=allow-utf-8", "om"},
          {"application/openmetrics-text;version=0.0.1;escaping=allow-utf-8", "om"},
          {"text/plain;version=0.0.4;escaping=allow-utf-8", "text"},
          {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.1,text/plain;"
           "q=0.5",
           "text"});
}

static bool gzip(const char *line) {
    struct negotiation negotiation;
    http_negotiate_init(&negotiation);
    if (line != NULL)
        http_negotiate_encoding(&negotiation, line);
    return http_negotiate_gzip(&negotiation);
}

Test(http_negotiate, gzip_when_it_is_accepted_and_not_less_wanted_than_plain) {
    static const char *const yes[] = {"gzip",
                                      "gzip, deflate, br, zstd",
                                      "deflate, GZIP;q=0.1",
                                      "x-gzip",
                                      "*",
                                      "*;q=0.5",
                                      "gzip;q=1.0, identity;q=0.5, *;q=0",
                                      "gzip;q=0.5,identity;q=0.5",
                                      "gzip;q=0.001"};
    static const char *const no[] = {"",
                                     "identity",
                                     "deflate",
                                     "gzip;q=0",
                                     "gzip;q=0.000",
                                     "gzip;q=0,*",
                                     "*;q=0",
                                     "identity, *;q=0.5",
                                     "identity;q=1,gzip;q=0.5",
                                     "gzip;q=none",
                                     "gzipped",
                                     "xgzip"};
    cr_expect(not(gzip(NULL)));
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        cr_expect(gzip(yes[i]), "Accept-Encoding: %s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        cr_expect(not(gzip(no[i])), "Accept-Encoding: %s", no[i]);
}
