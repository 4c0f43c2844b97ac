/* Samples that are folded as declared: who folds most now, and services that fold far more than
 * in the hour before. */
#include <string.h>

#include "status/status_private.h"
#include "status/status_text.h"

enum {
    TIMES = 10,         /* more than the hour before */
    LEAST_A_SECOND = 1, /* fewer are no reason to look */
    NOW_KNOWN = 60,     /* seconds of the last five minutes */
    BEFORE_KNOWN = 10,  /* minutes of the hour before these */
    CURVE_UNITS = 20
};

/* ---- who folds most ---- */

static void look_at_cell(const struct status_step *step, const struct catalog_family *family,
                         uint32_t label, enum sg_reject reason, struct status_folding *most) {
    const int index = label < family->label_count ? (int)label : -1;
    const struct ledger_entry entry = {
        .service = family->catalog, .family = family, .label = index, .reason = reason};
    struct ledger_group group;
    status_spend(step, 2);
    if (!ledger_group(step->source->ledger, &entry, VERDICT_FOLDED, step->now.real_ms, &group) ||
        group.rate <= most->rate)
        return;
    *most = (struct status_folding){.family = family, .label = index, .rate = group.rate};
    if (group.sender != NULL)
        most->who = *group.sender;
}

static void look_at_family(const struct status_step *step, const struct catalog_family *family,
                           struct status_folding *most) {
    const uint64_t *cells = ledger_family_folded(step->source->ledger, family);
    status_spend(step, 1);
    for (uint32_t label = 0; cells != NULL && label <= family->label_count; label++)
        for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++)
            if (cells[(size_t)label * SG_REJECT_COUNT + (size_t)reason] > 0)
                look_at_cell(step, family, label, (enum sg_reject)reason, most);
}

/* ---- compared with the hour before ---- */

/* The rate per second of the points from `first` up to `end`. False: fewer than `known` of them
 * are known. */
static bool rate_of(const struct history_points *points, uint32_t first, uint32_t end,
                    uint32_t known, double *ret_rate) {
    uint64_t sum = 0;
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++)
        if (points->values[i] != HISTORY_UNKNOWN) {
            sum += points->values[i];
            count++;
        }
    if (count < known)
        return false;
    *ret_rate = (double)sum / count * 1000 / points->step_ms;
    return true;
}

/* Compare the last five minutes with the hour before these. False: they are not known. */
static bool read_rates(const struct history *history, int service, double *ret_now,
                       double *ret_before) {
    enum { HOUR = 60, PRESENT = 6 }; /* minutes; the last of these is not over */
    struct history_points points;
    double now;
    if (history == NULL ||
        !history_service_curve(history, service, HISTORY_FOLDED, HISTORY_SHORT, &points) ||
        !rate_of(&points, 0, points.count, NOW_KNOWN, &now) ||
        !history_service_curve(history, service, HISTORY_FOLDED, HISTORY_LONG, &points) ||
        !rate_of(&points, points.count - PRESENT - HOUR, points.count - PRESENT, BEFORE_KNOWN,
                 ret_before))
        return false;
    *ret_now = now;
    return true;
}

static void add_problem(const struct status_step *step, const struct catalog *service,
                        const struct status_folding *most, double now, double before) {
    char who[STATUS_WHO_MAX];
    struct status_problem problem = {.kind = STATUS_FOLDING,
                                     .service = service,
                                     .family = most->family,
                                     .label = most->label,
                                     .count = (uint64_t)now,
                                     .last_ms = step->now.real_ms,
                                     .who = most->who};
    events_print(problem.text, sizeof problem.text,
                 "%s folds %.3g samples a second, and %.3g in the hour before", service->service,
                 now, before);
    const size_t len = strlen(problem.text);
    if (most->family != NULL)
        events_print(problem.text + len, sizeof problem.text - len, ": most are of %s%s%s, by %s",
                     most->family->name, most->label >= 0 ? ", label " : "",
                     most->label >= 0 ? most->family->labels[most->label].name : "",
                     status_text_who(who, sizeof who, &problem.who));
    link_section(problem.link, sizeof problem.link, service->service, NULL, "folded");
    problems_add(&step->status->problems, &problem);
}

static void end_service(const struct status_step *step, const struct catalog *service) {
    struct status *status = step->status;
    const struct status_folding *most = &status->walk.folding;
    double now;
    double before;
    if (most->rate > status->folding.rate)
        status->folding = *most;
    status_spend(step, CURVE_UNITS);
    if (read_rates(step->source->history, (int)service->index, &now, &before) &&
        now >= LEAST_A_SECOND && now > TIMES * before)
        add_problem(step, service, most, now, before);
}

bool folding_services(const struct status_step *step) {
    const struct status_source *source = step->source;
    struct status_walk *walk = &step->status->walk;
    for (; source->ledger != NULL && walk->at < source->set->count; walk->at++, walk->sub = 0) {
        const struct catalog *service = source->set->catalogs[walk->at];
        if (*step->budget == 0)
            return false;
        status_spend(step, 1);
        if (ledger_service(source->ledger, (int)walk->at)->by_verdict[VERDICT_FOLDED] == 0)
            continue;
        for (; walk->sub < service->family_count; walk->sub++) {
            if (*step->budget == 0)
                return false;
            look_at_family(step, &service->families[walk->sub], &walk->folding);
        }
        end_service(step, service);
        walk->folding = (struct status_folding){0};
    }
    return true;
}
