/*
 * json_pretty.h - compact JSON with a line and an indent for each item, for people.
 *
 * It looks at bytes only, as they come, in slices of any size: whoever writes the JSON need not know.
 * What is no JSON comes out as something else that is none.
 */
#ifndef STATGATE_BASE_JSON_PRETTY_H
#define STATGATE_BASE_JSON_PRETTY_H

#include "base/strbuf.h"

/** What is to be remembered between slices; zeroed at first. */
struct json_pretty {
    unsigned depth; /**< of brackets that are open */
    bool in_string;
    bool escaped; /**< within a string, behind a backslash */
    bool opened;  /**< the last byte was an opening bracket: nothing, or a line's end, follows */
};

/** Append these bytes, indented. Takes some 2 ns a byte. What is deeply nested grows most. */
void json_pretty_put(struct json_pretty *pretty, struct strbuf *out, const char *text, size_t len);

#endif
