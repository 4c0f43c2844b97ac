/*
 * lineage.h - whether a process descends from this one.
 */
#ifndef STATGATE_SUPERVISOR_LINEAGE_H
#define STATGATE_SUPERVISOR_LINEAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The parent's process id from the content of /proc/PID/stat (proc(5)); 0: there is no parent, or
 * the text is invalid. */
int32_t lineage_read_parent(const char *text, size_t len);
/** Whether the process is a child of this one, a child of a child, and so on. False without
 * /proc. */
bool lineage_is_descendant(int32_t pid);

#endif
