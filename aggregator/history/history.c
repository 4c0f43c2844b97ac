/* SPDX-License-Identifier: MIT */
/* history.c - the recent past of services, counted once a second. */
#include "history/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

/* ---- rows ----
 * A service's counts, in rings: one slot for each step of time. A slot is shown once its step is
 * over. Counts are stored plus 1; a stored 0 means that the count is unknown. A
 * process killed while it begins a slot leaves a curve that is shifted by that slot, at worst.
 */

enum {
    SECOND_MS = 1000,
    SHORT_SLOTS = 300 + 1,
    LONG_SLOTS = 288 + 1,
    SLOTS_MAX = SHORT_SLOTS > LONG_SLOTS ? SHORT_SLOTS : LONG_SLOTS,
    LATE_MS = SECOND_MS / 2, /* how late or early a tick may be and still find its second */
    RATE_POINTS = 10
};

struct history_row {
    uint32_t service;      /* index in the set; OBJECT_NONE: all */
    uint32_t newest_short; /* index of the newest slot */
    uint32_t newest_long;
    uint32_t unused;
    int64_t short_end_ms; /* end of the newest slot; 0: there is none */
    int64_t long_end_ms;
    uint32_t short_counts[HISTORY_CURVE_COUNT][SHORT_SLOTS];
    uint32_t long_counts[HISTORY_CURVE_COUNT][LONG_SLOTS];
};

/* One of the two rings of a row. */
struct ring {
    int64_t *end_ms;
    uint32_t *newest;
    uint32_t *counts; /* of all curves, one after the other */
    uint32_t slots;
    uint32_t step_ms;
};

static struct ring ring_of(struct history_row *row, enum history_span span) {
    return span == HISTORY_SHORT ? (struct ring){&row->short_end_ms, &row->newest_short,
                                                 row->short_counts[0], SHORT_SLOTS, SECOND_MS}
                                 : (struct ring){&row->long_end_ms, &row->newest_long,
                                                 row->long_counts[0], LONG_SLOTS, 300 * SECOND_MS};
}

/* The begin of the step that contains a time, which may be before the boot. */
static int64_t begin_of(int64_t mono_ms, int64_t step_ms) {
    return (mono_ms / step_ms - (mono_ms % step_ms < 0)) * step_ms;
}

/* Begin the slot of this time, if it is not the newest one; those that were skipped are unknown. */
/* Returns how many slots it went on. */
static size_t advance(const struct ring *ring, int64_t mono_ms) {
    const int64_t end_ms = begin_of(mono_ms, ring->step_ms) + ring->step_ms;
    const int64_t passed = (end_ms - *ring->end_ms) / ring->step_ms;
    const int64_t steps = *ring->end_ms == 0 || passed > ring->slots ? ring->slots : passed;
    for (int64_t i = 0; i < steps; i++) {
        const uint32_t slot = (*ring->newest + 1) % ring->slots;
        for (uint32_t curve = 0; curve < HISTORY_CURVE_COUNT; curve++)
            ring->counts[curve * ring->slots + slot] = i + 1 == steps ? 1 : 0;
        *ring->newest = slot;
    }
    if (steps > 0)
        *ring->end_ms = end_ms;
    return steps > 0 ? (size_t)steps : 0;
}

static void count(const struct ring *ring, uint32_t curve, uint64_t more) {
    uint32_t *slot = &ring->counts[curve * ring->slots + *ring->newest];
    const uint32_t most = UINT32_MAX - 1;
    *slot = more < most - *slot ? *slot + (uint32_t)more : most;
}

/* The count `back` slots before the newest one. */
static uint32_t count_at(const struct ring *ring, enum history_curve curve, uint32_t back) {
    const uint32_t slot = (*ring->newest + ring->slots - back) % ring->slots;
    const uint32_t stored = ring->counts[(uint32_t)curve * ring->slots + slot];
    return *ring->end_ms == 0 || stored == 0 ? HISTORY_UNKNOWN : stored - 1;
}

/* ---- making ---- */

struct history {
    const struct catalog_set *set;
    struct ledger *ledger;
    struct object_table table; /* struct history_row: of all, then by index in the set */
    uint64_t (*seen)[HISTORY_CURVE_COUNT]; /* counts at the previous lap, by row */
    bool begun;                            /* they are known */
    size_t at;                             /* the next row of a lap */
    int64_t lap_ms;
};

const char *history_curve_text(enum history_curve curve) {
    static const char *const texts[HISTORY_CURVE_COUNT] = {"samples", "rejected", "folded"};
    return texts[curve];
}

const char *history_span_text(enum history_span span) {
    static const char *const texts[HISTORY_SPAN_COUNT] = {"5m", "24h"};
    return texts[span];
}

static struct history_row *row_at(const struct history *history, size_t index) {
    return object_at(&history->table, index);
}

struct history *history_new(struct object *object, const struct catalog_set *set,
                            struct ledger *ledger) {
    static const struct object_field fields[] = {
        OBJECT_FIELD(struct history_row, service, "service", OBJECT_U32),
        OBJECT_FIELD(struct history_row, newest_short, "newest_short", OBJECT_U32),
        OBJECT_FIELD(struct history_row, newest_long, "newest_long", OBJECT_U32),
        OBJECT_FIELD(struct history_row, short_end_ms, "short_end_ms", OBJECT_MONO_MS),
        OBJECT_FIELD(struct history_row, long_end_ms, "long_end_ms", OBJECT_MONO_MS),
        {"short", OBJECT_U32, offsetof(struct history_row, short_counts),
         HISTORY_CURVE_COUNT * SHORT_SLOTS},
        {"long", OBJECT_U32, offsetof(struct history_row, long_counts),
         HISTORY_CURVE_COUNT * LONG_SLOTS},
    };
    const struct object_spec spec =
        OBJECT_SPEC("history", struct history_row, set->count + 1, fields);
    struct history *history = memory_alloc(sizeof *history);
    *history = (struct history){.set = set, .ledger = ledger};
    history->seen = memory_array(set->count + 1, sizeof *history->seen);
    object_table(object, &spec, &history->table);
    object_need(&history->table, spec.max_items);
    for (uint32_t i = 0; i <= set->count; i++)
        row_at(history, i)->service = i == 0 ? OBJECT_NONE : i - 1;
    return history;
}

void history_free(struct history *history) {
    if (history == NULL)
        return;
    object_table_done(&history->table);
    free(history->seen);
    free(history);
}

uint64_t history_object_bytes(const struct catalog_set *set) {
    return object_table_bytes(set->count + 1, sizeof(struct history_row));
}

uint64_t history_bytes(const struct catalog_set *set) {
    return heap_bytes(sizeof(struct history)) + history_object_bytes(set) +
           heap_bytes((set->count + 1) * sizeof(uint64_t[HISTORY_CURVE_COUNT]));
}

/* ---- reading ---- */

/* NULL: the service is the daemon's own. */
static struct history_row *row_of(const struct history *history, int service) {
    if (service >= 0 && history->set->catalogs[service]->internal)
        return NULL;
    return row_at(history, (size_t)service + 1);
}

bool history_curve(const struct history *history, int service, enum history_curve curve,
                   enum history_span span, struct history_points *ret_points) {
    struct history_row *row = row_of(history, service);
    if (row == NULL)
        return false;
    const struct ring ring = ring_of(row, span);
    /* Ticks come at the end of a second, so the newest one is over; a longer step may not be. */
    const int64_t end_ms = begin_of(row->short_end_ms, ring.step_ms);
    const uint32_t under_way = *ring.end_ms > end_ms;
    ret_points->end_mono_ms = end_ms;
    ret_points->step_ms = ring.step_ms;
    ret_points->count = ring.slots - 1;
    for (uint32_t i = 0; i < ret_points->count; i++)
        ret_points->values[i] = count_at(&ring, curve, under_way + ret_points->count - 1 - i);
    return true;
}

bool history_rate(const struct history *history, int service, enum history_curve curve,
                  double *ret_rate) {
    struct history_row *row = row_of(history, service);
    uint64_t sum = 0;
    uint32_t known = 0;
    if (row == NULL)
        return false;
    const struct ring ring = ring_of(row, HISTORY_SHORT);
    for (uint32_t back = 0; back < RATE_POINTS; back++) {
        const uint32_t here = count_at(&ring, curve, back);
        sum += here != HISTORY_UNKNOWN ? here : 0;
        known += here != HISTORY_UNKNOWN;
    }
    *ret_rate = known > 0 ? (double)sum / known : 0;
    return known > 0;
}

/* ---- restore ---- */

/* Take over the ring of a record. Times of another boot are shifted, and may not be at the start of
 * a step. */
static void take_ring(const struct ring *ring, const struct image_table *table, uint64_t record,
                      enum history_span span, int64_t mono_ms) {
    const bool is_short = span == HISTORY_SHORT;
    const struct image_field end =
        image_field(table, is_short ? "short_end_ms" : "long_end_ms", OBJECT_MONO_MS);
    const struct image_field newest =
        image_field(table, is_short ? "newest_short" : "newest_long", OBJECT_U32);
    const struct image_field counts = image_field(table, is_short ? "short" : "long", OBJECT_U32);
    const int64_t end_ms = (int64_t)image_integer(table, record, end, 0);
    const uint64_t slot = image_integer(table, record, newest, 0);
    const size_t bytes = (size_t)HISTORY_CURVE_COUNT * ring->slots * sizeof *ring->counts;
    const unsigned char *from = counts.count == HISTORY_CURVE_COUNT * ring->slots
                                    ? image_at(table, record, counts, 0, sizeof *ring->counts)
                                    : NULL;
    if (from == NULL || slot >= ring->slots || end_ms == 0 || end_ms < IMAGE_MONO_LEAST ||
        end_ms > mono_ms + ring->step_ms)
        return;
    memcpy(ring->counts, from, bytes);
    *ring->newest = (uint32_t)slot;
    *ring->end_ms = begin_of(end_ms + ring->step_ms / 2, ring->step_ms);
}

void history_restore(struct history *history, const struct image *image, const struct match *match,
                     int64_t mono_ms) {
    struct image_table table;
    if (!image_find(image, "history", OBJECT_NONE, OBJECT_NONE, &table))
        return;
    const struct image_field service = image_field(&table, "service", OBJECT_U32);
    for (uint64_t i = 0; i < table.items; i++) {
        const uint32_t index = (uint32_t)image_integer(&table, i, service, 0);
        const struct catalog *here =
            index != OBJECT_NONE ? object_match_catalog(match, index) : NULL;
        if (index != OBJECT_NONE && here == NULL)
            continue;
        struct history_row *row = row_at(history, here != NULL ? here->index + 1 : 0);
        for (enum history_span span = 0; span < HISTORY_SPAN_COUNT; span++) {
            const struct ring ring = ring_of(row, span);
            take_ring(&ring, &table, i, span, mono_ms);
        }
    }
}

/* ---- tick ---- */

/* Returns how many slots the rings went on. */
static size_t count_row(struct history *history, size_t index) {
    size_t slots = 0;
    struct history_row *row = row_at(history, index);
    const struct tally *tally = index == 0 ? ledger_total(history->ledger)
                                           : ledger_service(history->ledger, (int)index - 1);
    const uint64_t now[HISTORY_CURVE_COUNT] = {
        [HISTORY_SAMPLES] = tally_total(tally),
        [HISTORY_REJECTED] = tally->by_verdict[VERDICT_REJECTED],
        [HISTORY_FOLDED] = tally->by_verdict[VERDICT_FOLDED]};
    for (enum history_span span = 0; history->begun && span < HISTORY_SPAN_COUNT; span++) {
        const struct ring ring = ring_of(row, span);
        slots += advance(&ring, history->lap_ms);
        for (uint32_t curve = 0; curve < HISTORY_CURVE_COUNT; curve++)
            count(&ring, curve, now[curve] - history->seen[index][curve]);
    }
    memcpy(history->seen[index], now, sizeof now);
    return slots;
}

bool history_tick(struct history *history, int64_t mono_ms, size_t *budget) {
    enum { UNITS = 2, SLOTS_A_UNIT = 12 /* a first lap, or one after a gap, clears all */ };
    if (history->at == 0)
        history->lap_ms = mono_ms - LATE_MS;
    for (; history->at <= history->set->count; history->at++) {
        if (*budget == 0)
            return false;
        const size_t units = UNITS + count_row(history, history->at) / SLOTS_A_UNIT;
        *budget -= units < *budget ? units : *budget;
    }
    history->at = 0;
    history->begun = true;
    return true;
}
