/* Owners and the processes behind them: real processes, except where a number passes from one to
 * another: there a folder of made-up stat files replaces /proc. */
#include "ingress/owner_watch.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "assertions.h"
#include "ingress/sender_watch.h"
#include "listening.h"
#include "recorder.h"
#include "rig.h"

enum { DEADLINE_MS = 20000, MANY = 150 };

static struct owners *owners;
static struct owner_watch *watch;

/* What the hooks saw. */
static uint64_t marks;
static size_t catch_ups;
static size_t catch_ups_in_vain; /* so many find more than they can apply */
static uint32_t live_at_catch_up;
static size_t releases;
static uint32_t most_at_once; /* ended owners that one call of the hook found */

static struct owners_figures owners_now(void) {
    struct owners_figures figures;
    owners_figures(owners, &figures);
    return figures;
}

static struct owner_watch_figures watch_now(void) {
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

static void start_with(const char *proc_path, uint32_t max, uint32_t most_owners) {
    const struct owner_watch_options options = {
        .max = max, .mark = mark, .catch_up = catch_up, .release = release, .arg = &rig_set};
    owners = owners_new(memory_heap(), most_owners);
    cr_assert(owners != NULL);
    cr_assert(
        eq(int, owner_watch_new(&rig_loop, rig_ledger, owners, proc_path, &options, &watch), 0));
}

static void start(void) {
    start_with("/proc", OWNERS_MAX, OWNERS_MAX);
}

static void close_watch(void) {
    owner_watch_close(watch, NULL, NULL);
    watch = NULL;
    cr_assert(eq(int, uv_run(&rig_loop, UV_RUN_DEFAULT), 0));
}

static void teardown(void) {
    close_watch();
    rig_end();
    owners_free(owners);
}

TestSuite(owner_watch, .init = rig_start, .fini = teardown, .timeout = 60);

static const struct sender *row_for(int32_t pid, uint32_t uid) {
    bool is_new;
    return ledger_sender(rig_ledger, pid, uid, 1000, now_ms(), &is_new);
}

/* A sample for something owned, from this process. */
static owner_id own(int32_t pid) {
    return owner_watch_meet(watch, row_for(pid, 1000));
}

/* Turn until so many owners were ended by the watch and released. Returns how long it took. */
static uint64_t turn_until_deaths(uint64_t deaths) {
    const uint64_t begun_ms = uv_hrtime() / 1000000;
    uint64_t took_ms = 0;
    while (watch_now().deaths < deaths || owners_now().ended > 0) {
        rig_turn();
        took_ms = uv_hrtime() / 1000000 - begun_ms;
        cr_assert(took_ms < DEADLINE_MS, "%u owners live", owners_now().live);
    }
    return took_ms;
}

/* ---- becoming an owner ---- */

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
    cr_expect(eq(u32, owner_watch_meet(watch, row_for(0, 1000)), OWNER_NONE));
    cr_expect(eq(u32, owner_watch_meet(watch, row_for(-1, 1000)), OWNER_NONE));
    cr_expect(eq(u32, owners_now().live, 0));
}

Test(owner_watch, refuses_when_the_table_is_full_for_a_second) {
    start_with("/proc", OWNERS_MAX, 1);
    const pid_t first = sleeping_child();
    const pid_t second = sleeping_child();
    cr_expect(ne(u32, own(first), OWNER_NONE));
    const size_t before = open_descriptors();
    const struct sender *sender = row_for(second, 1000);
    cr_expect(eq(u32, owner_watch_meet(watch, sender), OWNER_NONE));
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
    const owner_id id = owner_watch_meet(watch, sender);
    cr_expect(owners_live(owners, id) != NULL);
    cr_expect(not(sender->alive));
    ledger_sender_restart(rig_ledger, sender, now_ms());
    ledger_sender_describe(sender, "later", 200);
    cr_expect(eq(u32, owner_watch_meet(watch, sender), id));
}

/* ---- ends ---- */

Test(owner_watch, notices_an_end_within_a_moment) {
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

Test(owner_watch, ends_one_of_two) {
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

Test(owner_watch, leaves_nothing_open_after_many_deaths) {
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

Test(owner_watch, ends_many_a_few_in_a_turn) {
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

Test(owner_watch, catches_up_before_an_end) {
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
        alarm(60);
        const int fd = sender_open(path);
        for (int i = 0; i < LAST_WORDS; i++)
            sender_put(fd, "words");
        _exit(0);
    }
    return child;
}

Test(owner_watch, applies_what_the_process_had_sent_before_its_end) {
    recorder_init(&recorder);
    recorder_listen(&recorder, place_path("socket"), 0);
    const struct owner_watch_options options = {.max = OWNERS_MAX,
                                                .mark = mark_ingress,
                                                .catch_up = catch_up_ingress,
                                                .release = note_recorded,
                                                .arg = recorder.ingress};
    owners = owners_new(memory_heap(), OWNERS_MAX);
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
    owner_watch_close(watch, NULL, NULL);
    watch = NULL;
    recorder_done(&recorder);
}

/* ---- gone before the first datagram is read ---- */

Test(owner_watch, takes_a_process_that_is_gone_for_an_owner_that_ends) {
    start();
    const pid_t child = sleeping_child();
    end_child(child);
    const size_t before = open_descriptors();
    const struct sender *sender = row_for(child, 1000);
    const owner_id id = owner_watch_meet(watch, sender);
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

Test(owner_watch, takes_all_datagrams_of_a_gone_process_for_one_owners) {
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

Test(owner_watch, needs_no_descriptor_for_a_gone_process) {
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

Test(owner_watch, gives_a_gone_processes_number_to_whoever_lives_with_it) {
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
Test(owner_watch, takes_a_number_that_a_thread_has_for_a_gone_processes) {
    pthread_t thread;
    start();
    catch_ups_in_vain = SIZE_MAX;
    cr_assert(eq(int, pthread_create(&thread, NULL, have_a_number, NULL), 0));
    cr_assert(eq(int, pthread_join(thread, NULL), 0));
    cr_expect(eq(u64, watch_now().gone_before, 1));
    cr_expect(eq(u64, watch_now().deaths, 0));
}

Test(owner_watch, ends_thousands_of_gone_processes_in_a_row) {
    start_with(place_folder, OWNERS_MAX, 8);
    for (int32_t i = 0; i < 10000; i++) {
        cr_assert(ne(u32, own(INT32_MAX - i), OWNER_NONE));
        (void)turn_until_deaths((uint64_t)i + 1);
    }
    cr_expect(eq(u64, owners_now().refused, 0));
    cr_expect(eq(u32, owners_now().live, 0));
    cr_expect(eq(u64, watch_now().gone_before, 10000));
}

Test(owner_watch, refuses_gone_processes_while_the_table_is_full_of_others) {
    start_with(place_folder, OWNERS_MAX, 8);
    catch_ups_in_vain = 5;
    for (int32_t i = 0; i < 8; i++)
        cr_assert(ne(u32, own(INT32_MAX - i), OWNER_NONE));
    cr_expect(eq(u32, own(INT32_MAX - 8), OWNER_NONE));
    cr_expect(eq(u64, owners_now().refused, 1));
    (void)turn_until_deaths(8);
    cr_expect(ne(u32, own(INT32_MAX - 8), OWNER_NONE));
}

/* ---- rows, numbers and others who end owners ---- */

Test(owner_watch, finds_the_owner_of_a_row_made_again) {
    start();
    const pid_t child = sleeping_child();
    const owner_id id = own(child);
    /* The process is met again in another row. */
    cr_expect(eq(u32, owner_watch_meet(watch, row_for(child, 1001)), id));
    cr_expect(eq(u32, watch_now().descriptors, 1));
    end_child(child);
    (void)turn_until_deaths(1);
    cr_expect(ledger_sender_at(rig_ledger, 0)->alive); /* for the sweep to find */
    cr_expect(not(ledger_sender_at(rig_ledger, 1)->alive));
}

Test(owner_watch, spares_a_row_that_is_another_processes_by_now) {
    start();
    const pid_t child = sleeping_child();
    const struct sender *sender = row_for(child, 1000);
    cr_expect(ne(u32, owner_watch_meet(watch, sender), OWNER_NONE));
    ledger_sender_describe(sender, "other", 1);
    end_child(child);
    (void)turn_until_deaths(1);
    cr_expect(ledger_sender_at(rig_ledger, 0)->alive);
}

Test(owner_watch, takes_last_words_for_the_ended_ones_own) {
    start();
    catch_ups_in_vain = SIZE_MAX;
    const pid_t child = sleeping_child();
    const owner_id id = own(child);
    end_child_unreaped(child);
    rig_turn();
    cr_expect(eq(u32, own(child), id));
    reap(child);
    cr_expect(eq(u32, own(child), id));
    cr_expect(eq(u64, watch_now().deaths, 0));
}

Test(owner_watch, ends_the_owner_whose_number_is_another_processes) {
    start_with(place_folder, 0, OWNERS_MAX);
    make_stat(getpid(), "made up", 100);
    const owner_id first = own(getpid());
    cr_assert(ne(u32, first, OWNER_NONE));
    make_stat(getpid(), "made up", 200);
    const owner_id second = own(getpid());
    cr_expect(ne(u32, second, OWNER_NONE));
    cr_expect(ne(u32, second, first));
    cr_expect(owners_live(owners, first) == NULL);
    cr_expect(eq(u32, owners_now().live, 1));
    cr_expect(eq(sz, releases, 0)); /* not in the middle of a datagram */
    rig_turn();
    cr_expect(eq(sz, releases, 1));
    rig_turn();
    cr_expect(eq(sz, releases, 1));
}

Test(owner_watch, lets_go_of_an_owner_that_somebody_else_ended) {
    start_with("/proc", OWNERS_MAX, 1);
    const pid_t first = sleeping_child();
    const pid_t second = sleeping_child();
    const size_t before = open_descriptors();
    const owner_id first_id = own(first);
    owners_end(owners, first_id);
    owners_release(owners, first_id);
    const owner_id second_id = own(second); /* in the same place */
    cr_expect(ne(u32, second_id, OWNER_NONE));
    cr_expect(eq(sz, open_descriptors(), before + 1));
    cr_expect(eq(u32, watch_now().descriptors, 1));
    end_child(first);
    for (int i = 0; i < 5; i++)
        rig_turn();
    cr_expect(owners_live(owners, second_id) != NULL);
    end_child(second);
    (void)turn_until_deaths(1);
}

/* A process that sends after its end does not look alive again. */
Test(owner_watch, agrees_with_the_watch_of_senders) {
    struct sender_watch *senders = NULL;
    start();
    cr_assert(eq(int, sender_watch_new(&rig_loop, rig_ledger, "/proc", &senders), 0));
    const pid_t child = sleeping_child();
    sender_watch_meet(senders, row_for(child, 1000));
    (void)own(child);
    end_child_unreaped(child);
    (void)turn_until_deaths(1);
    sender_watch_meet(senders, row_for(child, 1000));
    cr_expect(not(ledger_sender_at(rig_ledger, 0)->alive));
    reap(child);
    sender_watch_meet(senders, row_for(child, 1000));
    cr_expect(not(ledger_sender_at(rig_ledger, 0)->alive));
    sender_watch_close(senders, NULL, NULL);
}

/* ---- without pidfds ---- */

Test(owner_watch, sweeps_owners_without_a_pidfd) {
    start_with("/proc", 0, OWNERS_MAX);
    const pid_t lives = sleeping_child();
    const pid_t zombie = sleeping_child();
    const pid_t gone = sleeping_child();
    const size_t before = open_descriptors();
    const owner_id lives_id = own(lives);
    cr_expect(ne(u32, own(zombie), OWNER_NONE));
    cr_expect(ne(u32, own(gone), OWNER_NONE));
    cr_expect(eq(sz, open_descriptors(), before));
    cr_expect(eq(u32, watch_now().swept, 3));
    end_child_unreaped(zombie);
    end_child(gone);
    owner_watch_sweep(watch, 3);
    cr_expect(eq(u32, watch_now().ending, 2));
    (void)turn_until_deaths(2);
    cr_expect(owners_live(owners, lives_id) != NULL);
    cr_expect(eq(u32, watch_now().swept, 1));
    cr_expect(lt(sz, 0, catch_ups));
    end_child(lives);
    reap(zombie);
}

Test(owner_watch, sweeps_by_its_timer) {
    pid_t children[MANY];
    start_with("/proc", 0, OWNERS_MAX);
    for (size_t i = 0; i < MANY; i++) {
        children[i] = sleeping_child();
        cr_assert(ne(u32, own(children[i]), OWNER_NONE));
    }
    for (size_t i = 0; i < MANY; i++)
        end_child(children[i]);
    cr_expect(lt(u64, turn_until_deaths(MANY), UINT64_C(3) * OWNER_WATCH_SWEEP_MS));
}

Test(owner_watch, sweeps_out_an_owner_whose_number_is_another_processes) {
    start_with(place_folder, 0, OWNERS_MAX);
    make_stat(getpid(), "made up", 100);
    cr_assert(ne(u32, own(getpid()), OWNER_NONE));
    owner_watch_sweep(watch, 1);
    cr_expect(eq(u32, watch_now().ending, 0));
    make_stat(getpid(), "made up", 200);
    owner_watch_sweep(watch, OWNERS_MAX);
    cr_expect(eq(u32, watch_now().ending, 1));
}

/* As under a policy that knows no pidfd_open. */
static bool forbid_pidfds(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof rules / sizeof *rules, .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int own_without_pidfds(void *arg) {
    (void)arg;
    if (!forbid_pidfds())
        return 77;
    const owner_id id = own(getppid());
    if (id == OWNER_NONE || watch_now().swept != 1 || watch_now().descriptors != 0)
        return 1;
    return owners_live(owners, id) ? 0 : 2;
}

Test(owner_watch, does_without_pidfds_where_they_are_forbidden) {
    start();
    const int status = in_child(own_without_pidfds, NULL);
    if (status == 77)
        cr_skip("no seccomp filters here");
    cr_expect(eq(int, status, 0));
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

Test(owner_watch, does_not_keep_the_loop_alive) {
    start();
    const pid_t child = sleeping_child();
    (void)own(child);
    cr_expect(eq(int, uv_run(&rig_loop, UV_RUN_DEFAULT), 0));
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
