/*
 * meanwhile.h - what the supervisor saw while no daemon was ready, for the next one that is: memory
 * that both map. Each daemon takes what it reports out of it, so what one that dies has not taken
 * is there for the next.
 */
#ifndef STATGATE_SUPERVISOR_MEANWHILE_H
#define STATGATE_SUPERVISOR_MEANWHILE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/inherited.h"

/** The name under which its descriptor is passed. A daemon of another version leaves locks that it
 * does not know alone. */
#define MEANWHILE_LOCK "@meanwhile"
#define MEANWHILE_NAME INHERITED_LOCK MEANWHILE_LOCK

enum { MEANWHILE_TEXT_BYTES = 256 /**< with the terminator */ };

/** A daemon that was ended because it hung. */
struct meanwhile_hang {
    int64_t real_ms; /**< Unix time */
    char text[MEANWHILE_TEXT_BYTES];
};

struct meanwhile;

/** Make the memory. Returns its descriptor, which is the caller's, or a negative errno. */
int meanwhile_make(struct meanwhile **ret_page);
/** Map what is behind this descriptor, which stays the caller's. NULL: it is something else, or of
 * another version. */
struct meanwhile *meanwhile_map(int fd);
/** Safe on NULL, like the functions below, which then do nothing. */
void meanwhile_unmap(struct meanwhile *page);

/** Count datagrams that were read and thrown away. */
void meanwhile_add_unread(struct meanwhile *page, uint64_t datagrams);
/** Take the count; it is 0 afterwards. */
uint64_t meanwhile_take_unread(struct meanwhile *page);
/** Note a daemon that hung; the last one stays. */
void meanwhile_note_hang(struct meanwhile *page, const struct meanwhile_hang *hang);
/** Take it. False: there was none. */
bool meanwhile_take_hang(struct meanwhile *page, struct meanwhile_hang *ret_hang);

#endif
