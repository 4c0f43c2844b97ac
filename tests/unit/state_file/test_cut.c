/* SPDX-License-Identifier: MIT */
/* The host loses power, or the daemon is killed, between any two system calls; and each call fails.
 * Whatever happens, the next start finds the values of the last daemon, or none. */
#include <errno.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"
#include "disk.h"
#include "place.h"
#include "values.h"

TestSuite(state_cut, .init = place_make, .fini = place_remove, .timeout = 300);

enum { FORMER = 1, LAST = 2, CALLS_MAX = 500 };

static struct error error;

struct cut {
    enum disk_loss loss;
    int stop_at;
};

/* Each way to lose something, at each call. `run` leaves and looks; it returns false at the last
 * call. */
static void cut_everywhere(bool (*run)(const struct cut *cut)) {
    for (int loss = DISK_NOTHING; loss < DISK_LOSSES; loss++) {
        struct cut cut = {.loss = (enum disk_loss)loss, .stop_at = 1};
        while (run(&cut))
            cr_assert(lt(int, cut.stop_at++, CALLS_MAX));
        cr_assert(gt(int, cut.stop_at, 5), "nothing was cut");
    }
}

static void expect_found(const struct cut *cut, uint64_t least, uint64_t most) {
    const uint64_t found = values_find(&error);
    cr_assert(found == VALUES_NONE || (found >= least && found <= most),
              "loss %d before call %d: found %d", (int)cut->loss, cut->stop_at, (int)found);
}

/* ---- writing ---- */

static int leave_and_be_cut(void *arg) {
    const struct cut *cut = arg;
    disk_begin(place_folder, cut->loss, cut->stop_at);
    const bool left = values_leave(LAST, &error);
    disk_cut();
    return left ? 0 : 1;
}

/* A daemon leaves its values and is cut. A former daemon had left values, which were used or, if
 * not `used`, are older. */
static bool leave(const struct cut *cut, bool used) {
    struct cut copy = *cut;
    cr_assert(values_leave(FORMER, &error), "%s", error.text);
    if (used)
        cr_assert(eq(u64, values_find(&error), FORMER));
    const int status = in_child(leave_and_be_cut, &copy);
    cr_assert(ne(int, status, 1));
    const uint64_t found = values_find(&error);
    const bool left = status == 0;
    cr_assert(found == LAST || (!left && found == VALUES_NONE) ||
                  (!left && !used && found == FORMER),
              "loss %d before call %d: found %d", (int)cut->loss, cut->stop_at, (int)found);
    expect_found(cut, LAST + 1, LAST);
    return !left;
}

static bool leave_after_use(const struct cut *cut) {
    return leave(cut, true);
}

static bool leave_without_use(const struct cut *cut) {
    return leave(cut, false);
}

Test(state_cut, the_last_values_or_none_are_written) {
    cut_everywhere(leave_after_use);
}

Test(state_cut, an_older_file_does_not_come_back) {
    cut_everywhere(leave_without_use);
}

/* ---- reading ---- */

enum { NOT_TAKEN = 1, NOT_SPENT = 2 };

/* A start, as far as it gets. */
static int find_and_be_cut(void *arg) {
    const struct cut *cut = arg;
    struct state_file file;
    int fd;
    disk_begin(place_folder, cut->loss, cut->stop_at);
    if (!state_file_open(&file, values_path(), &error) ||
        state_file_take(&file, &fd, &error) != STATE_FILE_TAKEN)
        return NOT_TAKEN;
    if (!state_file_spend(&file, &error))
        return NOT_SPENT;
    disk_cut(); /* the first datagram is received */
    return 0;
}

/* How many calls it takes to take it; the next one is that which takes its name away. */
static int calls_of_take(void) {
    struct state_file file;
    int fd;
    cr_assert(values_leave(LAST, &error), "%s", error.text);
    cr_assert(state_file_open(&file, values_path(), &error));
    (void)disk_fail(0, 0);
    cr_assert(eq(int, (int)state_file_take(&file, &fd, &error), STATE_FILE_TAKEN));
    const int calls = disk_fail(0, 0);
    (void)values_read(fd);
    state_file_give_up(&file);
    state_file_close(&file);
    cr_assert(eq(u64, values_find(&error), LAST));
    return calls;
}

static bool find_twice(const struct cut *cut) {
    struct cut copy = *cut;
    const bool unspent = cut->stop_at <= calls_of_take() + 1;
    cr_assert(values_leave(LAST, &error), "%s", error.text);
    const int status = in_child(find_and_be_cut, &copy);
    cr_assert(status == DISK_CUT || status == 0, "status %d", status);
    const uint64_t found = values_find(&error);
    const bool may_be = found == VALUES_NONE || (found == LAST && status == DISK_CUT);
    cr_assert(may_be && (found == LAST || !unspent), "loss %d before call %d: found %d",
              (int)cut->loss, cut->stop_at, (int)found);
    expect_found(cut, LAST + 1, LAST);
    return status == DISK_CUT;
}

Test(state_cut, nobody_finds_twice_what_was_used) {
    cut_everywhere(find_twice);
}

/* ---- calls that fail ---- */

/* An end at which one call fails: true while there is such a call. */
static bool leave_with_failure(int fail_at, int number) {
    struct object_file object;
    struct state_file file;
    values_make(&object, LAST);
    cr_assert(state_file_open(&file, values_path(), &error), "%s", error.text);
    (void)disk_fail(fail_at, number);
    const bool left = state_file_write(&file, &object, &error);
    const int calls = disk_fail(0, 0);
    state_file_close(&file);
    host_object_file_close(&object);
    cr_assert(not(values_is_there(".new")));
    if (!left)
        cr_expect(error.text[0] != '\0');
    const uint64_t found = values_find(&error);
    cr_assert(found == LAST || (!left && found == VALUES_NONE), "call %d: found %d", fail_at,
              (int)found);
    return calls >= fail_at;
}

Test(state_cut, each_call_of_writing_may_fail) {
    static const int numbers[] = {ENOSPC, EIO, EROFS, EDQUOT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int fail_at = 1;
        while (leave_with_failure(fail_at, numbers[i]))
            fail_at++;
        cr_expect(gt(int, fail_at, 8));
    }
}

/* A start at which one call fails: true while there is such a call. */
static bool find_with_failure(int fail_at, int number) {
    struct state_file file;
    int fd = -1;
    cr_assert(values_leave(LAST, &error), "%s", error.text);
    cr_assert(state_file_open(&file, values_path(), &error), "%s", error.text);
    (void)disk_fail(fail_at, number);
    error_clear(&error);
    const enum state_file_found found = state_file_take(&file, &fd, &error);
    const bool spent = found == STATE_FILE_TAKEN && state_file_spend(&file, &error);
    const int calls = disk_fail(0, 0);
    if (found == STATE_FILE_TAKEN)
        cr_expect(eq(u64, values_read(fd), LAST));
    if (!spent)
        cr_expect(error.text[0] != '\0');
    state_file_close(&file);
    const uint64_t again = values_find(&error);
    if (spent)
        cr_expect(eq(u64, again, VALUES_NONE));
    else if (found == STATE_FILE_TAKEN)
        cr_expect(eq(u64, again, LAST), "it is as it was");
    return calls >= fail_at;
}

Test(state_cut, each_call_of_reading_may_fail) {
    int fail_at = 1;
    while (find_with_failure(fail_at, EIO))
        fail_at++;
    cr_expect(gt(int, fail_at, 5));
}
