/*
 * json_pretty.h - puts each item of compact JSON on its own indented line, for people.
 *
 * It processes bytes in slices of any size, so the code that writes the JSON need not know about
 * it. Input that is not valid JSON gives output that is not valid JSON either.
 */
#ifndef STATGATE_BASE_JSON_PRETTY_H
#define STATGATE_BASE_JSON_PRETTY_H

#include "base/strbuf.h"

/** State between slices; start with a zeroed struct. */
struct json_pretty {
    unsigned depth; /**< number of open brackets */
    bool in_string;
    bool escaped; /**< in a string, after a backslash */
    bool opened;  /**< the last byte was an opening bracket: a line break, or nothing, is due */
};

/** Append `len` bytes of JSON, indented. Takes about 2 ns per byte. Deeply nested input grows the
 * most. */
void json_pretty_put(struct json_pretty *pretty, struct strbuf *out, const char *text, size_t len);

#endif
