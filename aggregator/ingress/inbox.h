/*
 * inbox.h - the memory into which datagrams are received, as tables of the object: datagrams that
 * left a socket before a kill remain there, and the next process applies them. Private.
 *
 *   inbox            slot 0            slot 1            ...   slot 63
 *                    [64 KiB | pad]    [64 KiB | pad]          [64 KiB | pad]
 *   inbox_header     what recvmmsg(2) says of each: length, flags
 *   inbox_control    ... and who sent it
 *   inbox_batch      the socket's scope; how many datagrams the traffic counters have
 *
 * The kernel writes a header's length last. Before a receive all lengths are INBOX_EMPTY, so the
 * datagrams received are those of the leading headers with another length. The position in the undo
 * record (undo.h) says which of them have been applied.
 *
 * A datagram that the kernel cannot copy is lost: it has left its queue by then. Copying fails if a
 * page has no memory, or if the process is killed while the page is being provided. So pages are
 * provided before datagrams are received into them: the first INBOX_HEAD_BYTES of each slot, and
 * all of the first INBOX_WHOLE slots. The rest of the slots follows, during the next receives, once
 * a datagram larger than a head was seen (batch.h); until then, slots without their rest are not
 * used. What can still be lost is the first large datagram of a process, if it follows eight small
 * ones, and datagrams received into a page that the kernel swapped out or moves at that moment.
 */
#ifndef STATGATE_INGRESS_INBOX_H
#define STATGATE_INGRESS_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "object/object.h"

#define INBOX_EMPTY UINT32_MAX /* not a possible length of a datagram */

/* The field type of a size_t. */
#define INBOX_SIZE_TYPE (sizeof(size_t) == sizeof(uint64_t) ? OBJECT_U64 : OBJECT_U32)

enum {
    INBOX_SLOTS = 64,
    INBOX_SLOT_BYTES = 64 * 1024, /* the largest datagram that clients send */
    /* Odd padding spreads the first lines of the slots over the processor's caches. */
    INBOX_SLOT_STRIDE = INBOX_SLOT_BYTES + 25 * 64,
    INBOX_HEAD_BYTES = 8 * 1024,
    INBOX_WHOLE = 8,
    INBOX_WIDEN = 4 /* slots that get their rest in one call: some 60 pages */
};

/* One SCM_CREDENTIALS as the kernel writes it, without room for more: so no descriptor can be
 * passed with it. */
struct inbox_control {
    size_t bytes; /* header included */
    int32_t level;
    int32_t type;
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
    uint32_t unused;
};

/* Facts about the whole batch, and a count over all processes. */
struct inbox_batch {
    uint32_t scope;
    uint32_t counted;  /* datagrams that are in the traffic counters */
    uint32_t restored; /* 1: the previous process received them, see rest.h */
    uint32_t skipped;  /* datagrams with which processes ended, and which were not applied */
    uint32_t
        begun_offset; /* the position's offset and values when the suspect was begun, see rest.h */
    uint32_t begun_values;
};

struct inbox {
    struct object_table slots;
    struct object_table headers; /* struct mmsghdr, one behind the other */
    struct object_table controls;
    struct object_table batches; /* one */
    struct undo *undo;
    volatile struct object_marks *marks;
    struct object_marks own_marks; /* used without an object */
    size_t whole;                  /* slots whose bytes all have memory */
};

/* Make the tables in `object`, or, if that is NULL, on the heap; all lengths are INBOX_EMPTY. Must
 * not move. Returns false when out of memory; inbox_done is safe then and on a zeroed struct. */
bool inbox_init(struct inbox *inbox, const struct memory *memory, struct object *object);
void inbox_done(struct inbox *inbox, const struct memory *memory);
/* Bytes of the tables in an object. */
uint64_t inbox_object_bytes(void);

/* Start another batch: empty the first `used` headers, then move the position to the first
 * datagram. In this order the earlier datagrams never seem to wait again. */
void inbox_begin(struct inbox *inbox, size_t used, uint32_t scope);

/* Make sure that a slot has memory for a datagram of `bytes`. Returns false if there is none. */
bool inbox_fit(struct inbox *inbox, size_t slot, size_t bytes);
/* Provide the rest of INBOX_WIDEN more slots, if there is memory. */
void inbox_widen(struct inbox *inbox);

static inline char *inbox_slot(const struct inbox *inbox, size_t slot) {
    return object_at(&inbox->slots, slot);
}
static inline struct mmsghdr *inbox_header(const struct inbox *inbox, size_t slot) {
    return object_at(&inbox->headers, slot);
}
static inline struct inbox_control *inbox_control(const struct inbox *inbox, size_t slot) {
    return object_at(&inbox->controls, slot);
}
static inline struct inbox_batch *inbox_batch(const struct inbox *inbox) {
    return object_at(&inbox->batches, 0);
}

#endif
