/*
 * sums.h - the checksums of an object that is kept in a file: one of its front, one of each table.
 *
 * An object in memory has none, because each sample changes it. They are stored when its process
 * has ended in order, and checked before a file is read as an object.
 *
 * A checksum is the lower half of an XXH3 hash, which takes no longer than reading the memory (a
 * CRC of zlib takes ten times as long), and of which one altered table in four billion goes
 * unnoticed. Two words are left out because they are written later: the front's own checksum, and
 * the mark that counts attempts. Only the file's owner knows where it has holes, so sums_fn hashes.
 */
#ifndef STATGATE_OBJECT_SUMS_H
#define STATGATE_OBJECT_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/** Hash the object's bytes from `at` to before `end`, starting from the hash of what is before
 * them. */
typedef uint64_t (*sums_fn)(const void *arg, uint64_t at, uint64_t end, uint64_t hash);

/** Store the checksums in an object that nobody changes any more. Returns false with the reason if
 * it is no object. */
bool sums_store(unsigned char *bytes, uint64_t size, sums_fn fn, const void *arg,
                struct error *ret_error);

/** Check all checksums. True as well for an object of a version that stored none. False with a
 * reason that names the table. */
bool sums_check(unsigned char *bytes, uint64_t size, sums_fn fn, const void *arg,
                struct error *ret_error);

#endif
