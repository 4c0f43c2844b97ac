/*
 * lineage.h - whether a process comes from this one.
 */
#ifndef STATGATE_KEEPER_LINEAGE_H
#define STATGATE_KEEPER_LINEAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The parent by the content of /proc/PID/stat (proc(5)); 0: it is not one, or there is none. */
int32_t lineage_read_parent(const char *text, size_t len);
/** True for a child of this process, a child of one, and so on. False without /proc. */
bool lineage_is_descendant(int32_t pid);

#endif
