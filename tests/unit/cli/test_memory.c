/* The memory that `check` prints is enough: stores and gates filled to their bounds need no more.
 */
#include <stdio.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "gate/gate.h"
#include "loader/loader.h"
#include "store/store.h"

static struct catalog_set set;

static void load(const char *families) {
    struct strbuf text;
    struct jsondoc_error error = {{0}};
    char why[1024] = "";
    strbuf_init(&text);
    strbuf_printf(&text,
                  "{\"statgate\":1,\"service\":\"s\",\"ignore_labels\":[\"pad\"],"
                  "\"families\":{%s}}",
                  families);
    catalog_set_init(&set);
    struct catalog *catalog = loader_text("s.json", text.data, text.len, false, &error);
    cr_assert(ne(ptr, catalog, NULL), "%s", error.text);
    cr_assert(catalog_set_add(&set, catalog));
    cr_assert(catalog_set_finish(&set, why, sizeof why), "%s", why);
    strbuf_done(&text);
}

static uint64_t promised(void) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < set.family_count; i++)
        bytes += store_family_bytes(set.families[i]);
    return bytes;
}

/* What a store has before any family: a few words for each. */
static uint64_t empty_bytes(void) {
    struct catalog_set none;
    char why[64];
    catalog_set_init(&none);
    cr_assert(catalog_set_finish(&none, why, sizeof why));
    struct store *store = store_new(&none, 1, (struct store_time){.mono_ms = 1});
    struct store_figures figures;
    store_figures(store, &figures);
    store_free(store);
    catalog_set_done(&none);
    return figures.bytes;
}

/* Texts of pattern values: as long as they may be, in an order that is no order. */
static size_t write_value(char *out, uint64_t number) {
    memset(out, 'a', CATALOG_VALUE_MAX);
    uint64_t mixed = number * UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 0; i < 16; i++, mixed >>= 4)
        out[i] = (char)('a' + (mixed & 15));
    return CATALOG_VALUE_MAX;
}

static void fill(struct store *store, const struct catalog_family *family) {
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    for (uint64_t n = 0; store_family_count(store, family) < family->bound; n++) {
        struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
        char texts[4][CATALOG_VALUE_MAX];
        uint64_t rest = n;
        for (uint32_t i = 0; i < family->label_count; i++) {
            const struct catalog_label *label = &family->labels[i];
            const uint64_t pick = rest % label->bound;
            rest /= label->bound;
            labels[i].id = (int32_t)pick;
            if (pick < label->value_count)
                continue;
            labels[i].id = -1;
            labels[i].text = texts[i];
            labels[i].len = write_value(texts[i], pick);
        }
        struct series *series;
        int label;
        (void)store_series(store, family, labels, now, &series, &label);
        cr_assert(lt(u64, n, family->combinations * 2));
        size_t budget = SIZE_MAX;
        if (n % 1000 == 0)
            (void)store_settle(store, family, &budget);
    }
    size_t budget = SIZE_MAX;
    (void)store_settle(store, family, &budget);
}

static void expect_enough(const char *families) {
    load(families);
    struct store *store = store_new(&set, 1, (struct store_time){.mono_ms = 1, .real_ms = 1});
    cr_assert(ne(ptr, store, NULL));
    for (size_t i = 0; i < set.family_count; i++)
        fill(store, set.families[i]);
    struct store_figures figures;
    store_figures(store, &figures);
    cr_expect(eq(u64, figures.series, set.bound));
    const uint64_t used = figures.bytes - empty_bytes();
    cr_expect(le(u64, used, promised()), "%s", families);
    cr_expect(ge(u64, used * 3, promised()), "and not far too much: %s", families);
    store_free(store);
    catalog_set_done(&set);
}

Test(cli_memory, a_full_store_needs_no_more_than_check_says) {
    expect_enough("\"a_total\":{\"type\":\"counter\"}");
    expect_enough("\"a\":{\"type\":\"histogram\",\"buckets\":[1,2,3,4,5,6,7,8,9],"
                  "\"labels\":{\"x\":[\"1\",\"2\",\"3\"],\"y\":[\"1\",\"2\"]}}");
    expect_enough("\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":{\"pattern\":\"slug\",\"max\":900,"
                  "\"otherwise\":\"o\"}}}");
    expect_enough("\"a\":{\"type\":\"gauge\",\"max_series\":5000,\"labels\":{"
                  "\"x\":{\"pattern\":\"slug\",\"max\":100,\"otherwise\":\"o\"},"
                  "\"y\":{\"pattern\":\"slug\",\"max\":200,\"otherwise\":\"o\"}}}");
    expect_enough(
        "\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":{\"pattern\":\"slug\",\"max\":65537}}}");
}

/* Fresh series are brought into order from the last to the first: made in order, each splits the
 * first chunk, and leaves all others half full. */
Test(cli_memory, half_full_chunks_are_counted) {
    struct strbuf family;
    strbuf_init(&family);
    strbuf_puts(&family, "\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":[");
    for (int i = 0; i < 8192; i++)
        strbuf_printf(&family, "%s\"%04d\"", i == 0 ? "" : ",", i);
    strbuf_puts(&family, "]}}");
    load(strbuf_cstr(&family));
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    struct store *store = store_new(&set, 1, now);
    for (int i = 0; i < 8192; i++) {
        const struct store_label label = {.id = i};
        struct series *series;
        int folded;
        cr_assert(eq(int, (int)store_series(store, set.families[0], &label, now, &series, &folded),
                     (int)STORE_FOUND));
    }
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(store, set.families[0], &budget));
    struct store_figures figures;
    store_figures(store, &figures);
    const uint64_t used = figures.bytes - empty_bytes();
    cr_expect(le(u64, used, promised()));
    /* Chunks may be a quarter full after series came and went: room for as many again. */
    cr_expect(ge(u64, used + 69632, promised()), "nearly all else is used");
    store_free(store);
    catalog_set_done(&set);
    strbuf_done(&family);
}

Test(cli_memory, the_known_lines_need_no_more_than_check_says) {
    load("\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":{\"pattern\":\"slug\",\"max\":3000}}}");
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    struct store *store = store_new(&set, 1, now);
    struct ledger *ledger = ledger_new(&set, 1);
    struct gate *gate = gate_new(&set, store, ledger, 1);
    cr_assert(gate && ledger && store);
    char line[256];
    for (int i = 0; i < 20000; i++) {
        const int len = snprintf(line, sizeof line, "a:1|g|#x:v%d,pad:%0150d", i % 3000, i);
        const struct gate_datagram datagram = {.data = line, .len = (size_t)len};
        (void)gate_batch(gate, &datagram, 1, 1, now);
    }
    struct gate_figures figures;
    gate_figures(gate, &figures);
    cr_expect(gt(u64, figures.evictions, 0), "the table is full");
    cr_expect(le(u64, figures.bytes, gate_known_bytes(set.bound)));
    gate_free(gate);
    ledger_free(ledger);
    store_free(store);
    catalog_set_done(&set);
}
