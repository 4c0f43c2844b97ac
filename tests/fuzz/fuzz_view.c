/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a query of each JSON list (`after`, filters, limit), and as text to be written as
 * JSON. A list either refuses the query with a sentence, or writes a document that jansson can
 * read. The pages that follow by a list's own `next` come to an end.
 *
 * The first byte of the input chooses list, filters and limit; the rest is `after`. The rest is
 * also sent as a datagram, so that rejected samples appear in the views and others in the
 * expositions. The expositions are the same with kept texts and without.
 *
 * The bits of the byte: 1, 2 and 32 choose the list; 4 filters by a service, 8 by a family, and
 * with 64 by those that `after` names; 16 to 128 also choose the limit.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "check.h"
#include "gate/gate.h"
#include "loader/loader.h"
#include "view/view.h"

static const char catalog_text[] =
    "{\"statgate\":1,\"service\":\"f\",\"families\":{"
    "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"k\":[\"x\",\"y\"],"
    "\"w\":{\"pattern\":\".*\",\"max\":20,\"otherwise\":\"other\"}}},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1],\"labels\":{\"k\":[\"x\",\"y\"]}},"
    "\"g\":{\"type\":\"gauge\",\"help\":\"\"},"
    "\"most\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"max\"},"
    "\"read_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\"},"
    "\"s\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0,0.5,1],\"window_s\":9,"
    "\"labels\":{\"k\":[\"x\",\"y\"]}},"
    "\"r\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5],\"reading\":\"absolute\"},"
    "\"b_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{\"v\":{\"pattern\":\".*\",\"max\":3}}}"
    ","
    "\"m\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{\"m\":[\"on\",\"off \\\"\\\"\"],"
    "\"k\":[\"x\",\"y\"]}}},"
    "\"attempts\":{\"try\":{\"labels\":{\"k\":[\"x\",\"y\"]},\"success\":[\"ok\"],"
    "\"failure\":[\"bad\"],\"breaker\":{\"open_after\":1,\"cooldown_s\":1}}},"
    "\"jobs\":{\"j\":{\"max_live\":20,\"buckets\":[1]}}}";

static const char *const datagrams[] = {"a_total:1|c|#k:x,w:1",
                                        "a_total:1|c|#k:x,w:\"\\\xc3\xa9",
                                        "a_total:1|c|#k:y,w:2",
                                        "h:1|h|#k:x",
                                        "h:3|h|#k:y",
                                        "a_total:1|c|#k:no,w:1",
                                        "nothing",
                                        "g:x|g",
                                        "most:3|g",
                                        "read_total:7|g",
                                        "s:1:2:3|h|#k:y",
                                        "r:1|g|#quantile:0.5",
                                        "b_info:1|g|#v:1\"",
                                        "m:1|g|#m:on,k:x",
                                        "try:bad|a|#k:y",
                                        "j:queued|j|i:1",
                                        "j:started|j|i:2"};

static struct catalog_set set;
static struct endpoints endpoints;
static struct view_source source;
static struct gate *gate;
static const struct store_time now = {.mono_ms = 1000, .real_ms = 1700000000000};

static void send(const char *data, size_t len) {
    const struct gate_datagram datagram = {.data = data, .len = len, .origin = {.pid = 1}};
    (void)gate_batch(gate, &datagram, 1, SIZE_MAX, now);
}

static void set_up(void) {
    struct error error = {0};
    struct catalog *catalog =
        loader_text("fuzz", catalog_text, sizeof catalog_text - 1, false, &error);
    if (catalog == NULL)
        (void)fprintf(stderr, "%s\n", error.text);
    CHECK(catalog != NULL);
    catalog_set_init(&set);
    const struct endpoint_options options = {
        .place = "", .name = "", .include = "all", .exclude = "none", .created = true};
    catalog_set_add(&set, catalog);
    CHECK(endpoints_build(&endpoints, &set, &options, 1, &error));
    struct store *store = store_new(NULL, &set, 1, now);
    struct ledger *ledger = ledger_new(NULL, &set, 1);
    struct breakers_jobs *breakers_jobs = breakers_jobs_new(NULL, &set, store, 1, now);
    gate = gate_new(NULL, &set, store, ledger, breakers_jobs, 1);
    CHECK(store != NULL && ledger != NULL && breakers_jobs != NULL && gate != NULL);
    source = (struct view_source){
        .set = &set, .store = store, .ledger = ledger, .breakers_jobs = breakers_jobs};
    for (size_t i = 0; i < sizeof datagrams / sizeof datagrams[0]; i++)
        send(datagrams[i], strlen(datagrams[i]));
}

/* Returns the document of a view, and frees the view. */
static json_t *document(struct view *view) {
    struct strbuf out = {0};
    while (view_step(view, &out, 3, now) == VIEW_MORE)
        ;
    view_free(view);
    json_t *parsed = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    CHECK(parsed != NULL);
    strbuf_done(&out);
    return parsed;
}

typedef struct view *(*make_list)(const struct view_source *source, const struct json_query *query,
                                  const char **ret_error);

static void read_pages(make_list make, struct json_query query) {
    json_t *page = NULL;
    for (size_t pages = 0;; pages++) {
        const char *refusal = NULL;
        struct view *view = make(&source, &query, &refusal);
        if (view == NULL) {
            CHECK(refusal != NULL);
            CHECK(pages == 0); /* a list accepts its own `next` */
            return;
        }
        json_t *next_page = document(view);
        json_decref(page);
        page = next_page;
        const json_t *next = json_object_get(page, "next");
        if (!json_is_string(next))
            break;
        CHECK(pages < 10000); /* and comes to an end */
        query.after = json_string_value(next);
    }
    json_decref(page);
}

static void write_text(const char *text, size_t len) {
    struct strbuf out = {0};
    json_writer_string(&out, text, len);
    json_t *value = json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    CHECK(value != NULL);
    CHECK(memchr(out.data, '<', out.len) == NULL && memchr(out.data, '\n', out.len) == NULL);
    json_decref(value);
    strbuf_done(&out);
}

static struct strbuf exposition(enum exposition_format format) {
    struct strbuf out = {0};
    const struct exposition_options options = {.format = format, .page = &endpoints.items[0].all};
    struct view *view = view_exposition(&source, &options);
    CHECK(view != NULL);
    while (view_step(view, &out, 7, now) == VIEW_MORE)
        ;
    view_free(view);
    CHECK(!out.failed && out.len > 0 && out.data[out.len - 1] == '\n');
    return out;
}

/* Checks that each line of an exposition is a comment, or ends in a blank and a number. */
static void read_exposition(enum exposition_format format) {
    struct strbuf out = exposition(format);
    for (char *line = out.data, *end = out.data + out.len; line < end;) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        *newline = '\0';
        const char *blank = memrchr(line, ' ', (size_t)(newline - line));
        char *rest = NULL;
        if (line[0] != '#') {
            CHECK(blank != NULL);
            (void)strtod(blank + 1, &rest);
            CHECK(rest == newline && rest != blank + 1);
        }
        line = newline + 1;
    }
    strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const make_list lists[8] = {view_json_series,   view_json_rejections, view_json_senders,
                                       view_json_catalog,  view_json_breakers,   view_json_jobs,
                                       view_json_services, view_json_families};
    if (gate == NULL)
        set_up();
    if (size == 0)
        return 0;
    char *text = malloc(size);
    CHECK(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    send(text, size - 1);
    write_text(text, size - 1);
    char limit[8];
    snprintf(limit, sizeof limit, "%d", data[0] >> 4);
    struct json_query query = {.limit = data[0] >> 4 > 0 ? limit : NULL, .after = text};
    if (data[0] & 4)
        query.service = data[0] & 8 ? "f" : text;
    else if (data[0] & 8)
        query.family = data[0] & 64 ? "a_total" : text;
    read_pages(lists[(data[0] & 3) | (data[0] >> 3 & 4)], query);
    read_exposition((enum exposition_format)(data[0] & 1));
    free(text);
    return 0;
}
