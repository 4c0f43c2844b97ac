/* SPDX-License-Identifier: MIT */
/*
 * leaks.c - checks after each test that it closed what it opened and freed what it allocated.
 *
 * The linker redirects criterion's steps of a test to this file (--wrap). They run in the process
 * of the test. Failures count only until the test's body returns, so the functions that clean up
 * after the test run as the last part of its body. A test that fails or is skipped ends midway and
 * is not checked.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assertions.h"

/* The names that --wrap requires, and names of LeakSanitizer and libuv, if these are linked. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
void __real_criterion_internal_test_setup(void);
void __wrap_criterion_internal_test_setup(void);
void __real_criterion_internal_test_main(void (*test)(void));
void __wrap_criterion_internal_test_main(void (*test)(void));
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);
__attribute__((weak)) void uv_library_shutdown(void);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

enum { DESCRIPTORS_MAX = 4096 };

static bool was_open[DESCRIPTORS_MAX];
static void (*body)(void);

/* ---- descriptors ---- */

typedef void (*descriptor_fn)(int descriptor);

static void each_descriptor(descriptor_fn fn) {
    DIR *dir = opendir("/proc/self/fd");
    cr_assert(dir != NULL);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const int descriptor = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && descriptor != dirfd(dir) && descriptor < DESCRIPTORS_MAX)
            fn(descriptor);
    }
    (void)closedir(dir);
}

static void note(int descriptor) {
    was_open[descriptor] = true;
}

static void expect_noted(int descriptor) {
    char link[64];
    char target[256] = "";
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    (void)!readlink(link, target, sizeof target - 1);
    cr_expect(was_open[descriptor], "the test leaves descriptor %d open: %s", descriptor, target);
}

static void expect_descriptors(void) {
    each_descriptor(expect_noted);
    for (int i = 0; i < DESCRIPTORS_MAX; i++) {
        const bool is_missing = was_open[i] && fcntl(i, F_GETFD) == -1;
        cr_expect(not(is_missing), "the test closed descriptor %d, which was open before", i);
    }
}

/* ---- a test's steps ---- */

void __wrap_criterion_internal_test_setup(void) {
    each_descriptor(note);
    __real_criterion_internal_test_setup();
}

/* Runs a `fini` and clears it: criterion itself runs those that are left after a body that ended
 * midway. Criterion's data of a suite may have any alignment. */
__attribute__((no_sanitize("alignment"))) static void
clean_up(struct criterion_test_extra_data *data) {
    void (*const fini)(void) = data != NULL ? data->fini : NULL;
    if (fini == NULL)
        return;
    data->fini = NULL;
    fini();
}

static void run_body(void) {
    body();
    clean_up(criterion_current_test->data);
    clean_up(criterion_current_suite->data);
    if (uv_library_shutdown != NULL) /* closes the pipe that a process's first loop opens */
        uv_library_shutdown();
    expect_descriptors();
    if (__lsan_do_recoverable_leak_check != NULL)
        cr_expect(eq(int, __lsan_do_recoverable_leak_check(), 0), "the test leaks memory");
}

void __wrap_criterion_internal_test_main(void (*test)(void)) {
    body = test;
    __real_criterion_internal_test_main(run_body);
}
