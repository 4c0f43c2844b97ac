/*
 * owners.h - live processes that own values: what goes when they end.
 *
 * A sender becomes an owner with its first sample for something owned (a part of a merged gauge, a
 * reading, a running job). An owner is one process, not one pid: an ended one never comes back, and
 * its id is never another's. Pure: callers say who lives (ingress watches), and what is
 * owned hangs in lists of store and machines, whose heads are here.
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

/** A slot number in the low bits, a count of its uses above. */
typedef uint32_t owner_id;

/** The slot of an owner, not OWNER_NONE: 0 to max - 1. It is used again once the owner is released.
 */
static inline uint32_t owner_slot(owner_id id) {
    return (id & ((UINT32_C(1) << OWNER_SLOT_BITS) - 1)) - 1;
}

struct owner {
    owner_id id; /**< OWNER_NONE: the slot is free */
    int32_t pid;
    uint64_t start_ticks; /**< when the process started, by its host's count; 0: not known */
    uint32_t uses;        /**< private: how often the slot was taken */
    bool ended;           /**< takes nothing any more; waits for its things to be released */
    uint32_t parts;       /**< store: head of its parts (index + 1), 0 none */
    uint32_t part_count;  /**< store */
    uint32_t jobs;        /**< machines: head of its running jobs (index + 1), 0 none */
    uint32_t job_count;   /**< machines */
    uint32_t next;        /**< private: free list, list of ended owners */
};

struct owners;

/** A table for `max` owners (at most OWNERS_MAX), or NULL when out of memory. `memory` and `object`, in
 * which they outlive the process (NULL: they do not), are borrowed. */
struct owners *owners_new(const struct memory *memory, struct object *object, uint32_t max);
void owners_free(struct owners *owners);
/** Bytes of a table for `max` owners. */
uint64_t owners_bytes(uint32_t max);
/** What of that is in an object. */
uint64_t owners_object_bytes(uint32_t max);

/**
 * A process becomes an owner. OWNER_NONE when the table is full, which is counted. A live owner of
 * the same pid is returned as it is: whoever knows that the pid is another process's by now ends
 * the old one first.
 */
owner_id owners_begin(struct owners *owners, int32_t pid);
/** The live owner of this pid, or OWNER_NONE. */
owner_id owners_find(const struct owners *owners, int32_t pid);
/** What is known of an owner's process beside its pid. Harmless for an unknown id. */
void owners_describe(struct owners *owners, owner_id id, uint64_t start_ticks);
/** The process ended. What it owned is released bit by bit; see owners_ended. Harmless for an ended or unknown
 * id. */
void owners_end(struct owners *owners, owner_id id);
/** The owner of this id, ended or not, or NULL when it is gone. Valid until owners_release. */
struct owner *owners_at(const struct owners *owners, owner_id id);
/** The live owner in a slot, or OWNER_NONE. */
owner_id owners_in_slot(const struct owners *owners, uint32_t slot);
/** The live owner of this id, or NULL. */
static inline struct owner *owners_live(const struct owners *owners, owner_id id) {
    struct owner *owner = id == OWNER_NONE ? NULL : owners_at(owners, id);
    return owner != NULL && !owner->ended ? owner : NULL;
}
/** An ended owner, some of whose things are not released yet, the one that ended first; OWNER_NONE: none. */
owner_id owners_ended(const struct owners *owners);
/** Free the slot of that ended owner; nothing may hang in its lists any more. */
void owners_release(struct owners *owners, owner_id id);

/** Told of an owner before it is forgotten: it may have things. */
typedef void owners_gone_fn(void *arg, const struct owner *owner);
/**
 * Take over the owners of an image, each with its id, in its slot; those that had ended, and all that are
 * strangers here, are ended. A record that cannot be one is left out. Into an empty table, or again into one
 * that has nothing but an image's: owners that are still there keep what they have, of the
 * others `gone` is reported. False: out of memory.
 */
bool owners_restore(struct owners *owners, const struct image *image, owners_gone_fn *gone,
                    void *arg);

struct owners_figures {
    uint32_t live;
    uint32_t ended; /**< waiting to be released */
    uint32_t max;
    uint64_t refused;  /**< owners_begin with a full table */
    uint64_t released; /**< ended and gone */
};
void owners_figures(const struct owners *owners, struct owners_figures *ret_figures);

#endif
