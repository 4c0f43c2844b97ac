/* SPDX-License-Identifier: MIT */
#include "fake.h"
#include "usual_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct fake fake = {.slices = 1, .slice_bytes = 1000};
const struct endpoint_page fake_service_page = {.options = &usual_options};

/* What the wrapped functions take for a view. */
struct fake_view {
    struct view view;
    size_t step;
    size_t slices;
};

/* Lines that differ from each other, so that lost or doubled bytes show. */
static void put_slice(struct strbuf *out, size_t step) {
    const size_t end = out->len + fake.slice_bytes;
    for (size_t line = 0; out->len < end; line++) {
        char text[64];
        const int len =
            snprintf(text, sizeof text, "fake_total{slice=\"%zu\",line=\"%zu\"} 1\n", step, line);
        const size_t left = end - out->len;
        strbuf_put(out, text, (size_t)len < left ? (size_t)len : left);
        if (out->failed)
            return;
    }
}

void fake_text(struct strbuf *out) {
    for (size_t step = 1; step <= fake.slices; step++)
        put_slice(out, step);
}

static struct view *make(size_t slices) {
    struct fake_view *view = calloc(1, sizeof *view);
    view->slices = slices;
    fake.made++;
    return &view->view;
}

/* The names that the linker's --wrap asks for. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
const struct endpoint_page *__wrap_endpoint_page_of(const struct endpoint *endpoint,
                                                    const char *service);
struct view *__wrap_view_exposition(const struct view_source *views,
                                    const struct exposition_options *options);
struct view *__wrap_view_json_series(const struct view_source *views,
                                     const struct json_query *query, const char **ret_error);
struct view *__wrap_view_json_rejections(const struct view_source *views,
                                         const struct json_query *query, const char **ret_error);
struct view *__wrap_view_json_senders(const struct view_source *views,
                                      const struct json_query *query, const char **ret_error);
struct view *__wrap_view_json_catalog(const struct view_source *views,
                                      const struct json_query *query, const char **ret_error);
struct view *__wrap_view_json_breakers(const struct view_source *views,
                                       const struct json_query *query, const char **ret_error);
struct view *__wrap_view_json_jobs(const struct view_source *views, const struct json_query *query,
                                   const char **ret_error);
void __wrap_view_limit(struct view *view, size_t bytes);
enum view_state __wrap_view_step(struct view *view, struct strbuf *out, size_t budget,
                                 struct store_time now);
void __wrap_view_free(struct view *view);

const struct endpoint_page *__wrap_endpoint_page_of(const struct endpoint *endpoint,
                                                    const char *service) {
    const char *served = endpoint->options.name != NULL ? endpoint->options.name : "imgsrv";
    return strcmp(service, served) == 0 ? &fake_service_page : NULL;
}

struct view *__wrap_view_exposition(const struct view_source *views,
                                    const struct exposition_options *options) {
    (void)views;
    fake.options = *options;
    return make(fake.slices);
}

static void keep(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text != NULL ? text : "(none)");
}

static struct view *json(const char *which, const struct json_query *query,
                         const char **ret_error) {
    fake.which = which;
    keep(fake.limit, sizeof fake.limit, query->limit);
    keep(fake.after, sizeof fake.after, query->after);
    keep(fake.service, sizeof fake.service, query->service);
    keep(fake.family, sizeof fake.family, query->family);
    keep(fake.reason, sizeof fake.reason, query->reason);
    keep(fake.pid, sizeof fake.pid, query->pid);
    keep(fake.since, sizeof fake.since, query->since);
    fake.now_ms = query->now_ms;
    *ret_error = fake.json_error;
    if (fake.json_error != NULL)
        return NULL;
    return make(fake.json_slices != 0 ? fake.json_slices : fake.slices);
}

struct view *__wrap_view_json_series(const struct view_source *views,
                                     const struct json_query *query, const char **ret_error) {
    (void)views;
    return json("series", query, ret_error);
}

struct view *__wrap_view_json_rejections(const struct view_source *views,
                                         const struct json_query *query, const char **ret_error) {
    (void)views;
    return json("rejections", query, ret_error);
}

struct view *__wrap_view_json_senders(const struct view_source *views,
                                      const struct json_query *query, const char **ret_error) {
    (void)views;
    return json("senders", query, ret_error);
}

struct view *__wrap_view_json_catalog(const struct view_source *views,
                                      const struct json_query *query, const char **ret_error) {
    (void)views;
    return json("catalog", query, ret_error);
}

struct view *__wrap_view_json_breakers(const struct view_source *views,
                                       const struct json_query *query, const char **ret_error) {
    (void)views;
    return json("breakers", query, ret_error);
}

struct view *__wrap_view_json_jobs(const struct view_source *views, const struct json_query *query,
                                   const char **ret_error) {
    (void)views;
    return json("jobs", query, ret_error);
}

void __wrap_view_limit(struct view *view, size_t bytes) {
    (void)view;
    (void)bytes;
}

static uint64_t cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void use_processor(uint64_t ns) {
    const uint64_t end_ns = cpu_ns() + ns;
    while (ns > 0 && cpu_ns() < end_ns)
        continue;
}

enum view_state __wrap_view_step(struct view *view, struct strbuf *out, size_t budget,
                                 struct store_time now) {
    struct fake_view *made = (struct fake_view *)view;
    (void)now;
    (void)budget;
    fake.steps++;
    made->step++;
    use_processor(fake.step_ns);
    put_slice(out, made->step);
    if (made->step == fake.fail_at)
        out->failed = true;
    return made->step < made->slices ? VIEW_MORE : VIEW_DONE;
}

void __wrap_view_free(struct view *view) {
    if (view != NULL)
        fake.freed++;
    free(view);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
