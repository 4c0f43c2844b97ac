/* Families near their bounds, and rejections. */
#include <string.h>

#include "sg_proto.h"
#include "status/fullness.h"
#include "status/status_private.h"

/* ---- bounds ---- */

static void add_bound(const struct status_step *step, const struct catalog_family *family,
                      const char *what, uint64_t used, uint64_t bound) {
    struct status_problem problem = {.kind = STATUS_BOUND_NEAR,
                                     .service = family->catalog,
                                     .family = family,
                                     .label = -1,
                                     .count = used * 100 / bound};
    events_print(problem.text, sizeof problem.text, "%s has %llu of at most %llu %s", family->name,
                 (unsigned long long)used, (unsigned long long)bound, what);
    link_section(problem.link, sizeof problem.link, family->catalog->service, family->name,
                 family->jobs != NULL ? "jobs" : "families");
    problems_add(&step->status->problems, &problem);
}

static void look_at_bound(const struct status_step *step, const struct catalog_family *family) {
    const struct status_source *source = step->source;
    if (family->jobs != NULL && source->machines != NULL) {
        const uint64_t live = machines_job_count(source->machines, family);
        if (fullness_is_near(live, family->jobs->max_live))
            add_bound(step, family, "live jobs", live, family->jobs->max_live);
    }
    const uint64_t series = source->store != NULL ? store_family_count(source->store, family) : 0;
    if (fullness_of_family(family, series))
        add_bound(step, family, "series", series, family->bound);
}

/* ---- what was rejected lately ---- */

/* Fill in when the rejections happened and who sent the samples. False: no rejection in the last
 * hour is known. */
static bool is_fresh(const struct status_step *step, struct status_problem *problem) {
    const struct ledger_entry entry = {.service = problem->service,
                                       .family = problem->family,
                                       .label = problem->label,
                                       .reason = problem->reason};
    struct ledger_group group;
    status_spend(step, 2);
    if (!ledger_group(step->source->ledger, &entry, VERDICT_REJECTED, step->now.real_ms, &group) ||
        step->now.real_ms - group.last_ms > STATUS_FRESH_MS)
        return false;
    problem->since_ms = group.first_ms;
    problem->last_ms = group.last_ms;
    if (group.sender != NULL)
        problem->who = *group.sender;
    return true;
}

/* ---- rejections of families ---- */

static void add_rejection(const struct status_step *step, const struct catalog_family *family,
                          uint32_t label, enum sg_reject reason, uint64_t count) {
    const bool has_label = label < family->label_count;
    struct status_problem problem = {.kind = STATUS_REJECTIONS,
                                     .service = family->catalog,
                                     .family = family,
                                     .label = has_label ? (int)label : -1,
                                     .reason = reason,
                                     .count = count};
    if (!is_fresh(step, &problem))
        return;
    events_print(problem.text, sizeof problem.text, "%llu sample%s of %s rejected%s%s: %s",
                 (unsigned long long)count, count == 1 ? "" : "s", family->name,
                 has_label ? ", label " : "", has_label ? family->labels[label].name : "",
                 sg_reject_text(reason));
    link_section(problem.link, sizeof problem.link, family->catalog->service, family->name,
                 "rejections");
    problems_add(&step->status->problems, &problem);
}

static void look_at_rejections(const struct status_step *step,
                               const struct catalog_family *family) {
    const struct ledger *ledger = step->source->ledger;
    const uint64_t *cells = ledger != NULL ? ledger_family_rejected(ledger, family) : NULL;
    uint64_t *named = step->status->walk.named;
    if (cells == NULL)
        return;
    for (uint32_t label = 0; label <= family->label_count; label++)
        for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++) {
            const uint64_t count = cells[(size_t)label * SG_REJECT_COUNT + (size_t)reason];
            named[reason] += count;
            if (count > 0)
                add_rejection(step, family, label, (enum sg_reject)reason, count);
        }
    status_spend(step, (size_t)(family->label_count + 1) * SG_REJECT_COUNT / 16);
}

/* ---- those without a family ---- */

static void add_unnamed(const struct status_step *step, const struct catalog *service,
                        enum sg_reject reason, uint64_t count) {
    struct status_problem problem = {.kind = STATUS_REJECTIONS,
                                     .service = service,
                                     .label = -1,
                                     .reason = reason,
                                     .count = count};
    if (!is_fresh(step, &problem))
        return;
    events_print(problem.text, sizeof problem.text, "%llu sample%s rejected%s%s: %s",
                 (unsigned long long)count, count == 1 ? "" : "s", service != NULL ? " of " : "",
                 service != NULL ? service->service : "", sg_reject_text(reason));
    link_section(problem.link, sizeof problem.link, service != NULL ? service->service : NULL, NULL,
                 "rejections");
    problems_add(&step->status->problems, &problem);
}

/* Report rejections of a service that belong to none of its families. Values of query rows are
 * counted in both. */
static void end_service(const struct status_step *step, const struct catalog *service, int index) {
    uint64_t *named = step->status->walk.named;
    const struct ledger *ledger = step->source->ledger;
    if (ledger != NULL) {
        const uint64_t *reasons = ledger_reasons(ledger, index);
        const uint64_t *rows = ledger_row_reasons(ledger, index);
        for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++)
            if (reasons[i] + rows[i] > named[i])
                add_unnamed(step, service, (enum sg_reject)i, reasons[i] + rows[i] - named[i]);
    }
    memset(named, 0, sizeof step->status->walk.named);
}

bool rejections_families(const struct status_step *step) {
    const struct catalog_set *set = step->source->set;
    struct status_walk *walk = &step->status->walk;
    for (; walk->at < set->count; walk->at++, walk->sub = 0) {
        const struct catalog *service = set->catalogs[walk->at];
        for (; walk->sub < service->family_count; walk->sub++) {
            if (*step->budget == 0)
                return false;
            look_at_bound(step, &service->families[walk->sub]);
            look_at_rejections(step, &service->families[walk->sub]);
            status_spend(step, 1);
        }
        end_service(step, service, (int)walk->at);
    }
    return true;
}

bool rejections_unnamed(const struct status_step *step) {
    end_service(step, NULL, -1);
    return true;
}
