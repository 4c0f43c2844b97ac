/* SPDX-License-Identifier: MIT */
/* Ends of owners' processes. */
#include <signal.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "listening.h"
#include "owner_rig.h"
#include "recorder.h"

TestSuite(owner_ends, .init = rig_start, .fini = owner_rig_end, .timeout = 300);

enum { MANY = 150 };

Test(owner_ends, notices_an_end_within_a_moment) {
    start();
    const pid_t child = sleeping_child();
    const owner_id id = own(child);
    rig_turn();
    cr_expect(owners_live(owners, id) != NULL);
    kill(child, SIGKILL);
    cr_expect(lt(u64, turn_until_deaths(1), 500));
    cr_expect(owners_live(owners, id) == NULL);
    cr_expect(not(ledger_sender_at(rig_ledger, 0)->alive));
    cr_expect(eq(u32, watch_now().descriptors, 0));
    cr_expect(eq(u32, watch_now().ending, 0));
    cr_expect(eq(sz, releases, 1));
    reap(child);
}

Test(owner_ends, ends_one_of_two) {
    start();
    const pid_t stays = sleeping_child();
    const pid_t goes = sleeping_child();
    const owner_id stays_id = own(stays);
    const owner_id goes_id = own(goes);
    end_child(goes);
    (void)turn_until_deaths(1);
    cr_expect(owners_live(owners, stays_id) != NULL);
    cr_expect(owners_live(owners, goes_id) == NULL);
    cr_expect(ledger_sender_at(rig_ledger, 0)->alive);
    cr_expect(not(ledger_sender_at(rig_ledger, 1)->alive));
    end_child(stays);
}

Test(owner_ends, leaves_nothing_open_after_many_deaths) {
    start();
    const size_t before = open_descriptors();
    for (uint64_t deaths = 1; deaths <= 200; deaths++) {
        const pid_t child = sleeping_child();
        cr_assert(ne(u32, own(child), OWNER_NONE));
        end_child(child);
        (void)turn_until_deaths(deaths);
    }
    cr_expect(eq(sz, open_descriptors(), before));
    cr_expect(eq(u32, owners_now().live, 0));
    cr_expect(eq(u64, owners_now().released, 200));
}

Test(owner_ends, ends_many_a_few_in_a_turn) {
    pid_t children[MANY];
    start();
    for (size_t i = 0; i < MANY; i++) {
        children[i] = sleeping_child();
        cr_assert(ne(u32, own(children[i]), OWNER_NONE));
    }
    for (size_t i = 0; i < MANY; i++)
        end_child(children[i]);
    (void)turn_until_deaths(MANY);
    cr_expect(eq(u32, most_at_once, OWNER_WATCH_ENDS_PER_TURN));
    cr_expect(eq(sz, releases, 3));
    cr_expect(eq(u32, owners_now().live, 0));
    cr_expect(eq(u32, watch_now().descriptors, 0));
}

Test(owner_ends, catches_up_before_an_end) {
    start();
    catch_ups_in_vain = 3;
    const pid_t child = sleeping_child();
    (void)own(child);
    end_child(child);
    (void)turn_until_deaths(1);
    cr_expect(eq(sz, catch_ups, 4));
    cr_expect(eq(u32, live_at_catch_up, 1));
}

/* The watch on the loop of an ingress whose sink takes one datagram a call. */
enum { LAST_WORDS = 200 };

static size_t recorded_at_end;

static uint64_t mark_ingress(void *arg) {
    return ingress_mark(arg);
}

static uint64_t catch_up_ingress(void *arg) {
    (void)ingress_catch_up(arg);
    return ingress_passed(arg);
}

static void note_recorded(void *arg) {
    (void)arg;
    recorded_at_end = recorder.count;
}

static pid_t talking_child(const char *path) {
    const pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        alarm(300);
        const int fd = sender_open(path);
        for (int i = 0; i < LAST_WORDS; i++)
            sender_put(fd, "words");
        _exit(0);
    }
    return child;
}

Test(owner_ends, applies_what_the_process_had_sent_before_its_end) {
    recorder_init(&recorder);
    recorder_listen(&recorder, place_path("socket"), 0);
    const struct owner_watch_options options = {.max = OWNERS_MAX,
                                                .mark = mark_ingress,
                                                .catch_up = catch_up_ingress,
                                                .release = note_recorded,
                                                .arg = recorder.ingress};
    owners = owners_new(NULL, OWNERS_MAX);
    cr_assert(
        eq(int, owner_watch_new(&recorder.loop, rig_ledger, owners, "/proc", &options, &watch), 0));
    recorder.most_per_call = 1;
    const pid_t child = sleeping_child();
    (void)own(child);
    reap(talking_child(place_path("socket")));
    end_child(child);
    while (watch_now().deaths == 0)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(eq(sz, recorded_at_end, LAST_WORDS));
    owner_watch_close(watch);
    watch = NULL;
    recorder_done(&recorder);
}
