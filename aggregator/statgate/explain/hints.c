#include "statgate/explain/hints.h"

#include "endpoint/endpoint.h"
#include "statgate/explain/kinds.h"
#include "statgate/explain/labels.h"
#include "statgate/explain/machine.h"
#include "statgate/explain/names.h"
#include "statgate/explain/values.h"

/* Ids of a list that are shown. */
enum { LISTED_MAX = 12 };

static void hint_owner(struct strbuf *out, const struct explain_world *world,
                       const struct gate_trace *trace) {
    const struct explain_kind *kind = explain_kind(trace->family);
    if (world->origin.pid > 0) {
        strbuf_printf(out,
                      "the table of processes (%d) or that of what they own (%d) is full; both "
                      "empty as processes end\n",
                      OWNERS_MAX, PARTS_MAX);
        return;
    }
    strbuf_puts(out, "the kernel names no process that can be watched for its end (pid 0), as for "
                     "a sender in another pid namespace\n");
    if (kind->no_owner != NULL)
        strbuf_printf(out, "%s\n", kind->no_owner);
}

static void put_ids(struct strbuf *out, const char *what, const uint32_t *ids, size_t count) {
    for (size_t i = 0; i < count && i < LISTED_MAX; i++)
        strbuf_printf(out, "%s%s %u", i == 0 ? " " : ", ", what, ids[i]);
    if (count > LISTED_MAX)
        strbuf_printf(out, " and %zu more", count - LISTED_MAX);
}

static void hint_sender(struct strbuf *out, const struct explain_world *world,
                        const struct gate_trace *trace) {
    const struct catalog *catalog = trace->family->catalog;
    strbuf_printf(out, "sent as uid %u, gid %u; \"senders\" of %s lists", world->origin.uid,
                  world->origin.gid, catalog->file);
    put_ids(out, "uid", catalog->uids, catalog->uid_count);
    if (catalog->uid_count > 0 && catalog->gid_count > 0)
        strbuf_putc(out, ',');
    put_ids(out, "gid", catalog->gids, catalog->gid_count);
    strbuf_puts(out, "\ntry another sender with --uid and --gid\n");
}

static void put_choice(struct strbuf *out, const char *include, const char *exclude) {
    strbuf_printf(out, " (include: %s, exclude: %s)", include, exclude);
}

/* Which endpoints could show the family, and do not. */
static void hint_group(struct strbuf *out, const struct explain_world *world,
                       const struct catalog_family *family) {
    const struct endpoint_plan *plan = world->plan;
    const char *group = family->group != NULL ? family->group : "-";
    if (plan == NULL || plan->count == 1) {
        strbuf_printf(out, "the group %s is not exposed", group);
        put_choice(out, world->include, world->exclude);
        strbuf_putc(out, '\n');
        return;
    }
    strbuf_printf(out, "no endpoint exposes the group %s:", group);
    for (size_t i = 0; i < plan->count; i++) {
        if (endpoint_page_of(&plan->endpoints.items[i], family->catalog->service) == NULL)
            continue;
        strbuf_printf(out, " %s", plan->options[i].name);
        put_choice(out, plan->options[i].include, plan->options[i].exclude);
    }
    strbuf_putc(out, '\n');
}

static void hint_ignored(struct strbuf *out, const struct explain_world *world,
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

static void hint_reason(struct strbuf *out, const struct explain_world *world,
                        const struct gate_trace *trace, enum sg_reject reason) {
    if (trace->step == STEP_VALUES && !family_has_lines(trace->family)) {
        machine_hint_word(out, trace);
        return;
    }
    switch (reason) {
    case SG_REJECT_MALFORMED:
        strbuf_puts(out, "a line is name:value|type, then fields behind bars: "
                         "deploys_total:1|c|@0.1|#env:prod\n");
        break;
    case SG_REJECT_TOO_LONG:
        strbuf_printf(out,
                      "at most %d bytes a line, %d a name, a label or a label's value; %d labels\n",
                      SG_LINE_MAX, SG_NAME_MAX, SG_LABELS_MAX);
        break;
    case SG_REJECT_UNKNOWN_FAMILY:
        names_hint_unknown(out, world, trace);
        break;
    case SG_REJECT_AMBIGUOUS:
        names_hint_ambiguous(out, trace);
        break;
    case SG_REJECT_TYPE_MISMATCH:
        values_hint_type(out, trace);
        break;
    case SG_REJECT_BAD_VALUE:
        values_hint_number(out, trace);
        break;
    case SG_REJECT_NO_OWNER:
        hint_owner(out, world, trace);
        break;
    case SG_REJECT_UNKNOWN_LABEL:
        labels_hint_unknown(out, trace);
        break;
    case SG_REJECT_MISSING_LABEL:
        labels_hint_values(out, trace, FATE_MISSING);
        break;
    case SG_REJECT_LABEL_VALUE:
        labels_hint_values(out, trace, FATE_REJECTED);
        break;
    case SG_REJECT_LABEL_OVERFLOW:
    case SG_REJECT_SERIES_LIMIT:
        labels_hint_full(out, trace);
        break;
    case SG_REJECT_FORBIDDEN_SENDER:
        hint_sender(out, world, trace);
        break;
    default: /* the reason's own text says it all */
        break;
    }
}

/* What an accepted value has to do with its sender: a reading stays in the total, all else goes. */
static void hint_taken(struct strbuf *out, const struct explain_world *world,
                       const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    if (!family_has_lines(family))
        machine_hint_taken(out, world, trace);
    else if (family_is_owned(family) && family->merge != MERGE_READING)
        strbuf_puts(out, "the value belongs to its sender and goes with that process: from "
                         "statgate send it is gone at once\n");
}

void explain_put_hints(struct strbuf *out, const struct explain_world *world,
                       const struct gate_trace *trace) {
    if (trace->samples[VERDICT_IGNORED] > 0)
        hint_ignored(out, world, trace);
    if (values_differ(trace))
        hint_reason(out, world, trace, trace->refused.items[0].reason);
    else if (trace->samples[VERDICT_REJECTED] > 0)
        hint_reason(out, world, trace, trace->reason);
    if (trace->series != NULL)
        hint_taken(out, world, trace);
    if (trace->samples[VERDICT_FOLDED] > 0) {
        if (trace->full != SG_REJECT_NONE)
            labels_hint_full(out, trace);
        labels_hint_values(out, trace, FATE_FOLDED);
    }
}
