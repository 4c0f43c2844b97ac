/*
 * patch.h - what to change in a catalog so that lines of a group are accepted.
 *
 * A patch is a part of a catalog file: its objects are merged into the file's, everything else
 * replaces the present value (jq's `*`). Lists are complete: they repeat what the catalog lists
 * now.
 */
#ifndef STATGATE_HINTS_PATCH_H
#define STATGATE_HINTS_PATCH_H

#include "base/strbuf.h"
#include "hints/group.h"

/** Labels with more values than this are not patched: the list would be too long to read. */
enum { PATCH_VALUES_MAX = 200 };

/**
 * Append a patch as JSON; its `service` names the catalog to change. With group->line, the patch
 * corrects all labels of that line, else only the label at fault. Returns false and appends nothing
 * if no change of a catalog is right (the sender's letter, number or form is wrong), or too little
 * is known. A patch is a guess at what the catalog's author meant, to be read before it is applied.
 */
bool hints_patch(struct strbuf *out, const struct hints_world *world,
                 const struct hints_group *group);

#endif
