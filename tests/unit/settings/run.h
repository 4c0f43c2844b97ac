/* SPDX-License-Identifier: MIT */
/* run.h - reading settings as a program does, with an environment and a file of the test's own. */
#ifndef STATGATE_TEST_SETTINGS_RUN_H
#define STATGATE_TEST_SETTINGS_RUN_H

#include "base/strbuf.h"
#include "settings/settings.h"

enum { RUN_MAX = 32 };

struct run {
    struct settings_program program;
    struct settings_host host;
    int argc;
    char *argv[RUN_MAX + 1];
    size_t variables;
    char *environment[RUN_MAX + 1];
    char folder[64]; /* of its own, removed by run_done */
    char file[96];   /* the default configuration file; not there until run_file */
    struct settings settings;
    struct error error;
};

/* Sets up a daemon of user 1000 without arguments, environment and file. */
void run_init(struct run *run);
void run_done(struct run *run);
void run_arg(struct run *run, const char *text);
void run_variable(struct run *run, const char *text);
/* Write the default configuration file. */
void run_file(struct run *run, const char *text);
enum settings_outcome run_parse(struct run *run);
/* Parses the settings, and fails the test if that fails. */
void run_ok(struct run *run);
/* A setting's name, "metrics_listen". */
const char *run_name(enum setting_id id);
/* The value as text, as a flag takes it (lists by colons), until the next call. */
const char *run_value(const struct run *run, enum setting_id id);

#endif
