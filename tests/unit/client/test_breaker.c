/* SPDX-License-Identifier: MIT */
/* Answers of a breaker for pages as the daemon writes them. */
#include "assertions.h"
#include "child.h"
#include "daemon_page.h"
#include "files.h"

static struct statgate sg;
static struct statgate_breaker breaker;
static int receiver = -1;

enum { PUBLISH = 1 }; /* index of job:publish */

static void setup(void) {
    static char labels[] = "job=cas-promotion|publish";
    daemon_page_init("imgsrv", "background_job", labels);
    daemon_page_open();
    daemon_page_clock(0);
    receiver = receiver_bind(fixture_path("s.sock"));
    cr_assert(statgate_open(&sg, fixture_path("s.sock")));
}

static void teardown(void) {
    statgate_close(&sg);
    close(receiver);
    daemon_page_done();
}

TestSuite(client_breaker, .init = setup, .fini = teardown);

static bool open_breaker(void) {
    return statgate_breaker_open(&breaker, &sg, "background_job", "job:publish");
}

static void set_state(enum breaker_state state, uint32_t epoch) {
    breakers_set(&breakers, PUBLISH, state, epoch);
    breaker_page_show(writer, PUBLISH);
}

Test(client_breaker, lets_all_through_while_closed_without_a_look_at_the_clock) {
    cr_expect(open_breaker());
    const uint64_t reads = fake.beat_reads;
    for (int i = 0; i < 100; i++) {
        cr_expect(statgate_breaker_allow(&breaker));
    }
    cr_expect(eq(u64, fake.beat_reads, reads));
}

Test(client_breaker, lets_none_through_while_open) {
    open_breaker();
    set_state(BREAKER_OPEN, 1);
    const uint64_t reads = fake.beat_reads;
    for (int i = 0; i < 100; i++) {
        cr_expect(not(statgate_breaker_allow(&breaker)));
    }
    cr_expect(eq(u64, fake.beat_reads, reads + 100), "one look each");
    set_state(BREAKER_CLOSED, 1);
    cr_expect(statgate_breaker_allow(&breaker));
}

Test(client_breaker, answers_for_its_own_labels) {
    struct statgate_breaker other;
    struct statgate_breaker unknown;
    open_breaker();
    cr_expect(statgate_breaker_open(&other, &sg, "background_job", ",,job:cas-promotion,"));
    cr_expect(not(statgate_breaker_open(&unknown, &sg, "background_job", "job:other")));
    set_state(BREAKER_OPEN, 1);
    cr_expect(not(statgate_breaker_allow(&breaker)));
    cr_expect(statgate_breaker_allow(&other));
    cr_expect(statgate_breaker_allow(&unknown), "the daemon knows no such breaker");
    cr_expect(not(statgate_breaker_open(&unknown, &sg, NULL, NULL)));
    cr_expect(statgate_breaker_allow(&unknown));
}

Test(client_breaker, lets_one_through_in_each_epoch_of_half_open) {
    open_breaker();
    for (uint32_t epoch = 1; epoch < 5; epoch++) {
        set_state(BREAKER_HALF_OPEN, epoch);
        cr_expect(statgate_breaker_allow(&breaker), "epoch %u", epoch);
        cr_expect(not(statgate_breaker_allow(&breaker)), "epoch %u", epoch);
        set_state(BREAKER_OPEN, epoch);
        cr_expect(not(statgate_breaker_allow(&breaker)), "epoch %u", epoch);
    }
}

Test(client_breaker, lets_one_through_for_each_handle) {
    static struct statgate other;
    struct statgate_breaker others;
    open_breaker();
    statgate_open(&other, fixture_path("s.sock"));
    statgate_breaker_open(&others, &other, "background_job", "job:publish");
    set_state(BREAKER_HALF_OPEN, 1);
    cr_expect(statgate_breaker_allow(&breaker));
    cr_expect(statgate_breaker_allow(&others));
    cr_expect(not(statgate_breaker_allow(&breaker)));
    cr_expect(not(statgate_breaker_allow(&others)));
    statgate_close(&other);
}

Test(client_breaker, opening_it_takes_no_attempt) {
    set_state(BREAKER_HALF_OPEN, 1);
    cr_expect(open_breaker());
    cr_expect(statgate_breaker_allow(&breaker));
    cr_expect(not(statgate_breaker_allow(&breaker)));
}

/* ---- which daemon is alive ---- */

Test(client_breaker, believes_a_beat_for_three_seconds) {
    open_breaker();
    set_state(BREAKER_OPEN, 1);
    breaker_page_beat(writer);
    daemon_page_clock(2900);
    cr_expect(not(statgate_breaker_allow(&breaker)));
    daemon_page_clock(3100);
    cr_expect(statgate_breaker_allow(&breaker));
    daemon_page_clock(0);
    cr_expect(not(statgate_breaker_allow(&breaker)));
}

/* A coarse clock lags slightly; one that is far behind is a different clock. */
Test(client_breaker, believes_no_beat_from_the_future) {
    open_breaker();
    set_state(BREAKER_OPEN, 1);
    breaker_page_beat(writer);
    fake.beat_now_ms -= 500;
    cr_expect(not(statgate_breaker_allow(&breaker)));
    fake.beat_now_ms -= 2000;
    cr_expect(statgate_breaker_allow(&breaker));
    fake.beat_now_ms = 0;
    cr_expect(statgate_breaker_allow(&breaker), "no clock at all");
    fake.beat_now_ms = UINT64_MAX;
    cr_expect(statgate_breaker_allow(&breaker));
}

Test(client_breaker, lets_all_through_when_the_daemon_stops) {
    open_breaker();
    set_state(BREAKER_OPEN, 1);
    cr_expect(not(statgate_breaker_allow(&breaker)));
    breaker_page_close(writer);
    writer = NULL;
    cr_expect(statgate_breaker_allow(&breaker));
}

/* The next daemon uses the same file: nothing has to be mapped again. */
Test(client_breaker, knows_the_next_daemon_at_once) {
    open_breaker();
    set_state(BREAKER_OPEN, 1);
    breaker_page_close(writer);
    cr_expect(statgate_breaker_allow(&breaker));
    const unsigned char *page = sg.page;
    daemon_page_open();
    cr_expect(not(statgate_breaker_allow(&breaker)));
    cr_expect(sg.page == page);
}

/* Epochs start over with each daemon. */
Test(client_breaker, lets_one_through_in_the_first_epoch_of_the_next_daemon) {
    open_breaker();
    set_state(BREAKER_HALF_OPEN, 1);
    cr_expect(statgate_breaker_allow(&breaker));
    breaker_page_close(writer);
    daemon_page_open();
    cr_expect(statgate_breaker_allow(&breaker));
    cr_expect(not(statgate_breaker_allow(&breaker)));
}

/* The catalog has changed: the slot is used by another breaker or by none, or it is elsewhere. */
Test(client_breaker, finds_itself_again_on_a_page_of_another_catalog) {
    struct breakers others;
    char without[] = "job=a|b|c|d|e|f";
    char with[] = "job=a|b|publish";
    struct error error;
    open_breaker();
    breaker_page_close(writer);
    daemon_page_declare(&others, "imgsrv", "background_job", without);
    for (size_t i = 0; i < 6; i++) {
        breakers_set(&others, i, BREAKER_OPEN, 1);
    }
    writer = breaker_page_open(page_path, NULL, 0, &others.set, others.breakers_jobs, &error);
    cr_expect(statgate_breaker_allow(&breaker), "not declared any more");
    breaker_page_close(writer);
    breakers_done(&others);
    daemon_page_declare(&others, "imgsrv", "background_job", with);
    breakers_set(&others, 2, BREAKER_OPEN, 1);
    writer = breaker_page_open(page_path, NULL, 0, &others.set, others.breakers_jobs, &error);
    cr_expect(not(statgate_breaker_allow(&breaker)), "declared again");
    cr_expect(not(statgate_breaker_allow(&breaker)));
    breaker_page_close(writer);
    writer = NULL;
    breakers_done(&others);
}

/* ---- other pages ---- */

Test(client_breaker, moves_on_to_a_new_page) {
    open_breaker();
    unlink(page_path);
    set_state(BREAKER_OPEN, 1);
    breaker_page_beat(writer);
    fake.beat_now_ms += 1000;
    cr_expect(not(statgate_breaker_allow(&breaker)));
}

/* If there is no page, the client looks for it once a second, not at each call. */
Test(client_breaker, looks_for_a_missing_page_once_a_second) {
    breaker_page_close(writer);
    writer = NULL;
    unlink(page_path);
    cr_expect(not(open_breaker()));
    daemon_page_open();
    set_state(BREAKER_OPEN, 1);
    cr_expect(statgate_breaker_allow(&breaker), "it was looked for just now");
    fake.beat_now_ms += 999;
    cr_expect(statgate_breaker_allow(&breaker));
    fake.beat_now_ms += 1;
    cr_expect(not(statgate_breaker_allow(&breaker)));
}

Test(client_breaker, looks_for_a_page_at_each_reconnect) {
    breaker_page_close(writer);
    writer = NULL;
    unlink(page_path);
    open_breaker();
    daemon_page_open();
    set_state(BREAKER_OPEN, 1);
    cr_expect(statgate_breaker_allow(&breaker));
    close(receiver);
    unlink(fixture_path("s.sock"));
    receiver = receiver_bind(fixture_path("s.sock"));
    statgate_attempt(&sg, "background_job", "error", "job:publish");
    cr_expect(not(statgate_breaker_allow(&breaker)));
}

/* Closed on the page of a daemon that was killed; the next daemon has another page. */
Test(client_breaker, leaves_an_old_page_at_a_reconnect) {
    char old[128];
    open_breaker();
    snprintf(old, sizeof old, "%s/old", fixture_folder);
    rename(page_path, old);
    cr_expect(statgate_breaker_allow(&breaker));
    struct breaker_page *killed = writer;
    breakers_set(&breakers, PUBLISH, BREAKER_OPEN, 1);
    daemon_page_open();
    cr_expect(statgate_breaker_allow(&breaker));
    close(receiver);
    unlink(fixture_path("s.sock"));
    receiver = receiver_bind(fixture_path("s.sock"));
    statgate_attempt(&sg, "background_job", "error", "job:publish");
    cr_expect(not(statgate_breaker_allow(&breaker)));
    breaker_page_close(killed);
}

/* The page is beside the socket that the handle is connected to, not any other. */
Test(client_breaker, reads_the_page_of_its_own_daemon) {
    static struct statgate roaming;
    struct statgate_breaker own;
    int in_xdg = receiver_bind(fixture_path("statgate.sock"));
    setenv("XDG_RUNTIME_DIR", fixture_folder, 1);
    char xdg_page[128];
    char system_page[128];
    struct error error;
    snprintf(xdg_page, sizeof xdg_page, "%s/statgate.breakers", fixture_folder);
    snprintf(system_page, sizeof system_page, "%s/system.breakers", fixture_folder);
    struct breaker_page *in_system =
        breaker_page_open(system_page, NULL, 0, &breakers.set, breakers.breakers_jobs, &error);
    set_state(BREAKER_OPEN, 1);
    struct breaker_page *xdg =
        breaker_page_open(xdg_page, NULL, 0, &breakers.set, breakers.breakers_jobs, &error);
    cr_expect(statgate_open(&roaming, NULL));
    cr_expect(statgate_breaker_open(&own, &roaming, "background_job", "job:publish"));
    cr_expect(not(statgate_breaker_allow(&own)), "open on the one, closed on the other");

    int system_receiver = receiver_bind(fake_system_socket);
    close(in_xdg);
    statgate_count(&roaming, "n", 1, NULL);
    cr_expect(statgate_breaker_allow(&own), "reconnected to the first place");
    breaker_page_close(xdg);
    breaker_page_show(in_system, PUBLISH);
    cr_expect(not(statgate_breaker_allow(&own)));
    statgate_close(&roaming);
    breaker_page_close(in_system);
    close(system_receiver);
}

/* Before it has connected, it reads any page that there is. */
Test(client_breaker, reads_a_page_before_it_ever_connected) {
    static struct statgate early;
    struct statgate_breaker own;
    setenv("XDG_RUNTIME_DIR", fixture_folder, 1);
    char xdg_page[128];
    struct error error;
    snprintf(xdg_page, sizeof xdg_page, "%s/statgate.breakers", fixture_folder);
    set_state(BREAKER_OPEN, 1);
    struct breaker_page *xdg =
        breaker_page_open(xdg_page, NULL, 0, &breakers.set, breakers.breakers_jobs, &error);
    cr_expect(not(statgate_open(&early, NULL)));
    cr_expect(statgate_breaker_open(&own, &early, "background_job", "job:publish"));
    cr_expect(not(statgate_breaker_allow(&own)));
    statgate_close(&early);
    breaker_page_close(xdg);
}

/* ---- life of a handle ---- */

Test(client_breaker, lets_all_through_when_its_handle_is_closed) {
    open_breaker();
    set_state(BREAKER_OPEN, 1);
    cr_expect(not(statgate_breaker_allow(&breaker)));
    statgate_close(&sg);
    cr_expect(statgate_breaker_allow(&breaker));
    cr_expect(sg.page == NULL);
    statgate_open(&sg, fixture_path("s.sock"));
    cr_expect(not(statgate_breaker_allow(&breaker)), "and works again with it");
}

Test(client_breaker, lets_all_through_when_zeroed) {
    static struct statgate_breaker zeroed;
    static struct statgate closed;
    cr_expect(statgate_breaker_allow(&zeroed));
    cr_expect(not(statgate_breaker_open(&zeroed, NULL, "background_job", "job:publish")));
    cr_expect(statgate_breaker_allow(&zeroed));
    cr_expect(not(statgate_breaker_open(&zeroed, &closed, "background_job", "job:publish")));
    cr_expect(statgate_breaker_allow(&zeroed));
}

static int child_asks(void *arg) {
    (void)arg;
    if (statgate_breaker_allow(&breaker)) {
        return 1; /* open, on the page that it inherited */
    }
    set_state(BREAKER_HALF_OPEN, 1);
    if (!statgate_breaker_allow(&breaker) || statgate_breaker_allow(&breaker)) {
        return 2;
    }
    statgate_attempt(&sg, "background_job", "worked", "job:publish");
    if (statgate_breaker_allow(&breaker)) {
        return 3; /* it has a socket of its own now, and the same page */
    }
    statgate_close(&sg);
    return statgate_breaker_allow(&breaker) ? 0 : 4;
}

Test(client_breaker, works_on_after_fork) {
    open_breaker();
    set_state(BREAKER_OPEN, 1);
    cr_expect(eq(int, in_child(child_asks, NULL), 0));
    breakers_set(&breakers, PUBLISH, BREAKER_HALF_OPEN, 1);
    cr_expect(statgate_breaker_allow(&breaker), "the parent's handle has an attempt of its own");
    cr_expect(not(statgate_breaker_allow(&breaker)));
}

Test(client_breaker, leaves_errno_alone) {
    open_breaker();
    breaker_page_close(writer);
    writer = NULL;
    unlink(page_path);
    fake.beat_now_ms += 5000;
    errno = 77;
    cr_expect(statgate_breaker_allow(&breaker));
    cr_expect(eq(int, errno, 77));
    open_breaker();
    cr_expect(eq(int, errno, 77));
}

static size_t count_mappings(void) {
    char line[512];
    size_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps) != NULL) {
        count += strstr(line, ".breakers") != NULL && strstr(line, "r--s") != NULL;
    }
    fclose(maps);
    return count;
}

Test(client_breaker, leaves_no_descriptor_and_no_mapping_behind) {
    size_t before = open_descriptors();
    for (int i = 0; i < 50; i++) {
        open_breaker();
        fake.beat_now_ms += 5000;
        statgate_breaker_allow(&breaker);
        set_state(BREAKER_OPEN, 1);
        statgate_breaker_allow(&breaker);
        cr_expect(eq(sz, count_mappings(), 1));
        statgate_close(&sg);
        cr_expect(eq(sz, count_mappings(), 0));
        statgate_open(&sg, fixture_path("s.sock"));
    }
    cr_expect(eq(sz, open_descriptors(), before));
}
