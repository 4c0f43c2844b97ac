/* SPDX-License-Identifier: MIT */
/* Queries for lists that are refused, and invalid tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "lists.h"
#include "view/view.h"

static void refuses(const struct fixture *fx, world_list list, struct json_query query,
                    const char *sentence) {
    cr_expect(
        eq(str, (char *)(uintptr_t)world_refusal(fx, list, &query), (char *)(uintptr_t)sentence));
}

static const world_list lists[] = {view_json_series,  view_json_rejections, view_json_senders,
                                   view_json_catalog, view_json_breakers,   view_json_jobs};
enum { LISTS = sizeof lists / sizeof lists[0] };

Test(page_refusals, refuse_what_is_not_there) {
    static const char *const limits[] = {"",   "0",  "-1", "+1",     "1.0",
                                         " 1", "1 ", "1x", "100001", "18446744073709551617"};
    struct fixture fx;
    fill(&fx);
    for (size_t i = 0; i < LISTS; i++) {
        refuses(&fx, lists[i], (struct json_query){.service = "nosuch"},
                "service: no such service");
        refuses(&fx, lists[i], (struct json_query){.service = ""}, "service: no such service");
        for (size_t j = 0; j < sizeof limits / sizeof *limits; j++)
            refuses(&fx, lists[i], (struct json_query){.limit = limits[j]},
                    "limit: a number from 1 to 100000");
        json_decref(world_json(&fx, lists[i], &(struct json_query){.limit = "100000"}));
        json_decref(world_json(&fx, lists[i], &(struct json_query){.limit = "007"}));
        refuses(&fx, lists[i], (struct json_query){.family = "nosuch"}, "family: no such family");
        refuses(&fx, lists[i], (struct json_query){.service = "two", .family = "a_total"},
                "family: no such family");
    }
    fixture_done(&fx);
}

/* A token of the given list and texts, in a static buffer. */
static char *token_of(enum page_token_list list, const char *const *texts) {
    static struct strbuf out;
    struct page_token_writer writer;
    strbuf_clear(&out);
    view_page_token_begin(&writer, list);
    for (size_t i = 0; texts[i] != NULL; i++)
        view_page_token_add(&writer, texts[i], strlen(texts[i]));
    view_page_token_end(&writer, &out);
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

#define TOKEN(list, ...) token_of(list, (const char *const[]){__VA_ARGS__, NULL})

Test(page_refusals, refuse_tokens_that_are_none) {
    static const char *const broken[] = {"",     "A",         "=",           "AAAA",
                                         "c",    "cw==",      "cw",          "cwAA",
                                         "c w",  "cwADb25l",  "cwADb25lAA",  "cw\xc3\xa9",
                                         "../x", "%63%77",    "cwADb25lAAd", "czE_",
                                         "null", "eyJhIjoxfQ"};
    struct fixture fx;
    fill(&fx);
    for (size_t i = 0; i < LISTS; i++)
        for (size_t j = 0; j < sizeof broken / sizeof broken[0]; j++)
            refuses(&fx, lists[i], (struct json_query){.after = broken[j]},
                    view_page_token_refusal);
    char *large = malloc((2 << 20) + 1);
    cr_assert(large != NULL);
    memset(large, 'A', 2 << 20);
    large[2 << 20] = '\0';
    for (size_t i = 0; i < LISTS; i++)
        refuses(&fx, lists[i], (struct json_query){.after = large}, view_page_token_refusal);
    free(large);
    fixture_done(&fx);
}

/* Every spelling of the same bytes but one is refused. */
Test(page_refusals, refuse_tokens_that_were_tampered_with) {
    struct fixture fx;
    fill(&fx);
    for (size_t limit = 1; limit < SERIES; limit++) {
        json_t *page =
            world_json(&fx, view_json_series, &(struct json_query){.limit = limit_text(limit)});
        char *after = next_of(page);
        const size_t len = strlen(after);
        char token[256];
        static const char *const ends[] = {"A", "=", "==", " ", "\n", "%3D", "AA", "AAAA"};
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            (void)snprintf(token, sizeof token, "%s%s", after, ends[i]);
            refuses(&fx, view_json_series, (struct json_query){.after = token},
                    view_page_token_refusal);
        }
        for (size_t i = 0; i <= len; i++) {
            (void)snprintf(token, sizeof token, "%.*s+%s", (int)i, after, after + i);
            refuses(&fx, view_json_series, (struct json_query){.after = token},
                    view_page_token_refusal);
            if (i == len)
                break;
            (void)snprintf(token, sizeof token, "%.*s", (int)i, after);
            const char *refusal;
            const struct view_source source = world_source(&fx);
            view_free(view_json_series(&source, &(struct json_query){.after = token}, &refusal));
        }
        if (len % 4 != 0) { /* the last character has bits without meaning */
            (void)snprintf(token, sizeof token, "%s", after);
            token[len - 1]++;
            refuses(&fx, view_json_series, (struct json_query){.after = token},
                    view_page_token_refusal);
        }
        free(after);
    }
    fixture_done(&fx);
}

/* 's', a length of 5, two bytes: the text is not there. */
Test(page_refusals, a_token_does_not_reach_beyond_its_end) {
    struct page_token_reader reader;
    const char *text = NULL;
    size_t len;
    cr_assert(view_page_token_open(&reader, "cwAFYWI", PAGE_TOKEN_SERIES));
    cr_expect(not(view_page_token_next(&reader, &text, &len)));
    cr_expect(text == NULL);
    view_page_token_done(&reader);
    cr_assert(view_page_token_open(&reader, "cwACYWI", PAGE_TOKEN_SERIES));
    cr_assert(view_page_token_next(&reader, &text, &len));
    cr_expect(eq(sz, len, 2));
    cr_expect(eq(int, memcmp(text, "ab", 2), 0));
    cr_expect(view_page_token_is_read(&reader));
    cr_expect(not(view_page_token_next(&reader, &text, &len)));
    view_page_token_done(&reader);
}

static void token_is_refused(const struct fixture *fx, world_list list, const char *token) {
    refuses(fx, list, (struct json_query){.after = token}, view_page_token_refusal);
}

Test(page_refusals, refuse_tokens_that_name_nothing_here) {
    struct fixture fx;
    fill(&fx);
    const world_list series = view_json_series;
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "none", "a_total"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "one", "none"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "one", "a_total", "x"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "one", "a_total", "x", "1", "more"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_CATALOG, "one", "a_total"));
    token_is_refused(&fx, view_json_catalog, TOKEN(PAGE_TOKEN_SERIES, "one", "a_total"));
    token_is_refused(&fx, view_json_catalog, TOKEN(PAGE_TOKEN_CATALOG, "one", "a_total", "x"));
    static const char *const rows[] = {"",      "-1",    "01",     "x",  "1 ",
                                       "16385", "99999", "100000", "1e3"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        token_is_refused(&fx, view_json_senders, TOKEN(PAGE_TOKEN_SENDERS, rows[i]));
    /* Folded or not, service, family, label and reason: each one too high, and what is no number.
     */
    static const char *const cells[][6] = {
        {"2", "0", "0", "0", "1", NULL},   {"0", "4", "0", "0", "1", NULL},
        {"0", "0", "1", "0", "1", NULL},   {"0", "1", "99", "0", "1", NULL},
        {"0", "0", "0", "257", "1", NULL}, {"0", "1", "1", "259", "1", NULL},
        {"0", "1", "1", "0", "0", NULL},   {"0", "1", "1", "0", "99", NULL},
        {"0", "1", "1", "0", NULL},        {"0", "one", "1", "0", "1", NULL}};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        token_is_refused(&fx, view_json_rejections, token_of(PAGE_TOKEN_REJECTIONS, cells[i]));
    /* A place that the filter does not let through. */
    refuses(
        &fx, series,
        (struct json_query){.after = TOKEN(PAGE_TOKEN_SERIES, "one", "a_total"), .service = "two"},
        view_page_token_refusal);
    refuses(&fx, series,
            (struct json_query){.after = TOKEN(PAGE_TOKEN_SERIES, "one", "a_total"), .family = "z"},
            view_page_token_refusal);
    fixture_done(&fx);
}

Test(page_refusals, tokens_need_no_escapes_in_urls) {
    struct fixture fx;
    fill(&fx);
    for (size_t limit = 1; limit < SERIES; limit++) {
        json_t *page =
            world_json(&fx, view_json_series, &(struct json_query){.limit = limit_text(limit)});
        char *after = next_of(page);
        cr_expect(eq(sz,
                     strspn(after, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_"),
                     strlen(after)));
        free(after);
    }
    fixture_done(&fx);
}
