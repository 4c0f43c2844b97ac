#include "statgate/explain/exposed.h"

#include <string.h>

#include "endpoint/endpoint.h"
#include "hints/hints.h"
#include "store/store.h"
#include "view/view.h"

/* The first page that shows the family; NULL if none is known. */
static const struct endpoint_page *page_of(const struct explain_world *world,
                                           const struct catalog_family *family) {
    for (size_t e = 0; world->plan != NULL && e < world->plan->endpoints.count; e++) {
        const struct endpoint_page *page =
            endpoint_page_of(&world->plan->endpoints.items[e], family->catalog->service);
        for (size_t i = 0; page != NULL && i < page->family_count; i++)
            if (page->families[i] == family)
                return page;
    }
    return NULL;
}

static void put_series(struct strbuf *out, const struct explain_world *world,
                       const struct catalog_family *family, const struct series *series) {
    struct frame frame;
    const struct frame_options options = {
        .format = EXPOSITION_TEXT, .typed = true, .page = page_of(world, family)};
    view_frame_init(&frame, memory_heap());
    if (view_frame_build(&frame, family, &options)) {
        view_frame_forget(&frame);
        (void)view_frame_put_series(&frame, world->store, NULL, series, world->now, out);
    } else {
        out->failed = true;
    }
    view_frame_done(&frame);
}

/* ---- derived series ---- */

struct shown {
    struct strbuf *out;
    const struct explain_world *world;
    const struct gate_trace *trace;
};

/* Write the series of a derived family with the labels of the machine; if it has another label,
 * its value is `extra`. */
static void show(const struct shown *shown, const struct catalog_family *part, const char *extra) {
    const struct catalog_family *machine = shown->trace->family;
    const uint32_t *ids = series_ids(machine, shown->trace->series);
    uint32_t wanted[CATALOG_LABELS_MAX];
    if (part == NULL)
        return;
    for (uint32_t i = 0, own = 0; i < part->label_count; i++) {
        const struct catalog_label *label = &part->labels[i];
        /* Both lists are in byte order of name, and `part` has at most one label more. */
        if (own < machine->label_count && strcmp(label->name, machine->labels[own].name) == 0) {
            wanted[i] = ids[own++];
            continue;
        }
        const int32_t id = catalog_label_find(label, extra, strlen(extra));
        if (id < 0)
            return;
        wanted[i] = (uint32_t)id;
    }
    const struct series *series = store_find(shown->world->store, part, wanted);
    if (series != NULL)
        put_series(shown->out, shown->world, part, series);
}

static void show_breaker(const struct shown *shown, const struct catalog_attempts *attempts) {
    struct breakers_entry breaker;
    const uint64_t number = *series_body(shown->trace->series);
    breakers_at(shown->world->breakers_jobs, number, &breaker);
    if (breaker.why == NULL || breaker.since_ms != shown->world->now.real_ms)
        return; /* this line did not change it */
    const char *present = catalog_breaker_state_text(breaker.state);
    if (breaker.state == BREAKER_OPEN)
        show(shown, attempts->parts[ATTEMPTS_OPENED], "");
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        show(shown, attempts->parts[ATTEMPTS_STATE],
             catalog_breaker_state_text((enum breaker_state)i));
    show(shown, attempts->parts[ATTEMPTS_TRANSITIONS], present);
}

static void show_attempts(const struct shown *shown, const struct catalog_attempts *attempts) {
    bool succeeded = false;
    bool failed = false;
    for (uint32_t i = 0; i < attempts->word_count; i++) {
        if (shown->trace->line.letter == SG_LETTER_B ||
            !hints_says(shown->trace, attempts->words[i]))
            continue;
        show(shown, attempts->parts[ATTEMPTS_TOTAL], attempts->words[i]);
        succeeded |= i < attempts->success_count;
        failed |= i >= attempts->success_count;
    }
    if (failed)
        show(shown, attempts->parts[ATTEMPTS_ERRORS], "");
    if (succeeded || failed)
        show(shown, attempts->parts[ATTEMPTS_CONSECUTIVE], "");
    if (succeeded)
        show(shown, attempts->parts[ATTEMPTS_LAST_SUCCESS], "");
    if (failed)
        show(shown, attempts->parts[ATTEMPTS_LAST_ERROR], "");
    show_breaker(shown, attempts);
}

static void show_jobs(const struct shown *shown, const struct catalog_jobs *jobs) {
    bool ended = false;
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        show(shown, jobs->parts[JOBS_LIVE], catalog_job_state_text((enum job_state)i));
    show(shown, jobs->parts[JOBS_OLDEST_QUEUED], "");
    show(shown, jobs->parts[JOBS_OLDEST_RUNNING], "");
    if (hints_says(shown->trace, job_event_text(JOB_EVENT_STARTED)))
        show(shown, jobs->parts[JOBS_WAITING], "");
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++)
        ended |= hints_says(shown->trace, catalog_job_outcome_text((enum job_outcome)i));
    if (ended)
        show(shown, jobs->parts[JOBS_RUNNING], "");
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++)
        if (hints_says(shown->trace, catalog_job_outcome_text((enum job_outcome)i)))
            show(shown, jobs->parts[JOBS_FINISHED], catalog_job_outcome_text((enum job_outcome)i));
}

static void put_derived(struct strbuf *out, const struct explain_world *world,
                        const struct gate_trace *trace) {
    const struct shown shown = {out, world, trace};
    breakers_jobs_publish(world->breakers_jobs, world->now);
    if (trace->family->attempts != NULL)
        show_attempts(&shown, trace->family->attempts);
    else
        show_jobs(&shown, trace->family->jobs);
}

void explain_put_exposed(struct strbuf *out, const struct explain_world *world,
                         const struct gate_trace *trace) {
    if (trace->series == NULL)
        return;
    if (!family_has_lines(trace->family)) {
        put_derived(out, world, trace);
        return;
    }
    (void)store_merge(world->store, trace->family, trace->series);
    put_series(out, world, trace->family, trace->series);
}
