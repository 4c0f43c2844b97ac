#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "place.h"

static void work(const struct recorder *recorder) {
    const uint64_t end_ns = recorder->work_ns ? uv_hrtime() + recorder->work_ns : 0;
    while (uv_hrtime() < end_ns)
        continue;
}

static bool is_midway(void *arg) {
    const struct recorder *recorder = arg;
    return recorder->stepped > 0;
}

static size_t record(void *arg, const struct gate_datagram *datagrams, size_t count, size_t budget,
                     struct store_time now) {
    struct recorder *recorder = arg;
    const size_t most = recorder->steps > 0 ? 1 : recorder->most_per_call;
    const size_t taken = most != 0 && most < count ? most : count;

    cr_assert(budget > 0);
    recorder->calls++;
    recorder->last = now;
    if (recorder->steps > 0 && ++recorder->stepped < recorder->steps) {
        work(recorder);
        return 0;
    }
    recorder->stepped = 0;
    for (size_t i = 0; i < taken; i++) {
        const struct gate_datagram *datagram = &datagrams[i];
        cr_assert(recorder->count < RECORD_MAX);
        struct record *to = &recorder->records[recorder->count++];
        const size_t len = datagram->len < RECORD_TEXT - 1 ? datagram->len : RECORD_TEXT - 1;
        memcpy(to->text, datagram->data, len);
        to->text[len] = '\0';
        to->len = datagram->len;
        to->truncated = datagram->truncated;
        to->origin = datagram->origin;
        work(recorder);
    }
    return taken;
}

void recorder_init(struct recorder *recorder) {
    memset(recorder, 0, sizeof *recorder);
    recorder->records = calloc(RECORD_MAX, sizeof *recorder->records);
    cr_assert(recorder->records != NULL);
    cr_assert(uv_loop_init(&recorder->loop) == 0);
    const struct ingress_options options = {
        .loop = &recorder->loop,
        .sink = {.apply = record, .is_midway = is_midway, .arg = recorder},
        .traffic = &recorder->traffic};
    cr_assert(eq(int, ingress_new(&options, &recorder->ingress), 0));
}

static void on_closed(void *arg) {
    *(bool *)arg = true;
}

void recorder_done(struct recorder *recorder) {
    bool closed = false;
    ingress_close(recorder->ingress, on_closed, &closed);
    cr_assert(eq(int, uv_run(&recorder->loop, UV_RUN_DEFAULT), 0));
    cr_assert(closed);
    cr_assert(eq(int, uv_loop_close(&recorder->loop), 0));
    free(recorder->records);
}

void recorder_listen(struct recorder *recorder, const char *path, gate_scope scope) {
    const struct ingress_listener listener = place_listen_deep(path, INGRESS_QUEUE_WANTED);
    cr_assert(eq(int, ingress_add(recorder->ingress, &listener, scope), 0));
}

void recorder_run(struct recorder *recorder, size_t count) {
    while (recorder->count < count)
        (void)uv_run(&recorder->loop, UV_RUN_NOWAIT);
}

struct ingress_figures recorder_figures(const struct recorder *recorder) {
    struct ingress_figures figures;
    ingress_figures(recorder->ingress, &figures);
    return figures;
}

struct ingress_view recorder_view(const struct recorder *recorder, size_t socket) {
    struct ingress_view view;
    ingress_at(recorder->ingress, socket, &view);
    return view;
}
