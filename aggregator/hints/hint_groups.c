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

/* Find the tag with the byte at fault; for an empty one, it may be the byte at its end. */
static bool find_faulty_tag(const struct recent *recent, const struct sg_line *line,
                            struct sg_tag *ret_tag) {
    const char *at = recent->line + recent->offset;
    struct sg_tags tags;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, ret_tag, &reason) && reason == SG_REJECT_NONE) {
        const struct sg_span last = ret_tag->value.at != NULL ? ret_tag->value : ret_tag->key;
        if (at >= ret_tag->key.at && at <= last.at + last.len)
            return true;
    }
    return false;
}

/* The value at fault that the name holds, by an alias; at == NULL: none. */
static struct sg_span named_value(const struct recent *recent, const struct sg_line *line) {
    const struct catalog_family *family = recent->family;
    struct catalog_part parts[CATALOG_SEGMENTS_MAX];
    struct catalog_part value;
    const uint32_t count = catalog_name_split(line->name.at, line->name.len, parts);
    for (size_t i = 0; i < family->alias_count; i++) {
        struct catalog_alias alias;
        struct error error;
        if (!catalog_alias_is_template(family->aliases[i]) ||
            !catalog_alias_parse(&alias, family, family->aliases[i], &error) ||
            alias.count != count)
            continue;
        for (uint32_t j = 0; j < count; j++)
            if (alias.segments[j].label == recent->label &&
                catalog_segment_take(&alias.segments[j], &parts[j], &value) &&
                value.at == recent->line + recent->offset)
                return (struct sg_span){value.at, value.len};
    }
    return (struct sg_span){0};
}

/* Of several values, the one at fault. */
static struct sg_span faulty_value(const struct recent *recent, const struct sg_line *line) {
    const char *at = recent->line + recent->offset;
    struct sg_values values;
    struct sg_span text;
    enum sg_reject reason;
    double number;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &number, &reason, &text))
        if (at >= text.at && at <= text.at + text.len)
            return text;
    return line->values;
}

/* Read the name of a kept line; at == NULL: it was cut within its name. */
static struct sg_span name_of(const struct recent *recent) {
    const char *end = memchr(recent->line, ':', recent->line_len);
    if (end == NULL && recent->line_cut)
        return (struct sg_span){0};
    return (struct sg_span){recent->line,
                            end != NULL ? (size_t)(end - recent->line) : recent->line_len};
}

/* Complete a group from a line that was rejected as it says, and return true; false: the line is of
 * another group. */
static bool take(struct hints_group *group, const struct recent *recent, bool *ret_whole) {
    const bool about_name =
        group->reason == SG_REJECT_UNKNOWN_FAMILY || group->reason == SG_REJECT_AMBIGUOUS;
    const bool of_unknown = group->reason == SG_REJECT_UNKNOWN_LABEL;
    struct sg_span label = {0};
    struct sg_span value = about_name ? name_of(recent) : (struct sg_span){0};
    struct sg_line line;
    struct sg_fault fault;
    struct sg_tag tag;
    if (recent->reason != group->reason || recent->family != group->family || recent->line_len == 0)
        return false;
    const struct sg_span text = {recent->line, recent->line_len};
    *ret_whole = !recent->line_cut && sg_line_parse(text, &line, &fault) == SG_REJECT_NONE;
    if (recent->label >= 0)
        label = (struct sg_span){recent->family->labels[recent->label].name,
                                 strlen(recent->family->labels[recent->label].name)};
    if (*ret_whole && (recent->label >= 0 || of_unknown) && find_faulty_tag(recent, &line, &tag) &&
        (of_unknown || sg_span_same(tag.key, label))) {
        label = tag.key;
        value = tag.value;
    } else if (*ret_whole && recent->family != NULL) {
        value = recent->label < 0 ? faulty_value(recent, &line) : named_value(recent, &line);
    }
    if ((group->label.at != NULL && !(label.at != NULL && sg_span_same(label, group->label))) ||
        (about_name && group->value.at != NULL &&
         !(value.at != NULL && sg_span_same(value, group->value))))
        return false;
    if (group->label.at == NULL && of_unknown)
        group->label = label;
    if (group->value.at == NULL)
        group->value = value;
    /* A malformed line is never readable, but its form may say what it was meant to be. */
    if (*ret_whole || group->reason == SG_REJECT_MALFORMED)
        group->line = text;
    return true;
}

const struct recent *hints_latest_find(const struct ledger *ledger, struct hints_group *group) {
    struct hints_group best = *group;
    const struct recent *found = NULL;
    const struct recent *recent;
    bool whole = false;
    for (size_t i = 0; !whole && (recent = ledger_recent(ledger, i)) != NULL; i++) {
        struct hints_group group_of = *group;
        if (take(&group_of, recent, &whole) && (whole || found == NULL)) {
            best = group_of;
            found = recent;
        } else {
            whole = false;
        }
    }
    *group = best;
    return found;
}
