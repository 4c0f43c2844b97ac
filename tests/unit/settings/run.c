#include "run.h"

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

const char *run_value(const struct run *run, enum setting_id id) {
    static char text[4096];
    struct strbuf value;
    strbuf_init(&value);
    settings_write_value(&value, &run->settings, id);
    (void)snprintf(text, sizeof text, "%s", strbuf_cstr(&value));
    strbuf_done(&value);
    return text;
}
