/*
 * Bytes as a query of each JSON list (`after`, filters, limit), and as text to be written as JSON.
 * Whatever they are, a list either refuses with a sentence or gives a document that jansson reads;
 * and pages that a list's own `next` leads to come to an end.
 *
 * Input: a byte that chooses list, filters and limit; the rest is `after`. The rest is also a
 * datagram, so that what was rejected appears in the views.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/loader.h"
#include "view/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char catalog_text[] =
    "{\"statgate\":1,\"service\":\"f\",\"families\":{"
    "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"k\":[\"x\",\"y\"],"
    "\"w\":{\"pattern\":\".*\",\"max\":20,\"otherwise\":\"other\"}}},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1],\"labels\":{\"k\":[\"x\",\"y\"]}},"
    "\"g\":{\"type\":\"gauge\",\"help\":\"\"}}}";

static const char *const datagrams[] = {"a_total:1|c|#k:x,w:1",
                                        "a_total:1|c|#k:x,w:\"\\\xc3\xa9",
                                        "a_total:1|c|#k:y,w:2",
                                        "h:1|h|#k:x",
                                        "h:3|h|#k:y",
                                        "a_total:1|c|#k:no,w:1",
                                        "nothing",
                                        "g:x|g"};

static struct catalog_set set;
static struct view_source source;
static struct gate *gate;
static const struct store_time now = {.mono_ms = 1000, .real_ms = 1700000000000};

static void require(bool fine, const char *what) {
    if (fine)
        return;
    (void)fprintf(stderr, "%s\n", what);
    abort();
}

static void send(const char *data, size_t len) {
    const struct gate_datagram datagram = {.data = data, .len = len, .origin = {.pid = 1}};
    (void)gate_batch(gate, &datagram, 1, 1, now);
}

static void set_up(void) {
    struct jsondoc_error error = {{0}};
    char text[512];
    struct catalog *catalog =
        loader_text("fuzz", catalog_text, sizeof catalog_text - 1, false, &error);
    require(catalog != NULL, error.text);
    catalog_set_init(&set);
    require(catalog_set_add(&set, catalog) && catalog_set_finish(&set, text, sizeof text), "set");
    struct store *store = store_new(&set, 1, now);
    struct ledger *ledger = ledger_new(&set, 1);
    gate = gate_new(&set, store, ledger, 1);
    require(store && ledger && gate, "memory");
    source = (struct view_source){.set = &set, .store = store, .ledger = ledger, .gate = gate};
    for (size_t i = 0; i < sizeof datagrams / sizeof datagrams[0]; i++)
        send(datagrams[i], strlen(datagrams[i]));
}

/* The document of a view, which is freed. */
static json_t *document(struct view *view) {
    struct strbuf out = {0};
    while (view_step(view, &out, 3, now) == VIEW_MORE)
        ;
    view_free(view);
    json_t *parsed = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    require(parsed != NULL, "no JSON");
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
        if (!view) {
            require(refusal != NULL, "refused without a sentence");
            require(pages == 0, "a list refuses its own next");
            return;
        }
        json_t *next_page = document(view);
        json_decref(page);
        page = next_page;
        const json_t *next = json_object_get(page, "next");
        if (!json_is_string(next))
            break;
        require(pages < 10000, "no end");
        query.after = json_string_value(next);
    }
    json_decref(page);
}

static void write_text(const char *text, size_t len) {
    struct strbuf out = {0};
    view_json_string(&out, text, len);
    json_t *value = json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    require(value != NULL, "no JSON string");
    require(!memchr(out.data, '<', out.len) && !memchr(out.data, '\n', out.len), "not escaped");
    json_decref(value);
    strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const make_list lists[4] = {view_json_series, view_json_rejections, view_json_senders,
                                       view_json_catalog};
    if (!gate)
        set_up();
    if (size == 0)
        return 0;
    char *text = malloc(size);
    require(text != NULL, "memory");
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    send(text, size - 1);
    write_text(text, size - 1);
    struct json_query query = {.limit = data[0] >> 4, .after = text};
    if (data[0] & 4)
        query.service = data[0] & 8 ? "f" : text;
    else if (data[0] & 8)
        query.family = data[0] & 64 ? "a_total" : text;
    read_pages(lists[data[0] & 3], query);
    free(text);
    return 0;
}
