/*
 * front.h - the front of another process's object, which is checked before use, and the changes
 * that were under way in it. Private to object/.
 */
#ifndef STATGATE_OBJECT_FRONT_H
#define STATGATE_OBJECT_FRONT_H

#include "object/image.h"
#include "object/layout.h"

/* Read the header as far as the version that wrote it had one; the rest is 0. */
bool front_read(const unsigned char *bytes, uint64_t size, struct object_header *ret_header,
                struct error *ret_error);
/* Compare layout and boot id. An object of another layout is refused; one of another boot is
 * refused unless it is clean: when a host goes down without warning, changes that were under way
 * are in no object that could be read. */
bool front_take_boot(struct image *image, const struct object_header *header,
                     const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error);
/* Read the marks and the offsets of the parts. */
bool front_take(struct image *image, const struct object_header *header, struct error *ret_error);
/* Offset at which the tables begin. Call after front_take. */
uint64_t front_end(const struct object_header *header);
struct object_marks front_marks(const struct object_header *header);
/* Put back the words that were under way, and read the position. Call after front_take. */
bool front_take_back(struct image *image, const struct object_header *header,
                     struct error *ret_error);

#endif
