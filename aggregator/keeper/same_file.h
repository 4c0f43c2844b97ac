/*
 * same_file.h - whether two descriptors are one open file.
 */
#ifndef STATGATE_KEEPER_SAME_FILE_H
#define STATGATE_KEEPER_SAME_FILE_H

#include <stdbool.h>

/** True when they are copies of each other, or where the kernel does not say that, when they lead
 * to the same file in the same way. */
bool same_file(int a, int b);

#endif
