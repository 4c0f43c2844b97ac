/* SPDX-License-Identifier: MIT */
/* How a declared value is spelled on the wire, from file to look-up. */
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "loader/loader.h"

static struct catalog *catalog;

static const struct catalog_label *label_from(const char *label) {
    char text[1024];
    struct error error;
    (void)snprintf(
        text, sizeof text,
        "{\"statgate\":1,\"service\":\"s\",\"sets\":{\"set\":[\"p\",\"q\"]},\"families\":"
        "{\"a_total\":{\"type\":\"counter\",\"labels\":{\"l\":%s}}}}",
        label);
    catalog = loader_text("x.json", text, strlen(text), false, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    return &catalog->families[0].labels[0];
}

/* The exposed text that a spelling leads to; "-" when it leads nowhere. */
static char *exposed(const struct catalog_label *label, const char *wire) {
    const int32_t id = catalog_label_find(label, wire, strlen(wire));
    return id < 0 ? "-" : (char *)label->values[id].text;
}

static void done(void) {
    catalog_free(catalog);
}

TestSuite(loader_wire, .fini = done);

Test(loader_wire, a_plain_value_is_its_own_spelling) {
    const struct catalog_label *label =
        label_from("[\"GET /v1/images/{name}\", \"k\303\244se: 5\"]");
    cr_expect(eq(str, exposed(label, "GET /v1/images/{name}"), "GET /v1/images/{name}"));
    cr_expect(eq(str, exposed(label, "k\303\244se: 5"), "k\303\244se: 5"));
}

Test(loader_wire, a_declared_spelling_replaces_the_text) {
    const struct catalog_label *label =
        label_from("[{\"value\":\"a, b\",\"wire\":\"a_b\"}, {\"value\":\"x\",\"wire\":\"y\"}, "
                   "{\"value\":\"y\",\"wire\":\"x\"}]");
    cr_expect(eq(str, exposed(label, "a_b"), "a, b"));
    cr_expect(eq(str, exposed(label, "a, b"), "-"));
    cr_expect(eq(str, exposed(label, "x"), "y"));
    cr_expect(eq(str, exposed(label, "y"), "x"));
}

Test(loader_wire, sets_are_values_by_name) {
    const struct catalog_label *label = label_from("\"set\"");
    cr_expect(eq(str, exposed(label, "p"), "p"));
    cr_expect(eq(str, exposed(label, "q"), "q"));
    cr_expect(eq(str, exposed(label, "set"), "-"));
}

Test(loader_wire, otherwise_and_default_can_be_sent_too) {
    const struct catalog_label *label =
        label_from("{\"values\":\"set\",\"otherwise\":{\"value\":\"o, o\",\"wire\":\"o\"},"
                   "\"default\":\"d\"}");
    cr_expect(eq(str, exposed(label, "p"), "p"));
    cr_expect(eq(str, exposed(label, "o"), "o, o"));
    cr_expect(eq(str, exposed(label, "d"), "d"));
    cr_expect(eq(str, (char *)label->values[label->otherwise].text, "o, o"));
    cr_expect(eq(str, (char *)label->values[label->default_value].text, "d"));
}

Test(loader_wire, otherwise_names_a_listed_value_by_its_text) {
    const struct catalog_label *label =
        label_from("{\"values\":[{\"value\":\"a, b\",\"wire\":\"a_b\"}],\"otherwise\":\"a, b\"}");
    cr_expect(eq(u32, label->value_count, 1));
    cr_expect(eq(int, label->otherwise, 0));
}

Test(loader_wire, a_constant_may_be_sent) {
    const struct catalog_label *label =
        label_from("{\"const\":{\"value\":\"a, b\",\"wire\":\"c\"}}");
    cr_expect(eq(int, (int)label->kind, LABEL_CONST));
    cr_expect(eq(int, label->default_value, 0));
    cr_expect(eq(str, exposed(label, "c"), "a, b"));
    cr_expect(eq(str, exposed(label, "a, b"), "-"));
}

Test(loader_wire, a_pattern_label_knows_its_fallbacks_and_matches_the_rest) {
    const struct catalog_label *label =
        label_from("{\"pattern\":\"slug\",\"max\":3,\"otherwise\":\"Other\",\"default\":\"None\"}");
    cr_expect(eq(str, exposed(label, "Other"), "Other"));
    cr_expect(eq(str, exposed(label, "None"), "None"));
    cr_expect(eq(str, exposed(label, "page-1"), "-"));
    cr_expect(catalog_pattern_match(label->pattern, "page-1", 6));
    cr_expect(eq(u64, label->bound, 5));
}
