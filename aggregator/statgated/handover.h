/*
 * handover.h - descriptors that the service manager keeps for the next daemon (host/notify.h).
 * Their names have numbers that rise from daemon to daemon: "statgate-object-7", "statgate-http-8".
 * So no two share a name, and of two objects it is clear which is newer.
 *
 * New descriptors are kept before this daemon reports that it is ready, and unused ones are given
 * up after that: whenever it dies, the next daemon finds what it needs.
 */
#ifndef STATGATE_STATGATED_HANDOVER_H
#define STATGATE_STATGATED_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/inherited.h"

struct handover_item {
    char name[INHERITED_NAME_MAX];
    int fd;    /**< ours, borrowed; -1: nobody uses it */
    bool kept; /**< the manager has it */
    bool gone; /**< a successor does not use it */
};

/** Zeroed: nothing is handed over. */
struct handover {
    struct handover_item *items;
    size_t count;
    uint64_t last; /**< the highest number so far */
    bool open;     /**< changes reach the manager at once */
};

/** The number in a name that starts with `beginning`; 0: none. */
uint64_t handover_number(const char *name, const char *beginning);
/** Note that the manager has this descriptor and that we use it as `fd`, or (-1) do not use it. */
void handover_found(struct handover *handover, const char *name, const char *beginning, int fd);
/** Have the descriptor kept from handover_store on, unless it already is. `detail` is the end of
 * its name: "" or "-...". */
void handover_add(struct handover *handover, const char *beginning, const char *detail, int fd);

/** As handover_add, under a complete name that already has its number. */
void handover_add_named(struct handover *handover, const char *name, int fd);

/** Whether the manager has this descriptor. */
bool handover_has(const struct handover *handover, int fd);

/** Note that a successor does not use the descriptor of this name. */
void handover_note_gone(struct handover *handover, const char *name);
void handover_note_none_gone(struct handover *handover);
bool handover_is_gone(const struct handover *handover, int fd);

/** Give new descriptors to the manager; from now on, further ones at once. */
void handover_store(struct handover *handover);
/** Give up descriptors that nobody uses. */
void handover_tidy(struct handover *handover);
/** Give up one descriptor that is about to be closed. */
void handover_drop(struct handover *handover, int fd);
/** Give up everything: the daemon ends in order. Safe twice. */
void handover_end(struct handover *handover);
/** As handover_end, for all descriptors but this one. */
void handover_end_but(struct handover *handover, int fd);
/** Free the list; the manager keeps what it has. */
void handover_done(struct handover *handover);

#endif
