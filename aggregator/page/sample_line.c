/*
 * sample_line.c - see sample_line.h.
 */
#include "page/sample_line.h"

#include "base/num.h"
#include "catalog/example.h"

/* Append "1|c", "worked|a" */
static bool put_value(struct strbuf *out, const struct catalog_family *family) {
    char digits[NUM_TEXT_MAX];
    if (family->attempts != NULL) {
        strbuf_printf(out, "%s|a", family->attempts->words[0]);
    } else if (family->jobs != NULL) {
        strbuf_puts(out, "started|j");
    } else if (family->bucket_count > 0) {
        strbuf_put(out, digits, num_put_go(digits, family->buckets[family->bucket_count / 2]));
        strbuf_puts(out, "|h");
    } else if (family->kind->has_window) {
        strbuf_puts(out, "0.25|h");
    } else if (family->state_label != NULL) {
        strbuf_puts(out, "1|g");
    } else if (family->kind->examples[0] != NULL) {
        strbuf_puts(out, family->kind->examples[0]);
    } else {
        return false; /* relayed summaries take several lines */
    }
    return true;
}

static bool put_tag(struct strbuf *out, const struct catalog_label *label, bool *first) {
    char text[CATALOG_VALUE_MAX + 1];
    if (label->kind == LABEL_CONST)
        return true;
    const char *value = catalog_example(label, text);
    if (value == NULL)
        return label->default_value >= 0;
    strbuf_printf(out, "%s%s:%s", *first ? "|#" : ",", label->name, value);
    *first = false;
    return true;
}

bool sample_line_put(struct strbuf *out, const struct catalog_family *family) {
    const size_t start = out->len;
    bool first = true;
    if (family->source != SOURCE_DATAGRAMS || family->catalog->internal || !family->exposed)
        return false;
    strbuf_printf(out, "%s:", family->name);
    bool whole = put_value(out, family);
    for (uint32_t i = 0; i < family->label_count && whole; i++)
        whole = put_tag(out, &family->labels[i], &first);
    if (family->state_label != NULL && whole)
        whole = put_tag(out, family->state_label, &first);
    if (family->jobs != NULL)
        strbuf_puts(out, "|i:7f3a");
    if (!whole)
        out->len = start;
    return whole;
}
