#include "hints/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/terminal.h"
#include "base/text.h"
#include "catalog/pattern.h"
#include "hints/order.h"
#include "hints/words.h"

/* The most values and names of a list that are shown. */
enum { LISTED_MAX = 12 };

typedef unsigned long long llu;

/* Append a similar value. In a long list, the daemon compares only neighbours. */
static void put_near_value(struct strbuf *out, const struct hints_world *world,
                           const struct catalog_label *label, struct sg_span sent) {
    const struct order_window near = world->tried || sent.at == NULL
                                         ? (struct order_window){0, label->value_count}
                                         : order_near_value(label, sent);
    const char **words = calloc(near.to - near.from + 1, sizeof *words);
    if (words == NULL)
        return;
    for (size_t id = near.from; id < near.to; id++)
        words[id - near.from] = catalog_label_wire(label, (uint32_t)id);
    words_put_near(out, sent, words);
    free(words);
}

/* Whether the file lists values in addition to `otherwise` and `default`. */
static bool is_listed(const struct catalog_label *label) {
    for (uint32_t id = 0; id < label->value_count; id++)
        if ((int32_t)id != label->otherwise && (int32_t)id != label->default_value)
            return true;
    return false;
}

/* Say which list is not in the catalog. */
static void put_outside(struct strbuf *out, const struct catalog_label *label) {
    if (label->file != NULL) {
        strbuf_printf(out, "%s lists the values of %s; a reload reads it\n", label->file->path,
                      label->name);
        return;
    }
    const bool set = label->kind != LABEL_PATTERN && is_listed(label);
    strbuf_printf(out, "%s of the daemon's environment lists the values of %s%s\n", label->variable,
                  label->name, set ? "" : "; here it is not set");
}

/* Append "allowed for outcome: "ok", "error"", as spelled on the wire. */
static void put_allowed(struct strbuf *out, const struct catalog_label *label) {
    if (catalog_label_is_outside(label))
        put_outside(out, label);
    strbuf_printf(out, "allowed for %s%s:", label->name,
                  label->templates ? " (names in braces may differ)" : "");
    if (label->kind == LABEL_PATTERN)
        strbuf_printf(out, " up to %u value%s the pattern %s%s", label->max,
                      label->max == 1 ? " that matches" : "s that match",
                      pattern_source(label->pattern), label->value_count > 0 ? "; and" : "");
    for (uint32_t id = 0; id < label->value_count && id < LISTED_MAX; id++) {
        const char *wire = catalog_label_wire(label, id);
        strbuf_puts(out, id == 0 ? " " : ", ");
        words_put_quoted(out, wire);
        if (strcmp(wire, label->values[id].text) != 0) {
            strbuf_puts(out, " (exposed as ");
            words_put_quoted(out, label->values[id].text);
            strbuf_putc(out, ')');
        }
    }
    if (label->value_count > LISTED_MAX)
        strbuf_printf(out, " and %u more", label->value_count - LISTED_MAX);
    strbuf_putc(out, '\n');
}

static void put_quantiles(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, "allowed for quantile:");
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        strbuf_puts(out, i == 0 ? " " : ", ");
        terminal_put_number(out, family->quantiles[i]);
    }
    strbuf_printf(out, "; sum and count go to %s_sum and %s_count\n", family->name, family->name);
}

static const struct trace_label *find_fate(const struct gate_trace *trace, enum trace_fate fate) {
    for (size_t i = 0; i < trace->label_count; i++)
        if (trace->labels[i].fate == fate)
            return &trace->labels[i];
    return NULL;
}

/* Whether the line has `NAME:` behind a bar or a comma, and no labels. */
static bool has_bare(struct sg_span text, const char *name) {
    const size_t len = strlen(name);
    if (text.at == NULL || memmem(text.at, text.len, "|#", 2) != NULL)
        return false;
    for (size_t i = 0; i + len + 1 < text.len; i++)
        if ((text.at[i] == '|' || text.at[i] == ',') && memcmp(text.at + i + 1, name, len) == 0 &&
            text.at[i + 1 + len] == ':')
            return true;
    return false;
}

static void put_missing(struct strbuf *out, const struct gate_trace *trace, const char *name) {
    strbuf_printf(out, "the line has no label %s\n", name);
    if (has_bare(trace->text, name))
        strbuf_printf(out, "labels come behind |#, as in |#%s:value\n", name);
}

void labels_hint_values(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace, enum trace_fate fate) {
    for (size_t i = 0; i < trace->label_count; i++) {
        const struct trace_label *item = &trace->labels[i];
        if (item->fate == fate && fate == FATE_MISSING)
            put_missing(out, trace, item->declared != NULL ? item->declared->name : "quantile");
        if (item->fate == fate && item->is_item && item->declared == NULL)
            put_quantiles(out, trace->family);
        if (item->fate != fate || item->declared == NULL)
            continue;
        if (fate == FATE_FOLDED && item->reason != SG_REJECT_LABEL_VALUE)
            continue;
        put_allowed(out, item->declared);
        put_near_value(out, world, item->declared, item->sent);
    }
}

void labels_hint_unknown(struct strbuf *out, const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    const struct trace_label *item = find_fate(trace, FATE_REJECTED);
    const char *names[CATALOG_LABELS_MAX + 2];
    uint32_t count = 0;
    for (; count < family->label_count; count++)
        names[count] = family->labels[count].name;
    if (trace->item_label != NULL)
        names[count++] = trace->item_label;
    names[count] = NULL;
    strbuf_printf(out, "%s declares %s", family->name, count == 0 ? "no label" : "the labels");
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(out, "%s %s", i == 0 ? "" : ",", names[i]);
    strbuf_putc(out, '\n');
    const struct words_copy word = words_copy_of(item != NULL ? item->name : (struct sg_span){0});
    const char *equals = strchr(word.text, '=');
    if (equals != NULL) {
        strbuf_printf(out, "a colon stands between a label and its value, as in %.*s:%s\n",
                      (int)(equals - word.text), word.text, equals + 1);
        return;
    }
    const char *near = word.text[0] ? nearest_word(word.text, names) : NULL;
    if (near != NULL)
        strbuf_printf(out, "did you mean %s?\n", near);
    strbuf_printf(out, "unwanted labels go to \"ignore_labels\" of %s;", family->catalog->file);
    for (size_t i = 0; i < family->catalog->ignore_label_count && i < LISTED_MAX; i++) {
        strbuf_puts(out, i == 0 ? " now there: " : ", ");
        terminal_put_visible(out, family->catalog->ignore_labels[i],
                             strlen(family->catalog->ignore_labels[i]));
    }
    if (family->catalog->ignore_label_count > LISTED_MAX)
        strbuf_printf(out, " and %zu more", family->catalog->ignore_label_count - LISTED_MAX);
    strbuf_puts(out, family->catalog->ignore_label_count == 0 ? " none is there now\n" : "\n");
}

void labels_hint_full(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    const char *given = world->tried ? "the lines before gave " : "";
    const char *has = world->tried ? "" : " has";
    if (trace->full_label >= 0) {
        const struct catalog_label *label = &family->labels[trace->full_label];
        strbuf_printf(out,
                      "%s%s%s its %u value%s; a value is freed with its last "
                      "series\nraise \"max\" of the label%s\n",
                      given, label->name, has, label->max, text_plural(label->max),
                      label->otherwise < 0 ? ", or give it an \"otherwise\"" : "");
        return;
    }
    strbuf_printf(out, "%s%s%s its %llu series%s\n", given, family->name, has,
                  (llu)(family->bound - family->reserved),
                  family->reserved > 0 ? ", those kept for fallbacks not counted" : "");
    strbuf_printf(out, "raise \"max_series\" of the family%s\n",
                  family->reserved == 0 ? ", or give a label an \"otherwise\"" : "");
}
