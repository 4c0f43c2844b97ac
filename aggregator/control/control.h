/* SPDX-License-Identifier: MIT */
/*
 * control.h - the commands that root and the daemon's own user give: what can be asked, and how it
 * ends. The daemon takes them by HTTP on its control socket, the command gives them
 * (proto/CONTROL.md). Pure.
 */
#ifndef STATGATE_CONTROL_CONTROL_H
#define STATGATE_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/** The rows of commands.def: CONTROL_RELOAD, ... */
enum control_command {
#define COMMAND(id, name, about, parameters) CONTROL_##id,
#include "control/commands.def"
#undef COMMAND
};

/** The rows of statuses.def: CONTROL_REFUSED, ... Each is a status of HTTP. */
enum control_status {
#define STATUS(id, status, exit_code) CONTROL_##id = (status),
#include "control/statuses.def"
#undef STATUS
};

/** The exit code of the command `statgate` for a status. */
int control_exit_code(unsigned status);

/** A command. Texts are borrowed; NULL: not given. */
struct control_request {
    enum control_command command;
    const char *service;
    const char *family;
    const char *labels; /**< for control_labels_read */
    const char *verdict;
    const char *pid;
    const char *state;
    const char *lasting; /**< seconds */
    const char *why;
};

enum { CONTROL_LABELS_MAX = 32 };

struct control_label {
    const char *key;
    const char *value; /**< may be "" */
};

struct control_labels {
    struct control_label items[CONTROL_LABELS_MAX]; /**< no key twice */
    size_t count;
};

/**
 * Read KEY=VALUE,...: in a value, `\,` is a comma, `\\` a backslash and `\n` a newline. The text is
 * changed in place, and the labels point into it. False with a sentence in ret_error.
 */
bool control_labels_read(char *text, struct control_labels *ret_labels, struct error *ret_error);

#endif
