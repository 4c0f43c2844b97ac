/* SPDX-License-Identifier: MIT */
/* Each setting by each source, and which source wins. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "run.h"

struct sample {
    enum setting_id id;
    const char *text;  /* as a flag or variable has it */
    const char *json;  /* as the file has it */
    const char *other; /* another value */
};

static const struct sample samples[] = {
    {SETTING_catalog, "/a", "[\"/a\"]", "/b"},
    {SETTING_strict, "on", "true", "off"},
    {SETTING_rejected_text, "off", "false", "on"},
    {SETTING_history, "off", "false", "on"},
    {SETTING_socket, "/a", "\"/a\"", "/b"},
    {SETTING_state_file, "/s", "\"/s\"", "/t"},
    {SETTING_socket_mode, "0600", "\"0600\"", "0666"},
    {SETTING_socket_group, "adm", "\"adm\"", "www-data"},
    {SETTING_control, "/c", "\"/c\"", "/d"},
    {SETTING_deep_queue, "off", "false", "on"},
    {SETTING_queue_depth, "1", "1", "65536"},
    {SETTING_unix_stream, "/i", "\"/i\"", "/j"},
    {SETTING_udp, "127.0.0.1:1", "\"127.0.0.1:1\"", "[::1]:1"},
    {SETTING_udp_services, "a,b", "[\"a\", \"b\"]", "c"},
    {SETTING_input_gauges, "statsd", "\"statsd\"", "set"},
    {SETTING_metrics_listen, "[::1]:1", "\"[::1]:1\"", "unix:/m"},
    {SETTING_metrics_path, "/m", "\"/m\"", "/a/b"},
    {SETTING_debug_listen, "10.0.0.1:1", "\"10.0.0.1:1\"", "10.0.0.1:2"},
    {SETTING_debug_hosts, "box,.lan", "[\"box\", \".lan\"]", "all"},
    {SETTING_debug_token_file, "/t", "\"/t\"", "/u"},
    {SETTING_bearer_token_file, "/t", "\"/t\"", "/u"},
    {SETTING_include, "api,host", "[\"api\", \"host\"]", "none"},
    {SETTING_exclude, "x", "\"x\"", "all"},
    {SETTING_resource, "labels", "\"labels\"", "target_info"},
    {SETTING_scope_labels, "on", "true", "off"},
    {SETTING_handler_metrics, "on", "true", "off"},
    {SETTING_openmetrics, "off", "false", "on"},
    {SETTING_created, "on", "true", "off"},
    {SETTING_log_format, "json", "\"json\"", "console"},
    {SETTING_log_level, "warn", "\"warn\"", "debug"},
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(settings_sources, .init = setup, .fini = teardown);

static void add_flag(const struct sample *sample, const char *text) {
    char flag[256];
    (void)snprintf(flag, sizeof flag, "--%s=%s", run_name(sample->id), text);
    for (char *at = flag; *at != '='; at++)
        *at = *at == '_' ? '-' : *at;
    run_arg(&run, flag);
}

static void add_variable(const struct sample *sample, const char *text) {
    char variable[256];
    (void)snprintf(variable, sizeof variable, "STATGATE_%s=%s", run_name(sample->id), text);
    for (char *at = variable; *at != '='; at++)
        *at = (char)toupper(*at);
    run_variable(&run, variable);
}

/* A file with all samples. */
static void write_file(void) {
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < SAMPLES; i++) {
        strbuf_printf(&text, "%s\"%s\": %s", i > 0 ? ",\n" : "{", run_name(samples[i].id),
                      samples[i].json);
    }
    strbuf_puts(&text, "}\n");
    run_file(&run, strbuf_cstr(&text));
    strbuf_done(&text);
}

static void expect_samples(bool other, enum settings_source source) {
    run_ok(&run);
    for (size_t i = 0; i < SAMPLES; i++) {
        cr_expect(eq(str, (char *)run_value(&run, samples[i].id),
                     (char *)(other ? samples[i].other : samples[i].text)),
                  "%s", run_name(samples[i].id));
        cr_expect(eq(int, (int)run.settings.sources[samples[i].id], (int)source), "%s",
                  run_name(samples[i].id));
    }
}

Test(settings_sources, the_table_of_this_test_has_every_setting) {
    /* config has cases of its own. */
    cr_assert(eq(int, SAMPLES + 1, SETTING_COUNT));
}

Test(settings_sources, every_setting_is_a_flag) {
    for (size_t i = 0; i < SAMPLES; i++)
        add_flag(&samples[i], samples[i].text);
    expect_samples(false, SETTINGS_FLAG);
}

Test(settings_sources, every_setting_is_a_variable) {
    for (size_t i = 0; i < SAMPLES; i++)
        add_variable(&samples[i], samples[i].text);
    expect_samples(false, SETTINGS_ENVIRONMENT);
}

Test(settings_sources, every_setting_is_a_key_of_the_file) {
    write_file();
    expect_samples(false, SETTINGS_FILE);
}

Test(settings_sources, nothing_changes_on_failure) {
    run_arg(&run, "--created");
    run_ok(&run);
    const char *socket = run.settings.socket;
    run_arg(&run, "--created=maybe");
    cr_assert(eq(
        int,
        (int)settings_parse(&run.settings, &run.program, run.argc, run.argv, &run.host, &run.error),
        SETTINGS_ERROR));
    cr_expect(run.settings.created);
    cr_expect(eq(ptr, (void *)run.settings.socket, (void *)socket));
    cr_expect(eq(str, (char *)socket, "/tmp/statgate-1000/statgate.sock"));
}

Test(settings_sources, texts_outlive_arguments_and_environment) {
    run_arg(&run, "--socket=/flag");
    run_variable(&run, "STATGATE_SOCKET_GROUP=variable");
    run_ok(&run);
    memset(run.argv[1], 'x', strlen(run.argv[1]));
    memset(run.environment[0], 'x', strlen(run.environment[0]));
    cr_expect(eq(str, (char *)run.settings.socket, "/flag"));
    cr_expect(eq(str, (char *)run.settings.socket_group, "variable"));
}

/* But for paths, which a package has and a user's daemon has not, for what follows from others, and
 * for the inputs that are off. */
Test(settings_sources, the_file_that_ships_has_the_defaults) {
    static const enum setting_id others[] = {
        SETTING_socket,           SETTING_state_file,  SETTING_control,     SETTING_debug_listen,
        SETTING_debug_token_file, SETTING_config,      SETTING_unix_stream, SETTING_udp,
        SETTING_udp_services,     SETTING_input_gauges};
    struct run defaults;
    char *text = files_read("../packaging/systemd/statgate.json", NULL);
    cr_assert(text != NULL);
    run_file(&run, text);
    free(text);
    run_ok(&run);
    run_init(&defaults);
    run_ok(&defaults);
    for (int id = 0; id < SETTING_COUNT; id++) {
        bool is_other = false;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            is_other |= (int)others[i] == id;
        if (is_other)
            continue;
        char value[256];
        (void)snprintf(value, sizeof value, "%s", run_value(&defaults, (enum setting_id)id));
        cr_expect(eq(str, run_value(&run, (enum setting_id)id), value), "%s",
                  run_name((enum setting_id)id));
        cr_expect(eq(int, run.settings.sources[id], SETTINGS_FILE), "%s is left out",
                  run_name((enum setting_id)id));
    }
    cr_expect(eq(str, run_value(&run, SETTING_state_file), "/var/lib/statgate/values"));
    run_done(&defaults);
}
