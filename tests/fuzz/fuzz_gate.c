/* SPDX-License-Identifier: MIT */
/*
 * Datagrams of any bytes, ends of processes and rows of queries go through gate, ledger, store,
 * machines and views. The state is kept from input to input, as in a daemon. After each input the
 * sums of the ledger must agree and bounds must hold; now and then all expositions must be
 * complete. One exposition is continued from input to input, whatever happens to the series
 * meanwhile.
 *
 * An input is several datagrams. Before each are two bytes: its length, and one that chooses
 * sender, scope and the passing of time. A length of 255 means an event instead: see take_event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gate/gate.h"
#include "loader/loader.h"
#include "store/store.h"
#include "view/view.h"

/* One endpoint with all services and groups, which adds no labels to the series. */
static const struct endpoint_options all_services = {
    .place = "", .name = "", .include = "all", .exclude = "none"};

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"a\",\"ignore_labels\":[\"env\"],\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"aliases\":[\"c.{x}.n_{y}\"],"
    "\"labels\":{\"x\":[\"a\",\"b\"],"
    "\"y\":{\"pattern\":\"slug\",\"max\":5,\"otherwise\":\"o\"}}},"
    "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"ttl_s\":1,\"absent\":0,\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
    "\"u\":{\"type\":\"updowncounter\",\"help\":\"\",\"floor\":0},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[0.1,1,10],\"max_series\":6,"
    "\"labels\":{\"x\":[\"a\",\"b\"],\"y\":{\"pattern\":\"integer\",\"max\":9,"
    "\"otherwise\":\"o\"}}}}}",
    "{\"statgate\":1,\"service\":\"b\",\"socket\":\"/tmp/b.sock\",\"senders\":{\"uid\":[1]},"
    "\"families\":{\"c2_total\":{\"type\":\"counter\",\"help\":\"\",\"aliases\":[\"c.x\"]},"
    "\"n\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[-1,0]}}}",
    /* values that processes own, and machines */
    "{\"statgate\":1,\"service\":\"o\",\"families\":{"
    "\"of\":{\"type\":\"updowncounter\",\"help\":\"\",\"owner\":\"process\",\"floor\":-3,"
    "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":3,\"otherwise\":\"o\"}}},"
    "\"om\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"max\",\"absent\":0,\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
    "\"os\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\"},"
    "\"or_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\",\"labels\":{"
    "\"x\":[\"a\",\"b\"]}},"
    "\"od_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\",\"ended\":\"drop\"},"
    "\"ow\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0,0.5,1],\"window_s\":2,\"labels\":{"
    "\"x\":[\"a\",\"b\"]}},"
    "\"oy\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5,0.9],\"reading\":\"absolute\","
    "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":3}}},"
    "\"oi_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{"
    "\"v\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
    "\"ot\":{\"type\":\"stateset\",\"help\":\"\",\"ttl_s\":1,\"labels\":{\"ot\":[\"on\",\"off\"],"
    "\"x\":[\"a\",\"b\"]}}},"
    "\"attempts\":{\"at\":{\"labels\":{\"j\":[\"p\",\"q\"]},\"success\":[\"ok\"],\"failure\":["
    "\"bad\"],"
    "\"breaker\":{\"open_after\":2,\"cooldown_s\":1,\"probes\":1}},"
    "\"ar\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],\"breaker\":\"reported\"}},"
    "\"jobs\":{\"jo\":{\"labels\":{\"j\":[\"p\",\"q\"]},\"max_live\":6,\"buckets\":[0.1,1]}}}",
    /* values that come as rows */
    "{\"statgate\":1,\"service\":\"q\",\"databases\":{\"d\":{\"conninfo\":\"\"}},\"families\":{"
    "\"qc_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"a\",\"b\"],"
    "\"y\":{\"pattern\":\"[a-z]+\",\"max\":5,\"otherwise\":\"o\"}}},"
    "\"qg\":{\"type\":\"gauge\",\"help\":\"\",\"max_series\":8,\"labels\":{"
    "\"x\":{\"values\":[\"a\",\"b\"],\"otherwise\":\"o\"},"
    "\"y\":{\"pattern\":\"[a-z]+\",\"max\":5}}},"
    "\"qn\":{\"type\":\"gauge\",\"help\":\"\"}},"
    "\"queries\":[{\"database\":\"d\",\"sql\":\"SELECT\",\"labels\":[\"x\",\"y\"],"
    "\"values\":{\"qc_total\":\"c\",\"qg\":\"g\"}},"
    "{\"database\":\"d\",\"sql\":\"SELECT\",\"labels\":[],\"values\":{\"qn\":\"n\"}}]}"};

enum { ROW_FAMILIES = 3, WALK_UNITS = 20, PIDS_MAX = 3 };

static struct catalog_set set;
static struct endpoints endpoints;
static struct store *store;
static struct ledger *ledger;
static struct breakers_jobs *breakers_jobs;
static struct gate *gate;
static struct view *walk;
static uint64_t set_bound; /* series of the set; those that come as rows count twice */
static struct store_time now = {.mono_ms = 1, .real_ms = 1};
static unsigned inputs;

static void open_once(void) {
    if (gate != NULL)
        return;
    struct error error;
    catalog_set_init(&set);
    for (size_t i = 0; i < sizeof catalogs / sizeof *catalogs; i++) {
        struct catalog *catalog =
            loader_text("fuzz", catalogs[i], strlen(catalogs[i]), false, &error);
        if (catalog == NULL)
            (void)fprintf(stderr, "%s\n", error.text);
        CHECK(catalog != NULL);
        catalog_set_add(&set, catalog);
    }
    CHECK(endpoints_build(&endpoints, &set, &all_services, 1, &error));
    store = store_new(NULL, &set, 7, now);
    ledger = ledger_new(NULL, &set, 7);
    breakers_jobs = breakers_jobs_new(NULL, &set, store, 7, now);
    gate = gate_new(NULL, &set, store, ledger, breakers_jobs, 7);
    CHECK(gate != NULL);
    set_bound = set.bound;
    for (size_t i = 0; i < set.family_count; i++)
        if (set.families[i]->source == SOURCE_QUERY)
            set_bound += set.families[i]->bound;
}

static void check_books(void) {
    uint64_t services = 0;
    uint64_t reasons = 0;
    for (int service = -1; service < (int)set.count; service++) {
        services += tally_total(ledger_service(ledger, service));
        for (int i = 0; i < SG_REJECT_COUNT; i++)
            reasons += ledger_reasons(ledger, service)[i];
    }
    CHECK(services == tally_total(ledger_total(ledger)));
    CHECK(reasons == ledger_total(ledger)->by_verdict[VERDICT_REJECTED]);
    uint64_t senders = 0;
    for (size_t i = 0; i < ledger_sender_count(ledger); i++)
        senders += tally_total(&ledger_sender_at(ledger, i)->tally);
    CHECK(senders == services);
    struct store_figures figures;
    store_figures(store, &figures);
    CHECK(figures.series <= set_bound);
    for (size_t i = 0; i < set.family_count; i++)
        CHECK(store_family_count(store, set.families[i]) <= set.families[i]->bound);
    uint64_t parts = 0;
    for (int32_t pid = 1; pid <= PIDS_MAX; pid++) {
        const struct owner *owner =
            owners_at(store_owners(store), owners_find(store_owners(store), pid));
        parts += owner ? owner->part_count : 0;
    }
    CHECK(parts <= figures.parts);
}

static void check_text(const struct strbuf *out) {
    CHECK(!out->failed && (out->len == 0 || out->data[out->len - 1] == '\n'));
}

static const struct view_source *source(void) {
    static struct view_source all;
    all = (struct view_source){
        .set = &set, .store = store, .ledger = ledger, .breakers_jobs = breakers_jobs};
    return &all;
}

/* Renders a slice of an exposition, which the next input continues. */
static void go_on(void) {
    const struct exposition_options options = {.format = EXPOSITION_OPENMETRICS,
                                               .page = &endpoints.items[0].all};
    if (walk == NULL)
        walk = view_exposition(source(), &options);
    CHECK(walk != NULL);
    struct strbuf out;
    strbuf_init(&out);
    const bool done = view_step(walk, &out, WALK_UNITS, now) == VIEW_DONE;
    check_text(&out);
    strbuf_done(&out);
    if (!done)
        return;
    view_free(walk);
    walk = NULL;
}

static void check_views(void) {
    breakers_jobs_publish(breakers_jobs, now);
    for (int format = 0; format < 2; format++) {
        const struct exposition_options options = {.format = (enum exposition_format)format,
                                                   .page = &endpoints.items[0].all};
        struct view *view = view_exposition(source(), &options);
        struct strbuf out;
        strbuf_init(&out);
        CHECK(view != NULL);
        while (view_step(view, &out, 50, now) == VIEW_MORE)
            ;
        check_text(&out);
        view_free(view);
        strbuf_done(&out);
    }
}

/* Ends a process, and releases some of its values. */
static void end_process(int32_t pid, size_t budget) {
    struct owners *owners = store_owners(store);
    owners_end(owners, owners_find(owners, pid));
    if (!breakers_jobs_release(breakers_jobs, now, budget))
        return;
    struct owners_figures figures;
    owners_figures(owners, &figures);
    CHECK(figures.ended == 0);
}

/* Reads a row: a byte for the value, then for each label a byte of length (255: missing) and its
 * text. Returns how many bytes it used. */
static size_t take_row(const struct catalog_family *family, enum query_combine combine,
                       const uint8_t *data, size_t size) {
    static const double values[] = {0, 1, -1, 1e308, -1e308, 0.0 / 0.0, 1 / 0.0, 2.5};
    struct sg_span spans[CATALOG_LABELS_MAX] = {{0}};
    char *copies[CATALOG_LABELS_MAX] = {NULL};
    size_t used = 0;
    const double value = values[used < size ? data[used++] % 8 : 0];
    for (uint32_t i = 0; i < family->label_count && used < size; i++) {
        size_t len = data[used++];
        if (len == UINT8_MAX)
            continue;
        len = len > size - used ? size - used : len;
        copies[i] = malloc(len > 0 ? len : 1); /* of exact size, so that a read past it is seen */
        CHECK(copies[i] != NULL);
        memcpy(copies[i], data + used, len);
        spans[i] = (struct sg_span){.at = copies[i], .len = len};
        used += len;
    }
    const struct gate_row_verdict verdict = gate_row(gate, family, spans, value, combine, now);
    CHECK(verdict.label < (int)family->label_count);
    CHECK(verdict.duplicate
              ? verdict.verdict == VERDICT_REJECTED
              : (verdict.verdict == VERDICT_ACCEPTED) == (verdict.reason == SG_REJECT_NONE));
    for (uint32_t i = 0; i < family->label_count; i++)
        free(copies[i]);
    return used;
}

/* Makes an event: the low three bits choose the kind, the others the process or the family. Returns
 * how many bytes it used. */
static size_t take_event(uint8_t event, const uint8_t *data, size_t size) {
    static const char *const names[ROW_FAMILIES] = {"qc_total", "qg", "qn"};
    const unsigned rest = event >> 3;
    const char *name = names[rest % ROW_FAMILIES];
    const struct catalog *catalog = catalog_set_find(&set, "q", 1);
    const struct catalog_family *family = catalog_family_find(catalog, name, strlen(name));
    size_t budget = rest;
    CHECK(family != NULL);
    switch (event & 7) {
    case 0:
        end_process((int32_t)(rest & 3), rest);
        break;
    case 1:
        (void)store_set_begin(store, family, &budget);
        break;
    case 2:
    case 3:
        return take_row(family, (enum query_combine)(rest / ROW_FAMILIES % 4), data, size);
    case 4:
        store_set_commit(store, family);
        break;
    case 5:
        if (rest & 16)
            store_set_clear(store, family);
        else
            store_set_hide(store, family);
        break;
    case 6:
        (void)store_set_tidy(store, &budget);
        break;
    default:
        breakers_jobs_advance(breakers_jobs, now);
        break;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    while (size >= 2) {
        size_t len = data[0];
        const uint8_t how = data[1];
        data += 2;
        size -= 2;
        if (len == UINT8_MAX) {
            const size_t used = take_event(how, data, size);
            data += used;
            size -= used;
            continue;
        }
        len = len > size ? size : len;
        char *copy = malloc(len + 1); /* of exact size, so that a read past it is seen */
        char *exact = realloc(copy, len > 0 ? len : 1);
        CHECK(exact != NULL);
        memcpy(exact, data, len);
        const struct gate_datagram datagram = {
            .data = exact,
            .len = len,
            .truncated = how & 1,
            .origin = {.scope = how & 2 ? 2 : 0, .pid = how >> 4 & 3, .uid = how >> 2 & 1}};
        while (gate_batch(gate, &datagram, 1, 1 + how % 8, now) == 0)
            CHECK(gate_is_midway(gate));
        free(exact);
        now.mono_ms += how & 0x40 ? 400 : 0;
        now.real_ms += how & 0x40 ? 400 : 0;
        if (how & 0x80)
            (void)store_expire(store, now, &(size_t){30});
        data += len;
        size -= len;
    }
    check_books();
    go_on();
    if (++inputs % 64 == 0)
        check_views();
    return 0;
}
