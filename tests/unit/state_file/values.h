/*
 * values.h - daemons that leave one number in a state file, and such that find it there.
 */
#ifndef STATGATE_TESTS_STATE_FILE_VALUES_H
#define STATGATE_TESTS_STATE_FILE_VALUES_H

#include <stdint.h>

#include "state_file/state_file.h"

enum { VALUES_NONE = 0 };

/* PATH in the test's folder, and the same with an end. */
const char *values_path(void);
const char *values_path_of(const char *suffix);
bool values_is_there(const char *suffix);

/* An object with this number in it, whose process ended in order. */
void values_make(struct object_file *object, uint64_t number);
/* A daemon ends: false when the file cannot be written. */
bool values_leave(uint64_t number, struct error *ret_error);
/* A daemon starts and is ready: what it found, or VALUES_NONE with *ret_error. Fails the test when it finds what cannot
 * be read. */
uint64_t values_find(struct error *ret_error);
/* The number in memory that was taken. Closes it. */
uint64_t values_read(int fd);

#endif
