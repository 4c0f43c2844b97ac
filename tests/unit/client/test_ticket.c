/* SPDX-License-Identifier: MIT */
/* Tickets of half-open: as many attempts at once as the catalog allows, over all processes. */
#include "assertions.h"
#include "child.h"
#include "daemon_page.h"
#include "files.h"
#include "sg_breaker_page.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>

_Static_assert(STATGATE_PAGE_TICKETS_ == offsetof(struct sg_breaker_page_head, tickets), "inode");
_Static_assert(STATGATE_NUMBER_BITS_ == SG_BREAKER_PAGE_NUMBER_BITS, "number");
_Static_assert(STATGATE_UNATTENDED_ == SG_BREAKER_PAGE_UNATTENDED, "flag");

enum { ASKERS = 20, PUBLISH = 1 /* index of job:publish */ };

static struct statgate handles[ASKERS];
static struct statgate_breaker askers[ASKERS];
static int receiver = -1;
static char fifo[128];

static void open_asker(size_t i) {
    cr_assert(statgate_open(&handles[i], fixture_path("s.sock")));
    cr_assert(statgate_breaker_open(&askers[i], &handles[i], "background_job", "job:publish"));
}

static void show(enum breaker_state state, uint32_t epoch) {
    breakers_set(&breakers, PUBLISH, state, epoch);
    breaker_page_show(writer, PUBLISH);
    fake.beat_now_ms += 2; /* who was refused asks again */
}

static void beat(void) {
    usleep(2000);
    breaker_page_beat(writer);
    daemon_page_clock(0);
}

static void setup(void) {
    static char labels[] = "job=cas-promotion|publish";
    daemon_page_init("imgsrv", "background_job", labels);
    receiver = receiver_bind(fixture_path("s.sock"));
    daemon_page_open_shared(fixture_path("s.sock"));
    daemon_page_clock(0);
    (void)snprintf(fifo, sizeof fifo, "%s/s.probes", fixture_folder);
    for (size_t i = 0; i < ASKERS; i++)
        open_asker(i);
    show(BREAKER_HALF_OPEN, 5);
}

static void teardown(void) {
    for (size_t i = 0; i < ASKERS; i++) {
        statgate_breaker_drop(&askers[i]);
        statgate_close(&handles[i]);
    }
    close(receiver);
    daemon_page_done();
}

TestSuite(client_ticket, .init = setup, .fini = teardown);

static uint64_t sg_inode(void) {
    return ((const struct sg_breaker_page_head *)(const void *)handles[0].page)->tickets;
}

static size_t ask_all(void) {
    size_t allowed = 0;
    fake.beat_now_ms += 2;
    for (size_t i = 0; i < ASKERS; i++)
        allowed += statgate_breaker_allow(&askers[i]);
    return allowed;
}

Test(client_ticket, a_place_is_where_the_protocol_says) {
    uint64_t seed = 1;
    for (int i = 0; i < 1000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint32_t number = (uint32_t)(seed >> 44);
        const uint32_t epoch = (uint32_t)(seed >> 20) & SG_EPOCH_MAX;
        const uint32_t at = statgate_place_at_(number, epoch, (uint32_t)i % 16);
        cr_assert(eq(u32, at, sg_breaker_page_place(number, epoch, (uint32_t)i % 16)));
        cr_assert(lt(u32, at, 1u << 31));
    }
}

Test(client_ticket, at_most_as_many_as_the_catalog_says_are_let_through) {
    static const uint32_t probes[] = {1, 3, 16};
    for (size_t i = 0; i < 3; i++) {
        breakers_allow_probes(&breakers, PUBLISH, probes[i]);
        show(BREAKER_HALF_OPEN, 6 + (uint32_t)i);
        cr_expect(eq(sz, ask_all(), probes[i]));
        cr_expect(eq(sz, ask_all(), 0));
    }
}

Test(client_ticket, a_report_or_a_drop_gives_it_back) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_expect(not(statgate_breaker_allow(&askers[0])), "one attempt at a time");
    cr_expect(eq(sz, ask_all(), 0));
    statgate_breaker_drop(&askers[0]);
    fake.beat_now_ms += 2;
    cr_assert(statgate_breaker_allow(&askers[1]));
    cr_expect(eq(sz, ask_all(), 0));
    cr_expect(statgate_breaker_report(&askers[1], "worked", 0.25));
    cr_expect(
        eq(str, receiver_take_plain(receiver), "background_job:worked|a|#job:publish|p:5|d:0.25"));
    cr_expect(eq(sz, ask_all(), 1));
}

Test(client_ticket, a_report_says_in_which_epoch_it_was_allowed) {
    show(BREAKER_CLOSED, 9);
    cr_expect(statgate_breaker_allow(&askers[0]));
    show(BREAKER_OPEN, 9);
    cr_expect(statgate_breaker_report(&askers[0], "error", 30));
    cr_expect(
        eq(str, receiver_take_plain(receiver), "background_job:error|a|#job:publish|p:9|d:30"));
    cr_expect(statgate_breaker_report(&askers[0], "error", 0.5), "not asked");
    cr_expect(eq(str, receiver_take_plain(receiver), "background_job:error|a|#job:publish|d:0.5"));
    cr_expect(statgate_breaker_report(&askers[0], "error", -1));
    cr_expect(eq(str, receiver_take_plain(receiver), "background_job:error|a|#job:publish"));
    fake.beat_now_ms += 5000; /* no daemon beats */
    cr_expect(statgate_breaker_allow(&askers[0]));
    cr_expect(statgate_breaker_report(&askers[0], "error", (double)NAN));
    cr_expect(eq(str, receiver_take_plain(receiver), "background_job:error|a|#job:publish|p:0"));
    cr_expect(not(statgate_breaker_report(&askers[0], "a:b", -1)), "no word");
}

Test(client_ticket, the_next_epoch_does_not_wait_for_a_probe_that_hangs) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    show(BREAKER_HALF_OPEN, 6);
    cr_expect(eq(sz, ask_all(), 1));
    cr_expect(not(statgate_breaker_allow(&askers[1])), "held by the first, which asked again");
    cr_expect(statgate_breaker_report(&askers[0], "worked", -1));
    cr_expect(eq(str, receiver_take_plain(receiver), "background_job:worked|a|#job:publish|p:6"));
}

Test(client_ticket, another_breaker_has_places_of_its_own) {
    struct statgate_breaker other;
    breakers_set(&breakers, 0, BREAKER_HALF_OPEN, 5);
    breaker_page_show(writer, 0);
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_assert(statgate_breaker_open(&other, &handles[0], "background_job", "job:cas-promotion"));
    cr_expect(statgate_breaker_allow(&other));
    statgate_breaker_drop(&other);
}

Test(client_ticket, all_spellings_share_the_places) {
    struct statgate_breaker other;
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_assert(
        statgate_breaker_open(&other, &handles[0], "background_job", "service:imgsrv,job:publish"));
    cr_expect(not(statgate_breaker_allow(&other)));
}

static pid_t holder(bool hangs) {
    int ready[2];
    char byte;
    cr_assert(eq(int, pipe(ready), 0));
    const pid_t child = fork();
    if (child == 0) {
        const char yes = statgate_breaker_allow(&askers[0]) ? 'y' : 'n';
        (void)!write(ready[1], &yes, 1);
        if (hangs)
            pause();
        execl("/bin/sleep", "sleep", "100", (char *)NULL);
        _exit(1);
    }
    cr_assert(eq(sz, (size_t)read(ready[0], &byte, 1), 1));
    cr_assert(eq(int, byte, 'y'));
    close(ready[0]);
    close(ready[1]);
    return child;
}

Test(client_ticket, the_kernel_gives_back_that_of_a_killed_process) {
    const pid_t child = holder(true);
    cr_expect(eq(sz, ask_all(), 0));
    kill(child, SIGKILL);
    reap(child);
    cr_expect(eq(sz, ask_all(), 1));
}

Test(client_ticket, exec_gives_it_back) {
    const pid_t child = holder(false);
    size_t allowed = 0;
    for (int i = 0; i < 5000 && allowed == 0; i++, usleep(1000))
        allowed = ask_all();
    cr_expect(eq(sz, allowed, 1));
    kill(child, SIGKILL);
    reap(child);
}

static int child_with_copy(void *arg) {
    const size_t before = open_descriptors();
    (void)arg;
    fake.beat_now_ms += 2;
    CLAIM(1, !statgate_breaker_allow(&askers[0])); /* the parent has the only place */
    CLAIM(2, open_descriptors() == before - 1);    /* and its copy is closed */
    CLAIM(3, !statgate_breaker_allow(&askers[1]));
    return 0;
}

Test(client_ticket, a_child_closes_its_copy_and_leaves_the_ticket_with_the_parent) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_expect(eq(int, in_child(child_with_copy, NULL), 0));
    cr_expect(eq(sz, ask_all(), 0));
    const pid_t silent = sleeping_child(); /* never calls again, and keeps its copy */
    statgate_breaker_drop(&askers[0]);
    cr_expect(eq(sz, ask_all(), 1), "the parent has unlocked it");
    end_child(silent);
}

Test(client_ticket, what_a_child_keeps_of_a_killed_parent_ends_with_the_epoch) {
    int ready[2];
    cr_assert(eq(int, pipe(ready), 0));
    const pid_t parent = fork();
    if (parent == 0) {
        (void)statgate_breaker_allow(&askers[0]);
        const pid_t child = fork();
        if (child != 0)
            (void)!write(ready[1], &child, sizeof child);
        pause();
        _exit(0);
    }
    pid_t child = 0;
    cr_assert(eq(int, (int)read(ready[0], &child, sizeof child), (int)sizeof child));
    kill(parent, SIGKILL);
    reap(parent);
    cr_expect(eq(sz, ask_all(), 0), "the child has a copy");
    show(BREAKER_HALF_OPEN, 6);
    cr_expect(eq(sz, ask_all(), 1));
    kill(child, SIGKILL);
    close(ready[0]);
    close(ready[1]);
}

Test(client_ticket, without_the_fifo_nobody_probes_until_the_next_beat) {
    cr_assert(eq(int, unlink(fifo), 0));
    cr_expect(eq(sz, ask_all(), 0));
    breaker_page_beat(writer);
    daemon_page_clock(0);
    cr_expect(eq(sz, ask_all(), 1));
}

Test(client_ticket, another_fifo_is_none) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_assert(eq(int, unlink(fifo), 0));
    cr_assert(eq(int, mkfifo(fifo, 0666), 0));
    cr_expect(eq(sz, ask_all(), 0));
    cr_assert(eq(int, unlink(fifo), 0));
    cr_assert(eq(int, symlink("/dev/null", fifo), 0));
    cr_expect(eq(sz, ask_all(), 0));
    statgate_breaker_drop(&askers[0]);
    usleep(2000);
    breaker_page_beat(writer);
    struct stat status;
    cr_assert(eq(int, lstat(fifo, &status), 0));
    cr_expect(S_ISFIFO(status.st_mode));
}

Test(client_ticket, while_tickets_of_a_removed_fifo_are_held_nobody_probes) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_assert(eq(int, unlink(fifo), 0));
    for (int i = 0; i < 5; i++) {
        cr_expect(eq(sz, ask_all(), 0), "%d", i);
        beat();
    }
    cr_expect(eq(sz, ask_all(), 0));
    statgate_breaker_drop(&askers[0]);
    beat();
    cr_expect(eq(sz, ask_all(), 1));
}

Test(client_ticket, who_does_not_find_what_the_page_names_probes_once_in_an_epoch) {
    static struct statgate away;
    struct statgate_breaker own;
    char elsewhere[160];
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", fixture_folder);
    cr_assert(eq(int, mkdir(elsewhere, 0700), 0));
    cr_assert(eq(int, chdir(fixture_folder), 0));
    cr_assert(statgate_open(&away, "s.sock"));
    cr_assert(statgate_breaker_open(&own, &away, "background_job", "job:publish"));
    cr_assert(eq(int, chdir("/"), 0));
    (void)snprintf(away.path, sizeof away.path, "%s", "nowhere/s.sock");
    cr_expect(not(statgate_breaker_allow(&own)));
    cr_expect(not(statgate_breaker_allow(&own)), "the same beat");
    beat();
    cr_expect(statgate_breaker_allow(&own));
    cr_expect(not(statgate_breaker_allow(&own)), "the same epoch");
    statgate_close(&away);
    (void)rmdir(elsewhere);
}

static int child_without_right(void *arg) {
    (void)arg;
    CLAIM(1, setgid(65534) == 0 && setuid(65534) == 0);
    fake.beat_now_ms += 2;
    CLAIM(2, statgate_breaker_allow(&askers[0]));
    CLAIM(3, !statgate_breaker_allow(&askers[0]));
    CLAIM(4, statgate_breaker_allow(&askers[1]));
    return 0;
}

Test(client_ticket, who_may_not_open_it_probes_once_in_an_epoch) {
    if (geteuid() != 0)
        cr_skip("root becomes somebody else here");
    cr_assert(eq(int, chmod(fixture_folder, 0755), 0));
    cr_assert(eq(int, chmod(fifo, 0600), 0));
    cr_expect(eq(int, in_child(child_without_right, NULL), 0));
}

Test(client_ticket, the_fifo_has_the_rights_of_the_socket) {
    struct stat status;
    static const mode_t modes[][2] = {{0660, 0660}, {0622, 0666}, {0200, 0600}, {0777, 0666}};
    for (size_t i = 0; i < 4; i++) {
        cr_assert(eq(int, chmod(fixture_path("s.sock"), modes[i][0]), 0));
        breaker_page_close(writer);
        daemon_page_open_shared(fixture_path("s.sock"));
        cr_assert(eq(int, lstat(fifo, &status), 0));
        cr_expect(eq(u32, status.st_mode & 0777, modes[i][1]));
    }
    cr_expect(eq(u64, sg_inode(), (uint64_t)status.st_ino));
}

Test(client_ticket, the_next_daemon_goes_on_with_the_same_fifo) {
    struct stat before;
    struct stat after;
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_assert(eq(int, lstat(fifo, &before), 0));
    breaker_page_close(writer);
    daemon_page_open_shared(fixture_path("s.sock"));
    cr_assert(eq(int, lstat(fifo, &after), 0));
    cr_expect(eq(u64, (uint64_t)before.st_ino, (uint64_t)after.st_ino));
    cr_expect(eq(sz, ask_all(), 0), "and with the tickets that are held");
}

Test(client_ticket, where_nobody_reports_each_may_probe_once_in_an_epoch) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    breakers_set_unattended(&breakers, PUBLISH, true);
    show(BREAKER_HALF_OPEN, 7);
    cr_expect(eq(sz, ask_all(), ASKERS));
    cr_expect(eq(sz, ask_all(), 0));
    breakers_set_unattended(&breakers, PUBLISH, false);
    show(BREAKER_HALF_OPEN, 8);
    cr_expect(eq(sz, ask_all(), 1));
}

Test(client_ticket, a_refused_asker_makes_no_system_call_until_the_clock_moves) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_expect(not(statgate_breaker_allow(&askers[1])));
    statgate_breaker_drop(&askers[0]);
    cr_expect(not(statgate_breaker_allow(&askers[1])), "it has just been refused");
    fake.beat_now_ms += 1;
    cr_expect(statgate_breaker_allow(&askers[1]));
}

Test(client_ticket, leaves_no_descriptor_behind) {
    const size_t before = open_descriptors();
    for (int i = 0; i < 100; i++) {
        (void)ask_all();
        statgate_breaker_drop(&askers[i % ASKERS]);
        (void)statgate_breaker_report(&askers[0], "worked", -1);
    }
    for (size_t i = 0; i < ASKERS; i++)
        statgate_breaker_drop(&askers[i]);
    cr_expect(eq(sz, open_descriptors(), before));
}

Test(client_ticket, leaves_a_file_alone_that_got_its_descriptor) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    const int number = askers[0].ticket;
    close(number);
    const int other = open("/dev/null", O_RDONLY);
    cr_assert(eq(int, dup2(other, number), number));
    statgate_breaker_drop(&askers[0]);
    cr_expect(ge(int, fcntl(number, F_GETFD), 0));
    close(number);
    if (other != number)
        close(other);
}

Test(client_ticket, a_breaker_without_room_for_its_name_asks_and_cannot_report) {
    char labels[400] = "job:publish,";
    struct statgate_breaker longest;
    memset(labels + 12, ',', sizeof labels - 13);
    const uint64_t lost = statgate_lost(&handles[0]);
    cr_assert(statgate_breaker_open(&longest, &handles[0], "background_job", labels));
    cr_expect(statgate_breaker_allow(&longest));
    cr_expect(not(statgate_breaker_report(&longest, "worked", -1)));
    cr_expect(eq(u64, statgate_lost(&handles[0]), lost + 1));
    cr_expect(eq(sz, ask_all(), 1), "and gave its ticket back");
}

/* ---- what is denied ---- */

Test(client_ticket, denied_attempts_are_counted_and_sent_after_the_next_beat) {
    show(BREAKER_OPEN, 5);
    for (int i = 0; i < 7; i++)
        cr_expect(not(statgate_breaker_allow(&askers[0])));
    cr_expect(eq(ptr, receiver_take(receiver), NULL), "not one line each");
    beat();
    cr_expect(not(statgate_breaker_allow(&askers[0])));
    cr_expect(
        eq(str, receiver_take_plain(receiver), "background_job:denied,open|a|#job:publish|n:8"));
    cr_expect(not(statgate_breaker_allow(&askers[0])));
    /* The breaker closes: the next ask sends what is left, and those after it are quick again. */
    show(BREAKER_CLOSED, 5);
    beat();
    cr_expect(statgate_breaker_allow(&askers[0]));
    cr_expect(
        eq(str, receiver_take_plain(receiver), "background_job:denied,open|a|#job:publish|n:1"));
    const uint64_t reads = fake.beat_reads;
    cr_expect(statgate_breaker_allow(&askers[0]));
    cr_expect(eq(u64, fake.beat_reads, reads));
    cr_expect(eq(ptr, receiver_take(receiver), NULL));
}

Test(client_ticket, why_they_were_denied_is_counted) {
    cr_assert(statgate_breaker_allow(&askers[0]));
    cr_expect(not(statgate_breaker_allow(&askers[1])));
    breakers_force_shown(&breakers, PUBLISH, true);
    show(BREAKER_OPEN, 5);
    cr_expect(not(statgate_breaker_allow(&askers[1])));
    beat();
    cr_expect(not(statgate_breaker_allow(&askers[1])));
    cr_expect(eq(str, receiver_take_plain(receiver),
                 "background_job:denied,half_open|a|#job:publish|n:1"));
    cr_expect(
        eq(str, receiver_take_plain(receiver), "background_job:denied,forced|a|#job:publish|n:2"));
}

Test(client_ticket, an_older_daemon_gets_no_counts) {
    const int fd = open(page_path, O_RDWR);
    struct sg_breaker_page_head *head =
        mmap(NULL, sizeof(struct sg_breaker_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(ne(ptr, (void *)head, MAP_FAILED));
    close(fd);
    head->takes = 0;
    show(BREAKER_OPEN, 5);
    cr_expect(not(statgate_breaker_allow(&askers[0])));
    beat();
    cr_expect(not(statgate_breaker_allow(&askers[0])));
    cr_expect(eq(ptr, receiver_take(receiver), NULL));
    munmap(head, sizeof(struct sg_breaker_page));
}
