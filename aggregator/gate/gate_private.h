/*
 * gate_private.h - the struct behind gate.h, and what work costs. Private to gate/.
 *
 *   datagram ─ lines ─▶ hash of (scope, letter, name, tags)
 *   intake.c, batch.c      │
 *               known.c    ├─ known line ──────────────▶ series ─ apply.c ─▶ number, verdict
 *                          │                               ▲
 *               repeats.c  ├─ folded or refused before ────┤  (or its verdict alone)
 *               shapes.c   ├─ so, but for its value ───────┤
 *               names.c    └─ new line ─▶ family           │
 *               resolve.c                 labels ─▶ store ─┘  (and remembered, with what the
 *               labels.c, fit.c                                answer depends on)
 *
 * progress.c keeps the position and commits; query_rows.c takes rows of queries; owner.c makes owners of senders; trace.c records what the
 * others decide about a line, for gate_explain.
 */
#ifndef STATGATE_GATE_PRIVATE_H
#define STATGATE_GATE_PRIVATE_H

#include "gate/gate.h"
#include "gate/known.h"
#include "gate/names.h"
#include "gate/repeats.h"
#include "gate/shapes.h"

/* The datagram that is being applied. */
struct intake {
    bool midway;      /* it was begun */
    bool reported;    /* another process took its report */
    size_t next_line; /* offset of the first line that was not looked at */
    const struct sender *sender;
    bool reports; /* its first line has a report: of the handle, */
    uint64_t handle;
    uint64_t sent;
    uint64_t lost;
    uint64_t samples; /* counted only if it reports */
};

/* What another process had done of a batch when it ended; all 0 where there was none. */
struct resume {
    size_t begun;  /* so many of the datagrams have met their sender */
    size_t ended;  /* of so many the report was taken */
    size_t offset; /* of the first one's first line that is not applied whole */
};

/* Samples accepted in a row. How many they are is in the position. */
struct accepted_run {
    const struct sender *sender; /* NULL: no row */
    uint32_t service;
};

struct gate {
    const struct memory *memory;
    const struct catalog_set *set;
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct owners *owners; /* the store's */
    struct gate_names names;
    struct known_table known;
    struct repeats repeats;
    struct shape *shapes; /* SHAPES_MAX */
    uint64_t hits;
    uint64_t misses;
    gate_sender_fn on_new_sender;
    void *on_new_sender_arg;
    gate_owner_fn on_new_owner;
    void *on_new_owner_arg;
    gate_watch_fn watch;
    void *watch_arg;
    struct undo *undo;
    bool has_object;
    uint16_t begun; /* as the position has them */
    uint16_t ended;
    struct accepted_run run;
    uint32_t *family_samples; /* accepted, by index in the set */
    struct undo_words at;     /* what the next commit says beside the line */
    uint16_t first;           /* position of this call's first datagram */
    struct resume resume;     /* of this call */
    /* The line of this call (then it takes one alone) was begun by another process: */
    uint16_t skip; /* ... which applied so many of its values, */
    bool empty;    /* ... and made the series, but found none of them good */
    struct intake intake;
    size_t extra_units; /* work of this batch beyond its lines */
};

/* What things cost in work units, about 100 ns each: a known line takes one. */
enum {
    VALUES_A_UNIT = 4,      /* packed numbers, good or bad */
    WORD_UNITS = 6,         /* an event of a machine */
    NEW_SENDER_UNITS = 150, /* its row, and a look at the process */
    NEW_LINE_UNITS = 10,
    NEW_SERIES_UNITS = 10,
    NEW_WINDOW_UNITS = 40,
    REFUSED_SERIES_UNITS = 20 /* a full table was searched for what is over */
};

#endif
