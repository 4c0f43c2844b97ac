/*
 * faults.h - all that is wrong with a catalog file, for whoever corrects it.
 *
 * The loader ends with the first mistake. Here what is wrong is taken out of the document, and the
 * rest is loaded again, until nothing is wrong any more. So there is one place that knows the format, and each
 * fault is one that the loader reports. What is only wrong because something was taken out is left out.
 */
#ifndef STATGATE_LOADER_FAULTS_H
#define STATGATE_LOADER_FAULTS_H

#include <stddef.h>

enum { FAULTS_MAX = 64 };

/** One mistake. Borrowed for the call. */
struct loader_fault {
    size_t line; /**< from 1 */
    size_t column;
    const char
        *pointer; /**< to the value (RFC 6901); "" is the document, also of text that is no JSON */
    const char *text;
    const char *hint; /**< what to do about it, or NULL; static */
};
typedef void (*loader_fault_fn)(void *arg, const struct loader_fault *fault);

/** Report the mistakes in the order in which they are found, FAULTS_MAX at most. Returns how many. */
size_t faults_find(const char *text, size_t len, loader_fault_fn fn, void *arg);

#endif
