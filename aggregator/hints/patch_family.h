/*
 * patch_family.h - a declaration for a name that no catalog declares. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_FAMILY_H
#define STATGATE_HINTS_PATCH_FAMILY_H

#include "base/json_writer.h"
#include "hints/world.h"
#include "sg_proto.h"

/** Write a patch (an object) with which this line is accepted. Returns false if the line is nothing
 * that can be declared. */
bool patch_family_write(struct json_writer *w, const struct hints_world *world,
                        struct sg_span line);

#endif
