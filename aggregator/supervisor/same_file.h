/*
 * same_file.h - whether two descriptors refer to one open file.
 */
#ifndef STATGATE_SUPERVISOR_SAME_FILE_H
#define STATGATE_SUPERVISOR_SAME_FILE_H

#include <stdbool.h>

/** True if they are duplicates of each other; or, if the kernel cannot tell, if they refer to the
 * same file with the same flags. */
bool same_file(int a, int b);

#endif
