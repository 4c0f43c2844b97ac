#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake fake = {.slices = 1, .slice_bytes = 1000};
const struct endpoint_page fake_service_page = {.family_count = 0};

struct view {
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
    struct view *view = fake.no_view ? NULL : calloc(1, sizeof *view);
    if (view == NULL)
        return NULL;
    view->slices = slices;
    fake.made++;
    return view;
}

static const struct endpoint_page *page(const struct endpoint *endpoint, const char *service) {
    if (service == NULL)
        return &endpoint->all;
    const char *served = endpoint->name != NULL ? endpoint->name : "imgsrv";
    return strcmp(service, served) == 0 ? &fake_service_page : NULL;
}

static struct view *exposition(const struct view_source *views,
                               const struct exposition_options *options) {
    (void)views;
    fake.options = *options;
    return make(fake.slices);
}

static void keep(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text != NULL ? text : "(none)");
}

static struct view *json(const struct view_source *views, enum json_view which,
                         const struct json_query *query, const char **ret_error) {
    (void)views;
    fake.which = which;
    fake.limit = query->limit;
    keep(fake.after, sizeof fake.after, query->after);
    keep(fake.service, sizeof fake.service, query->service);
    keep(fake.family, sizeof fake.family, query->family);
    *ret_error = fake.json_error;
    if (fake.json_error != NULL)
        return NULL;
    return make(fake.json_slices != 0 ? fake.json_slices : fake.slices);
}

static void limit(struct view *view, size_t bytes) {
    (void)view;
    fake.bytes_max = bytes;
}

static enum view_state step(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now) {
    (void)budget;
    (void)now;
    fake.steps++;
    view->step++;
    put_slice(out, view->step);
    if (view->step == fake.fail_at)
        out->failed = true;
    return view->step < view->slices ? VIEW_MORE : VIEW_DONE;
}

static void release(struct view *view) {
    if (view != NULL)
        fake.freed++;
    free(view);
}

const struct renderer fake_renderer = {.page = page,
                                       .exposition = exposition,
                                       .json = json,
                                       .limit = limit,
                                       .step = step,
                                       .free = release};
