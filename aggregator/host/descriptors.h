/*
 * descriptors.h - how many descriptors this process may have open.
 */
#ifndef STATGATE_HOST_DESCRIPTORS_H
#define STATGATE_HOST_DESCRIPTORS_H

/** Raise the limit (RLIMIT_NOFILE) as far as this process may. */
void descriptors_raise(void);

#endif
