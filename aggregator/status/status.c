#include "status/status_private.h"

static void read_totals(struct status *status, const struct status_source *source) {
    status->facts =
        source->facts != NULL
            ? *source->facts
            : (struct status_facts){.samples_rate = -1, .rejected_rate = -1, .folded_rate = -1};
    status->bound = source->set->bound;
    if (source->ledger != NULL) {
        const struct tally *total = ledger_total(source->ledger);
        uint64_t sent;
        status->samples = tally_total(total);
        status->rejected = total->by_verdict[VERDICT_REJECTED];
        status->folded = total->by_verdict[VERDICT_FOLDED];
        ledger_reported(source->ledger, &sent, &status->lost);
    }
    if (source->store != NULL) {
        struct store_figures figures;
        store_figures(source->store, &figures);
        status->series = figures.series;
    }
}

bool status_collect(struct status *status, const struct status_source *source,
                    struct store_time now, size_t *budget) {
    static bool (*const steps[])(const struct status_step *step) = {
        things_facts,    rejections_families, rejections_unnamed, folding_services,
        things_breakers, things_jobs,         things_events,      things_gone};
    enum { STEPS = sizeof steps / sizeof *steps };
    struct status_walk *walk = &status->walk;
    const struct status_step step = {
        .status = status, .source = source, .now = now, .budget = budget};
    if (*budget == 0)
        *budget = 1;
    for (; walk->step < STEPS; walk->step++, walk->at = 0, walk->sub = 0)
        if (!steps[walk->step](&step))
            return false;
    read_totals(status, source);
    problems_sort(&status->problems);
    return true;
}
