/*
 * reserved.h - macros, constants, types and functions of system headers whose names a catalog could
 * produce: service `sched` with a label `priority`. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_RESERVED_H
#define STATGATE_STATGATE_GEN_RESERVED_H

/** Ends with NULL. */
extern const char *const gen_reserved[];

#endif
