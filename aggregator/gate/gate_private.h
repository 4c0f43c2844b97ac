/*
 * gate_private.h - the inside of the gate, shared by its files only.
 *
 *   datagram ─ lines ─▶ hash of (scope, letter, name, tags)
 *                          │
 *               known.c    ├─ known line ──────────────▶ series ─ apply.c ─▶ number, verdict
 *                          │                               ▲
 *               names.c    └─ new line ─▶ family           │          rows.c: of queries
 *               resolve.c                 labels ─▶ store ─┘  (and remembered, where the answer
 * cannot change)
 */
#ifndef STATGATE_GATE_PRIVATE_H
#define STATGATE_GATE_PRIVATE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/slots.h"
#include "gate/gate.h"

/* ---- names.c: name on the wire -> families ---- */

/* The name alone does not tell which item of a series is meant. */
enum { ITEM_BY_LABEL = UINT8_MAX };

struct name_entry {
    gate_scope scope;
    const char *name;
    uint32_t len;
    uint8_t item; /* RELAYED_SUM, RELAYED_COUNT; ITEM_BY_LABEL for all other names */
    const struct catalog_family *family;
    const struct name_entry *same; /* another family of this name in this scope: ambiguous */
};

struct names {
    struct arena arena; /* names that no catalog spells out */
    struct name_entry *entries;
    size_t count;
    struct bare_slots slots;
    uint64_t seed;
};

bool names_init(struct names *names, const struct catalog_set *set, uint64_t seed);
void names_done(struct names *names);
/* The first family of this name in the scope, others by `same`; NULL when there is none. */
const struct name_entry *names_find(const struct names *names, gate_scope scope,
                                    struct sg_span name);

/* ---- known.c: lines whose answer is known ---- */

enum known_flags {
    KNOWN_USED = 1,    /* second chance: was hit since the hand last passed */
    KNOWN_FOLDED = 2,  /* a declared label took its otherwise */
    KNOWN_IGNORED = 4, /* the family is not exposed; there is no series */
    KNOWN_OWNED = 8,   /* the value goes to a part of the sender's */
    KNOWN_LABEL_SHIFT = 4,
    KNOWN_LABEL_MAX = 15 /* lines folded at a label beyond it are not remembered */
};

/* The bytes that a known line must have: scope and letter, name, tags. */
struct known_key {
    uint32_t scope_letter;
    uint16_t name_len;
    uint16_t tags_len;
    char bytes[]; /* name, then tags */
};

/* 32 bytes, two in a cache line. */
struct known {
    uint64_t hash;
    struct known_key *key; /* NULL: empty */
    struct series *series; /* NULL with KNOWN_IGNORED */
    uint32_t generation;   /* of the series when it was remembered */
    uint16_t family;       /* index in the set */
    uint8_t item;          /* of a series with several: a relayed summary, a stateset */
    uint8_t flags;         /* and, KNOWN_FOLDED, the label above them */
};

struct known_table {
    struct known *slots;
    size_t mask;
    uint64_t key_bytes;
    uint64_t key_bytes_max;
    uint64_t entries;
    uint64_t evictions;
    uint64_t seed;
};

enum { KNOWN_WINDOW = 16, KNOWN_KEY_MAX = 1024 };

bool known_init(struct known_table *table, uint64_t series_bound, uint64_t seed);
void known_done(struct known_table *table);
uint64_t known_hash(const struct known_table *table, gate_scope scope, const struct sg_line *line);
bool known_matches(const struct known *known, uint64_t hash, gate_scope scope,
                   const struct sg_line *line);
/* The slot of this line, or NULL. */
struct known *known_find(const struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line);
/* The line's slot, made if it is new, by evicting one not used lately if need be; NULL: not worth
 * keeping, or no memory. The caller fills series, generation, service, flags and label. */
struct known *known_make(struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line);

static inline struct known *known_home(const struct known_table *table, uint64_t hash) {
    return &table->slots[hash & table->mask];
}

/* ---- resolve.c: a new line against the catalogs ---- */

/* What becomes of a line (all its values), before its numbers are looked at. */
struct outcome {
    enum verdict verdict; /* ACCEPTED and FOLDED: series is set */
    enum sg_reject reason;
    size_t offset;          /* of a rejection */
    int label;              /* at fault, or -1 */
    struct sg_span unknown; /* the key of a label that the family does not declare */
    uint8_t item;           /* as in known */
    const struct catalog *service;
    const struct catalog_family *family;
    struct series *series;
    bool made;    /* the series did not exist before this line */
    bool lasting; /* the same bytes will get the same answer while the series lives */
};

void resolve_line(struct gate *gate, const struct sg_line *line, const struct gate_origin *origin,
                  struct store_time now, struct outcome *ret_outcome);

/* The service lists its senders and this one is not among them. */
static inline bool is_forbidden(const struct catalog *service, const struct gate_origin *origin) {
    return service->senders_restricted && !catalog_admits(service, origin->uid, origin->gid);
}

/* ---- apply.c: values into a series ---- */

/* One line on its way through the pipeline. */
struct gate_line {
    struct sg_line line;
    const struct gate_origin *origin;
    struct sender *sender;
    uint64_t hash;
    struct known *slot; /* where it may be */
    bool owned;         /* slot leads to parts */
};

/* Look the line up or resolve it, and apply its values. With `ret_why` also tell why. */
void apply_line(struct gate *gate, struct gate_line *item, struct store_time now,
                struct gate_explanation *ret_why);

/* ---- telemetry.c ---- */

/* True when the line is a DogStatsD client's telemetry; its values are added to the sender's row.
 */
bool telemetry_take(const struct sg_line *line, struct sender *sender);

/* ---- owner.c: senders that own ---- */

/* The live owner that the sender is, or becomes; OWNER_NONE when it can own nothing now. */
owner_id gate_owner_of(struct gate *gate, struct sender *sender, struct store_time now);

/* The datagram that is being applied. */
struct intake {
    bool midway;      /* it was begun */
    size_t next_line; /* offset of the first line that was not looked at */
    struct sender *sender;
    bool reports; /* its first line says of the handle: */
    uint64_t handle;
    uint64_t sent;
    uint64_t lost;
    uint64_t samples; /* counted where it reports */
};

struct gate {
    const struct catalog_set *set;
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct owners *owners; /* the store's */
    struct names names;
    struct known_table known;
    uint64_t hits;
    uint64_t misses;
    gate_sender_fn on_new_sender;
    void *on_new_sender_arg;
    gate_owner_fn on_new_owner;
    void *on_new_owner_arg;
    struct intake intake;
    size_t extra_units; /* work of the present batch that its lines do not show */
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
