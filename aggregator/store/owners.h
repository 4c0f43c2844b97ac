/*
 * owners.h - live processes that own values, which end with their process.
 *
 * A sender becomes an owner with its first sample for something owned (a part of a merged gauge, a
 * reading, a running job). An owner is one process, not one pid: an ended owner never returns, and
 * its id is never given to another owner. Pure: callers report which processes live (ingress
 * watches them). The owned things are linked in lists of store and machines, whose heads are here.
 */
#ifndef STATGATE_STORE_OWNERS_H
#define STATGATE_STORE_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "object/image.h"

enum {
    OWNERS_MAX = 16384,
    OWNER_NONE = 0, /**< no owner's id */
    OWNER_SLOT_BITS = 15
};

/** A slot number + 1 in the low OWNER_SLOT_BITS bits, and above it how often the slot was used. */
typedef uint32_t owner_id;

/** The slot of an owner, which must not be OWNER_NONE: 0 to max - 1. A slot is reused once its
 * owner is released. */
static inline uint32_t owner_slot(owner_id id) {
    return (id & ((UINT32_C(1) << OWNER_SLOT_BITS) - 1)) - 1;
}

struct owner {
    owner_id id; /**< OWNER_NONE: the slot is free */
    int32_t pid;
    uint64_t start_ticks; /**< when the process started, by its host's count; 0: not known */
    uint32_t uses;        /**< private: how often the slot was taken */
    bool ended;           /**< takes no more values; its parts and jobs are to be released */
    uint32_t parts;       /**< store: head of the list of its parts (index + 1), 0 none */
    uint32_t part_count;  /**< store */
    uint32_t jobs;        /**< machines: head of the list of its running jobs (index + 1), 0 none */
    uint32_t job_count;   /**< machines */
    uint32_t next;        /**< private: free list, list of ended owners */
};

struct owners;

/** Make a table for `max` owners (at most OWNERS_MAX); NULL when out of memory. `memory` and
 * `object` are borrowed. With an object, owners outlive the daemon's process; with NULL they do
 * not. */
struct owners *owners_new(const struct memory *memory, struct object *object, uint32_t max);
void owners_free(struct owners *owners);
/** Bytes of a table for `max` owners. */
uint64_t owners_bytes(uint32_t max);
/** Bytes of such a table that are in an object. */
uint64_t owners_object_bytes(uint32_t max);

/**
 * Make a process an owner. OWNER_NONE if the table is full, which is counted. If the pid already
 * has a live owner, that owner is returned unchanged: a caller that knows that the pid now belongs
 * to another process ends the old owner first.
 */
owner_id owners_begin(struct owners *owners, int32_t pid);
/** The live owner of this pid, or OWNER_NONE. */
owner_id owners_find(const struct owners *owners, int32_t pid);
/** Set when the process of an owner started. Does nothing for an unknown id. */
void owners_describe(struct owners *owners, owner_id id, uint64_t start_ticks);
/** Mark an owner as ended, because its process is. Its parts and jobs are released step by step;
 * see owners_ended. Does nothing for an ended or unknown id. */
void owners_end(struct owners *owners, owner_id id);
/** The owner with this id, ended or not; NULL if it was released. Valid until owners_release. */
struct owner *owners_at(const struct owners *owners, owner_id id);
/** The live owner in a slot, or OWNER_NONE. */
owner_id owners_in_slot(const struct owners *owners, uint32_t slot);
/** The live owner with this id, or NULL. */
static inline struct owner *owners_live(const struct owners *owners, owner_id id) {
    struct owner *owner = id == OWNER_NONE ? NULL : owners_at(owners, id);
    return owner != NULL && !owner->ended ? owner : NULL;
}
/** Of the ended owners that are not released yet, the one that ended first; OWNER_NONE: none. */
owner_id owners_ended(const struct owners *owners);
/** Free the slot of that ended owner, whose lists must be empty. */
void owners_release(struct owners *owners, owner_id id);

/** Called for an owner before it is dropped; its lists need not be empty. */
typedef void owners_gone_fn(void *arg, const struct owner *owner);
/**
 * Take over the owners of an image, each with its id and slot. Owners that had ended in the image
 * are ended here, too, and all are if image->strangers is set. An invalid record is left out. The
 * table must be empty, or contain only owners that an earlier call took over: owners that are still
 * in the image keep what they have, and `gone` is called for the others. False: out of memory.
 */
bool owners_restore(struct owners *owners, const struct image *image, owners_gone_fn *gone,
                    void *arg);

struct owners_figures {
    uint32_t live;
    uint32_t ended; /**< to be released */
    uint32_t max;
    uint64_t refused;  /**< calls of owners_begin that found the table full */
    uint64_t released; /**< ended and released */
};
void owners_figures(const struct owners *owners, struct owners_figures *ret_figures);

#endif
