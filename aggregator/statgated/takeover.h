/*
 * takeover.h - brings the values of a daemon that has died into this daemon's tables, from the
 * object that it left with the service manager (object/object.h).
 *
 *   takeover_find    the objects among the inherited descriptors
 *   takeover_open    the newest readable object; its marks count the attempts
 *   takeover_ahead, takeover_settle   if the daemon still lives: before it stops, and after
 *   takeover_model   series, books, machines; the daemon's own counters
 *   takeover_inbox   datagrams that were received and not applied
 *   takeover_ready   the new object is kept: give up the former one
 *
 * An object is ignored if its process was a successor that ended before it began to work
 * (marks.waiting): the object of the daemon it was to follow counts. A successor takes over from a
 * daemon that lives (`handed`, successor.h). It need not count attempts, since that daemon goes on
 * if the successor fails; and if the object cannot be used, the successor does not start.
 *
 * The object is untrusted input. If it cannot be used, the daemon starts with empty tables, says
 * why, and has the object kept under another name for inspection. If a daemon dies before it is
 * ready, the next one tries the same object once more, but no third one does: the object's marks
 * say how many began. An object that was taken over is marked as spent in case the manager keeps it
 * all the same: counters restored from it would be lower than they were.
 */
#ifndef STATGATE_STATGATED_TAKEOVER_H
#define STATGATE_STATGATED_TAKEOVER_H

#include "catalog/catalog.h"
#include "events/events.h"
#include "host/inherited.h"
#include "host/object_file.h"
#include "ingress/ingress.h"
#include "object/object.h"
#include "self_metrics/self_metrics.h"
#include "statgated/handover.h"
#include "statgated/restarted.h"
#include "store/store.h"

enum {
    TAKEOVER_OBJECTS_MAX = 4,
    TAKEOVER_STEPS_MAX = 20,
    TAKEOVER_BEGUN_MAX = 2,      /* daemons that may die while taking over one object */
    TAKEOVER_TIMEOUT_MS = 10000, /* how long values wait for memory, at a start after a death */
    TAKEOVER_SPENT = INT32_MAX,  /* in place of that number: the object was taken over */
    TAKEOVER_INSPECT_BYTES = 64 << 20 /* a larger object is not kept for inspection */
};

/** Name under which an object that could not be taken over is kept, one at a time, until the
 * daemon ends in order. */
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
    bool handed; /* a live daemon hands over; set before takeover_open */
    enum self_metrics_cause cause;
    struct takeover_object objects[TAKEOVER_OBJECTS_MAX]; /* the newest first */
    size_t count;
    struct takeover_object inspect; /* of an earlier takeover that failed; fd -1: none */
    struct takeover_object *chosen;
    struct object_file file;
    struct image image;
    struct store_restoring *restoring; /* if `handed`; NULL: nothing is copied yet */
    struct match *match;               /* NULL: nothing to take over, or no longer */
    uint64_t begun_at;                 /* position in the file */
    uint64_t step_ns;
    bool starved;   /* too little memory to start with this object; counts as a death */
    bool spent;     /* the object tried last was spent: its numbers are outdated */
    bool inspected; /* the chosen object is to be kept for inspection */
    /* shown to people */
    bool done;
    struct error why; /* why it failed; "": it did not fail */
    bool pause_known; /* and the pause was published */
    int64_t real_ms;  /* time of the takeover */
    int64_t alive_ms; /* when the former daemon was last alive (monotonic clock) */
    uint32_t begun;   /* attempts that began, this one included */
    uint64_t undone;  /* words that undo put back */
    struct takeover_step steps[TAKEOVER_STEPS_MAX];
    size_t step_count;
    struct store_restored series;
    uint64_t restarted[MATCH_REASON_COUNT]; /* families that start again, by reason */
    struct ingress_restored inbox;
    struct owner_watch_adopted owners; /* once their processes were checked */
};

/** Initialise it with nothing found. */
void takeover_init(struct takeover *takeover);
/** Take the objects out of `inherited`. */
void takeover_find(struct takeover *takeover, struct inherited *inherited,
                   struct handover *handover);
/** Offer the object of a daemon that ended in order. Takes over the descriptor. Call it only if
 * no other object was found. */
void takeover_offer(struct takeover *takeover, int fd);
/** Such a daemon has left nothing that can be used: let events and /debug say why. */
void takeover_lost(struct takeover *takeover, const char *why);
/** Open the newest readable object; `match` is not NULL then. If there are objects and none is
 * readable, `why` is set, and unless `handed` the reason is logged. */
void takeover_open(struct takeover *takeover, const struct catalog_set *set, struct store_time now);

struct takeover_model {
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct events *events;
    struct self_metrics *self;
};
/** Only if `handed`, and possibly several times: copy what can be copied while the former daemon
 * still writes; live jobs only if `machines` is not NULL. False: out of memory. */
bool takeover_ahead(struct takeover *takeover, struct store *store,
                    struct breakers_jobs *breakers_jobs, struct store_time now);
/** Complete the copy once the former daemon has stopped, before takeover_model. False: its
 * object can no longer be read. */
bool takeover_settle(struct takeover *takeover, struct error *ret_error);
/** Fill new tables. False: out of memory; the tables are unusable then. */
bool takeover_model(struct takeover *takeover, const struct takeover_model *model,
                    struct store_time now);
/** Fill a new ingress. False: out of memory; it is unusable then. */
bool takeover_inbox(struct takeover *takeover, struct ingress *ingress);
/** Wait until the host and the control groups have room for the former object's values beside it:
 * for TAKEOVER_TIMEOUT_MS at most, and not at all if `handed`. False: there is no room. */
bool takeover_await_room(struct takeover *takeover);
/** The object does not fit: go on without it. Another attempt would fail, too, so the
 * object is not kept. */
void takeover_give_up(struct takeover *takeover, const char *why);

/** Why the values of the daemon before are lost; NULL: they are not, or there was none. */
const char *takeover_loss(const struct takeover *takeover);

/** Record that a step of this name is complete. */
void takeover_step(struct takeover *takeover, const char *name);
/** The daemon does not start, for a reason of its own: this does not count as an attempt, unless
 * memory was short. */
void takeover_cancel(struct takeover *takeover);
/** The daemon is ready and its own object is kept: give up the former object. */
void takeover_ready(struct takeover *takeover, struct handover *handover);
/** Close what is open. Safe twice. */
void takeover_done(struct takeover *takeover);

/** How long nobody read the sockets, in ms; -1: not known (yet). */
int64_t takeover_pause_ms(const struct takeover *takeover, const struct ingress *ingress);
/** Fill in the figures that self publishes. */
void takeover_read(const struct takeover *takeover, const struct ingress *ingress,
                   struct self_metrics_inputs *inputs);

#endif
