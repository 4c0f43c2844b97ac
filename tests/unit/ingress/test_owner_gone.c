/* SPDX-License-Identifier: MIT */
/* Processes that are gone before their first datagram is read. */
#include <pthread.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "owner_rig.h"
#include "place.h"

TestSuite(owner_gone, .init = rig_start, .fini = owner_rig_end, .timeout = 300);

Test(owner_gone, takes_a_process_that_is_gone_for_an_owner_that_ends) {
    start();
    const pid_t child = sleeping_child();
    end_child(child);
    const size_t before = open_descriptors();
    const struct sender *sender = row_for(child, 1000);
    const owner_id id = owner_watch_on_new(watch, sender);
    cr_expect(owners_live(owners, id) != NULL);
    cr_expect(eq(i64, sender->no_owner_until_ms, 0));
    cr_expect(not(sender->alive));
    cr_expect(eq(sz, open_descriptors(), before));
    cr_expect(eq(u64, watch_now().gone_before, 1));
    cr_expect(eq(u32, watch_now().ending, 1));
    cr_expect(eq(u32, watch_now().swept, 0));
    (void)turn_until_deaths(1);
    cr_expect(owners_live(owners, id) == NULL);
    cr_expect(eq(u32, watch_now().ending, 0));
    cr_expect(eq(u32, watch_now().swept, 0));
}

Test(owner_gone, takes_all_datagrams_of_a_gone_process_for_one_owners) {
    start();
    catch_ups_in_vain = 3;
    const pid_t child = sleeping_child();
    end_child_unreaped(child);
    const owner_id id = own(child);
    cr_expect(owners_live(owners, id) != NULL);
    rig_turn();
    cr_expect(eq(u32, own(child), id));
    reap(child);
    rig_turn();
    cr_expect(eq(u32, own(child), id));
    (void)turn_until_deaths(1);
    cr_expect(eq(sz, catch_ups, 4));
    cr_expect(eq(u64, watch_now().gone_before, 1));
}

Test(owner_gone, needs_no_descriptor_for_a_gone_process) {
    start_with("/proc", 1, OWNERS_MAX);
    const pid_t lives = sleeping_child();
    const pid_t gone = sleeping_child();
    end_child(gone);
    cr_expect(ne(u32, own(lives), OWNER_NONE));
    cr_expect(ne(u32, own(gone), OWNER_NONE));
    cr_expect(eq(u64, watch_now().no_descriptor, 0));
    end_child(lives);
    (void)turn_until_deaths(2);
}

Test(owner_gone, gives_a_gone_processes_number_to_whoever_lives_with_it) {
    start_with(place_folder, 0, OWNERS_MAX);
    catch_ups_in_vain = SIZE_MAX;
    const pid_t child = sleeping_child();
    end_child(child);
    const owner_id first = own(child);
    make_stat(child, "later", 200);
    const owner_id second = own(child);
    cr_expect(ne(u32, second, OWNER_NONE));
    cr_expect(ne(u32, second, first));
    cr_expect(owners_live(owners, first) == NULL);
    cr_expect(eq(u32, own(child), second));
}

static void *have_a_number(void *arg) {
    const pid_t number = gettid();
    const owner_id first = own(number);
    cr_expect(owners_live(owners, first) != NULL);
    cr_expect(eq(u32, own(number), first));
    (void)arg;
    return NULL;
}

/* A thread has the number by now, so the process that sent is gone. */
Test(owner_gone, takes_a_number_that_a_thread_has_for_a_gone_processes) {
    pthread_t thread;
    start();
    catch_ups_in_vain = SIZE_MAX;
    cr_assert(eq(int, pthread_create(&thread, NULL, have_a_number, NULL), 0));
    cr_assert(eq(int, pthread_join(thread, NULL), 0));
    cr_expect(eq(u64, watch_now().gone_before, 1));
    cr_expect(eq(u64, watch_now().deaths, 0));
}

Test(owner_gone, refuses_gone_processes_while_the_table_is_full_of_others) {
    start_with(place_folder, OWNERS_MAX, 8);
    catch_ups_in_vain = 5;
    for (int32_t i = 0; i < 8; i++)
        cr_assert(ne(u32, own(INT32_MAX - i), OWNER_NONE));
    cr_expect(eq(u32, own(INT32_MAX - 8), OWNER_NONE));
    cr_expect(eq(u64, owners_now().refused, 1));
    (void)turn_until_deaths(8);
    cr_expect(ne(u32, own(INT32_MAX - 8), OWNER_NONE));
}
