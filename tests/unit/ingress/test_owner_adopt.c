/* SPDX-License-Identifier: MIT */
/* Owners of the former process: while datagrams are read, it is found out which of them are
 * alive. */
#include <fcntl.h>
#include <unistd.h>

#include "assertions.h"
#include "host/procinfo.h"
#include "owner_rig.h"
#include "place.h"

TestSuite(owner_adopt, .init = rig_start, .fini = owner_rig_end, .timeout = 300);

static owner_id restored(int32_t pid, uint64_t start_ticks) {
    owners_before(OWNERS_MAX);
    const owner_id id = owners_begin(owners, pid);
    owners_describe(owners, id, start_ticks);
    return id;
}

static uint64_t ticks_of(int32_t pid) {
    struct procinfo info;
    const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_assert(eq(int, procinfo_read(proc, pid, &info), PROCINFO_FOUND));
    close(proc);
    return info.start_ticks;
}

static void turn_until_adopted(void) {
    while (watch_now().unseen > 0)
        rig_turn();
}

Test(owner_adopt, keeps_one_that_lives_and_sees_its_end) {
    const pid_t child = sleeping_child();
    const owner_id id = restored(child, ticks_of(child));
    start();
    cr_expect(eq(u32, watch_now().unseen, 1));
    cr_expect(eq(u32, own(child), id), "before it was looked at");
    turn_until_adopted();
    cr_expect(eq(sz, adoptions, 1));
    cr_expect(eq(u32, adopted.kept, 1));
    cr_expect(eq(u32, adopted.ended + adopted.unproven + adopted.undescribed, 0));
    cr_expect(eq(u32, watch_now().descriptors, 1));
    cr_expect(eq(u32, watch_now().swept, 0));
    cr_expect(eq(u32, own(child), id));
    end_child(child);
    (void)turn_until_deaths(1);
    cr_expect(owners_live(owners, id) == NULL);
}

Test(owner_adopt, ends_one_whose_number_is_another_process) {
    const pid_t child = sleeping_child();
    const owner_id id = restored(child, ticks_of(child) - 1);
    start();
    turn_until_adopted();
    cr_expect(eq(u32, adopted.ended, 1));
    cr_expect(eq(u32, watch_now().descriptors, 0));
    (void)turn_until_deaths(1);
    const owner_id next = own(child);
    cr_expect(ne(u32, next, id));
    cr_expect(owners_live(owners, next) != NULL);
    end_child(child);
}

/* One process has no former start time; the other has no present one, since its folder is
 * hidden. */
Test(owner_adopt, believes_in_processes_that_cannot_be_compared) {
    const pid_t children[] = {sleeping_child(), sleeping_child()};
    const owner_id ids[] = {restored(children[0], 0), restored(children[1], 5)};
    make_stat(children[0], "x", 7);
    start_with(place_folder, OWNERS_MAX, OWNERS_MAX);
    turn_until_adopted();
    cr_expect(eq(u32, adopted.kept, 2));
    cr_expect(eq(u32, adopted.unproven, 2));
    cr_expect(eq(u32, watch_now().descriptors, 2));
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(u32, own(children[i]), ids[i]));
        end_child(children[i]);
    }
    (void)turn_until_deaths(2);
}

Test(owner_adopt, looks_up_those_without_a_descriptor) {
    pid_t children[3];
    owner_id ids[3];
    for (int i = 0; i < 3; i++) {
        children[i] = sleeping_child();
        ids[i] = restored(children[i], ticks_of(children[i]));
    }
    start_with("/proc", 1, OWNERS_MAX);
    turn_until_adopted();
    cr_expect(eq(u32, adopted.kept, 3));
    cr_expect(eq(u32, adopted.undescribed, 2));
    cr_expect(eq(u32, watch_now().descriptors, 1));
    cr_expect(eq(u32, watch_now().swept, 2));
    end_child(children[2]);
    owner_watch_sweep(watch, OWNERS_MAX);
    (void)turn_until_deaths(1);
    cr_expect(owners_live(owners, ids[1]) != NULL);
    cr_expect(owners_live(owners, ids[2]) == NULL);
    end_child(children[0]);
    end_child(children[1]);
}

Test(owner_adopt, looks_at_a_full_table_in_slices) {
    enum { NOBODY = 1 << 22 /* above all process ids */ };
    size_t turns = 0;
    for (int i = 0; i < OWNERS_MAX; i++)
        cr_assert(ne(u32, restored(NOBODY + i, 1), OWNER_NONE));
    start();
    for (; watch_now().unseen > 0; turns++)
        rig_turn();
    cr_expect(gt(sz, turns, 10));
    cr_expect(eq(u32, adopted.ended, OWNERS_MAX));
    (void)turn_until_deaths(OWNERS_MAX);
    cr_expect(eq(u32, owners_now().live, 0));
}

Test(owner_adopt, releases_those_that_had_ended) {
    const owner_id id = restored(1 << 22, 1);
    owners_end(owners, id);
    start();
    while (owners_now().ended > 0)
        rig_turn();
    cr_expect(eq(sz, releases, 1));
    cr_expect(eq(sz, adoptions, 0));
}
