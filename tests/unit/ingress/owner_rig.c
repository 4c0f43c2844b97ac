/* SPDX-License-Identifier: MIT */
#include "owner_rig.h"

#include "assertions.h"

enum { DEADLINE_MS = 20000 };

struct owners *owners;
struct owner_watch *watch;

static uint64_t marks;
size_t catch_ups;
size_t catch_ups_in_vain;
uint32_t live_at_catch_up;
size_t releases;
uint32_t most_at_once;
size_t adoptions;
struct owner_watch_adopted adopted;

struct owners_figures owners_now(void) {
    struct owners_figures figures;
    owners_figures(owners, &figures);
    return figures;
}

struct owner_watch_figures watch_now(void) {
    struct owner_watch_figures figures;
    owner_watch_figures(watch, &figures);
    return figures;
}

static uint64_t mark(void *arg) {
    cr_assert(arg == &rig_set);
    return ++marks;
}

static uint64_t catch_up(void *arg) {
    cr_assert(arg == &rig_set);
    catch_ups++;
    live_at_catch_up = owners_now().live;
    return catch_ups > catch_ups_in_vain ? marks : 0;
}

static void release(void *arg) {
    cr_assert(arg == &rig_set);
    releases++;
    const uint32_t ended = owners_now().ended;
    if (ended > most_at_once)
        most_at_once = ended;
    for (owner_id id; (id = owners_ended(owners)) != OWNER_NONE;)
        owners_release(owners, id);
}

void owners_before(uint32_t most_owners) {
    if (owners == NULL)
        owners = owners_new(NULL, most_owners);
    cr_assert(owners != NULL);
}

static void on_adopted(void *arg, const struct owner_watch_adopted *result) {
    cr_assert(arg == &rig_set);
    adoptions++;
    adopted = *result;
}

void start_with(const char *proc_path, uint32_t max, uint32_t most_owners) {
    const struct owner_watch_options options = {.max = max,
                                                .mark = mark,
                                                .catch_up = catch_up,
                                                .release = release,
                                                .adopted = on_adopted,
                                                .arg = &rig_set};
    owners_before(most_owners);
    cr_assert(
        eq(int, owner_watch_new(&rig_loop, rig_ledger, owners, proc_path, &options, &watch), 0));
}

void start(void) {
    start_with("/proc", OWNERS_MAX, OWNERS_MAX);
}

void close_watch(void) {
    owner_watch_close(watch);
    watch = NULL;
    cr_assert(eq(int, uv_run(&rig_loop, UV_RUN_DEFAULT), 0));
}

void owner_rig_end(void) {
    close_watch();
    rig_end();
    owners_free(owners);
    owners = NULL;
}

const struct sender *row_for(int32_t pid, uint32_t uid) {
    bool is_new;
    return ledger_sender(rig_ledger, pid, uid, 1000, now_ms(), &is_new);
}

owner_id own(int32_t pid) {
    return owner_watch_on_new(watch, row_for(pid, 1000));
}

uint64_t turn_until_deaths(uint64_t deaths) {
    const uint64_t begun_ms = uv_hrtime() / 1000000;
    uint64_t took_ms = 0;
    while (watch_now().deaths < deaths || owners_now().ended > 0) {
        rig_turn();
        took_ms = uv_hrtime() / 1000000 - begun_ms;
        cr_assert(took_ms < DEADLINE_MS, "%u owners live", owners_now().live);
    }
    return took_ms;
}
