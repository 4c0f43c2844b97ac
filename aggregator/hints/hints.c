#include "hints/hints.h"

#include "hints/labels.h"
#include "hints/machine.h"
#include "hints/reason.h"
#include "hints/values.h"

static void put_choice(struct strbuf *out, const char *include, const char *exclude) {
    strbuf_printf(out, " (include: %s, exclude: %s)", include, exclude);
}

/* Say which endpoints could show the family, but do not. */
static void hint_group(struct strbuf *out, const struct hints_world *world,
                       const struct catalog_family *family) {
    const struct endpoints *endpoints = world->endpoints;
    const char *group = family->group != NULL ? family->group : "-";
    if (endpoints == NULL || endpoints->count == 1) {
        strbuf_printf(out, "the group %s is not exposed", group);
        put_choice(out, world->include, world->exclude);
        strbuf_putc(out, '\n');
        return;
    }
    strbuf_printf(out, "no endpoint exposes the group %s:", group);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *endpoint = &endpoints->items[i];
        if (endpoint_page_of(endpoint, family->catalog->service) == NULL)
            continue;
        strbuf_printf(out, " %s", endpoint->options.name);
        put_choice(out, endpoint->options.include, endpoint->options.exclude);
    }
    strbuf_putc(out, '\n');
}

static void hint_ignored(struct strbuf *out, const struct hints_world *world,
                         const struct gate_trace *trace) {
    if (trace->line.kind != SG_LINE_METRIC) {
        strbuf_printf(out, "%s: only its form was checked\n",
                      trace->line.kind == SG_LINE_EVENT ? "an event" : "a service check");
        return;
    }
    if (trace->step == STEP_VALUES)
        machine_hint_repeated(out, world, trace);
    else if (trace->step == STEP_EXPOSURE)
        hint_group(out, world, trace->family);
    else
        strbuf_puts(out, "a DogStatsD client reports on itself; /debug/senders shows it\n");
}

/* Whether the value has a plus, which means a change elsewhere, and the family is set by it. */
static bool is_change_of_gauge(const struct gate_trace *trace) {
    const struct sg_span values = trace->line.values;
    return trace->family->kind == &kind_rows[KIND_GAUGE] && values.len > 0 && values.at[0] == '+';
}

/* Say what happens to an accepted value when its sender ends: a reading stays in the total,
 * everything else goes. */
static void hint_taken(struct strbuf *out, const struct hints_world *world,
                       const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    if (is_change_of_gauge(trace))
        strbuf_puts(out, "a gauge is set to the value, sign or not; for changes declare an "
                         "updowncounter\n");
    if (!family_has_lines(family))
        machine_hint_taken(out, world, trace);
    else if (family_is_owned(family) && family->merge != MERGE_READING)
        strbuf_puts(out, "the value belongs to its sender and goes with that process: from "
                         "statgate send it is gone at once\n");
}

void hints_put(struct strbuf *out, const struct hints_world *world,
               const struct gate_trace *trace) {
    if (trace->samples[VERDICT_IGNORED] > 0)
        hint_ignored(out, world, trace);
    if (values_differ(trace))
        hints_put_reason(out, world, trace, trace->refused.items[0].reason);
    else if (trace->samples[VERDICT_REJECTED] > 0)
        hints_put_reason(out, world, trace, trace->reason);
    if (trace->series != NULL)
        hint_taken(out, world, trace);
    if (trace->samples[VERDICT_FOLDED] > 0) {
        if (trace->full != SG_REJECT_NONE)
            labels_hint_full(out, world, trace);
        labels_hint_values(out, world, trace, FATE_FOLDED);
    }
}
