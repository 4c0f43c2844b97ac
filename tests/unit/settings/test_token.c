/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "run.h"
#include "settings/settings.h"

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(settings_token, .init = setup, .fini = teardown);

static void write_token(const char *bytes, size_t len) {
    files_write(run.file, bytes, len);
    chmod(run.file, 0600);
}

static void expect_refusal(const char *bytes, size_t len, const char *why) {
    bool exposed = true;
    char expected[256];
    write_token(bytes, len);
    cr_expect(eq(ptr, settings_read_token(run.file, &exposed, &run.error), NULL));
    (void)snprintf(expected, sizeof expected, "%s: %s", run.file, why);
    cr_expect(eq(str, run.error.text, expected));
    cr_expect(exposed, "untouched");
}

Test(settings_token, a_file_without_a_token_is_refused) {
    expect_refusal("", 0, "holds no token");
    expect_refusal("\n", 1, "holds no token");
    expect_refusal("\r\n", 2, "holds no token");
}

Test(settings_token, blanks_controls_and_more_lines_are_refused) {
    static const char why[] = "must hold one line of visible ASCII characters, without blanks";
    expect_refusal("two words", 9, why);
    expect_refusal("two\nlines\n", 10, why);
    expect_refusal("two\n\n", 5, why);
    expect_refusal("nul\0l", 5, why);
    expect_refusal("caf\xc3\xa9", 5, why);
    expect_refusal("\x7f", 1, why);
}

Test(settings_token, the_longest_token_has_4096_bytes) {
    static char bytes[SETTINGS_TOKEN_MAX + 100];
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes + SETTINGS_TOKEN_MAX, "\r\n", 3);
    bool exposed;
    write_token(bytes, SETTINGS_TOKEN_MAX + 2);
    char *got = settings_read_token(run.file, &exposed, &run.error);
    cr_assert(ne(ptr, got, NULL));
    cr_expect(eq(sz, strlen(got), SETTINGS_TOKEN_MAX));
    settings_token_free(got);
    memset(bytes, 'x', sizeof bytes);
    expect_refusal(bytes, SETTINGS_TOKEN_MAX + 1, "holds more than 4096 bytes");
    expect_refusal(bytes, SETTINGS_TOKEN_MAX + 3, "holds more than 4096 bytes");
    expect_refusal(bytes, SETTINGS_TOKEN_MAX + 100, "holds more than 4096 bytes");
    bytes[SETTINGS_TOKEN_MAX] = '\n';
    expect_refusal(bytes, SETTINGS_TOKEN_MAX + 2, "holds more than 4096 bytes");
    expect_refusal(bytes, SETTINGS_TOKEN_MAX + 100, "holds more than 4096 bytes");
}

Test(settings_token, a_file_that_others_can_read_is_reported) {
    bool exposed = false;
    write_token("x", 1);
    chmod(run.file, 0640);
    settings_token_free(settings_read_token(run.file, &exposed, &run.error));
    cr_expect(not(exposed));
    chmod(run.file, 0644);
    settings_token_free(settings_read_token(run.file, &exposed, &run.error));
    cr_expect(exposed);
}

Test(settings_token, a_file_that_cannot_be_read_says_why) {
    bool exposed;
    cr_expect(eq(ptr, settings_read_token("/nowhere/token", &exposed, &run.error), NULL));
    cr_expect(eq(str, run.error.text,
                 "/nowhere/token: cannot be read: No such file or directory; write the token into "
                 "it, one line, or leave this setting out"));
    cr_expect(eq(ptr, settings_read_token(run.folder, &exposed, &run.error), NULL));
    cr_expect(ne(ptr, strstr(run.error.text, ": cannot be read: Is a directory"), NULL));
    write_token("t", 1);
    if (geteuid() != 0)
        cr_skip("only root can be another user for a while");
    cr_assert(eq(int, chmod(run.folder, 0755), 0));
    cr_assert(eq(int, seteuid(65534), 0));
    char *token = settings_read_token(run.file, &exposed, &run.error);
    cr_assert(eq(int, seteuid(0), 0));
    cr_expect(eq(ptr, token, NULL));
    cr_expect(ne(ptr,
                 strstr(run.error.text, ": cannot be read: Permission denied; let the "
                                        "daemon's user (uid 65534) read it"),
                 NULL));
}
