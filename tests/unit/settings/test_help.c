/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "run.h"
#include "settings/settings.h"
#include "settings_mdoc.h"
#include "version/version.h"

static struct run run;
static struct strbuf text;

static void setup(void) {
    run_init(&run);
    strbuf_init(&text);
}

static void teardown(void) {
    strbuf_done(&text);
    run_done(&run);
}

TestSuite(settings_help, .init = setup, .fini = teardown);

/* What a setting is called in help: "--metrics-listen". */
static void flag_of(enum setting_id id, char *out, size_t size) {
    (void)snprintf(out, size, "--%s", run_name(id));
    for (char *at = out; *at != '\0'; at++)
        *at = *at == '_' ? '-' : *at;
}

static void expect_every_setting(const char *prefix) {
    for (int i = 0; i < SETTING_COUNT; i++) {
        char flag[64];
        char wanted[128];
        flag_of((enum setting_id)i, flag, sizeof flag);
        (void)snprintf(wanted, sizeof wanted, "%s%s", prefix, flag);
        const bool shown = strstr(strbuf_cstr(&text), wanted) != NULL;
        cr_expect(shown, "%s", wanted);
    }
}

/* Lines of macros may be longer. */
static void expect_lines_up_to(size_t columns) {
    const char *at = strbuf_cstr(&text);
    while (*at != '\0') {
        const size_t len = strcspn(at, "\n");
        if (*at != '.')
            cr_expect(le(sz, len, columns), "%.*s", (int)len, at);
        at += len + (at[len] == '\n');
    }
}

Test(settings_help, help_has_every_setting_in_80_columns) {
    settings_write_help(&text, &run.program);
    expect_every_setting("  ");
    expect_lines_up_to(79);
}

Test(settings_help, help_shows_form_environment_and_default) {
    settings_write_help(&text, &run.program);
    const char *help = strbuf_cstr(&text);
    cr_expect(eq(int, strncmp(help, "Usage: statgated [flags]\n\nA program under test.\n", 48), 0));
    cr_expect(ne(ptr, strstr(help, "\nHTTP\n"), NULL));
    cr_expect(ne(ptr, strstr(help, "  --queue-depth=1-65536\n"), NULL));
    cr_expect(ne(ptr, strstr(help, "  --created[=on|off]\n"), NULL));
    cr_expect(ne(ptr, strstr(help, "  --log-format=console|json\n"), NULL));
    cr_expect(ne(
        ptr, strstr(help, "\n        [STATGATE_METRICS_LISTEN, default: 127.0.0.1:9464]\n"), NULL));
    cr_expect(ne(ptr, strstr(help, "default: the daemon's own group]"), NULL));
    cr_expect(ne(ptr, strstr(help, "--version"), NULL));
    cr_expect(ne(ptr, strstr(help, "\nEndpoints\n  \"endpoints\": [{\"listen\": "), NULL));
}

Test(settings_help, help_shows_what_the_program_takes) {
    run.program.allowed = SETTING_BIT(socket) | SETTING_BIT(log_level);
    settings_write_help(&text, &run.program);
    const char *help = strbuf_cstr(&text);
    cr_expect(ne(ptr, strstr(help, "  --socket=PATH"), NULL));
    cr_expect(ne(ptr, strstr(help, "  --log-level="), NULL));
    cr_expect(eq(ptr, strstr(help, "  --metrics-listen="), NULL));
    cr_expect(eq(ptr, strstr(help, "\nHTTP\n"), NULL), "no heading without settings");
    cr_expect(eq(ptr, strstr(help, "\nEndpoints\n"), NULL), "nor of what it does not serve");
}

Test(settings_help, the_manual_has_every_setting) {
    settings_mdoc_write(&text);
    const char *manual = strbuf_cstr(&text);
    cr_expect(
        ne(ptr,
           strstr(manual,
                  ".Ss Log\n.Bl -tag -width Ds\n"
                  ".It Fl -log-format Ns = Ns Cm console Ns | Ns Cm json\n"
                  "Format of the log on standard error: lines for people, or one JSON object\n"
                  "per line.\nEnvironment:\n.Ev STATGATE_LOG_FORMAT .\n"
                  "Default:\nconsole\n"),
           NULL),
        "%s", manual);
    cr_expect(
        ne(ptr, strstr(manual, ".It Fl -created Ns Oo = Ns Cm on Ns | Ns Cm off Oc\n"), NULL));
    cr_expect(ne(ptr, strstr(manual, ".It Fl -socket Ns = Ns Ar PATH\n"), NULL));
    cr_expect(ne(ptr, strstr(manual, "commas.\nFamilies without"), NULL), "a line a sentence");
    for (int i = 0; i < SETTING_COUNT; i++) {
        char flag[64];
        char wanted[128];
        flag_of((enum setting_id)i, flag, sizeof flag);
        (void)snprintf(wanted, sizeof wanted, ".It Fl %s Ns ", flag + 1);
        cr_expect(strstr(manual, wanted) != NULL, "%s", wanted);
    }
    expect_lines_up_to(80);
}

Test(settings_help, the_version_is_one_line_then_what_was_built) {
    settings_write_version(&text, &run.program);
    const char *version = strbuf_cstr(&text);
    cr_expect(eq(int, strncmp(version, "statgated ", 10), 0));
    char built[160];
    (void)snprintf(built, sizeof built, "\ncommit %s", version_commit);
    cr_expect(eq(ptr, (char *)strstr(version, built), (char *)strchr(version, '\n')));
    (void)snprintf(built, sizeof built, "\nbuilt with %s\n", version_features);
    cr_expect(ne(ptr, strstr(version, built), NULL));
}
