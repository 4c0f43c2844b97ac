/*
 * json_jobs.c - /debug/jobs: the live jobs, oldest first, and the processes that run them.
 *
 * {"families":[{"service":"imgsrv","name":"thumbnails","live":2,"queued":1,"running":1},..],
 * "jobs":[
 *  {"service":"imgsrv","name":"thumbnails","labels":{"queue":"fast"},"id":"7f3a",
 *   "state":"running","since":1766533331507,"age_s":1.5,"queued_at":1766533330000,"pid":4711,
 *   "comm":"worker","unit":null,"owned":true},..],
 * "ended":[
 *  {"service":"imgsrv","name":"thumbnails","labels":{"queue":"fast"},"id":"7f39",
 *   "outcome":"lost","at":1766533331507,"ran_s":3.2,
 *   "owner":{"pid":4711,"uid":1000,"comm":"worker","unit":null}},..],
 * "next":null}
 *
 * Every page has all families. Jobs are grouped by family, in the order of the families' names;
 * within a family, the job that has been in its state for longest comes first. `since` and
 * `queued_at` are Unix milliseconds. They are null if unknown, and so are `pid`, and `comm` and
 * `unit` of that process. `owned`: the job is lost when that process ends.
 *
 * `ended` is only on the first page: at most `limit` jobs, the latest first. At most 64 of each
 * outcome are kept. `owner` is the process that sent the end, or that ran a lost job. `ran_s` is
 * null if the start of the job is unknown.
 *
 * A token means "after this job's last event". A job that changes its state between two slices or
 * pages moves to the end, so it may be listed again with its new state.
 */
#include "ledger/ledger.h"
#include "view/json_list.h"
#include "view/json_values.h"
#include "view/json_who.h"

struct job_list {
    struct json_list base;
    bool families_done;
    bool jobs_done;
    bool continued;  /* not the first page: without ended jobs */
    uint64_t before; /* the ended job that was written last, 0 none */
    size_t ended;    /* number of ended jobs written */
    size_t row;      /* of the families: index in the set */
    size_t family;   /* of the jobs: index in the set; its jobs ... */
    uint64_t serial; /* ... after this one */
    uint32_t hint;   /* where that job was */
};

static const struct catalog_family *family_at(const struct job_list *list, size_t index) {
    return list->base.source.set->families[index];
}

static size_t family_count(const struct job_list *list) {
    return list->base.source.machines != NULL ? list->base.source.set->family_count : 0;
}

/* ---- tokens: service, family, serial ---- */

static void remember_place(struct job_list *list) {
    struct page_token_writer token;
    json_list_begin_token(&list->base, &token);
    page_token_add_family(&token, family_at(list, list->family));
    page_token_add_number(&token, list->serial);
    page_token_end(&token, &list->base.next);
}

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct job_list *list = (struct job_list *)base;
    const struct catalog_family *family = page_token_next_family(after, base->source.set);
    if (family == NULL || !json_list_shows(base, family))
        return false;
    list->family = family->index;
    list->continued = true;
    return page_token_next_number(after, UINT64_MAX, &list->serial);
}

/* ---- writing ---- */

static void put_family(struct json_list *list, const struct catalog_family *family) {
    struct json_writer *json = &list->json;
    uint64_t counts[JOB_STATE_COUNT];
    machines_job_counts(list->source.machines, family, counts);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", family->catalog->service);
    json_member_text(json, "name", family->name);
    json_member_u64(json, "live", machines_job_count(list->source.machines, family));
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        json_member_u64(json, catalog_job_state_text((enum job_state)i), counts[i]);
    json_close(json, '}');
}

/* Begin a job, live or ended, with the members that identify it. */
static void open_job(struct json_list *list, const struct catalog_family *family,
                     const struct series *series, struct sg_span id) {
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", family->catalog->service);
    json_member_text(json, "name", family->name);
    json_values_put_labels(json, list->source.store, family, series);
    json_key(json, "id");
    json_bytes(json, id.at, id.len);
}

/* Returns the work units that its process took. */
static size_t put_job(struct json_list *list, const struct machines_job *job,
                      struct store_time now) {
    struct json_writer *json = &list->json;
    struct who who;
    const int64_t age_ms = now.mono_ms > job->since_mono_ms ? now.mono_ms - job->since_mono_ms : 0;
    open_job(list, job->family, job->series, (struct sg_span){job->id, job->id_len});
    json_member_text(json, "state", catalog_job_state_text(job->state));
    json_member_time_known(json, "since", job->since_ms);
    json_member_number(json, "age_s", (double)age_ms / 1000);
    json_member_time_known(json, "queued_at", job->queued_ms);
    const size_t units = ledger_sender_name(list->source.ledger, job->pid, job->since_ms, &who);
    json_member_known(json, "pid", job->pid);
    json_who_put_program(json, &who);
    json_member_bool(json, "owned", job->owned);
    json_close(json, '}');
    return units;
}

static void put_ended(struct json_list *list, const struct machines_ended_job *job) {
    struct json_writer *json = &list->json;
    open_job(list, job->family, job->series, (struct sg_span){job->id, job->id_len});
    json_member_text(json, "outcome", catalog_job_outcome_text(job->outcome));
    json_member_time(json, "at", job->at_ms);
    json_key(json, "ran_s");
    if (job->ran_ms < 0)
        json_text(json, NULL);
    else
        json_number(json, (double)job->ran_ms / 1000);
    json_open_member(json, "owner", '{');
    json_who_put_members(json, job->who);
    json_close(json, '}');
    json_close(json, '}');
}

/* ---- walking ---- */

static void begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_open_member(&base->json, "families", '[');
}

/* Each of these returns false if the slice ended before it was done. */

static bool write_families(struct job_list *list, struct slice *slice) {
    for (; list->row < family_count(list); list->row++) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = family_at(list, list->row);
        slice_spend(slice, 1);
        if (!json_list_shows(&list->base, family))
            continue;
        put_family(&list->base, family);
        slice_spend(slice, 5 + (size_t)family->combinations / 8);
    }
    return true;
}

static bool shows_job(const struct json_list *list, const struct machines_job *job) {
    return json_selection_has_pid(&list->selection, job->pid) &&
           json_selection_has_time(&list->selection, job->since_ms);
}

static bool write_jobs(struct job_list *list, struct slice *slice, struct store_time now) {
    struct json_list *base = &list->base;
    while (list->family < family_count(list)) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = family_at(list, list->family);
        struct machines_job job;
        slice_spend(slice, 1);
        if (!json_list_shows(base, family) ||
            !machines_job_next(base->source.machines, family, list->serial, &list->hint, &job)) {
            list->family++;
            list->serial = 0;
            list->hint = 0;
            continue;
        }
        if (!shows_job(base, &job)) {
            list->serial = job.serial;
            continue;
        }
        if (json_list_is_full(base))
            break;
        slice_spend(slice, put_job(base, &job, now));
        list->serial = job.serial;
        if (++base->written == base->selection.limit)
            remember_place(list);
        slice_spend(slice, 12 + family->label_count);
    }
    return true;
}

static bool shows_ended(const struct json_list *list, const struct machines_ended_job *job) {
    return json_list_shows(list, job->family) &&
           json_selection_has_pid(&list->selection, job->who->pid) &&
           json_selection_has_time(&list->selection, job->at_ms);
}

static bool write_ended(struct job_list *list, struct slice *slice) {
    struct json_list *base = &list->base;
    const struct machines *machines = base->source.machines;
    struct machines_ended_job job;
    while (machines != NULL && !list->continued && list->ended < base->selection.limit &&
           machines_ended_job(machines, list->before != 0 ? list->before : UINT64_MAX, &job)) {
        if (slice_is_spent(slice))
            return false;
        list->before = job.serial;
        slice_spend(slice, 5);
        if (!shows_ended(base, &job))
            continue;
        put_ended(base, &job);
        list->ended++;
        slice_spend(slice, 15 + job.family->label_count);
    }
    return true;
}

static bool write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct job_list *list = (struct job_list *)base;
    struct json_writer *json = &base->json;
    if (!list->families_done) {
        if (!write_families(list, slice))
            return false;
        json_close(json, ']');
        json_line(json);
        json_open_member(json, "jobs", '[');
        list->families_done = true;
    }
    if (!list->jobs_done) {
        if (!write_jobs(list, slice, now))
            return false;
        json_close(json, ']');
        json_line(json);
        json_open_member(json, "ended", '[');
        list->jobs_done = true;
    }
    if (!write_ended(list, slice))
        return false;
    json_close(json, ']');
    return true;
}

static bool has_jobs(const struct catalog_family *family) {
    return family->jobs != NULL;
}

struct view *view_json_jobs(const struct view_source *source, const struct json_query *query,
                            const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct job_list),
                                               .list = PAGE_TOKEN_JOBS,
                                               .shows = has_jobs,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write};
    return json_list_new(&kind, source, query, ret_error);
}
