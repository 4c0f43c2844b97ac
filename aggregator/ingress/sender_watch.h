/*
 * sender_watch.h - keeps the ledger's rows of senders consistent with their processes: names and
 * start times of new ones, the end of old ones, process ids that were reused, processes that became
 * another program (exec).
 */
#ifndef STATGATE_INGRESS_SENDER_WATCH_H
#define STATGATE_INGRESS_SENDER_WATCH_H

#include <stddef.h>
#include <uv.h>

#include "base/memory.h"
#include "ledger/ledger.h"

enum {
    SENDER_WATCH_LOOKS_PER_TURN = 32, /**< processes looked up in one loop turn, some 10 µs each */
    SENDER_WATCH_ROWS_PER_SWEEP = 256, /**< rows looked at every SENDER_WATCH_SWEEP_MS */
    SENDER_WATCH_SWEEP_MS = 1000,
    SENDER_WATCH_UNITS_PER_SECOND = 100 /**< look-ups of units or containers */
};

struct sender_watch;

/**
 * Watch a ledger's senders (borrowed) from `loop`; its timer does not keep the loop alive.
 * `proc_path` is where processes are looked up: "/proc". Returns 0 or a negative errno.
 */
int sender_watch_new(const struct memory *memory, uv_loop_t *loop, struct ledger *ledger,
                     const char *proc_path, struct sender_watch **ret_watch);

/**
 * A gate_sender_fn (`watch` is its argument): describes a sender that is new, or that sends
 * although it was found gone. If its process id now belongs to another process, the row is closed
 * and a new one started; so it is if the process has executed another program. If a turn brings
 * more than SENDER_WATCH_LOOKS_PER_TURN, the rest are described a moment later; a process that
 * ended before then is marked gone without a description. Process id 0 is never looked up.
 *
 * Its unit or container is looked up as well, at most SENDER_WATCH_UNITS_PER_SECOND; look-ups put
 * off are counted (ledger_put_off), and done with a later look at the row.
 */
void sender_watch_meet(void *watch, const struct sender *sender);

/** A view_sender_fn (`watch` is its argument): looks at the process of a row that is not known to
 * be gone, which takes some 10 µs. */
void sender_watch_look(void *watch, size_t row);

/** Look at the next `rows` rows. The timer does this; tests call it themselves. */
void sender_watch_sweep(struct sender_watch *watch, size_t rows);
/** Describe rows that were left over. Returns true if there may be more. */
bool sender_watch_catch_up(struct sender_watch *watch);

/** Stop; `closed` (may be NULL) is called once the memory is freed, at once for a NULL watch. */
void sender_watch_close(struct sender_watch *watch, void (*closed)(void *arg), void *arg);

#endif
