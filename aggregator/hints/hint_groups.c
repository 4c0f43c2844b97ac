/* SPDX-License-Identifier: MIT */
/* hint_groups.c - rejections of the same kind in one group, and the latest of them. */
#include "hints/hints_private.h"

#include <string.h>

/* ---- order ---- */

/* Whether the text sorts before the span, by bytes. */
static bool is_before(const char *text, struct sg_span span) {
    for (size_t i = 0; i < span.len; i++) {
        const unsigned char here = (unsigned char)text[i];
        const unsigned char there = (unsigned char)span.at[i];
        if (here != there)
            return here < there; /* also true at the end of the text */
    }
    return false;
}

typedef const char *(*text_fn)(const void *of, size_t index);

static size_t order_find(const void *of, size_t count, text_fn text_at, struct sg_span text) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (is_before(text_at(of, middle), text))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct order_window around(size_t place, size_t count) {
    const size_t from = place > ORDER_NEAR_MAX / 2 ? place - ORDER_NEAR_MAX / 2 : 0;
    const size_t to = from + ORDER_NEAR_MAX < count ? from + ORDER_NEAR_MAX : count;
    return (struct order_window){from, to};
}

static const char *family_at(const void *of, size_t index) {
    const struct catalog_set *set = of;
    return set->families[index]->name;
}

static const char *value_at(const void *of, size_t index) {
    const struct catalog_label *label = of;
    return label->values[index].text;
}

size_t hints_order_of_family(const struct catalog_set *set, struct sg_span name) {
    return order_find(set, set->family_count, family_at, name);
}

struct order_window hints_order_near_family(const struct catalog_set *set, struct sg_span name) {
    return around(hints_order_of_family(set, name), set->family_count);
}

struct order_window hints_order_near_value(const struct catalog_label *label, struct sg_span text) {
    return around(order_find(label, label->value_count, value_at, text), label->value_count);
}

/* ---- the trace of a group: what the gate would record of its lines, as far as hints read it
 * ---- */

static int find_label(const struct catalog_family *family, struct sg_span name) {
    for (uint32_t i = 0; name.at != NULL && i < family->label_count; i++)
        if (sg_span_is(name, family->labels[i].name))
            return (int)i;
    return -1;
}

static enum trace_fate fate_of(const struct hints_group *group) {
    if (group->reason == SG_REJECT_MISSING_LABEL)
        return FATE_MISSING;
    return group->folded ? FATE_FOLDED : FATE_REJECTED;
}

/* The name of the label that names an item of a series, or NULL. */
static const char *item_label(const struct catalog_family *family) {
    if (family->state_label != NULL)
        return family->name;
    return family_is_relayed(family) ? "quantile" : NULL;
}

static void see_label(struct gate_trace *trace, const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    const char *item = item_label(family);
    const int index = find_label(family, group->label);
    struct trace_label *label = &trace->labels[trace->label_count++];
    *label = (struct trace_label){.name = group->label,
                                  .sent = group->value,
                                  .fate = fate_of(group),
                                  .reason = group->reason};
    trace->item_label = item;
    if (index >= 0) {
        label->declared = &family->labels[index];
    } else if (item != NULL && group->reason != SG_REJECT_UNKNOWN_LABEL) {
        label->is_item = true;
        label->declared = family->state_label;
    }
    trace->full = group->reason;
    trace->full_label = group->reason == SG_REJECT_LABEL_OVERFLOW ? index : -1;
}

/* Whether the fault is in a word of attempts or jobs, or in its instance, instead of a label or
 * letter. */
static bool is_of_word(const struct hints_group *group) {
    if (family_has_lines(group->family) || group->label.at != NULL)
        return false;
    return group->reason == SG_REJECT_BAD_VALUE ||
           (group->family->jobs != NULL &&
            (group->reason == SG_REJECT_MALFORMED || group->reason == SG_REJECT_TOO_LONG ||
             group->reason == SG_REJECT_SERIES_LIMIT));
}

static enum trace_flaw flaw_of(struct sg_span value) {
    double number;
    return value.at != NULL && sg_number_parse(value.at, value.len, &number) ? FLAW_KIND
                                                                             : FLAW_FORM;
}

static void see_value(struct gate_trace *trace, const struct hints_group *group) {
    const bool of_word = is_of_word(group);
    trace->step = of_word ? STEP_VALUES : STEP_LABELS;
    trace->line.letter = group->family->jobs != NULL ? SG_LETTER_J : SG_LETTER_A;
    trace->refused.count = 1;
    trace->refused.items[0] = (struct trace_value){
        .reason = group->reason, .flaw = flaw_of(group->value), .text = group->value};
}

/* Aliases are not sorted: with more families than this, they are not searched. */
enum { ALIASED_MAX = 2000 };

static void see_family(struct gate_trace *trace, const struct catalog_family *family) {
    if (trace->elsewhere == NULL)
        trace->elsewhere = family;
    if (trace->family_count < TRACE_FAMILIES_MAX)
        trace->families[trace->family_count++] = family;
    else
        trace->family_rest++;
}

/* Find the families with this name; for an unknown name, those that lines of this socket cannot
 * reach. */
static void see_name(struct gate_trace *trace, const struct hints_world *world,
                     struct sg_span name) {
    const struct catalog_set *set = world->set;
    trace->line.name = name;
    if (name.at == NULL)
        return;
    for (size_t i = hints_order_of_family(set, name);
         i < set->family_count && sg_span_is(name, set->families[i]->name); i++)
        see_family(trace, set->families[i]);
    for (size_t i = 0; set->family_count <= ALIASED_MAX && i < set->family_count; i++)
        if (hints_names_has_alias(set->families[i], name))
            see_family(trace, set->families[i]);
}

static bool needs_family(enum sg_reject reason) {
    return reason != SG_REJECT_MALFORMED && reason != SG_REJECT_TOO_LONG &&
           reason != SG_REJECT_UNKNOWN_FAMILY && reason != SG_REJECT_AMBIGUOUS;
}

/* Fill a trace from the group. Returns false if only the reason's own text can be said. */
static bool see(struct gate_trace *trace, const struct hints_world *world,
                const struct hints_group *group) {
    struct sg_fault fault;
    *trace = (struct gate_trace){.text = group->line,
                                 .family = group->family,
                                 .reason = group->reason,
                                 .label = -1,
                                 .named_item = -1};
    if (group->line.at != NULL &&
        sg_line_parse(group->line, &trace->line, &fault) != SG_REJECT_NONE)
        trace->line = (struct sg_line){0};
    trace->full_label = -1;
    if (group->family == NULL) {
        see_name(trace, world, group->value);
        return !needs_family(group->reason) &&
               (group->reason != SG_REJECT_AMBIGUOUS || trace->family_count > 1);
    }
    see_value(trace, group);
    if (trace->step != STEP_VALUES)
        see_label(trace, group);
    return group->reason != SG_REJECT_LABEL_OVERFLOW || trace->full_label >= 0;
}

/* ---- hints ---- */

static void put_fold(struct strbuf *out, const struct hints_world *world,
                     const struct gate_trace *trace, const struct hints_group *group) {
    if (group->reason == SG_REJECT_LABEL_VALUE)
        hints_labels_hint_values(out, world, trace, FATE_FOLDED);
    else
        hints_labels_hint_full(out, world, trace);
}

static void put_rejection(struct strbuf *out, const struct hints_world *world,
                          struct gate_trace *trace, const struct hints_group *group) {
    hints_put_reason(out, world, trace, group->reason);
    if (group->reason != SG_REJECT_BAD_VALUE || group->value.at != NULL)
        return;
    trace->refused.items[0].flaw = FLAW_KIND; /* which of the two it was is unknown */
    hints_put_reason(out, world, trace, group->reason);
}

void hints_of_group(struct strbuf *out, const struct hints_world *world,
                    const struct hints_group *group) {
    struct gate_trace trace;
    const size_t before = out->len;
    if (see(&trace, world, group)) {
        if (group->folded)
            put_fold(out, world, &trace, group);
        else
            put_rejection(out, world, &trace, group);
    }
    if (out->len == before)
        strbuf_printf(out, "%s\n", sg_reject_text(group->reason));
}

/* ---- latest ---- */

/* The known parts of a kept line. */
struct latest_line {
    const struct recent *recent;
    struct sg_span name; /* at == NULL: the line was cut within its name */
    struct sg_line line;
    bool whole; /* whole, and readable: `line` */
};

static struct latest_line read_line(const struct recent *recent) {
    struct latest_line read = {.recent = recent};
    struct sg_fault fault;
    const struct sg_span text = {recent->line, recent->line_len};
    const char *end = memchr(text.at, ':', text.len);
    if (end != NULL)
        read.name = (struct sg_span){text.at, (size_t)(end - text.at)};
    else if (!recent->line_cut)
        read.name = text;
    read.whole = !recent->line_cut && sg_line_parse(text, &read.line, &fault) == SG_REJECT_NONE;
    return read;
}

/* ---- tags ---- */

/* Find the first tag of the line with this key. */
static bool find_tag(const struct sg_line *line, struct sg_span key, struct sg_tag *ret_tag) {
    struct sg_tags tags;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, ret_tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_same(ret_tag->key, key))
            return true;
    return false;
}

static bool is_declared(const struct catalog_family *family, struct sg_span key) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (sg_span_is(key, family->labels[i].name))
            return true;
    return catalog_ignores(family->catalog, key.at, key.len);
}

/* Find the first tag that the family does not know. */
static bool find_unknown(const struct sg_line *line, const struct catalog_family *family,
                         struct sg_tag *ret_tag) {
    struct sg_tags tags;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, ret_tag, &reason) && reason == SG_REJECT_NONE)
        if (!is_declared(family, ret_tag->key))
            return true;
    return false;
}

/* ---- which line ---- */

static bool is_about_name(enum sg_reject reason) {
    return reason == SG_REJECT_UNKNOWN_FAMILY || reason == SG_REJECT_AMBIGUOUS;
}

static bool has_name(const struct latest_line *read, const struct hints_group *group) {
    if (group->family != NULL)
        return read->name.at != NULL && hints_names_has(group->family, read->name);
    if (group->value.at == NULL)
        return true;
    return is_about_name(group->reason) && read->name.at != NULL &&
           sg_span_same(read->name, group->value);
}

/* Whether the byte at fault is in this tag; for an empty tag, it may be the byte at its end. */
static bool is_at(const struct latest_line *read, const struct sg_tag *tag) {
    const char *at = read->recent->line + read->recent->offset;
    const struct sg_span last = tag->value.at != NULL ? tag->value : tag->key;
    return at >= tag->key.at && at <= last.at + last.len;
}

static bool has_fault(const struct latest_line *read, const struct hints_group *group) {
    struct sg_tag tag;
    if (group->label.at == NULL)
        return true;
    const bool found = find_tag(&read->line, group->label, &tag);
    return group->reason == SG_REJECT_MISSING_LABEL ? !found : found && is_at(read, &tag);
}

static bool is_of(const struct latest_line *read, const struct hints_group *group) {
    return has_name(read, group) && (!read->whole || has_fault(read, group));
}

static struct latest_line latest_part(const struct ledger *ledger,
                                      const struct hints_group *group) {
    struct latest_line part = {.recent = NULL};
    const struct recent *recent;
    for (size_t i = 0; (recent = ledger_recent(ledger, i)) != NULL; i++) {
        if (recent->reason != group->reason || recent->line_len == 0)
            continue;
        const struct latest_line read = read_line(recent);
        if (!is_of(&read, group))
            continue;
        if (read.whole)
            return read;
        if (part.recent == NULL)
            part = read;
    }
    return part;
}

/* ---- what the group lacks ---- */

static void take_label(struct hints_group *group, const struct latest_line *read) {
    struct sg_tag tag;
    if (group->label.at == NULL && group->reason == SG_REJECT_UNKNOWN_LABEL &&
        group->family != NULL && find_unknown(&read->line, group->family, &tag))
        group->label = tag.key;
}

/* Of several values, the one at fault. */
static struct sg_span faulty_value(const struct latest_line *read) {
    const char *at = read->recent->line + read->recent->offset;
    struct sg_values values;
    struct sg_span text;
    enum sg_reject reason;
    double number;
    sg_values_init(&values, &read->line);
    while (sg_values_next(&values, &number, &reason, &text))
        if (at >= text.at && at <= text.at + text.len)
            return text;
    return read->line.values;
}

static void take_value(struct hints_group *group, const struct latest_line *read) {
    struct sg_tag tag;
    if (group->value.at != NULL)
        return;
    if (group->family == NULL)
        group->value = is_about_name(group->reason) ? read->name : group->value;
    else if (group->label.at != NULL && read->whole && find_tag(&read->line, group->label, &tag))
        group->value = tag.value;
    else if (group->label.at == NULL && read->whole)
        group->value = faulty_value(read);
}

const struct recent *hints_latest_find(const struct ledger *ledger, struct hints_group *group) {
    const struct latest_line read = latest_part(ledger, group);
    if (read.recent == NULL)
        return NULL;
    /* A malformed line is never readable, but its form may say what it was meant to be. */
    if (read.whole || group->reason == SG_REJECT_MALFORMED)
        group->line = (struct sg_span){read.recent->line, read.recent->line_len};
    if (read.whole)
        take_label(group, &read);
    take_value(group, &read);
    return read.recent;
}
