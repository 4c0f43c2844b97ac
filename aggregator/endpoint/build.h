/*
 * build.h - the state of building endpoints, which the files of this folder work on, and their
 * error messages.
 *
 * Functions that take a build return false on failure, with `place: text` in the build's error.
 */
#ifndef STATGATE_ENDPOINT_BUILD_H
#define STATGATE_ENDPOINT_BUILD_H

#include "endpoint/endpoint.h"

struct build {
    struct endpoints *endpoints;
    struct catalog_set *set;
    const struct endpoint_options *options;
    size_t count;
    struct error *error;
};

/** Set the error to `place: text`. Returns false. */
bool build_fail(const struct build *build, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool build_no_memory(const struct build *build);

#endif
