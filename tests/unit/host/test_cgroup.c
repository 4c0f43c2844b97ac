/* SPDX-License-Identifier: MIT */
/* Where processes run: cases as files, tests/cases/cgroup/NAME.cgroup beside NAME.unit (empty where
 * none is named). With STATGATE_UPDATE=1 in the environment the latter are written instead. */
#include "host/procinfo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "place.h"

static void check_case(const char *path) {
    char unit_path[512];
    char unit[WHO_UNIT_MAX + 1] = "";
    size_t len;
    char *text = files_read(path, &len);
    cr_assert(ne(ptr, text, NULL));
    const size_t stem = strlen(path) - strlen(".cgroup");
    (void)snprintf(unit_path, sizeof unit_path, "%.*s.unit", (int)stem, path);
    (void)host_cgroup_parse(text, len, unit);
    if (unit[0] != '\0')
        (void)strncat(unit, "\n", 2);
    if (getenv("STATGATE_UPDATE") != NULL)
        files_write(unit_path, unit, strlen(unit));
    char *wanted = files_read(unit_path, NULL);
    cr_assert(ne(ptr, wanted, NULL), "%s is missing", unit_path);
    cr_expect(eq(str, unit, wanted), "%s", path);
    free(text);
    free(wanted);
}

Test(cgroup, names_the_unit_or_the_container) {
    struct files cases = files_list("cases/cgroup", ".cgroup");
    cr_assert(lt(sz, 40, cases.count));
    for (size_t i = 0; i < cases.count; i++)
        check_case(cases.paths[i]);
    files_free(&cases);
}

Test(cgroup, what_names_nothing_changes_nothing) {
    char unit[WHO_UNIT_MAX] = "untouched";
    cr_expect(not(host_cgroup_parse("0::/\n", 5, unit)));
    cr_expect(eq(str, unit, "untouched"));
}

static void make_file(const char *text) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/77", place_folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/77/cgroup", place_folder);
    files_write(path, text, strlen(text));
}

Test(cgroup, is_read_below_proc, .init = place_make, .fini = place_remove) {
    char unit[WHO_UNIT_MAX] = "untouched";
    const int root = open(place_folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_assert(le(int, 0, root));
    cr_expect(not(host_cgroup_read(root, 77, unit)), "no such process");
    make_file("");
    cr_expect(not(host_cgroup_read(root, 77, unit)));
    cr_expect(eq(str, unit, "untouched"));
    make_file("0::/system.slice/shop.service\n");
    cr_expect(host_cgroup_read(root, 77, unit));
    cr_expect(eq(str, unit, "shop.service"));
    close(root);
}
