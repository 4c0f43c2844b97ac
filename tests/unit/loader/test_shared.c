/* SPDX-License-Identifier: MIT */
/* Labels with the same values hold them once, however the catalog spells them. */
#include "assertions.h"
#include "base/strbuf.h"
#include "loader/loader.h"

enum { FAMILIES = 100, VALUES = 1000 };

static void put_values(struct strbuf *text) {
    for (int i = 0; i < VALUES; i++)
        strbuf_printf(text, "%s\"value_%05d\"", i == 0 ? "[" : ",", i);
    strbuf_puts(text, "]");
}

/* Bytes of a catalog of so many families, whose label is what `put_label` writes. */
static uint64_t bytes_of(int families, void (*put_label)(struct strbuf *text)) {
    struct strbuf text;
    struct error error = {0};
    strbuf_init(&text);
    strbuf_puts(&text, "{\"statgate\":1,\"service\":\"s\",\"sets\":{\"big\":");
    put_values(&text);
    strbuf_puts(&text, "},\"families\":{");
    for (int i = 0; i < families; i++) {
        strbuf_printf(&text, "%s\"f%03d\":{\"type\":\"gauge\",\"max_series\":9,\"labels\":{\"x\":",
                      i == 0 ? "" : ",", i);
        put_label(&text);
        strbuf_puts(&text, "}}");
    }
    strbuf_puts(&text, "}}");
    struct catalog *catalog = loader_text("s.json", text.data, text.len, false, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    cr_expect(ge(u32, catalog->families[0].labels[0].value_count, VALUES));
    const uint64_t bytes = catalog_bytes(catalog);
    catalog_free(catalog);
    strbuf_done(&text);
    return bytes;
}

static void put_name(struct strbuf *text) {
    strbuf_puts(text, "\"big\"");
}

static void put_otherwise(struct strbuf *text) {
    strbuf_puts(text, "{\"values\":\"big\",\"otherwise\":\"other\",\"default\":\"value_00007\"}");
}

static void expect_shared(void (*put_label)(struct strbuf *text), const char *what) {
    const uint64_t one = bytes_of(1, put_label);
    cr_expect(lt(u64, bytes_of(FAMILIES, put_label), one + (uint64_t)FAMILIES * 1024), "%s", what);
}

Test(loader_shared, a_family_more_costs_no_values_more) {
    expect_shared(put_name, "a set's name");
    expect_shared(put_values, "a list in place");
    expect_shared(put_otherwise, "a set with one more value");
}
