/*
 * target.h - the target of a request, `/debug/series?limit=10&after=x`, read in place. Pure.
 */
#ifndef STATGATE_HTTP_TARGET_H
#define STATGATE_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

/** The parts of a target that the server uses; all point into the text that was read. */
struct target {
    const char *path; /**< percent-decoded */
    /** The authority of an absolute form, not decoded and not terminated; NULL: there is none. */
    const char *authority;
    size_t authority_len;
    /* Parameters, decoded; NULL when absent, "" without a value. The first of several wins. */
#define PARAMETER(field, name) const char *field;
#include "http/target.def"
#undef PARAMETER
    const char *unknown; /**< name of the first other parameter, undecoded if it cannot be decoded;
                              NULL: there is none */
};

/**
 * Read a target (origin or absolute form) and decode it in place. False with a sentence (static) in
 * *ret_reason for a `%` without two hex digits, and for an encoded NUL, in the path or in one of
 * the parameters above.
 */
bool target_parse(char *text, struct target *ret_target, const char **ret_reason);

enum { TARGET_LIMIT_MAX = 1000000 };

/**
 * Read a `limit` parameter: decimal digits only, 1 to TARGET_LIMIT_MAX. NULL gives 0, the views'
 * default. False for anything else.
 */
bool target_limit(const char *text, size_t *ret_limit);

#endif
