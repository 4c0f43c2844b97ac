/* SPDX-License-Identifier: MIT */
/*
 * values.h - daemons that leave one number in a state file, and daemons that find it there.
 */
#ifndef STATGATE_TESTS_STATE_FILE_VALUES_H
#define STATGATE_TESTS_STATE_FILE_VALUES_H

#include <stdint.h>

#include "state_file/state_file.h"

enum { VALUES_NONE = 0 };

/* The state file in the test's folder, and the same path with an ending. */
const char *values_path(void);
const char *values_path_of(const char *suffix);
bool values_is_there(const char *suffix);

/* Makes an object with this number in it, whose process ended in order. */
void values_make(struct object_file *object, uint64_t number);
/* Ends a daemon. False if the file cannot be written. */
bool values_leave(uint64_t number, struct error *ret_error);
/* Starts a daemon, which gets ready. Returns the number that it found, or VALUES_NONE and
 * *ret_error. Fails the test if it finds an object that cannot be read. */
uint64_t values_find(struct error *ret_error);
/* Returns the number in an object that was taken over, and closes the object. */
uint64_t values_read(int fd);

#endif
