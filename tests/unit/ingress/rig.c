/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "assertions.h"
#include "files.h"
#include "place.h"

struct catalog_set rig_set;
struct ledger *rig_ledger;
uv_loop_t rig_loop;
static uv_idle_t alive; /* a loop without active handles runs no timers */

void rig_start(void) {
    struct error error = {0};
    place_make();
    catalog_set_init(&rig_set);
    cr_assert(catalog_set_finish(&rig_set, &error), "%s", error.text);
    rig_ledger = ledger_new(NULL, &rig_set, 1);
    cr_assert(rig_ledger != NULL);
    cr_assert(eq(int, uv_loop_init(&rig_loop), 0));
    cr_assert(eq(int, uv_idle_init(&rig_loop, &alive), 0));
}

void rig_end(void) {
    uv_close((uv_handle_t *)&alive, NULL);
    cr_assert(eq(int, uv_run(&rig_loop, UV_RUN_DEFAULT), 0));
    cr_assert(eq(int, uv_loop_close(&rig_loop), 0));
    ledger_free(rig_ledger);
    catalog_set_done(&rig_set);
    place_remove();
}

static void on_idle(uv_idle_t *idle) {
    (void)idle;
}

void rig_turn(void) {
    (void)uv_idle_start(&alive, on_idle);
    (void)uv_run(&rig_loop, UV_RUN_NOWAIT);
    (void)uv_idle_stop(&alive);
}

int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void make_stat(pid_t pid, const char *comm, long long start_ticks) {
    char path[128];
    char text[128];
    (void)snprintf(path, sizeof path, "%s/%d", place_folder, (int)pid);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/%d/stat", place_folder, (int)pid);
    const int len =
        snprintf(text, sizeof text, "%d (%s) S 1 1 1 0 -1 0 1 0 0 0 3 1 0 0 20 0 1 0 %lld 0 0\n",
                 (int)pid, comm, start_ticks);
    files_write(path, text, (size_t)len);
}
