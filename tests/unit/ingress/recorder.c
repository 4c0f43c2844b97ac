/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "listening.h"

struct recorder recorder;

static void work(const struct recorder *sink) {
    const uint64_t end_ns = sink->work_ns ? uv_hrtime() + sink->work_ns : 0;
    while (uv_hrtime() < end_ns)
        continue;
}

static bool is_midway(void *arg) {
    const struct recorder *sink = arg;
    return sink->stepped > 0;
}

static size_t record(void *arg, const struct gate_datagram *datagrams, size_t count, size_t budget,
                     struct store_time now) {
    struct recorder *sink = arg;
    const size_t most = sink->steps > 0 ? 1 : sink->most_per_call;
    const size_t taken = most != 0 && most < count ? most : count;

    cr_assert(budget > 0);
    sink->calls++;
    sink->last = now;
    if (sink->steps > 0 && ++sink->stepped < sink->steps) {
        work(sink);
        return 0;
    }
    sink->stepped = 0;
    for (size_t i = 0; i < taken; i++) {
        const struct gate_datagram *datagram = &datagrams[i];
        cr_assert(sink->count < RECORD_MAX);
        struct record *to = &sink->records[sink->count++];
        const size_t len = datagram->len < RECORD_TEXT - 1 ? datagram->len : RECORD_TEXT - 1;
        memcpy(to->text, datagram->data, len);
        to->text[len] = '\0';
        to->len = datagram->len;
        to->truncated = datagram->truncated;
        to->origin = datagram->origin;
        work(sink);
    }
    return taken;
}

void recorder_init_with(struct recorder *sink, const struct ingress_options *with) {
    memset(sink, 0, sizeof *sink);
    sink->records = calloc(RECORD_MAX, sizeof *sink->records);
    cr_assert(sink->records != NULL);
    cr_assert(uv_loop_init(&sink->loop) == 0);
    struct ingress_options options = *with;
    options.loop = &sink->loop;
    options.sink = (struct ingress_sink){.apply = record, .is_midway = is_midway, .arg = sink};
    options.traffic = &sink->traffic;
    sink->ingress = ingress_new(&options);
}

void recorder_init(struct recorder *sink) {
    recorder_init_with(sink, &(struct ingress_options){0});
}

void recorder_done(struct recorder *sink) {
    ingress_close(sink->ingress);
    cr_assert(eq(int, uv_run(&sink->loop, UV_RUN_DEFAULT), 0));
    cr_assert(eq(int, uv_loop_close(&sink->loop), 0));
    free(sink->records);
}

void recorder_listen(struct recorder *sink, const char *path, gate_scope scope) {
    const struct ingress_listener listener = place_listen_deep(path, INGRESS_QUEUE_WANTED);
    cr_assert(eq(int, ingress_add(sink->ingress, &listener, scope), 0));
}

void recorder_run(struct recorder *sink, size_t count) {
    while (sink->count < count)
        (void)uv_run(&sink->loop, UV_RUN_NOWAIT);
}

struct ingress_figures recorder_figures(const struct recorder *sink) {
    struct ingress_figures figures;
    ingress_figures(sink->ingress, &figures);
    return figures;
}

struct ingress_view recorder_view(const struct recorder *sink, size_t socket) {
    struct ingress_view view;
    ingress_at(sink->ingress, socket, &view);
    return view;
}

void recorder_start(void) {
    place_make();
    recorder_init(&recorder);
}

void recorder_end(void) {
    recorder_done(&recorder);
    place_remove();
}
