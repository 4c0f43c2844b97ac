/*
 * patch.h - what to change in a catalog so that lines of a group are accepted.
 *
 * A patch is a part of a catalog file: objects in it are merged into the file's, all else replaces what
 * is there (jq's `*`). A list is whole, with what the catalog has of it now.
 */
#ifndef STATGATE_HINTS_PATCH_H
#define STATGATE_HINTS_PATCH_H

#include "base/strbuf.h"
#include "hints/group.h"

/** Labels with more values than these are not patched: their list would be too long to read. */
enum { PATCH_VALUES_MAX = 200 };

/**
 * Append a patch as JSON, with the `service` that says which catalog it is for. With group->line it
 * mends all labels of that line, else the label at fault. False, and nothing appended, where no
 * change of a catalog is right (the sender's letter, number, or form is wrong), or too little is
 * known. What it makes is what the catalog's author might have meant, to be read before it is taken.
 */
bool hints_patch(struct strbuf *out, const struct hints_world *world,
                 const struct hints_group *group);

#endif
