/* SPDX-License-Identifier: MIT */
/* Senders' rows and the processes behind them. A folder of made-up stat files replaces /proc where
 * a process must look like another. */
#include "ingress/ingress.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "assertions.h"
#include "place.h"
#include "rig.h"

static struct sender_watch *watch;

static void start(const char *proc_path) {
    cr_assert(eq(int, ingress_sender_watch_new(&rig_loop, rig_ledger, proc_path, &watch), 0));
}

static void teardown(void) {
    ingress_sender_watch_close(watch);
    rig_end();
}

TestSuite(watch, .init = rig_start, .fini = teardown, .timeout = 300);

/* A datagram of this process, as the gate handles it. */
static const struct sender *send_from(int32_t pid, int64_t at_ms) {
    bool is_new = false;
    const struct sender *sender = ledger_sender(rig_ledger, pid, 1000, 1000, at_ms, &is_new);
    if (is_new)
        ingress_sender_watch_on_new(watch, sender);
    return sender;
}

static const struct sender *row(size_t index) {
    const struct sender *sender = ledger_sender_at(rig_ledger, index);
    cr_assert(sender != NULL);
    return sender;
}

/* A made-up /proc/PID/stat of a process that started `age_ms` ago. */
static void make_aged(pid_t pid, const char *comm, int64_t age_ms) {
    struct timespec boot;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    const int64_t start_ms = (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000 - age_ms;
    make_stat(pid, comm, (long long)start_ms * sysconf(_SC_CLK_TCK) / 1000);
}

static void remove_stat(pid_t pid) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%d/stat", place_folder, (int)pid);
    (void)unlink(path);
}

static uint64_t departed_rows(void) {
    uint64_t rows;
    (void)ledger_departed(rig_ledger, &rows);
    return rows;
}

Test(watch, describes_a_new_sender_that_is_a_zombie) {
    start("/proc");
    const pid_t child = sleeping_child();
    end_child_unreaped(child);
    const struct sender *sender = send_from(child, now_ms());
    cr_expect(sender->described);
    cr_expect(not(sender->alive));
    reap(child);
}

Test(watch, looks_at_one_row_when_asked) {
    start("/proc");
    const pid_t lives = sleeping_child();
    const pid_t gone = sleeping_child();
    (void)send_from(lives, now_ms());
    (void)send_from(gone, now_ms());
    end_child(gone);
    ingress_sender_watch_look(watch, 0);
    cr_expect(row(0)->alive);
    cr_expect(row(1)->alive);
    ingress_sender_watch_look(watch, 1);
    cr_expect(not(row(1)->alive));
    ingress_sender_watch_look(watch, 2); /* no such row */
    end_child(lives);
}

Test(watch, never_looks_up_process_0) {
    start("/proc");
    make_aged(0, "kernel", 1000);
    const struct sender *sender = send_from(0, now_ms());
    cr_expect(not(sender->described));
    ingress_sender_watch_sweep(watch, 1);
    cr_expect(row(0)->alive);
    cr_expect(not(row(0)->described));
}

Test(watch, finds_ended_processes) {
    start("/proc");
    const pid_t lives = sleeping_child();
    const pid_t zombie = sleeping_child();
    const pid_t gone = sleeping_child();
    const pid_t all[] = {lives, zombie, gone};
    for (size_t i = 0; i < 3; i++)
        (void)send_from(all[i], now_ms());
    end_child_unreaped(zombie);
    end_child(gone);
    ingress_sender_watch_sweep(watch, 3);
    cr_expect(row(0)->alive);
    cr_expect(not(row(1)->alive));
    cr_expect(row(1)->described);
    cr_expect(not(row(2)->alive));
    end_child(lives);
    reap(zombie);
}

Test(watch, keeps_a_hidden_process_alive) {
    start(place_folder);
    const struct sender *sender = send_from(getpid(), now_ms());
    cr_expect(sender->described);
    cr_expect(eq(str, (char *)sender->comm, ""));
    ingress_sender_watch_sweep(watch, 1);
    cr_expect(row(0)->alive);
}

Test(watch, follows_a_process_that_changes_its_name) {
    char name[16] = "";
    start("/proc");
    cr_assert(eq(int, prctl(PR_GET_NAME, name), 0));
    (void)send_from(getpid(), now_ms());
    cr_expect(eq(str, (char *)row(0)->comm, name));
    cr_assert(eq(int, prctl(PR_SET_NAME, "after"), 0));
    ingress_sender_watch_sweep(watch, 1);
    cr_expect(eq(str, (char *)row(0)->comm, "after"));
    cr_expect(eq(u64, departed_rows(), 0));
}

Test(watch, starts_a_row_again_when_another_sender_has_its_number) {
    start(place_folder);
    make_aged(getpid(), "first", 60000);
    (void)send_from(getpid(), now_ms() - 50000);
    (void)send_from(getpid(), now_ms() - 40000);
    make_aged(getpid(), "second", 10000);
    (void)send_from(getpid(),
                    now_ms()); /* the row is not known to be gone: counted as the first's */
    ingress_sender_watch_sweep(watch, 1);
    cr_expect(eq(u64, departed_rows(), 1));
    cr_expect(eq(str, (char *)row(0)->comm, "second"));
    cr_expect(row(0)->alive);
}

/* The same process: number and start time are the same. */
static void rename_to(pid_t pid, const char *comm) {
    const uint64_t started = row(0)->start_ticks;
    make_stat(pid, comm, (long long)started);
    ingress_sender_watch_look(watch, 0);
}

Test(watch, starts_a_row_again_when_its_process_executes_another_program) {
    make_aged(77, "before", 5000);
    start(place_folder);
    (void)send_from(77, now_ms());
    (void)send_from(77, now_ms());
    rename_to(77, "after");
    cr_expect(eq(str, (char *)row(0)->comm, "after"));
    cr_expect(eq(u64, departed_rows(), 1));
    rename_to(77, "after");
    cr_expect(eq(u64, departed_rows(), 1));
}

Test(watch, marks_a_row_gone_when_its_number_went_to_another_that_is_silent) {
    start(place_folder);
    make_aged(getpid(), "first", 60000);
    (void)send_from(getpid(), now_ms() - 50000);
    make_aged(getpid(), "second", 10000);
    ingress_sender_watch_sweep(watch, 1);
    cr_expect(eq(u64, departed_rows(), 0));
    cr_expect(eq(str, (char *)row(0)->comm, "first"));
    cr_expect(not(row(0)->alive));

    (void)send_from(getpid(), now_ms());
    cr_expect(eq(u64, departed_rows(), 1));
    cr_expect(eq(str, (char *)row(0)->comm, "second"));
    cr_expect(row(0)->alive);
    cr_expect(eq(u64, row(0)->datagrams, 1));
}

/* ---- a few at a time ---- */

enum { MANY = 100 };

static size_t described(void) {
    size_t count = 0;
    for (size_t i = 0; i < ledger_sender_count(rig_ledger); i++)
        count += row(i)->described;
    return count;
}

/* Processes of which only the files exist: the highest numbers, which nobody has. */
static int32_t made_up(size_t index) {
    return INT32_MAX - (int32_t)index;
}

static void send_from_many(void) {
    for (size_t i = 0; i < MANY; i++) {
        make_aged(made_up(i), "many", 5000);
        (void)send_from(made_up(i), now_ms());
    }
}

static void remove_many(void) {
    for (size_t i = 0; i < MANY; i++)
        remove_stat(made_up(i));
}

Test(watch, describes_the_others_by_its_timer) {
    start(place_folder);
    send_from_many();
    uv_update_time(&rig_loop);
    const uint64_t begun_ms = uv_now(&rig_loop);
    while (described() < MANY)
        rig_turn();
    /* Well before the sweep, which would find them, too. */
    cr_expect(lt(u64, uv_now(&rig_loop) - begun_ms, SENDER_WATCH_SWEEP_MS - 250));
    remove_many();
}

Test(watch, sweeps_by_its_timer) {
    start(place_folder);
    send_from_many();
    while (ingress_sender_watch_catch_up(watch))
        continue;
    remove_many();
    size_t left = MANY;
    while (left > 0) {
        rig_turn();
        left = 0;
        for (size_t i = 0; i < MANY; i++)
            left += row(i)->alive;
    }
}

Test(watch, needs_a_proc) {
    struct sender_watch *none = NULL;
    start("/proc");
    cr_expect(lt(int, ingress_sender_watch_new(&rig_loop, rig_ledger, "/nonexistent", &none), 0));
    cr_expect(none == NULL);
}
