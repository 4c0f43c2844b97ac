/* SPDX-License-Identifier: MIT */
/*
 * files.h - reads and writes whole files, and lists folders of test cases.
 *
 * An operation that fails also fails the test, except where noted.
 */
#ifndef STATGATE_TESTS_FILES_H
#define STATGATE_TESTS_FILES_H

#include <stddef.h>

/* Returns the whole file and a zero byte behind it; the caller frees it. NULL if it cannot be
 * opened. ret_len may be NULL. */
char *files_read(const char *path, size_t *ret_len);

/* The same for a file FOLDER/NAME, without the length. */
char *files_read_in(const char *folder, const char *name);

/* Writes the file, which then has just these bytes. */
void files_write(const char *path, const char *data, size_t len);

struct files {
    char **paths; /* FOLDER/NAME, in byte order */
    size_t count;
};

/* Lists the entries of the folder whose names have this ending ("": all), except hidden ones. */
struct files files_list(const char *folder, const char *ending);
void files_free(struct files *files);

/* Removes a folder and all in it except hidden files. Errors are ignored. */
void files_remove_folder(const char *folder);

/* Replaces the escapes \n, \t, \\ and \xHH in place, and returns the length. Other escapes
 * fail the test. */
size_t files_unescape(char *text);

/* A count of this process's open descriptors, to be compared with another one. */
size_t open_descriptors(void);

#endif
