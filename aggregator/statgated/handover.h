/*
 * handover.h - descriptors that the service manager keeps for the next daemon (host/notify.h), by names with
 * numbers that rise from daemon to daemon: "statgate-object-7", "statgate-http-8". So no two share a
 * name, and of two objects the newer one is known.
 *
 * What is new is kept before this daemon says that it is ready, and what it does not use is given up
 * after that: whenever it dies, the next one finds what it needs.
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
    bool open;     /**< the manager is notified at once */
};

/** The number in a name of this beginning; 0: it has none. */
uint64_t handover_number(const char *name, const char *beginning);
/** The manager has this, and we use it as `fd`, or (-1) do not. */
void handover_found(struct handover *handover, const char *name, const char *beginning, int fd);
/** Have it kept from handover_store on, unless it is already. `detail` is the end of its name: "" or "-...". */
void handover_add(struct handover *handover, const char *beginning, const char *detail, int fd);

/** The same, under a name that has its number already. */
void handover_add_named(struct handover *handover, const char *name, int fd);

/** Whether the manager has it. */
bool handover_has(const struct handover *handover, int fd);

/** A successor does not use what has this name. */
void handover_note_gone(struct handover *handover, const char *name);
void handover_note_none_gone(struct handover *handover);
bool handover_is_gone(const struct handover *handover, int fd);

/** Tell the manager of what is new, and from now on at once. */
void handover_store(struct handover *handover);
/** Give up what nobody uses. */
void handover_tidy(struct handover *handover);
/** Give up one: it is about to be closed. */
void handover_drop(struct handover *handover, int fd);
/** Give up everything: the daemon ends in order. Safe twice. */
void handover_end(struct handover *handover);
/** The same of all but this one. */
void handover_end_but(struct handover *handover, int fd);
/** Forget the list; what the manager has stays there. */
void handover_done(struct handover *handover);

#endif
