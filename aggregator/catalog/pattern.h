/*
 * pattern.h - patterns that values of a label match: named ones, and regular expressions.
 */
#ifndef STATGATE_CATALOG_PATTERN_H
#define STATGATE_CATALOG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/** A pattern for label values, named or a regular expression, anchored at both ends. */
struct pattern;

/**
 * Compile `source`, either one of these names or a regular expression (PCRE2, UTF):
 *
 *   uuid         8-4-4-4-12 hexadecimal digits, either case (RFC 9562, 4)
 *   integer      decimal, up to 19 digits, without a leading zero; a minus is allowed
 *   slug         lower-case letters and digits, words joined by single hyphens
 *   semver       MAJOR.MINOR.PATCH[-pre][+build] (semver.org 2.0.0), without a leading v
 *   status_code  100 to 599
 *
 * Returns NULL with a message in ret_error on failure. Free with pattern_free.
 */
struct pattern *pattern_new(const char *source, struct error *ret_error);
void pattern_free(struct pattern *pattern);
/**
 * Whether the whole of `text` matches within the step limit. These never match: empty text (an
 * empty label value means no label), text longer than CATALOG_VALUE_MAX bytes, invalid UTF-8.
 * Writes to scratch memory of the pattern, so only one thread at a time may match.
 */
bool pattern_match(const struct pattern *pattern, const char *text, size_t len);
/** The source that was passed to pattern_new. */
const char *pattern_source(const struct pattern *pattern);

#endif
