/* Reads jobs: work that waits, runs and ends, and the families that show it. */
#include <string.h>

#include "loader/derive.h"
#include "loader/field.h"
#include "loader/label.h"
#include "loader/sections.h"
#include "loader/value.h"

enum extra_label { EXTRA_NONE, EXTRA_STATE, EXTRA_OUTCOME };

static const struct {
    enum family_kind kind;
    enum extra_label extra;
    bool zeros;
    const char *help;
} descriptions[JOBS_PART_COUNT] = {
    [JOBS_LIVE] = {KIND_GAUGE, EXTRA_STATE, true, "Jobs that wait or run now, by state."},
    [JOBS_OLDEST_QUEUED] = {KIND_GAUGE, EXTRA_NONE, false,
                            "Seconds that the oldest queued job has waited. Absent when none "
                            "waits."},
    [JOBS_OLDEST_RUNNING] = {KIND_GAUGE, EXTRA_NONE, false,
                             "Seconds that the oldest running job has run. Absent when none runs."},
    [JOBS_WAITING] = {KIND_HISTOGRAM, EXTRA_NONE, false,
                      "Seconds that jobs waited before they started."},
    [JOBS_RUNNING] = {KIND_HISTOGRAM, EXTRA_NONE, false,
                      "Seconds that jobs ran before they ended."},
    [JOBS_FINISHED] = {KIND_COUNTER, EXTRA_OUTCOME, true,
                       "Jobs that ended, by outcome; lost is one whose process died."},
};

static bool read_limit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_jobs *jobs) {
    const struct jsondoc_place at = {.parent = place, .key = "max_live"};
    json_t *value = json_object_get(object, "max_live");
    uint64_t max_live = CATALOG_LIVE_DEFAULT;
    if (value != NULL && !field_count(load, value, &at, 1, CATALOG_LIVE_MAX, &max_live))
        return false;
    jobs->max_live = (uint32_t)max_live;
    return true;
}

static bool read_state_label(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, struct catalog_jobs *jobs) {
    const struct jsondoc_place at = {.parent = place, .key = "state_label"};
    json_t *value = json_object_get(object, "state_label");
    jobs->state_label = "state";
    return value == NULL || (field_text(load, value, &at, CATALOG_NAME_MAX, &jobs->state_label) &&
                             loader_label_name(load, jobs->state_label, &at));
}

/* Read the bounds of both histograms, as for a declared family. */
static bool read_bounds(const struct derive *derive, struct catalog_family *ret_bounds) {
    const struct load *load = derive->load;
    const struct jsondoc_place at = {.parent = derive->place, .key = "buckets"};
    const struct jsondoc_place first = {.parent = &at, .index = 0};
    json_t *value = json_object_get(derive->object, "buckets");
    const bool shown = !derive_is_hidden(derive, &derive->parts[JOBS_WAITING]) ||
                       !derive_is_hidden(derive, &derive->parts[JOBS_RUNNING]);
    if (value == NULL && shown)
        return jsondoc_fail(load->error, derive->place,
                            "the histograms of waiting and running time need \"buckets\"; without "
                            "these histograms, \"names\": {\"waiting_seconds\": null, "
                            "\"running_seconds\": null}");
    if (value == NULL)
        return true;
    if (!shown)
        return jsondoc_fail(load->error, &at, "/names leaves both histograms out");
    if (!loader_buckets(load, value, &at, ret_bounds))
        return false;
    if (ret_bounds->allow_negative)
        return jsondoc_fail(load->error, &first, "no time is below 0");
    return true;
}

static bool derive_parts(struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_family *machine, struct catalog_jobs *jobs) {
    const char *states[JOB_STATE_COUNT];
    const char *outcomes[JOB_OUTCOME_COUNT];
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        states[state] = catalog_job_state_text((enum job_state)state);
    for (int outcome = 0; outcome < JOB_OUTCOME_COUNT; outcome++)
        outcomes[outcome] = catalog_job_outcome_text((enum job_outcome)outcome);
    struct catalog_label state;
    struct catalog_label outcome;
    if (!derive_label(load, &state, jobs->state_label, states, JOB_STATE_COUNT) ||
        !derive_label(load, &outcome, "outcome", outcomes, JOB_OUTCOME_COUNT))
        return false;
    const struct catalog_label *const extras[] = {
        [EXTRA_NONE] = NULL, [EXTRA_STATE] = &state, [EXTRA_OUTCOME] = &outcome};
    struct derive_part parts[JOBS_PART_COUNT];
    for (int part = 0; part < JOBS_PART_COUNT; part++)
        parts[part] = (struct derive_part){.key = catalog_jobs_part_key((enum jobs_part)part),
                                           .kind = descriptions[part].kind,
                                           .zeros = descriptions[part].zeros,
                                           .help = descriptions[part].help,
                                           .extra = extras[descriptions[part].extra],
                                           .slot = &jobs->parts[part]};
    const struct derive derive = {.load = load,
                                  .object = object,
                                  .place = place,
                                  .machine = machine,
                                  .parts = parts,
                                  .part_count = JOBS_PART_COUNT};
    struct catalog_family bounds = {0};
    if (!derive_check(&derive) || !read_bounds(&derive, &bounds))
        return false;
    for (int part = JOBS_WAITING; part <= JOBS_RUNNING; part++) {
        parts[part].buckets = bounds.buckets;
        parts[part].bucket_count = bounds.bucket_count;
    }
    return derive_families(&derive);
}

static bool load_one(struct load *load, const char *name, json_t *object,
                     const struct jsondoc_place *place) {
    static const char *const keys[] = {"labels", "state_label", "max_live", "buckets", "names",
                                       "help",   "group",       "aliases",  NULL};
    if (!field_object(load, object, place) || !jsondoc_keys_known(object, place, keys, load->error))
        return false;
    struct catalog_jobs *jobs = arena_alloc(&load->catalog->arena, sizeof *jobs);
    if (jobs == NULL)
        return loader_no_memory(load);
    struct catalog_family *machine = derive_machine(load, "jobs", name, KIND_JOBS, object, place);
    if (machine == NULL)
        return false;
    machine->jobs = jobs;
    return read_limit(load, object, place, jobs) && read_state_label(load, object, place, jobs) &&
           derive_parts(load, object, place, machine, jobs);
}

bool loader_jobs(struct load *load, json_t *value, const struct jsondoc_place *place) {
    return field_each(load, value, place, load_one);
}
