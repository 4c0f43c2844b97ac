/*
 * texts_object.h - the accepted texts in the object that outlives the process: written once, when
 * the object is made, and read by the next daemon, which trusts nothing in them.
 */
#ifndef STATGATE_ACCEPTED_TEXTS_OBJECT_H
#define STATGATE_ACCEPTED_TEXTS_OBJECT_H

#include "accepted/accepted.h"
#include "object/image.h"
#include "object/object.h"

/** Bytes of the table for these texts. */
uint64_t texts_object_bytes(const struct accepted *accepted);
/** Make the table in the object, and write it. False: there is no memory for it. */
bool texts_object_write(const struct accepted *accepted, struct object *object,
                        const struct memory *memory);
/** Read the texts of another process's object, which may still write its other tables. False: out
 * of memory. An object without texts, or with texts that make no sense, gives none. */
bool texts_object_read(struct accepted *ret_accepted, const struct image *image);

#endif
