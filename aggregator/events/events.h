/*
 * events.h - what happened to the daemon and to those that use it: the latest EVENTS_MAX events, in a ring.
 *
 * Whoever notices something (statgated/incidents) adds an event; views and followers read them by their ids, which
 * count from 1 and go on in the next process, with the object that the ring was made in. Pure: time is an argument.
 *
 * An event is for people: it is not noted (object/undo.h), so one may come twice when a process is killed.
 */
#ifndef STATGATE_EVENTS_EVENTS_H
#define STATGATE_EVENTS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/who.h"
#include "object/image.h"
#include "object/object.h"

enum event_kind {
#define KIND(name, text) EVENT_##name,
#include "events/kinds.def"
#undef KIND
    EVENT_KIND_COUNT
};

/** "breaker_opened", "job_lost", ... Static. */
const char *event_kind_text(enum event_kind kind);
/** The kind of that name. False: there is none. */
bool event_kind_find(const char *text, enum event_kind *ret_kind);
/** True when the event's `name` is that of a family: one with lines, or attempts or jobs. */
bool event_kind_has_family(enum event_kind kind);

enum {
    EVENTS_MAX = 1024,
    /* Bytes of texts, with their ends; what is longer is cut. */
    EVENT_SERVICE_MAX = 72,
    EVENT_NAME_MAX = 208,
    EVENT_LABELS_MAX = 160,
    EVENT_TEXT_MAX = 320
};

/** One event. Texts are terminated, and "" where there is nothing to say; they may hold any bytes, as senders choose
 * some of them. */
struct events_item {
    uint64_t id;   /**< given by events_add */
    int64_t at_ms; /**< Unix time */
    enum event_kind kind;
    bool over; /**< what was reported before is over: a breaker closed, a query is good again */
    uint64_t
        held; /**< so many of this kind and name came since the last such event, and have none of their own */
    char service[EVENT_SERVICE_MAX];
    char name[EVENT_NAME_MAX];     /**< of a family, query, table or program */
    char labels[EVENT_LABELS_MAX]; /**< `job="publish"`, for people */
    struct who who;                /**< the process that it is about; pid 0: none, or unknown */
    char text[EVENT_TEXT_MAX];     /**< a sentence */
};

struct events;

/** An empty ring, in `object` if it is to outlive the process (NULL: it is not). All borrowed. NULL when out of
 * memory. */
struct events *events_new(const struct memory *memory, struct object *object);
void events_free(struct events *events);
/** Bytes of the heap, and those of the ring's table when it is full. */
uint64_t events_bytes(void);
uint64_t events_object_bytes(void);
/** Take over the events of another process, into an empty ring: those that can be read, and the ids go on. */
void events_restore(struct events *events, const struct image *image);

/** Add an event (copied); its id is the next one. Returns that id, or 0: there is no memory for it. */
uint64_t events_add(struct events *events, const struct events_item *item);

/** The event with the least id above `id`, or NULL: there is none. Valid until the next is added. */
const struct events_item *events_after(const struct events *events, uint64_t id);
/** The one with the greatest id below `id`, likewise; UINT64_MAX gives the latest. */
const struct events_item *events_before(const struct events *events, uint64_t id);
/** Id of the latest event; 0: there was none. */
uint64_t events_last(const struct events *events);
/** The least id that is still kept, or would be: events before it have made way. */
uint64_t events_first(const struct events *events);

/** Called after each event that is added, from wherever that was: it must only take note. One at a time; NULL: none. */
typedef void (*events_fn)(void *arg);
void events_listen(struct events *events, events_fn fn, void *arg);

/** For texts of an event: copy a terminated text, cut to `size` bytes with its end. NULL is "". */
void events_copy(char *out, size_t size, const char *text);
/** ... and a formatted one. */
void events_print(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
