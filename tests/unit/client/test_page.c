/* SPDX-License-Identifier: MIT */
/* Which files a client accepts as a page: a file of another user must not harm it. */
#include "assertions.h"
#include "daemon_page.h"
#include "sg_breaker_page.h"

#include <fcntl.h>

/* The header's copy of the layout. */
_Static_assert(STATGATE_PAGE_BYTES_ == sizeof(struct sg_breaker_page), "size");
_Static_assert(STATGATE_PAGE_VERSION_ == SG_BREAKER_PAGE_VERSION, "version");
_Static_assert(STATGATE_PAGE_BEAT_ == offsetof(struct sg_breaker_page_head, beat_mono_ms), "beat");
_Static_assert(STATGATE_PAGE_GENERATION_ == offsetof(struct sg_breaker_page_head, generation),
               "generation");
_Static_assert(STATGATE_PAGE_SLOTS_AT_ == offsetof(struct sg_breaker_page, slots), "slots");
_Static_assert(STATGATE_PAGE_SLOTS_ == SG_BREAKER_PAGE_SLOTS, "slots");
_Static_assert(STATGATE_PAGE_ALIVE_MS_ == SG_BREAKER_PAGE_ALIVE_MS, "beat");

static struct statgate sg;
static struct statgate_breaker breaker;

static void setup(void) {
    static char labels[] = "job=publish";
    daemon_page_init("s", "work", labels);
    breakers_set(&breakers, 0, BREAKER_OPEN, 1);
    daemon_page_open();
    daemon_page_clock(0);
    statgate_open(&sg, fixture_path("s.sock"));
}

static void teardown(void) {
    statgate_close(&sg);
    daemon_page_done();
}

TestSuite(client_page, .init = setup, .fini = teardown);

Test(client_page, bears_the_magic_of_the_protocol) {
    static const char ours[] = STATGATE_PAGE_MAGIC_;
    static const char theirs[] = SG_BREAKER_PAGE_MAGIC;
    cr_assert(eq(sz, sizeof ours, sizeof theirs));
    cr_expect(eq(int, memcmp(ours, theirs, sizeof ours), 0));
}

static bool is_believed(void) {
    fake.beat_now_ms += 1000; /* so that a page is looked for */
    breaker_page_beat(writer);
    const bool found = statgate_breaker_open(&breaker, &sg, "work", "job:publish");
    const bool allowed = statgate_breaker_allow(&breaker);
    cr_expect(eq(int, found, !allowed), "what is open and believed lets nothing through");
    return found;
}

Test(client_page, of_the_daemon_is_believed) {
    cr_expect(is_believed());
}

Test(client_page, must_not_be_writable_by_others) {
    cr_assert(eq(int, chmod(page_path, 0464), 0));
    cr_expect(not(is_believed()));
    cr_assert(eq(int, chmod(page_path, 0446), 0));
    cr_expect(not(is_believed()));
    cr_assert(eq(int, chmod(page_path, 0644), 0));
    cr_expect(is_believed());
}

/* Copies the daemon's page into a new file of this size at the same path. The daemon does not
 * repair the copy, because its own file is unlinked. */
static int forge(off_t size) {
    static char bytes[STATGATE_PAGE_BYTES_];
    int from = open(page_path, O_RDONLY);
    cr_assert(eq(i64, read(from, bytes, sizeof bytes), (ssize_t)sizeof bytes));
    close(from);
    unlink(page_path);
    int fd = open(page_path, O_RDWR | O_CREAT | O_EXCL, 0600);
    cr_assert(fd >= 0);
    cr_assert(eq(i64, write(fd, bytes, sizeof bytes), (ssize_t)sizeof bytes));
    cr_assert(eq(int, ftruncate(fd, size), 0));
    return fd;
}

static bool forged_is_believed(void) {
    const bool found = statgate_breaker_open(&breaker, &sg, "work", "job:publish");
    cr_expect(eq(int, found, !statgate_breaker_allow(&breaker)));
    return found;
}

Test(client_page, may_be_a_copy) {
    close(forge(STATGATE_PAGE_BYTES_));
    cr_expect(forged_is_believed(), "or the tests below show nothing");
}

Test(client_page, must_have_its_size) {
    close(forge(STATGATE_PAGE_BYTES_ - 1));
    cr_expect(not(forged_is_believed()));
}

Test(client_page, must_not_be_longer) {
    close(forge(STATGATE_PAGE_BYTES_ + 1));
    cr_expect(not(forged_is_believed()));
}

Test(client_page, must_not_be_empty) {
    close(forge(0));
    cr_expect(not(forged_is_believed()));
}

Test(client_page, must_have_its_magic) {
    int fd = forge(STATGATE_PAGE_BYTES_);
    cr_assert(eq(i64, pwrite(fd, "X", 1, 7), 1));
    close(fd);
    cr_expect(not(forged_is_believed()));
}

Test(client_page, must_have_its_version) {
    int fd = forge(STATGATE_PAGE_BYTES_);
    cr_assert(eq(i64, pwrite(fd, "\2", 1, 8), 1));
    close(fd);
    cr_expect(not(forged_is_believed()));
}

Test(client_page, must_not_be_a_link) {
    close(forge(STATGATE_PAGE_BYTES_));
    cr_assert(eq(int, rename(page_path, fixture_path("target")), 0));
    cr_assert(eq(int, symlink(fixture_path("target"), page_path), 0));
    cr_expect(not(forged_is_believed()));
}

Test(client_page, must_not_be_a_pipe, .timeout = 300) {
    unlink(page_path);
    cr_assert(eq(int, mkfifo(page_path, 0600), 0));
    cr_expect(not(forged_is_believed()));
}

Test(client_page, must_not_be_a_folder) {
    unlink(page_path);
    cr_assert(eq(int, mkdir(page_path, 0700), 0));
    cr_expect(not(forged_is_believed()));
}

/* The table has no empty slot, and holds words that no daemon writes. */
Test(client_page, may_be_full_of_nonsense, .timeout = 300) {
    int fd = forge(STATGATE_PAGE_BYTES_);
    const struct {
        uint64_t tag;
        uint32_t state;
        uint32_t reserved;
    } nonsense = {7, 0xffffffff, 0xffffffff};
    for (int i = 0; i < 4096; i++) {
        cr_assert(eq(i64, pwrite(fd, &nonsense, sizeof nonsense, 4096 + 16 * i), 16));
    }
    cr_expect(not(forged_is_believed()));
    const struct {
        uint64_t tag;
        uint32_t state;
        uint32_t reserved;
    } odd = {statgate_tag_(&sg, "work", "job:publish"), 3, 0};
    const uint64_t generation = 99;
    cr_assert(eq(i64, pwrite(fd, &odd, sizeof odd, 4096), 16));
    cr_assert(eq(i64, pwrite(fd, &generation, sizeof generation, 40), 8));
    cr_expect(statgate_breaker_open(&breaker, &sg, "work", "job:publish"));
    cr_expect(statgate_breaker_allow(&breaker), "a state that there is not");
    close(fd);
}

/* Another user could truncate a file that they own. */
Test(client_page, must_belong_to_somebody_who_is_trusted_anyway) {
    if (geteuid() != 0) {
        cr_skip_test("needs the superuser");
    }
    int fd = forge(STATGATE_PAGE_BYTES_);
    cr_assert(eq(int, fchown(fd, 12345, 12345), 0));
    close(fd);
    cr_expect(not(forged_is_believed()));
    int receiver = receiver_bind(fixture_path("s.sock"));
    cr_assert(eq(int, chown(fixture_path("s.sock"), 12345, 12345), 0));
    fake.beat_now_ms += 1000;
    cr_expect(forged_is_believed(), "the owner of the socket");
    statgate_close(&sg);
    cr_assert(eq(int, chown(fixture_path("s.sock"), 54321, 12345), 0));
    statgate_open(&sg, fixture_path("s.sock"));
    cr_expect(not(forged_is_believed()), "neither socket nor folder");
    cr_assert(eq(int, chown(fixture_folder, 12345, 12345), 0));
    fake.beat_now_ms += 1000;
    cr_expect(forged_is_believed(), "the owner of the folder");
    close(receiver);
}
