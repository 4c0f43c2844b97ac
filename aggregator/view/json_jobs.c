/*
 * json_jobs.c - /debug/jobs: the jobs that live, oldest first, and whose they are.
 *
 * {"families":[{"service":"imgsrv","name":"thumbnails","live":2,"queued":1,"running":1},..],
 * "jobs":[
 *  {"service":"imgsrv","name":"thumbnails","labels":{"queue":"fast"},"id":"7f3a","state":"running",
 *   "since":1766533331507,"age_s":1.5,"queued_at":1766533330000,"pid":4711,"owned":true},..],
 * "next":null}
 *
 * Each page has all families. Their jobs stand together, in order of the families' names; in a
 * family the job comes first that has been in its state for longest. `since` and `queued_at` are
 * Unix milliseconds, null where unknown, as is `pid`. `owned`: it is lost when that process ends.
 *
 * A token stands for "behind this job's last event". A job that moves on between slices or pages
 * goes to the end, and so may be met again, in its new state.
 */
#include <stdlib.h>

#include "view/json_parts.h"
#include "view/page.h"
#include "view/view_private.h"

enum part { PART_HEAD, PART_FAMILIES, PART_JOBS };

struct job_list {
    struct view view;
    struct view_source source;
    struct page page;
    struct json_writer json;
    enum part part;
    size_t row;      /* PART_FAMILIES: index in the set */
    size_t family;   /* PART_JOBS: index in the set; its jobs ... */
    uint64_t serial; /* ... behind this one */
    uint32_t hint;   /* where that stood */
    size_t written;
    bool full;
    struct strbuf next; /* the token that the answer ends with */
};

static bool has_jobs(const struct catalog_family *family) {
    return family->type == FAMILY_JOBS;
}

static const struct catalog_family *family_at(const struct job_list *list, size_t index) {
    return list->source.set->families[index];
}

static size_t family_count(const struct job_list *list) {
    return list->source.state ? list->source.set->family_count : 0;
}

static bool shows(const struct job_list *list, const struct catalog_family *family) {
    return has_jobs(family) && page_shows(&list->page, family);
}

/* ---- tokens: service, family, serial ---- */

static void remember_place(struct job_list *list) {
    const struct catalog_family *family = family_at(list, list->family);
    const char *service = family->catalog->service;
    struct token_writer token;
    strbuf_clear(&list->next);
    token_begin(&token, TOKEN_JOBS);
    token_add(&token, service, strlen(service));
    token_add(&token, family->name, strlen(family->name));
    token_add_number(&token, list->serial);
    token_end(&token, &list->next);
}

static bool find_place(struct job_list *list, struct token_reader *token) {
    const char *text;
    size_t len;
    if (!token_next(token, &text, &len))
        return false;
    const struct catalog *service = catalog_set_find(list->source.set, text, len);
    if (!service || !token_next(token, &text, &len))
        return false;
    const struct catalog_family *family = catalog_family_find(service, text, len);
    if (!family || !shows(list, family))
        return false;
    list->family = family->index;
    return token_next_number(token, UINT64_MAX, &list->serial) && token_is_read(token);
}

static bool resume(struct job_list *list, const char *after, const char **ret_error) {
    struct token_reader token;
    const bool fine = token_open(&token, after, TOKEN_JOBS) && find_place(list, &token);
    if (!fine)
        *ret_error = token.raw.failed ? NULL : page_bad_after;
    token_done(&token);
    return fine;
}

/* ---- writing ---- */

static void put_family(struct job_list *list, const struct catalog_family *family) {
    struct json_writer *json = &list->json;
    uint64_t counts[JOB_STATE_COUNT];
    state_job_counts(list->source.state, family, counts);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", family->catalog->service);
    json_member_text(json, "name", family->name);
    json_member_u64(json, "live", state_job_count(list->source.state, family));
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        json_member_u64(json, job_state_text((enum job_state)i), counts[i]);
    json_close(json, '}');
}

static void put_known(struct json_writer *json, const char *key, int64_t number) {
    json_key(json, key);
    if (number == 0)
        json_text(json, NULL);
    else
        json_i64(json, number);
}

static void put_job(struct job_list *list, const struct state_job *job, struct store_time now) {
    struct json_writer *json = &list->json;
    const int64_t age_ms = now.real_ms > job->since_ms ? now.real_ms - job->since_ms : 0;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", job->family->catalog->service);
    json_member_text(json, "name", job->family->name);
    json_put_labels(json, list->source.store, job->family, job->series);
    json_key(json, "id");
    json_bytes(json, job->id, job->id_len);
    json_member_text(json, "state", job_state_text(job->state));
    put_known(json, "since", job->since_ms);
    json_member_number(json, "age_s", (double)age_ms / 1000);
    put_known(json, "queued_at", job->queued_ms);
    put_known(json, "pid", job->pid);
    json_member_bool(json, "owned", job->owned);
    json_close(json, '}');
}

static void put_end(struct job_list *list) {
    struct json_writer *json = &list->json;
    json_close(json, ']');
    json_line(json);
    json_key(json, "next");
    if (!list->full)
        json_text(json, NULL);
    else
        json_bytes(json, list->next.data, list->next.len);
    json_close(json, '}');
    strbuf_putc(json->out, '\n');
    if (list->next.failed)
        json->out->failed = true;
}

/* ---- walking ---- */

/* Both return false when the slice ended first. */

static bool write_families(struct job_list *list, struct slice *slice) {
    for (; list->row < family_count(list); list->row++) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = family_at(list, list->row);
        slice_spend(slice, 1);
        if (!shows(list, family))
            continue;
        put_family(list, family);
        slice_spend(slice, 5 + (size_t)family->combinations / 8);
    }
    return true;
}

static bool write_jobs(struct job_list *list, struct slice *slice, struct store_time now) {
    while (list->family < family_count(list)) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = family_at(list, list->family);
        struct state_job job;
        slice_spend(slice, 1);
        if (!shows(list, family) ||
            !state_job_next(list->source.state, family, list->serial, &list->hint, &job)) {
            list->family++;
            list->serial = 0;
            list->hint = 0;
            continue;
        }
        if (list->written == list->page.limit) {
            list->full = true;
            return true;
        }
        put_job(list, &job, now);
        list->serial = job.serial;
        if (++list->written == list->page.limit)
            remember_place(list);
        slice_spend(slice, 12 + family->label_count);
    }
    return true;
}

static enum view_state jobs_step(struct view *view, struct strbuf *out, size_t budget,
                                 struct store_time now) {
    struct job_list *list = (struct job_list *)view;
    struct json_writer *json = &list->json;
    struct slice slice = slice_begin(out, budget > 0 ? budget : 1);
    json->out = out;
    if (list->part == PART_HEAD) {
        json_open(json, '{');
        json_open_member(json, "families", '[');
        list->part = PART_FAMILIES;
    }
    if (list->part == PART_FAMILIES) {
        if (!write_families(list, &slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        json_close(json, ']');
        json_line(json);
        json_open_member(json, "jobs", '[');
        list->part = PART_JOBS;
    }
    if (!write_jobs(list, &slice, now))
        return out->failed ? VIEW_DONE : VIEW_MORE;
    put_end(list);
    return VIEW_DONE;
}

static void jobs_free(struct view *view) {
    struct job_list *list = (struct job_list *)view;
    strbuf_done(&list->next);
    free(list);
}

struct view *view_json_jobs(const struct view_source *source, const struct json_query *query,
                            const char **ret_error) {
    *ret_error = NULL;
    struct job_list *list = calloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->view = (struct view){.step = jobs_step, .free = jobs_free};
    list->source = *source;
    if (!page_check(source, query, has_jobs, &list->page, ret_error) ||
        (query->after && !resume(list, query->after, ret_error))) {
        view_free(&list->view);
        return NULL;
    }
    return &list->view;
}
