/* SPDX-License-Identifier: MIT */
/* Owners and their processes: which processes become owners, and with which descriptors. */
#include <sys/resource.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "owner_rig.h"
#include "place.h"

TestSuite(owner_watch, .init = rig_start, .fini = owner_rig_end, .timeout = 300);

Test(owner_watch, opens_one_descriptor_for_a_process) {
    start();
    const pid_t child = sleeping_child();
    const size_t before = open_descriptors();
    const owner_id id = own(child);
    cr_expect(ne(u32, id, OWNER_NONE));
    cr_expect(eq(u32, own(child), id));
    cr_expect(eq(sz, open_descriptors(), before + 1));
    cr_expect(eq(u32, watch_now().descriptors, 1));
    cr_expect(eq(i32, owners_at(owners, id)->pid, child));
    end_child(child);
}

Test(owner_watch, refuses_a_process_of_another_namespace) {
    start();
    cr_expect(eq(u32, owner_watch_on_new(watch, row_for(0, 1000)), OWNER_NONE));
    cr_expect(eq(u32, owner_watch_on_new(watch, row_for(-1, 1000)), OWNER_NONE));
    cr_expect(eq(u32, owners_now().live, 0));
}

Test(owner_watch, refuses_when_the_table_is_full_for_a_second) {
    start_with("/proc", OWNERS_MAX, 1);
    const pid_t first = sleeping_child();
    const pid_t second = sleeping_child();
    cr_expect(ne(u32, own(first), OWNER_NONE));
    const size_t before = open_descriptors();
    const struct sender *sender = row_for(second, 1000);
    cr_expect(eq(u32, owner_watch_on_new(watch, sender), OWNER_NONE));
    cr_expect(eq(i64, sender->no_owner_until_ms - sender->last_seen_ms, OWNER_WATCH_RETRY_MS));
    cr_expect(eq(u64, owners_now().refused, 1));
    cr_expect(eq(sz, open_descriptors(), before));
    end_child(first);
    (void)turn_until_deaths(1);
    cr_expect(ne(u32, own(second), OWNER_NONE));
    end_child(second);
}

Test(owner_watch, refuses_beyond_its_budget_of_descriptors) {
    start_with("/proc", 1, OWNERS_MAX);
    const pid_t first = sleeping_child();
    const pid_t second = sleeping_child();
    cr_expect(ne(u32, own(first), OWNER_NONE));
    cr_expect(eq(u32, own(second), OWNER_NONE));
    cr_expect(eq(u64, watch_now().no_descriptor, 1));
    cr_expect(eq(u32, owners_now().live, 1));
    end_child(first);
    (void)turn_until_deaths(1);
    cr_expect(ne(u32, own(second), OWNER_NONE));
    end_child(second);
}

static int own_without_descriptors(void *arg) {
    const struct rlimit none = {0, 0};
    (void)arg;
    if (setrlimit(RLIMIT_NOFILE, &none) != 0)
        return 1;
    if (own(getppid()) != OWNER_NONE)
        return 2;
    return watch_now().no_descriptor == 1 && owners_now().live == 0 ? 0 : 3;
}

Test(owner_watch, refuses_when_the_system_has_no_descriptor) {
    start();
    cr_expect(eq(int, in_child(own_without_descriptors, NULL), 0));
}

Test(owner_watch, takes_a_row_of_an_earlier_process_for_gone) {
    start_with(place_folder, OWNERS_MAX, OWNERS_MAX);
    make_stat(getpid(), "made up", 200);
    const struct sender *sender = row_for(getpid(), 1000);
    ledger_sender_describe(sender, "earlier", 100);
    const owner_id id = owner_watch_on_new(watch, sender);
    cr_expect(owners_live(owners, id) != NULL);
    cr_expect(not(sender->alive));
    ledger_sender_restart(rig_ledger, sender, now_ms());
    ledger_sender_describe(sender, "later", 200);
    cr_expect(eq(u32, owner_watch_on_new(watch, sender), id));
}

/* ---- budget, life ---- */

static int budget_with(void *arg) {
    const rlim_t *soft = arg;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    limit.rlim_cur = soft[0];
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 77;
    return owner_watch_budget() == soft[1] ? 0 : 2;
}

Test(owner_watch, leaves_descriptors_for_everything_else) {
    rlim_t cases[][2] = {{200, 100}, {1024, 512}, {2000, 1488}, {OWNERS_MAX + 2000, OWNERS_MAX}};
    start();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int status = in_child(budget_with, cases[i]);
        cr_expect(status == 0 || status == 77, "soft limit %d: %d", (int)cases[i][0], status);
    }
}

Test(owner_watch, closes_everything) {
    const size_t before = open_descriptors();
    start();
    const pid_t child = sleeping_child();
    (void)own(child);
    close_watch();
    cr_expect(eq(sz, open_descriptors(), before));
    end_child(child);
}

Test(owner_watch, needs_a_proc) {
    const struct owner_watch_options options = {.max = 1};
    struct owner_watch *none = NULL;
    start();
    const size_t before = open_descriptors();
    cr_expect(lt(
        int, owner_watch_new(&rig_loop, rig_ledger, owners, "/nonexistent", &options, &none), 0));
    cr_expect(none == NULL);
    cr_expect(eq(sz, open_descriptors(), before));
}
