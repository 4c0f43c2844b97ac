/*
 * private.h - the names of files beside the state file, for the files of this folder.
 */
#ifndef STATGATE_STATE_FILE_PRIVATE_H
#define STATGATE_STATE_FILE_PRIVATE_H

#include <limits.h>

#include "state_file/state_file.h"

#define STATE_FILE_NEW  ".new"
#define STATE_FILE_USED ".used"
#define STATE_FILE_BAD_ ".bad"

enum { STATE_FILE_SUFFIX_MAX = sizeof ".used" };

struct state_file_name {
    char text[NAME_MAX + 1];
};

/* The file's name in its folder, with this suffix. */
struct state_file_name state_file_name(const struct state_file *file, const char *suffix);
/* Rename the file from one suffix to another, durably. False with errno. */
bool state_file_move(const struct state_file *file, const char *from, const char *to);
/* Remove the rest of a file that was used. */
void state_file_clear(const struct state_file *file);
/* Write "state file PATH: WHAT: errno's words" into *ret_error. Returns false. */
bool state_file_fails(const struct state_file *file, struct error *ret_error, const char *what);

#endif
