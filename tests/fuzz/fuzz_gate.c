/*
 * Datagrams of any bytes through gate, books, store and views. The state lives on from input to
 * input, as in a daemon; what must hold after each: the books close, bounds are kept, and now and
 * then both expositions are whole.
 *
 * An input is several datagrams, each led by a byte of length and a byte that picks sender, scope
 * and the passing of time.
 */
#include <stdlib.h>
#include <string.h>

#include "loader/loader.h"
#include "view/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"a\",\"ignore_labels\":[\"env\"],\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"a\",\"b\"],"
    "\"y\":{\"pattern\":\"slug\",\"max\":5,\"otherwise\":\"o\"}}},"
    "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"ttl_s\":1,\"absent\":0,\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
    "\"u\":{\"type\":\"updowncounter\",\"help\":\"\",\"floor\":0},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[0.1,1,10],\"max_series\":6,"
    "\"labels\":{\"x\":[\"a\",\"b\"],\"y\":{\"pattern\":\"integer\",\"max\":9,"
    "\"otherwise\":\"o\"}}}}}",
    "{\"statgate\":1,\"service\":\"b\",\"socket\":\"/tmp/b.sock\",\"senders\":{\"uid\":[1]},"
    "\"families\":{\"c2_total\":{\"type\":\"counter\",\"help\":\"\",\"aliases\":[\"c.x\"]},"
    "\"n\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[-1,0]}}}"};

static struct catalog_set set;
static struct store *store;
static struct ledger *ledger;
static struct gate *gate;
static struct store_time now = {.mono_ms = 1, .real_ms = 1};
static unsigned inputs;

static void must(bool condition) {
    if (!condition)
        abort();
}

static void open_once(void) {
    if (gate)
        return;
    struct jsondoc_error error;
    char message[512];
    catalog_set_init(&set);
    for (size_t i = 0; i < sizeof catalogs / sizeof *catalogs; i++)
        must(catalog_set_add(&set,
                             loader_text("fuzz", catalogs[i], strlen(catalogs[i]), false, &error)));
    must(catalog_set_finish(&set, message, sizeof message));
    store = store_new(&set, 7, now);
    ledger = ledger_new(&set, 7);
    struct state *state = state_new(&set, store, 7, now);
    gate = gate_new(&set, store, ledger, state, 7);
    must(gate != NULL);
}

static void check_books(void) {
    uint64_t services = 0;
    uint64_t reasons = 0;
    for (int service = -1; service < (int)set.count; service++) {
        services += tally_total(ledger_service(ledger, service));
        for (int i = 0; i < SG_REJECT_COUNT; i++)
            reasons += ledger_reasons(ledger, service)[i];
    }
    must(services == tally_total(ledger_total(ledger)));
    must(reasons == ledger_total(ledger)->by_verdict[VERDICT_REJECTED]);
    uint64_t senders = 0;
    for (size_t i = 0; i < ledger_sender_count(ledger); i++)
        senders += tally_total(&ledger_sender_at(ledger, i)->tally);
    must(senders == services);
    struct store_figures figures;
    store_figures(store, &figures);
    must(figures.series <= set.bound);
    for (size_t i = 0; i < set.family_count; i++)
        must(store_family_count(store, set.families[i]) <= set.families[i]->bound);
}

static void check_views(void) {
    const struct view_source source = {.set = &set, .store = store, .ledger = ledger, .gate = gate};
    for (int format = 0; format < 2; format++) {
        const struct exposition_options options = {.format = (enum exposition_format)format};
        struct view *view = view_exposition(&source, &options);
        struct strbuf out;
        strbuf_init(&out);
        must(view != NULL);
        while (view_step(view, &out, 50, now) == VIEW_MORE)
            ;
        must(!out.failed && (out.len == 0 || out.data[out.len - 1] == '\n'));
        view_free(view);
        strbuf_done(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    while (size >= 2) {
        size_t len = data[0];
        const uint8_t how = data[1];
        data += 2;
        size -= 2;
        len = len > size ? size : len;
        char *copy = malloc(len + 1); /* of exact size, so that a read past it is seen */
        char *exact = realloc(copy, len > 0 ? len : 1);
        must(exact != NULL);
        memcpy(exact, data, len);
        const struct gate_datagram datagram = {
            .data = exact,
            .len = len,
            .truncated = how & 1,
            .origin = {.scope = how & 2 ? 2 : 0, .pid = how >> 4 & 3, .uid = how >> 2 & 1}};
        must(gate_batch(gate, &datagram, 1, 1, now) == 1);
        free(exact);
        now.mono_ms += how & 0x40 ? 400 : 0;
        now.real_ms += how & 0x40 ? 400 : 0;
        if (how & 0x80)
            (void)store_expire(store, now, 3);
        data += len;
        size -= len;
    }
    check_books();
    if (++inputs % 64 == 0)
        check_views();
    return 0;
}
