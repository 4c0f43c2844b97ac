#include "statgate/explain/line.h"

#include "statgate/explain/family.h"
#include "statgate/explain/fates.h"

/* The rejections that this line added, oldest first. */
static void collect_bad(const struct explain_world *world, uint64_t before,
                        struct explanation *why) {
    size_t added = 0;
    const struct recent *recent;
    while ((recent = ledger_recent(world->ledger, added)) != NULL && recent->serial > before)
        added++;
    if (added > 0)
        why->bad_reason = ledger_recent(world->ledger, added - 1)->reason;
    for (; added > 0 && why->bad_count < EXPLAIN_BAD_MAX; added--)
        why->bad_offsets[why->bad_count++] = ledger_recent(world->ledger, added - 1)->offset;
}

/* The gate remembers only that such a line is ignored, not the family: the one of this name that is
 * not exposed, or NULL. */
static const struct catalog_family *find_hidden(const struct explain_world *world,
                                                struct sg_span name) {
    for (size_t i = 0; i < world->set->family_count; i++) {
        const struct catalog_family *family = world->set->families[i];
        const gate_scope scope = family->catalog->socket != NULL ? family->catalog->index + 1 : 0;
        if (!family->exposed && scope == world->origin.scope &&
            explain_family_answers(family, name))
            return family;
    }
    return NULL;
}

void explain_line(struct explain_world *world, struct sg_span text, struct explanation *ret) {
    *ret = (struct explanation){.text = text};
    struct sg_fault fault;
    ret->is_parsed = sg_line_parse(text, &ret->line, &fault) == SG_REJECT_NONE;
    const struct tally before = *ledger_total(world->ledger);
    const struct recent *newest = ledger_recent(world->ledger, 0);
    const uint64_t serial = newest != NULL ? newest->serial : 0;
    world->now.real_ms += 1000; /* the ring of rejections takes a bounded number a second */
    gate_explain(world->gate, text, &world->origin, world->now, &ret->gate);
    const struct tally *after = ledger_total(world->ledger);
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret->samples[i] = after->by_verdict[i] - before.by_verdict[i];
    const uint64_t taken = ret->samples[VERDICT_ACCEPTED] + ret->samples[VERDICT_FOLDED];
    ret->has_series =
        taken > 0 && ret->gate.series != NULL && (ret->gate.series->flags & SERIES_LIVE);
    if (taken + ret->samples[VERDICT_IGNORED] > 0 && ret->samples[VERDICT_REJECTED] > 0)
        collect_bad(world, serial, ret);
    if (!ret->is_parsed || ret->line.kind != SG_LINE_METRIC)
        return;
    if (ret->gate.verdict == VERDICT_IGNORED && ret->gate.family == NULL)
        ret->gate.family = find_hidden(world, ret->line.name);
    explain_labels(world, ret);
}
