/*
 * files.h - what tests do with files: read and write them whole, go through folders of cases.
 *
 * A failing operation fails the test, except where noted.
 */
#ifndef STATGATE_TESTS_FILES_H
#define STATGATE_TESTS_FILES_H

#include <stddef.h>

/* The whole file with a zero byte behind it, to be freed; NULL when it can't be opened. ret_len may
 * be NULL. */
char *files_read(const char *path, size_t *ret_len);

/* The same in a folder. */
char *files_read_in(const char *folder, const char *name);

/* Make the file hold these bytes and no others. */
void files_write(const char *path, const char *data, size_t len);

struct files {
    char **paths; /* FOLDER/NAME, in byte order */
    size_t count;
};

/* What is in the folder under a name that ends so ("": everything), hidden files left out. */
struct files files_list(const char *folder, const char *ending);
void files_free(struct files *files);

/* Remove a folder and its files but hidden ones; errors are ignored. */
void files_remove_folder(const char *folder);

/* Replace the escapes \n, \t, \\ and \xHH in place; returns the length. Other escapes
 * fail the test. */
size_t files_unescape(char *text);

/* Descriptors that this process has open. */
size_t open_descriptors(void);

#endif
