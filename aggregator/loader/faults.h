/*
 * faults.h - finds all mistakes in a catalog file, for the person who corrects it.
 *
 * The loader stops at the first mistake. Here the part with the mistake is removed from the
 * document and the rest is loaded again, until no mistake is left. So only one place knows the
 * format, and each fault is one that the loader reports. Mistakes that only exist because something
 * was removed are left out.
 */
#ifndef STATGATE_LOADER_FAULTS_H
#define STATGATE_LOADER_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

enum { FAULTS_MAX = 64 };

/** One mistake. Borrowed for the call. */
struct loader_fault {
    size_t line; /**< from 1 */
    size_t column;
    const char *pointer; /**< to the value (RFC 6901); "" is the document, also if it is not JSON */
    const char *text;
    const char *hint; /**< how to correct it, or NULL; static */
};
typedef void (*loader_fault_fn)(void *arg, const struct loader_fault *fault);

/** Report at most FAULTS_MAX mistakes, in the order in which they are found. Returns their number.
 * Each mistake costs a further reading of the text and of files of values beside `path`, whose
 * bytes are deducted from *left_bytes; the search ends when there is no room for another. *ret_cut:
 * it ended before all were found. */
size_t faults_find(const char *path, const char *text, size_t len, loader_fault_fn fn, void *arg,
                   size_t *left_bytes, bool *ret_cut);

#endif
