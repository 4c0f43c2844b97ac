/*
 * restarted.h - which families start again because their catalog changed, and what is not taken
 * over because this version does not understand it: for the log, for events and /debug/ingress.
 */
#ifndef STATGATE_STATGATED_RESTARTED_H
#define STATGATE_STATGATED_RESTARTED_H

#include "object/match.h"

enum { RESTARTED_REFUSED_MAX = 8 };

/** Tables of one name that were refused for the same field. */
struct restarted_refused {
    char table[OBJECT_NAME_MAX];
    char field[OBJECT_NAME_MAX];
    uint64_t tables;
};

/** The tables of an image that this version does not understand (image_next_refused). More than
 * RESTARTED_REFUSED_MAX kinds of them are not told apart. */
struct restarted_tables {
    struct restarted_refused items[RESTARTED_REFUSED_MAX];
    size_t count;
};
void restarted_read(const struct image *image, struct restarted_tables *ret_tables);
/** Log a line for each kind of table. */
void restarted_tell_tables(const struct restarted_tables *tables);

/** Log a line for each of the first families, with what changed, and one with the number of all
 * others. */
void restarted_tell(const struct match *match);

#endif
