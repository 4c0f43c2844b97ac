/* SPDX-License-Identifier: MIT */
/* The folder of a default socket. */
#include "host/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "place.h"

TestSuite(folder, .init = place_make, .fini = place_remove, .timeout = 300);

static mode_t mode_of(const char *path) {
    struct stat status;
    cr_assert(eq(int, stat(path, &status), 0));
    return status.st_mode & 07777;
}

static bool contains(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

Test(folder, is_made_with_exactly_its_mode) {
    struct error error;
    umask(0022);
    cr_expect(host_folder_prepare(place_path("own"), 0700, &error));
    cr_expect(eq(u32, mode_of(place_path("own")), 0700));
    umask(0077);
    cr_expect(host_folder_prepare(place_path("open"), 0755, &error));
    cr_expect(eq(u32, mode_of(place_path("open")), 0755));
}

Test(folder, is_used_again) {
    struct error error;
    cr_expect(host_folder_prepare(place_path("own"), 0700, &error));
    cr_expect(host_folder_prepare(place_path("own"), 0700, &error));
    cr_assert(eq(int, mkdir(place_path("run"), 0775), 0));
    cr_expect(host_folder_prepare(place_path("run"), 0755, &error));
}

Test(folder, of_ones_own_that_lets_others_in_is_refused) {
    struct error error;
    cr_assert(eq(int, mkdir(place_path("own"), 0700), 0));
    cr_assert(eq(int, chmod(place_path("own"), 0750), 0));
    cr_expect(not(host_folder_prepare(place_path("own"), 0700, &error)));
    cr_expect(contains(error.text, "mode 0750 lets others in; make it 0700"), "%s", error.text);
    cr_expect(eq(u32, mode_of(place_path("own")), 0750));
}

Test(folder, of_ones_own_that_someone_else_made_is_refused) {
    struct error error;
    if (geteuid() != 0)
        cr_skip("only root can give a folder away");
    cr_assert(eq(int, mkdir(place_path("own"), 0700), 0));
    cr_assert(eq(int, chown(place_path("own"), 12345, 12345), 0));
    cr_expect(not(host_folder_prepare(place_path("own"), 0700, &error)));
    cr_expect(contains(error.text, "belongs to uid 12345, not to us (uid 0)"), "%s", error.text);
}

Test(folder, behind_a_symbolic_link_is_refused) {
    struct error error;
    cr_assert(eq(int, mkdir(place_path("real"), 0700), 0));
    cr_assert(eq(int, symlink(place_path("real"), place_path("own")), 0));
    cr_expect(not(host_folder_prepare(place_path("own"), 0700, &error)));
    cr_expect(contains(error.text, "is not a folder"), "%s", error.text);
    cr_expect(not(host_folder_prepare(place_path("own"), 0755, &error)));
}

Test(folder, that_is_a_file_is_refused) {
    struct error error;
    close(open(place_path("own"), O_CREAT | O_WRONLY, 0600));
    cr_expect(not(host_folder_prepare(place_path("own"), 0700, &error)));
    cr_expect(contains(error.text, "is not a folder"), "%s", error.text);
}

Test(folder, without_a_parent_is_refused) {
    struct error error;
    cr_expect(not(host_folder_prepare(place_path("no/own"), 0700, &error)));
    cr_expect(contains(error.text, "cannot be made: No such file or directory"), "%s", error.text);
}
