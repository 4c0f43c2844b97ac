/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"

void run_init(struct run *run) {
    memset(run, 0, sizeof *run);
    run->program = (struct settings_program){.name = "statgated",
                                             .usage = "[flags]",
                                             .about = "A program under test.",
                                             .allowed = SETTINGS_ALL};
    (void)snprintf(run->folder, sizeof run->folder, "/tmp/statgate-test-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(run->folder), NULL));
    (void)snprintf(run->file, sizeof run->file, "%s/settings.json", run->folder);
    run->host = (struct settings_host){
        .uid = 1000, .environment = run->environment, .config_file = run->file};
    run_arg(run, "statgated");
}

void run_done(struct run *run) {
    settings_done(&run->settings);
    for (int i = 0; i < run->argc; i++)
        free(run->argv[i]);
    for (size_t i = 0; i < run->variables; i++)
        free(run->environment[i]);
    unlink(run->file);
    rmdir(run->folder);
}

void run_arg(struct run *run, const char *text) {
    cr_assert(lt(int, run->argc, RUN_MAX));
    run->argv[run->argc++] = strdup(text);
}

void run_variable(struct run *run, const char *text) {
    cr_assert(lt(sz, run->variables, RUN_MAX));
    run->environment[run->variables++] = strdup(text);
}

void run_file(struct run *run, const char *text) {
    files_write(run->file, text, strlen(text));
}

enum settings_outcome run_parse(struct run *run) {
    settings_done(&run->settings);
    return settings_parse(&run->settings, &run->program, run->argc, run->argv, &run->host,
                          &run->error);
}

void run_ok(struct run *run) {
    const enum settings_outcome outcome = run_parse(run);
    cr_assert(eq(int, (int)outcome, SETTINGS_OK), "%s", run->error.text);
}

const char *run_name(enum setting_id id) {
    static const char *const names[] = {
#define SETTING(name, kind, group, initial, shown, argument, check, help) #name,
#include "settings/settings.def"
#undef SETTING
    };
    return names[id];
}

static void put_text(struct strbuf *out, const char *text) {
    strbuf_puts(out, text == NULL ? "" : text);
}

static void put_list(struct strbuf *out, struct settings_list list) {
    for (size_t i = 0; i < list.count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ":" : "", list.items[i]);
}

static void put_switch(struct strbuf *out, bool value) {
    strbuf_puts(out, value ? "on" : "off");
}

static void put_mode(struct strbuf *out, uint32_t mode) {
    strbuf_printf(out, "%04o", (unsigned)mode);
}

static void put_number(struct strbuf *out, int64_t value) {
    strbuf_printf(out, "%" PRId64, value);
}

static void put_value(struct strbuf *out, const struct settings *settings, enum setting_id id) {
#define PUT_TEXT   put_text
#define PUT_WORDS  put_text
#define PUT_CHOICE put_text
#define PUT_FILE   put_text
#define PUT_PATHS  put_list
#define PUT_SWITCH put_switch
#define PUT_MODE   put_mode
#define PUT_NUMBER put_number
    switch (id) {
#define SETTING(name, kind, group, initial, shown, argument, check, help)                          \
    case SETTING_##name:                                                                           \
        PUT_##kind(out, settings->name);                                                           \
        break;
#include "settings/settings.def"
#undef SETTING
    case SETTING_COUNT:
        break;
    }
}

const char *run_value(const struct run *run, enum setting_id id) {
    static char text[4096];
    struct strbuf value;
    strbuf_init(&value);
    put_value(&value, &run->settings, id);
    (void)snprintf(text, sizeof text, "%s", strbuf_cstr(&value));
    strbuf_done(&value);
    return text;
}
