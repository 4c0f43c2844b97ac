/*
 * jsonread.h - reads JSON that a program wrote, such as the daemon's views.
 *
 * Unlike a file (jsondoc.h), it may have members that its reader does not know, or lack members
 * that an older program did not write yet: a member that is missing, or of another type, reads as
 * the value for "unknown". Texts may hold any character, NUL included.
 */
#ifndef STATGATE_JSON_JSONREAD_H
#define STATGATE_JSON_JSONREAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Parse one value. Returns a new reference, or NULL with a sentence. Limiting the bytes limits the
 * memory. */
json_t *jsonread_parse(const char *text, size_t len, struct error *ret_error);

/** A member; NULL if it is missing, null, or `object` is not an object (NULL is fine). Borrowed. */
json_t *jsonread_member(const json_t *object, const char *key);
/** An array, or NULL if there is none; jansson treats NULL as empty. */
json_t *jsonread_list(const json_t *object, const char *key);
/** A text, or "". Borrowed; *ret_len may be NULL. */
const char *jsonread_text(const json_t *object, const char *key, size_t *ret_len);
/** A whole number, or `unknown`. */
int64_t jsonread_i64(const json_t *object, const char *key, int64_t unknown);
/** A number, also from the texts for numbers that JSON lacks ("NaN", "+Inf", "-Inf"). */
double jsonread_number(const json_t *object, const char *key, double unknown);
bool jsonread_bool(const json_t *object, const char *key, bool unknown);

#endif
