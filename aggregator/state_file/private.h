/*
 * private.h - names beside the state file, for the files of this folder.
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

/* The file's name in its folder, with this end. */
struct state_file_name state_file_name(const struct state_file *file, const char *suffix);
/* Give the file with one end another, on the disk, too. False with errno. */
bool state_file_move(const struct state_file *file, const char *from, const char *to);
/* What is left of one that was used goes. */
void state_file_clear(const struct state_file *file);
/* "state file PATH: WHAT: errno's words". Returns false. */
bool state_file_fails(const struct state_file *file, struct error *ret_error, const char *what);

#endif
