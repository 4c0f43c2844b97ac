/*
 * endpoint_private.h - endpoints on their way: what the files of this folder share.
 *
 * All functions return false with the reason and place in the build's error.
 */
#ifndef STATGATE_ENDPOINT_PRIVATE_H
#define STATGATE_ENDPOINT_PRIVATE_H

#include "endpoint/endpoint.h"

struct build {
    struct endpoints *endpoints;
    struct catalog_set *set;
    const struct endpoint_options *options;
    size_t count;
    char *error;
    size_t error_size;
};

/** `place: text`. Returns false. */
bool build_fail(const struct build *build, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool build_no_memory(const struct build *build);
/** Append to the error that is already there, as far as there is room. */
void build_add(const struct build *build, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* groups.c */

/** The groups that include and exclude name exist. */
bool groups_check(const struct build *build, const struct endpoint *endpoint,
                  const struct endpoint_options *options);

/* constants.c */

/** The labels of the endpoint's pages, constant ones and the target's, for a finished set. */
bool constants_build(const struct build *build, struct endpoint *endpoint,
                     const struct endpoint_options *options);
/** No family of the endpoint declares one of its service's constant labels. */
bool constants_check(const struct build *build, const struct endpoint *endpoint);

#endif
