/* SPDX-License-Identifier: MIT */
/* run.h - a whole subcommand run in this process, with the test's own environment and folder. */
#ifndef STATGATE_TEST_CLI_RUN_H
#define STATGATE_TEST_CLI_RUN_H

#include <sys/types.h>

#include "statgate/command.h"

enum { RUN_VARIABLES_MAX = 8, RUN_PATH_MAX = 108 };

struct run {
    struct cli cli;
    size_t variables;
    char *environment[RUN_VARIABLES_MAX + 1];
    char folder[64]; /* removed by run_done, with its contents */
    char path[RUN_PATH_MAX];
    int code;
};

/* Sets up user 1000 without environment, configuration or input. The default places are in the
 * folder. */
void run_init(struct run *run);
void run_done(struct run *run);
void run_variable(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* FOLDER/NAME, until the next call. */
const char *run_path(struct run *run, const char *name);
/* Writes a file in the folder. */
void run_file(struct run *run, const char *name, const char *text);
/* Becomes the user nobody if run as root, since root has all rights. */
void run_drop_rights(struct run *run);
/* Binds a socket in the folder, and returns it. */
int run_listen(struct run *run, const char *name, int type);
/* Binds a datagram socket of root and this group, and becomes another user. Skips the test if it
 * does not run as root, since only root can change its user. */
int run_listen_denied(struct run *run, const char *name, gid_t group);
/* Sets the standard input of the command. */
void run_input(struct run *run, const char *text, size_t len);

/* Runs `statgate` with these words, ended by NULL. Returns the exit code. */
int run_words(struct run *run, const char *const *words);
#define RUN(run_, ...) run_words((run_), (const char *const[]){__VA_ARGS__, NULL})

/* What the last command printed. */
const char *run_out(struct run *run);
const char *run_err(struct run *run);

/* Whether the text contains `part`. */
bool has(const char *text, const char *part);

#endif
