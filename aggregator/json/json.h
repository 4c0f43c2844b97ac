/* SPDX-License-Identifier: MIT */
/* json.h - documents of JSON with the place of each value. */
#ifndef STATGATE_JSON_JSON_H
#define STATGATE_JSON_JSON_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"

/* ---- jsondoc ----
 * JSON files that people write, loaded with a place for every error.
 *
 * A thin layer over jansson for the two kinds of files, configuration and catalogs. Syntax errors
 * and duplicate keys are reported as `file:line:column: text`, errors of meaning as `file:
 * /path/to/value: text` (a JSON pointer, so that an editor finds it).
 */

enum { JSONDOC_BYTES_MAX = 16 << 20 };

/**
 * Parse `len` bytes; messages name the file `name`. Duplicate keys, a top level that is not an
 * object, and text after it are refused. Returns a new reference, or NULL with *ret_error set.
 */
json_t *json_jsondoc_parse(const char *name, const char *text, size_t len, struct error *ret_error);

/**
 * Read a whole regular file of at most `max` bytes. Never waits: what blocks, as a pipe does, is
 * refused. The caller frees the bytes; NULL with a reason, which is `too_large` for a larger one.
 */
char *json_jsondoc_bytes(const char *path, size_t max, const char *too_large, size_t *ret_len,
                         const char **ret_why);

/** Read a whole file of at most JSONDOC_BYTES_MAX bytes, as json_jsondoc_load does. The caller
 * frees the bytes; NULL with *ret_error set. */
char *json_jsondoc_read(const char *path, size_t *ret_len, struct error *ret_error);

/** The same for a file of at most JSONDOC_BYTES_MAX bytes; a file that cannot be read is also an
 * error. */
json_t *json_jsondoc_load(const char *path, struct error *ret_error);

/**
 * The place of a value in the document: a linked list on the C stack, from the value to the root
 * (whose `parent` is NULL and whose `key` is the file's name). For array items `key` is NULL.
 */
struct jsondoc_place {
    const struct jsondoc_place *parent;
    const char *key;
    size_t index;
};

/** Write `file: /a/b/0: message` into *ret_error (cut at its size). Returns false, for `return`. */
bool json_jsondoc_fail(struct error *ret_error, const struct jsondoc_place *place,
                       const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Say that the key at this place is none of `keys` (ended by NULL), with the nearest one, or all
 * of them. Returns false. */
bool json_jsondoc_unknown_key(struct error *ret_error, const struct jsondoc_place *place,
                              const char *const *keys);

/** True if every key of `object` is one of `keys` (ended by NULL); else false, with the unknown key
 * and the nearest known one named in *ret_error. */
bool json_jsondoc_keys_known(json_t *object, const struct jsondoc_place *place,
                             const char *const *keys, struct error *ret_error);

/* ---- jsonread ----
 * reads JSON that a program wrote, such as the daemon's views.
 *
 * Unlike a file, it may have members that its reader does not know, or lack some: a member that is
 * missing, or of another type, reads as the value for "unknown". Texts may hold any character, NUL
 * included.
 */

/** Parse one value. Returns a new reference, or NULL with a sentence. Limiting the bytes limits the
 * memory. */
json_t *json_jsonread_parse(const char *text, size_t len, struct error *ret_error);

/** A member; NULL if it is missing, null, or `object` is not an object (NULL is fine). Borrowed. */
json_t *json_jsonread_member(const json_t *object, const char *key);
/** An array, or NULL if there is none; jansson treats NULL as empty. */
json_t *json_jsonread_list(const json_t *object, const char *key);
/** A text, or "". Borrowed; *ret_len may be NULL. */
const char *json_jsonread_text(const json_t *object, const char *key, size_t *ret_len);
/** A whole number, or `unknown`. */
int64_t json_jsonread_i64(const json_t *object, const char *key, int64_t unknown);
/** A number, also from the texts for numbers that JSON lacks ("NaN", "+Inf", "-Inf"). */
double json_jsonread_number(const json_t *object, const char *key, double unknown);
bool json_jsonread_bool(const json_t *object, const char *key, bool unknown);

/* ---- locate: finds where a value is in the text of a JSON document. Pure. ---- */

/**
 * The offset of what a JSON pointer ("/a/0", RFC 6901) names: the key of a member, the value of an
 * item; "" is the document. If it does not exist, the offset of the last value on the way that
 * does. The text must be valid for a parser.
 */
size_t json_locate_pointer(const char *text, size_t len, const char *pointer);

/**
 * Where the token begins that a parser has read up to `end`, which may be within it. Texts and
 * words are one token each, as are brackets and any other single character; the text need not be
 * valid.
 */
size_t json_locate_token(const char *text, size_t len, size_t end);

/** Line and column of an offset, counted from 1. Columns are characters of UTF-8. */
void json_locate_line(const char *text, size_t len, size_t offset, size_t *ret_line,
                      size_t *ret_column);

/* ---- template ----
 * texts with holes, filled in from a JSON document.
 *
 * They are a part of Mustache (mustache.github.io), and nothing is escaped: {{name}}, {{.}},
 * {{#section}}, {{^unless}}, {{/end}}, {{>template}}, {{! remark}}; a name is looked up outwards,
 * and `a.b` is a member of `a`. As in Handlebars, {{#@first}} and {{^@last}} ask where in a list
 * this is. A tag of sections, templates or remarks that is alone on its line takes the line with
 * it. What is false: null, false, 0, "", [] and what is missing.
 */

/** A template; the last has no name. Their texts must be valid: they are the program's own. */
struct json_template {
    const char *name;
    const char *text;
};

/** Append the template of this name. */
void json_template_fill(struct strbuf *out, const struct json_template *templates, const char *name,
                        json_t *document);

#endif
