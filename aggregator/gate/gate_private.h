/*
 * gate_private.h - the struct behind gate.h, and the costs of work. Private to gate/.
 *
 *   datagram ─ lines ─▶ hash of (scope, letter, name, tags)
 *   intake.c, batch.c      │
 *               known.c    ├─ known line ──────────────▶ series ─ apply.c ─▶ number, verdict
 *                          │                               ▲
 *               repeats.c  ├─ folded or refused before ────┤  (or only its verdict)
 *               shapes.c   ├─ the same except one value ───┤
 *               names.c    └─ new line ─▶ family           │
 *               resolve.c                 labels ─▶ store ─┘  (and remembered, with what the
 *               labels.c, fit.c                                answer depends on)
 *
 * progress.c keeps the position and commits; query_rows.c takes rows of queries; owner.c makes
 * owners of senders; trace.c records what the others decide about a line, for gate_explain.
 */
#ifndef STATGATE_GATE_PRIVATE_H
#define STATGATE_GATE_PRIVATE_H

#include "gate/gate.h"
#include "gate/known.h"
#include "gate/names.h"
#include "gate/repeats.h"
#include "gate/shapes.h"

/* Progress within the datagram that is being applied. */
struct intake {
    bool midway;      /* the datagram was begun */
    bool reported;    /* another process has taken the datagram's report */
    size_t next_line; /* offset of the first line that was not examined yet */
    const struct sender *sender;
    bool reports; /* the first line is a report about this handle: */
    uint64_t handle;
    uint64_t sent;
    uint64_t lost;
    uint64_t samples; /* samples so far; counted only if `reports` is set */
};

/* What another process had done with a batch when it ended; all 0 if there was none. */
struct resume {
    size_t begun;  /* number of datagrams already counted for their sender */
    size_t ended;  /* number of datagrams whose report was taken */
    size_t offset; /* of the first unapplied line in the first datagram not applied completely */
};

/* Consecutive accepted samples of one sender and service. Their number is kept in the position. */
struct accepted_run {
    const struct sender *sender; /* NULL: no run */
    uint32_t service;
};

struct gate {
    const struct memory *memory;
    const struct catalog_set *set;
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct owners *owners; /* owned by the store */
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
    uint16_t begun; /* counts, as in the position */
    uint16_t ended;
    struct accepted_run run;
    uint32_t *family_samples; /* two for each family of the set: accepted, folded */
    struct undo_words at;     /* words that the next commit writes in addition to the line */
    uint16_t first;           /* position of this call's first datagram */
    struct resume resume;     /* what this call resumes */
    /* Another process began the line of this call, which takes that line alone: */
    uint16_t skip; /* how many of its values that process applied */
    bool empty;    /* ... it made the series, but found no good value */
    struct intake intake;
    size_t extra_units; /* work of this batch besides its lines */
};

/* Costs in work units, about 100 ns each: a known line takes one. */
enum {
    VALUES_A_UNIT = 4,      /* packed numbers per unit, good or bad */
    WORD_UNITS = 6,         /* one event of a machine */
    NEW_SENDER_UNITS = 150, /* making the sender's row, and inspecting the process */
    NEW_LINE_UNITS = 10,
    NEW_SERIES_UNITS = 30, /* includes the page faults of a table's first series */
    NEW_WORDS_A_UNIT = 32, /* 8-byte words of a new series' body per unit, page faults included */
    NEW_WINDOW_UNITS = 40,
    REFUSED_SERIES_UNITS = 20 /* searching a full table for expired entries */
};

#endif
