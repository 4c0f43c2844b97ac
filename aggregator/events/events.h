/* SPDX-License-Identifier: MIT */
/*
 * events.h - the latest EVENTS_MAX events of the daemon and its users, in a ring.
 *
 * statgated/upkeep.c adds events; views read them by id. Ids count from 1 and
 * continue in the next process, with the object that holds the ring. Pure: time is an argument.
 *
 * Events are for people: they are not noted (object/object.h), so an event may appear twice if
 * a process is killed.
 */
#ifndef STATGATE_EVENTS_EVENTS_H
#define STATGATE_EVENTS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/who.h"
#include "object/object.h"

enum event_kind {
#define KIND(name, text, context, has_family) EVENT_##name,
#include "events/kinds.def"
#undef KIND
    EVENT_KIND_COUNT
};

/** "breaker_opened", "job_lost", ... Static. */
const char *event_kind_text(enum event_kind kind);
/** The context of its line in the log: "breakers"; NULL: the code that reports it logs it. Static.
 */
const char *event_kind_context(enum event_kind kind);
/** Find the kind of that name. False: there is none. */
bool event_kind_find(const char *text, enum event_kind *ret_kind);
/** Whether the event's `name` is the name of a family: one with lines, or attempts or jobs. */
bool event_kind_has_family(enum event_kind kind);

enum {
    EVENTS_MAX = 1024,
    /* Bytes of texts, including the terminator; longer texts are cut. */
    EVENT_SERVICE_MAX = 72,
    EVENT_NAME_MAX = 208,
    EVENT_LABELS_MAX = 160,
    EVENT_TEXT_MAX = 320
};

/** One event. Texts are terminated, and "" where unused. They may hold any bytes, because senders
 * choose some of them. */
struct events_item {
    uint64_t id;   /**< assigned by events_add */
    int64_t at_ms; /**< Unix time */
    enum event_kind kind;
    bool over;     /**< the reported condition is over: a breaker closed, a query works again */
    uint64_t held; /**< further events of this kind and name that this one represents */
    char service[EVENT_SERVICE_MAX];
    char name[EVENT_NAME_MAX];     /**< name of a family, query, table or program */
    char labels[EVENT_LABELS_MAX]; /**< `job="publish"`, for people */
    struct who who;                /**< the process it is about; pid 0: none, or unknown */
    char text[EVENT_TEXT_MAX];     /**< a sentence */
};

struct events;

/** Make an empty ring, in `object` if it is to outlive the process (else NULL). All arguments are
 * borrowed. */
struct events *events_new(struct object *object);
/** Free the ring, but not its table in an object. NULL is fine. */
void events_free(struct events *events);
/** Bytes that the ring takes on the heap, and bytes of its table when full. */
uint64_t events_bytes(void);
uint64_t events_object_bytes(void);
/** Read the events of another process into an empty ring: all that can be read. Ids continue after
 * theirs. */
void events_restore(struct events *events, const struct image *image);

/** Add a copy of an event and assign the next id. Returns the id. */
uint64_t events_add(struct events *events, const struct events_item *item);

/** The event with the smallest id above `id`, or NULL if there is none. Valid until the next event
 * is added. */
const struct events_item *events_after(const struct events *events, uint64_t id);
/** The event with the largest id below `id`, or NULL; UINT64_MAX gives the latest. Valid until the
 * next event is added. */
const struct events_item *events_before(const struct events *events, uint64_t id);
/** The id of the latest event; 0: there was none. */
uint64_t events_last(const struct events *events);
/** The smallest id that the ring still has room for; older events were overwritten. */
uint64_t events_first(const struct events *events);

/** Copy a terminated text into a text of an event, cut to `size` bytes with the terminator. NULL
 * counts as "". */
void events_copy(char *out, size_t size, const char *text);
/** Like events_copy, for formatted text. */
void events_print(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- quiet: limits events to one a minute for each kind and name, so that a flapping condition
 * fills neither the ring nor the log.
 *
 * Events within the minute are counted, and the latest one is kept and reported when the minute is
 * over. So the last reported event of a breaker shows its state. Pure.
 */

enum {
    QUIET_MAX = 256, /**< pairs of kind and name that are tracked at a time */
    QUIET_MS = 60000
};

struct quiet;

/** Make an empty table. */
struct quiet *events_quiet_new(void);
void events_quiet_free(struct quiet *quiet);
/** Bytes that a table takes. */
uint64_t events_quiet_bytes(void);

/**
 * Whether this event may be reported now. It is held back if an event with the same kind, service,
 * name, labels and `over` was reported within the last minute, or if QUIET_MAX others were.
 * `mono_ms` is the monotonic clock.
 */
bool events_quiet_admit(struct quiet *quiet, const struct events_item *item, int64_t mono_ms);
/** Get an event that was held back and may be reported now; its `held` says how many others were
 * held back. False: there is none. */
bool events_quiet_due(struct quiet *quiet, int64_t mono_ms, struct events_item *ret_item);
/** The number of events dropped because QUIET_MAX others were reported; they are never reported. */
uint64_t events_quiet_left_out(const struct quiet *quiet);

#endif
