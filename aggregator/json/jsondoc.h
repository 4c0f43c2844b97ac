/*
 * jsondoc.h - JSON files that people write, loaded with a place for every error.
 *
 * A thin layer over jansson for the two kinds of files, configuration and catalogs. Syntax errors
 * and duplicate keys are reported as `file:line:column: text`, errors of meaning as `file:
 * /path/to/value: text` (a JSON pointer, so that an editor finds it).
 */
#ifndef STATGATE_JSON_JSONDOC_H
#define STATGATE_JSON_JSONDOC_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { JSONDOC_BYTES_MAX = 16 << 20 };

/**
 * Parse `len` bytes; messages name the file `name`. Duplicate keys, a top level that is not an
 * object, and text after it are refused. Returns a new reference, or NULL with *ret_error set.
 */
json_t *jsondoc_parse(const char *name, const char *text, size_t len, struct error *ret_error);

/**
 * Read a whole regular file of at most `max` bytes. Never waits: what blocks, as a pipe does, is
 * refused. The caller frees the bytes; NULL with a reason, which is `too_large` for a larger one.
 */
char *jsondoc_bytes(const char *path, size_t max, const char *too_large, size_t *ret_len,
                    const char **ret_why);

/** Read a whole file of at most JSONDOC_BYTES_MAX bytes, as jsondoc_load does. The caller frees the
 * bytes; NULL with *ret_error set. */
char *jsondoc_read(const char *path, size_t *ret_len, struct error *ret_error);

/** The same for a file of at most JSONDOC_BYTES_MAX bytes; a file that cannot be read is also an
 * error. */
json_t *jsondoc_load(const char *path, struct error *ret_error);

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
bool jsondoc_fail(struct error *ret_error, const struct jsondoc_place *place, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/** True if every key of `object` is one of `keys` (ended by NULL); else false, with the unknown key
 * and the nearest known one named in *ret_error. */
bool jsondoc_keys_known(json_t *object, const struct jsondoc_place *place, const char *const *keys,
                        struct error *ret_error);

#endif
