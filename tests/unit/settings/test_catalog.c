/* SPDX-License-Identifier: MIT */
/* Paths of catalogs that cannot be read. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "run.h"
#include "settings/settings.h"

static struct run run;
static char text[512];

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(settings_catalog, .init = setup, .fini = teardown);

/* `format` may hold %s for the test's folder. */
static const char *with_folder(const char *format) {
    const char *hole = strstr(format, "%s");
    (void)snprintf(text, sizeof text, "%.*s%s%s", hole ? (int)(hole - format) : 0, format,
                   hole ? run.folder : format, hole ? hole + 2 : "");
    return text;
}

Test(settings_catalog, in_an_array_of_the_file_has_its_index) {
    run_file(&run, "{\"catalog\": [\".\", \"/none.json\", \".\"]}");
    run_ok(&run);
    cr_expect(settings_check_catalog(&run.settings, 0, &run.error));
    char expected[512];
    (void)snprintf(expected, sizeof expected,
                   "%s: /catalog/1: /none.json: no such file or folder; make it, or correct the "
                   "path; relative ones start from the configuration file's folder",
                   run.file);
    cr_expect(not(settings_check_catalog(&run.settings, 1, &run.error)));
    cr_expect(eq(str, run.error.text, expected));
}

Test(settings_catalog, that_may_not_be_read_is_reported_with_the_user) {
    if (geteuid() != 0)
        cr_skip("only root can be another user for a while");
    char line[256];
    (void)snprintf(line, sizeof line, "--catalog=%s", run.folder);
    run_arg(&run, line);
    run_ok(&run);
    cr_assert(eq(int, chmod(run.folder, 0700), 0));
    cr_assert(eq(int, seteuid(65534), 0));
    const bool good = settings_check_catalog(&run.settings, 0, &run.error);
    cr_assert(eq(int, seteuid(0), 0));
    cr_expect(not(good));
    cr_expect(eq(str, run.error.text,
                 (char *)with_folder("--catalog: %s: cannot be read by uid 65534, which runs this "
                                     "program; change its permissions, or those of the folders "
                                     "above it")));
    cr_expect(settings_check_catalog(&run.settings, 0, &run.error));
}
