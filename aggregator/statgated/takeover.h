/*
 * takeover.h - the values of a daemon that has died, from the object that it left with the service
 * manager into this daemon's tables (object/image.h).
 *
 *   takeover_find    the objects among the inherited descriptors
 *   takeover_open    the newest that can be read; its marks count who tried
 *   takeover_ahead, takeover_settle   of a daemon that lives: before it stops, and after
 *   takeover_model   series, books, machines; the daemon's own counters
 *   takeover_inbox   what was received and not applied
 *   takeover_ready   the new object is kept: the former one is given up
 *
 * An object is no one's if its process was to follow another one and ended before it began to
 * (marks.waiting): what the other one has counts. A successor takes over from a daemon that lives
 * (`handed`, successor.h). It need not count who tried, since that daemon goes on if it fails; and where
 * the object cannot be used, it does not start.
 *
 * The object is input that nobody vouches for. When it cannot be used the daemon starts with empty
 * tables, says why, and has that object kept under another name, for who wants to look at it. If a
 * daemon dies before it is ready, the next one tries the same object once more, but no third
 * does: its marks say how many began. One that was taken over is marked as spent, should the manager keep
 * it all the same: a counter that came back from it would be lower than it was.
 */
#ifndef STATGATE_STATGATED_TAKEOVER_H
#define STATGATE_STATGATED_TAKEOVER_H

#include "catalog/catalog.h"
#include "events/events.h"
#include "host/inherited.h"
#include "host/object_file.h"
#include "ingress/ingress.h"
#include "ingress/owner_watch.h"
#include "object/match.h"
#include "self/self.h"
#include "statgated/handover.h"
#include "store/store.h"

enum {
    TAKEOVER_OBJECTS_MAX = 4,
    TAKEOVER_STEPS_MAX = 20,
    TAKEOVER_BEGUN_MAX = 2,           /* so many daemons may die while they take over an object */
    TAKEOVER_SPENT = INT32_MAX,       /* instead of that number: one took it over and went on */
    TAKEOVER_INSPECT_BYTES = 64 << 20 /* an object larger than this is not kept to be looked at */
};

/** Under which an object is kept that could not be taken over: one at a time, until the daemon ends in order. */
#define TAKEOVER_INSPECT INHERITED_OBJECT "kept"

struct takeover_object {
    int fd; /**< -1: closed */
    uint64_t number;
    char name[INHERITED_NAME_MAX];
};

struct takeover_step {
    const char *name;
    uint64_t us;
};

struct takeover {
    bool handed; /* by a daemon that lives: to be set before takeover_open */
    enum self_cause cause;
    struct takeover_object objects[TAKEOVER_OBJECTS_MAX]; /* the newest first */
    size_t count;
    struct takeover_object inspect; /* of an earlier takeover that failed; fd -1: none */
    struct takeover_object *chosen;
    struct object_file file;
    struct image image;
    struct store_restoring *restoring; /* of one that is handed; NULL: nothing is copied yet */
    struct match *match;               /* NULL: there is nothing to take over, or no more */
    uint64_t begun_at;                 /* in the file */
    uint64_t step_ns;
    bool starved;   /* for want of memory the daemon cannot start with it: that counts as a death */
    bool spent;     /* the object last tried was: its numbers are older than what was scraped */
    bool inspected; /* the chosen object is to be kept for inspection */
    /* for people */
    bool done;
    struct error why; /* it failed; "": it did not */
    bool pause_known; /* and published */
    int64_t real_ms;  /* when */
    int64_t alive_ms; /* when the daemon before lived, of the monotonic clock */
    uint32_t begun;   /* so many began, with us */
    uint64_t undone;  /* words put back */
    struct takeover_step steps[TAKEOVER_STEPS_MAX];
    size_t step_count;
    struct store_restored series;
    uint64_t restarted[MATCH_REASON_COUNT]; /* families */
    struct ingress_restored inbox;
    struct owner_watch_adopted owners; /* once they have been looked at */
};

/** Nothing was found yet. */
void takeover_init(struct takeover *takeover);
/** Take the objects out of `inherited`. */
void takeover_find(struct takeover *takeover, struct inherited *inherited,
                   struct handover *handover);
/** The object of a daemon that ended in order, behind this descriptor, which is taken. There is no other. */
void takeover_offer(struct takeover *takeover, int fd);
/** Open the newest that can be read; then match is not NULL. Says why if there is none. */
void takeover_open(struct takeover *takeover, const struct catalog_set *set, struct store_time now);

struct takeover_model {
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct events *events;
    struct self *self;
};
/** Only of one that is handed, and perhaps more than once: copy what can be copied while the daemon before still
 * writes; live jobs only with `machines`. False: out of memory. */
bool takeover_ahead(struct takeover *takeover, struct store *store, struct machines *machines,
                    struct store_time now);
/** Then, when that one has stopped, and before takeover_model. False: its object cannot be read any more. */
bool takeover_settle(struct takeover *takeover, struct error *ret_error);
/** Fill new tables. False: out of memory; they are of no use then. */
bool takeover_model(struct takeover *takeover, const struct takeover_model *model,
                    struct store_time now);
/** Fill a new ingress, likewise. */
bool takeover_inbox(struct takeover *takeover, struct ingress *ingress);
/** False: before all of it were copied there would be no memory left, for all that the kernel says. */
bool takeover_has_room(const struct takeover *takeover);
/** It does not fit: go on without. To try again would fail again, so the object is not kept. */
void takeover_give_up(struct takeover *takeover, const char *why);

/** One more step has been taken. */
void takeover_step(struct takeover *takeover, const char *name);
/** The daemon does not start, for a reason of its own: this was no attempt, unless it is for want of memory. */
void takeover_cancel(struct takeover *takeover);
/** The daemon is ready, and what it has is kept: the former object goes. */
void takeover_ready(struct takeover *takeover, struct handover *handover);
/** Close what is open. Safe twice. */
void takeover_done(struct takeover *takeover);

/** How long nobody read the sockets, in ms; -1: not known (yet). */
int64_t takeover_pause_ms(const struct takeover *takeover, const struct ingress *ingress);
/** For self. */
void takeover_read(const struct takeover *takeover, const struct ingress *ingress,
                   struct self_inputs *inputs);

#endif
