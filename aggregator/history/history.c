/* SPDX-License-Identifier: MIT */
/* history.c - the recent past of services and families, counted once a second. */
#include "history/history.h"

#include <string.h>

#include "base/heap.h"

/* ---- ring: slots of counts, one for each step of time, in a table of the object; a new slot
 * replaces the oldest.
 *
 * Each slot records its own step, so slots that were skipped, or not written for long, need no
 * clearing. Counts are stored plus 1; a stored 0 means that the count is unknown.
 */

struct ring_shape {
    const char *name; /* of the table */
    uint32_t step_ms;
    uint32_t points; /* slots that can be read; one more is being written */
    uint32_t words;  /* counts in a slot */
};

struct ring {
    struct object_table table;
    struct ring_shape shape;
    int64_t base;   /* the step of the table's first slot */
    int64_t copied; /* the last step copied from another process; RING_NEVER: none */
    bool begun;
};

#define RING_NEVER INT64_MIN

/* Increase a stored count without wrapping. */
static inline uint32_t ring_more(uint32_t written, uint32_t more) {
    const uint32_t most = UINT32_MAX - 1;
    return more < most - written ? written + more : most;
}

/* ---- rows: which services and families have curves.
 *
 * Row 0 of the services is the whole daemon. The daemon's own services have no rows, because no one
 * sends samples for them. A family has a row if datagrams may bring it samples. The rows are
 * written to the object, so that the next process knows which counts belong to which service or
 * family.
 */

/* Names of the tables. */
#define ROWS_SERVICES "history_service"
#define ROWS_FAMILIES "history_family_row"

enum { ROWS_ALL = 0 };
#define ROWS_NONE UINT32_MAX

struct history_rows {
    uint32_t *of_service;              /* row by index in the set, or ROWS_NONE */
    uint32_t *of_family;               /* by index in the set: the first row, or ROWS_NONE */
    struct object_table service_table; /* index in the set by row; OBJECT_NONE for row 0 */
    struct object_table family_table;  /* by row: twice the index in the set, + 1: of folds */
    uint32_t service_count;            /* including row 0 */
    uint32_t family_count;
};

/* The index in the set of the service of a row; the index in gate_family_samples() of one of a
 * family. */
static inline uint32_t rows_service(const struct history_rows *rows, uint32_t row) {
    return *(const uint32_t *)object_at(&rows->service_table, row);
}
static inline uint32_t rows_family(const struct history_rows *rows, uint32_t row) {
    return *(const uint32_t *)object_at(&rows->family_table, row);
}

/* ---- the struct behind history.h ---- */

enum { SECOND_MS = 1000, RATE_MS = 10000 };

/* Counts at the previous lap. Only differences matter, so they may wrap. */
struct service_seen {
    uint32_t counts[HISTORY_CURVE_COUNT]; /* except HISTORY_SENDERS */
};
struct sender_seen {
    uint32_t datagrams;
    uint32_t lost;
};

/* Sums over the senders of a service, while a lap adds them up. */
struct senders_sums {
    uint32_t datagrams;
    uint32_t lost;
    uint32_t senders;
};

/* A lap: counting one second, in steps. */
enum lap_phase { LAP_NONE, LAP_SENDERS, LAP_SERVICES, LAP_FAMILIES };
struct lap {
    enum lap_phase phase;
    size_t at; /* the next item of the phase */
    int64_t mono_ms;
    int64_t real_ms;
    uint32_t *seconds; /* the slots of this second; NULL: none */
    uint32_t *minutes;
    uint32_t *short_families;
    uint32_t *long_families;
};

struct history {
    const struct memory *memory;
    struct history_source source;
    struct history_rows rows;
    struct ring services[HISTORY_SPAN_COUNT];
    struct ring families[HISTORY_SPAN_COUNT];
    struct service_seen *services_seen; /* by row */
    struct senders_sums *sums;          /* by row */
    uint32_t *scrapes;                  /* by row; may wrap */
    uint32_t *families_seen;            /* by row */
    struct sender_seen *senders_seen;   /* SENDERS_MAX */
    struct series_rates *rates;
    struct lap lap;
    bool begun;      /* the counts of the previous lap are known, so the next lap counts */
    bool has_points; /* a lap has ended, and end_ms is valid */
    int64_t end_ms;  /* end of the second that the last lap counted */
};

/* ---- series rates: growth rates of the series that somebody looks at.
 *
 * Storing a rate in each series would cost memory for all of them, but few are looked at. A caller
 * that looks at a series passes its total and gets its growth since a look at least a second
 * before. The table is small; a series that no one has looked at for a while gives up its place.
 */

enum { SERIES_RATES_WAYS = 8, SERIES_RATES_SETS = HISTORY_RATES_MAX / SERIES_RATES_WAYS };

struct series_rates {
    struct series_rate {
        struct history_series of;
        int64_t asked_ms; /* time of the last look */
        int64_t at_ms;    /* time of the total in `of` */
        double rate;
        bool used;
        bool known; /* `rate` is known */
    } sets[SERIES_RATES_SETS][SERIES_RATES_WAYS];
};

/* ==== ring: Slots of counts, by time. ==== */

/* Start of a slot; the counts follow. */
struct ring_slot {
    int64_t begin_ms; /* start of its step */
    uint32_t made;    /* 0: the slot is not valid */
    uint32_t unused;
};

static uint32_t slot_bytes(const struct ring_shape *shape) {
    const uint64_t bytes = sizeof(struct ring_slot) + shape->words * (uint64_t)sizeof(uint32_t);
    return (uint32_t)((bytes + 7) & ~(uint64_t)7);
}

/* Number of slots: those that can be read, and the one that is being written. */
static uint64_t slot_count(const struct ring_shape *shape) {
    return (uint64_t)shape->points + 1;
}

/* Make an empty ring. False when out of memory or space; ring_done is safe then and on a zeroed
 * struct. */
static bool ring_init(struct ring *ring, const struct memory *memory, struct object *object,
                      const struct ring_shape *shape) {
    const struct object_field fields[] = {
        OBJECT_FIELD(struct ring_slot, begin_ms, "begin_ms", OBJECT_MONO_MS),
        OBJECT_FIELD(struct ring_slot, made, "made", OBJECT_U32),
        {"counts", OBJECT_U32, sizeof(struct ring_slot), shape->words},
    };
    struct object_spec spec = OBJECT_SPEC(shape->name, struct ring_slot, slot_count(shape), fields);
    spec.item_bytes = slot_bytes(shape);
    ring->shape = *shape;
    ring->copied = RING_NEVER;
    return object_table(object, memory, &spec, &ring->table);
}

static void ring_done(struct ring *ring, const struct memory *memory) {
    object_table_done(&ring->table, memory);
}

/* Bytes of the table, in an object or on the heap. */
static uint64_t ring_bytes(const struct ring_shape *shape) {
    return object_table_bytes(slot_count(shape), slot_bytes(shape));
}

static int64_t floor_divide(int64_t number, int64_t by) {
    return number / by - (number % by < 0);
}

/* The step that contains a time. */
static int64_t ring_step(const struct ring *ring, int64_t mono_ms) {
    return floor_divide(mono_ms, ring->shape.step_ms);
}

static uint64_t index_of(const struct ring *ring, int64_t step) {
    const int64_t slots = (int64_t)slot_count(&ring->shape);
    const int64_t index = (step - ring->base) % slots;
    return (uint64_t)(index < 0 ? index + slots : index);
}

static uint32_t *counts_of(struct ring_slot *slot) {
    return (uint32_t *)(void *)(slot + 1);
}

/* Start a slot. A process killed in between leaves an invalid slot. */
static void begin(struct ring_slot *slot, uint32_t words, int64_t begin_ms) {
    slot->made = 0;
    undo_barrier();
    slot->begin_ms = begin_ms;
    for (uint32_t i = 0; i < words; i++)
        counts_of(slot)[i] = 1;
    undo_barrier();
    slot->made = 1;
}

/* The stored counts of a step, to be increased by ring_more; a new step starts with counts of 0.
 * NULL: there is no memory. */
static uint32_t *ring_write(struct ring *ring, int64_t step) {
    const int64_t begin_ms = step * ring->shape.step_ms;
    if (!ring->begun)
        ring->base = step;
    ring->begun = true;
    const uint64_t index = index_of(ring, step);
    if (!object_reach(&ring->table, index + 1))
        return NULL;
    struct ring_slot *slot = object_at(&ring->table, index);
    if (slot->made == 0 || slot->begin_ms != begin_ms)
        begin(slot, ring->shape.words, begin_ms);
    return counts_of(slot);
}

/* The stored counts of a step; NULL: unknown. */
static const uint32_t *ring_read(const struct ring *ring, int64_t step) {
    const uint64_t index = index_of(ring, step);
    if (!ring->begun || index >= ring->table.reached)
        return NULL;
    struct ring_slot *slot = object_at(&ring->table, index);
    const bool is_of_it = slot->made != 0 && slot->begin_ms == step * ring->shape.step_ms;
    return is_of_it ? counts_of(slot) : NULL;
}

/* ==== rows: Which services and families have curves. ==== */

static bool has_samples(const struct catalog_family *family) {
    return !family->catalog->internal && family->source == SOURCE_DATAGRAMS;
}

/* Whether a family has a second row, for its folded samples. */
static bool rows_can_fold(const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].otherwise >= 0)
            return true;
    return false;
}

/* The number of rows of a family. */
static uint32_t count_rows(const struct catalog_family *family) {
    return has_samples(family) ? 1 + rows_can_fold(family) : 0;
}

/* The number of rows that a set needs. */
static uint32_t rows_count_services(const struct catalog_set *set) {
    uint32_t count = 1;
    for (size_t i = 0; i < set->count; i++)
        count += !set->catalogs[i]->internal;
    return count;
}

static uint32_t rows_count_families(const struct catalog_set *set) {
    uint32_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        count += count_rows(set->families[i]);
    return count;
}

/* Make a table of rows, with memory for all of them. */
static bool make_table(struct object_table *table, const struct memory *memory,
                       struct object *object, const char *name, uint32_t count) {
    const struct object_field fields[] = {{"index", OBJECT_U32, 0, 1}};
    const struct object_spec spec = OBJECT_SPEC(name, uint32_t, count, fields);
    return object_table(object, memory, &spec, table) && object_reach(table, count);
}

static void add(struct object_table *table, uint32_t *count, uint32_t index) {
    *(uint32_t *)object_at(table, (*count)++) = index;
}

static void fill_services(struct history_rows *rows, const struct catalog_set *set) {
    add(&rows->service_table, &rows->service_count, OBJECT_NONE);
    for (uint32_t i = 0; i < set->count; i++) {
        rows->of_service[i] = set->catalogs[i]->internal ? ROWS_NONE : rows->service_count;
        if (!set->catalogs[i]->internal)
            add(&rows->service_table, &rows->service_count, i);
    }
}

static void fill_families(struct history_rows *rows, const struct catalog_set *set) {
    for (uint32_t i = 0; i < set->family_count; i++) {
        const uint32_t count = count_rows(set->families[i]);
        rows->of_family[i] = count > 0 ? rows->family_count : ROWS_NONE;
        for (uint32_t row = 0; row < count; row++)
            add(&rows->family_table, &rows->family_count, 2 * i + row);
    }
}

/* Fill the rows. False when out of memory; rows_done is safe then and on a zeroed struct. */
static bool rows_init(struct history_rows *rows, const struct memory *memory, struct object *object,
                      const struct catalog_set *set) {
    rows->of_service = memory_array(memory, set->count + 1, sizeof *rows->of_service);
    rows->of_family = memory_array(memory, set->family_count + 1, sizeof *rows->of_family);
    if (rows->of_service == NULL || rows->of_family == NULL ||
        !make_table(&rows->service_table, memory, object, ROWS_SERVICES,
                    rows_count_services(set)) ||
        !make_table(&rows->family_table, memory, object, ROWS_FAMILIES, rows_count_families(set)))
        return false;
    fill_services(rows, set);
    fill_families(rows, set);
    return true;
}

static void rows_done(struct history_rows *rows, const struct memory *memory) {
    memory_release(memory, rows->of_service);
    memory_release(memory, rows->of_family);
    object_table_done(&rows->service_table, memory);
    object_table_done(&rows->family_table, memory);
}

/* Bytes that the rows take on the heap, and in an object. */
static uint64_t rows_bytes(const struct catalog_set *set) {
    return heap_bytes((set->count + 1) * sizeof(uint32_t)) +
           heap_bytes((set->family_count + 1) * sizeof(uint32_t));
}

static uint64_t rows_object_bytes(const struct catalog_set *set) {
    return object_table_bytes(rows_count_services(set), sizeof(uint32_t)) +
           object_table_bytes(rows_count_families(set), sizeof(uint32_t));
}

/* ==== history: Makes a history, and reads its curves. ==== */

const char *history_curve_text(enum history_curve curve) {
    static const char *const texts[HISTORY_CURVE_COUNT] = {
        "samples", "rejected", "folded", "ignored", "lost", "datagrams", "scrapes", "senders"};
    return texts[curve];
}

const char *history_span_text(enum history_span span) {
    static const char *const texts[HISTORY_SPAN_COUNT] = {"5m", "24h"};
    return texts[span];
}

/* ---- making ---- */

static struct ring_shape service_shape(enum history_span span, uint32_t rows) {
    static const struct ring_shape shapes[HISTORY_SPAN_COUNT] = {
        {.name = "history_second", .step_ms = SECOND_MS, .points = 300},
        {.name = "history_minute", .step_ms = 60 * SECOND_MS, .points = HISTORY_POINTS_MAX}};
    struct ring_shape shape = shapes[span];
    shape.words = rows * HISTORY_CURVE_COUNT;
    return shape;
}

static struct ring_shape family_shape(enum history_span span, uint32_t rows) {
    static const struct ring_shape shapes[HISTORY_SPAN_COUNT] = {
        {.name = "history_family_5s", .step_ms = 5 * SECOND_MS, .points = 60},
        {.name = "history_family_10m", .step_ms = 600 * SECOND_MS, .points = 144}};
    struct ring_shape shape = shapes[span];
    shape.words = rows > 0 ? rows : 1;
    return shape;
}

static bool make_rings(struct history *history, struct object *object) {
    for (enum history_span span = 0; span < HISTORY_SPAN_COUNT; span++) {
        const struct ring_shape services = service_shape(span, history->rows.service_count);
        const struct ring_shape families = family_shape(span, history->rows.family_count);
        if (!ring_init(&history->services[span], history->memory, object, &services) ||
            !ring_init(&history->families[span], history->memory, object, &families))
            return false;
    }
    return true;
}

static bool make_arrays(struct history *history) {
    const struct memory *memory = history->memory;
    const size_t services = history->rows.service_count;
    const size_t families = history->rows.family_count;
    history->services_seen = memory_array(memory, services, sizeof *history->services_seen);
    history->sums = memory_array(memory, services, sizeof *history->sums);
    history->scrapes = memory_array(memory, services, sizeof *history->scrapes);
    history->families_seen = memory_array(memory, families + 1, sizeof *history->families_seen);
    history->senders_seen = memory_array(memory, SENDERS_MAX, sizeof *history->senders_seen);
    history->rates = memory_alloc(memory, sizeof *history->rates);
    return history->rates != NULL && history->services_seen != NULL && history->sums != NULL &&
           history->scrapes != NULL && history->families_seen != NULL &&
           history->senders_seen != NULL;
}

struct history *history_new(const struct memory *memory, struct object *object,
                            const struct catalog_set *set, const struct history_source *source) {
    struct history *history = memory_alloc(memory, sizeof *history);
    if (history == NULL)
        return NULL;
    history->memory = memory;
    history->source = *source;
    if (rows_init(&history->rows, memory, object, set) && make_rings(history, object) &&
        make_arrays(history))
        return history;
    history_free(history);
    return NULL;
}

void history_free(struct history *history) {
    if (history == NULL)
        return;
    const struct memory *memory = history->memory;
    rows_done(&history->rows, memory);
    for (enum history_span span = 0; span < HISTORY_SPAN_COUNT; span++) {
        ring_done(&history->services[span], memory);
        ring_done(&history->families[span], memory);
    }
    memory_release(memory, history->services_seen);
    memory_release(memory, history->sums);
    memory_release(memory, history->scrapes);
    memory_release(memory, history->families_seen);
    memory_release(memory, history->senders_seen);
    memory_release(memory, history->rates);
    memory_release(memory, history);
}

static uint64_t rings_bytes(const struct catalog_set *set) {
    uint64_t bytes = 0;
    for (enum history_span span = 0; span < HISTORY_SPAN_COUNT; span++) {
        const struct ring_shape services = service_shape(span, rows_count_services(set));
        const struct ring_shape families = family_shape(span, rows_count_families(set));
        bytes += ring_bytes(&services) + ring_bytes(&families);
    }
    return bytes;
}

uint64_t history_object_bytes(const struct catalog_set *set) {
    return rows_object_bytes(set) + rings_bytes(set);
}

uint64_t history_bytes(const struct catalog_set *set) {
    const uint64_t services = rows_count_services(set);
    const uint64_t families = rows_count_families(set);
    return heap_bytes(sizeof(struct history)) + rows_bytes(set) + history_object_bytes(set) +
           heap_bytes(services * sizeof(struct service_seen)) +
           heap_bytes(services * sizeof(struct senders_sums)) +
           heap_bytes(services * sizeof(uint32_t)) + heap_bytes((families + 1) * sizeof(uint32_t)) +
           heap_bytes(SENDERS_MAX * sizeof(struct sender_seen)) +
           heap_bytes(sizeof(struct series_rates));
}

/* ---- reading ---- */

/* The step after the last complete one. */
static int64_t end_step(const struct history *history, const struct ring *ring) {
    return ring_step(ring, history->end_ms);
}

static uint32_t count_at(const struct ring *ring, int64_t step, size_t word) {
    const uint32_t *counts = ring_read(ring, step);
    return counts == NULL || counts[word] == 0 ? HISTORY_UNKNOWN : counts[word] - 1;
}

static void read_curve(const struct history *history, const struct ring *ring, size_t word,
                       struct history_points *ret_points) {
    const uint32_t count = ring->shape.points;
    const int64_t last = end_step(history, ring);
    ret_points->end_mono_ms = last * ring->shape.step_ms;
    ret_points->step_ms = ring->shape.step_ms;
    ret_points->count = count;
    for (uint32_t i = 0; i < count; i++)
        ret_points->values[i] =
            history->has_points ? count_at(ring, last - count + i, word) : HISTORY_UNKNOWN;
}

static uint32_t service_row(const struct history *history, int service) {
    return service < 0 ? ROWS_ALL : history->rows.of_service[service];
}

static size_t word_of(uint32_t row, enum history_curve curve) {
    return row * (size_t)HISTORY_CURVE_COUNT + curve;
}

bool history_service_curve(const struct history *history, int service, enum history_curve curve,
                           enum history_span span, struct history_points *ret_points) {
    const uint32_t row = service_row(history, service);
    if (row == ROWS_NONE)
        return false;
    read_curve(history, &history->services[span], word_of(row, curve), ret_points);
    return true;
}

/* The row of a curve of a family, or ROWS_NONE. */
static uint32_t family_row(const struct history *history, const struct catalog_family *family,
                           enum history_family_curve curve) {
    const uint32_t row = history->rows.of_family[family->index];
    if (row == ROWS_NONE || curve == HISTORY_FAMILY_ACCEPTED)
        return row;
    return rows_can_fold(family) ? row + 1 : ROWS_NONE;
}

const char *history_family_curve_text(enum history_family_curve curve) {
    return curve == HISTORY_FAMILY_ACCEPTED ? "accepted" : "folded";
}

bool history_family_curve(const struct history *history, const struct catalog_family *family,
                          enum history_family_curve curve, enum history_span span,
                          struct history_points *ret_points) {
    const uint32_t row = family_row(history, family, curve);
    if (row == ROWS_NONE)
        return false;
    read_curve(history, &history->families[span], row, ret_points);
    return true;
}

/* Compute the rate over the last `steps` steps, ignoring unknown counts. False: all are unknown. */
static bool read_rate(const struct history *history, const struct ring *ring, size_t word,
                      int64_t steps, double *ret_rate) {
    const int64_t last = end_step(history, ring);
    uint64_t sum = 0;
    uint32_t known = 0;
    for (int64_t step = last - steps; step < last && history->has_points; step++) {
        const uint32_t count = count_at(ring, step, word);
        sum += count != HISTORY_UNKNOWN ? count : 0;
        known += count != HISTORY_UNKNOWN;
    }
    if (known == 0)
        return false;
    *ret_rate = (double)sum * SECOND_MS / ((double)known * ring->shape.step_ms);
    return true;
}

bool history_service_rate(const struct history *history, int service, enum history_curve curve,
                          double *ret_rate) {
    const struct ring *ring = &history->services[HISTORY_SHORT];
    const int64_t steps = curve == HISTORY_SENDERS ? 1 : RATE_MS / SECOND_MS;
    const uint32_t row = service_row(history, service);
    return row != ROWS_NONE && read_rate(history, ring, word_of(row, curve), steps, ret_rate);
}

bool history_family_rate(const struct history *history, const struct catalog_family *family,
                         enum history_family_curve curve, double *ret_rate) {
    const struct ring *ring = &history->families[HISTORY_SHORT];
    const uint32_t row = family_row(history, family, curve);
    return row != ROWS_NONE &&
           read_rate(history, ring, row, RATE_MS / ring->shape.step_ms, ret_rate);
}

/* ==== restore: Reads the curves of another process from its object: whatever fits the present
 * catalogs and times.
 */

/* For each row of this process, the matching row of the other process. */
struct matched_rows {
    uint32_t *rows; /* by row of this process; ROWS_NONE: it is new */
    uint32_t count; /* rows of the other process */
};

/* Slots of the image, with `width` words for each row. */
struct matched_ring {
    struct image_table table;
    struct image_field begin_ms;
    struct image_field made;
    struct image_field counts;
    const struct matched_rows *rows;
    uint32_t width;
};

/* ---- rows ---- */

static uint32_t service_of(const struct history *history, const struct match *match,
                           uint32_t index) {
    if (index == OBJECT_NONE)
        return ROWS_ALL;
    const struct catalog *service = object_match_catalog(match, index);
    return service != NULL ? history->rows.of_service[service->index] : ROWS_NONE;
}

static uint32_t family_of(const struct history *history, const struct match *match,
                          uint32_t index) {
    const struct catalog_family *family = object_match_family(match, index / 2);
    const uint32_t folds = index % 2;
    if (family == NULL || history->rows.of_family[family->index] == ROWS_NONE ||
        (folds == 1 && !rows_can_fold(family)))
        return ROWS_NONE;
    return history->rows.of_family[family->index] + folds;
}

/* Match the `here` rows of this process with the rows of the table. False: out of memory, or there
 * is no table. */
static bool match_rows(const struct history *history, const struct image *image,
                       const struct match *match, const char *name, uint32_t here,
                       struct matched_rows *ret_rows) {
    const bool services = strcmp(name, ROWS_SERVICES) == 0;
    struct image_table table;
    if (!image_find(image, name, OBJECT_NONE, OBJECT_NONE, &table) || table.items >= ROWS_NONE)
        return false;
    const struct image_field field = image_field(&table, "index", OBJECT_U32);
    ret_rows->count = (uint32_t)table.items;
    ret_rows->rows = memory_array(history->memory, (size_t)here + 1, sizeof *ret_rows->rows);
    if (ret_rows->rows == NULL)
        return false;
    for (uint32_t i = 0; i < here; i++)
        ret_rows->rows[i] = ROWS_NONE;
    for (uint32_t i = 0; i < ret_rows->count; i++) {
        const uint32_t index = (uint32_t)image_integer(&table, i, field, 0);
        const uint32_t row =
            services ? service_of(history, match, index) : family_of(history, match, index);
        if (row < here)
            ret_rows->rows[row] = i;
    }
    return true;
}

/* ---- slots ---- */

static bool find_ring(const struct image *image, const char *name, const struct matched_rows *rows,
                      uint32_t width, struct matched_ring *ret_ring) {
    struct matched_ring ring = {.rows = rows, .width = width};
    if (!image_find(image, name, OBJECT_NONE, OBJECT_NONE, &ring.table))
        return false;
    ring.begin_ms = image_field(&ring.table, "begin_ms", OBJECT_MONO_MS);
    ring.made = image_field(&ring.table, "made", OBJECT_U32);
    ring.counts = image_field(&ring.table, "counts", OBJECT_U32);
    *ret_ring = ring;
    return ring.counts.count / width >= rows->count;
}

/* Get the step of a slot. False unless it is one of the steps that can be read now. Times of
 * another boot are shifted, and may not be at the start of a step. */
static bool step_of(const struct ring *ring, const struct matched_ring *from, uint64_t record,
                    int64_t mono_ms, int64_t *ret_step) {
    const int64_t begin_ms = (int64_t)image_integer(&from->table, record, from->begin_ms, 0);
    if (image_integer(&from->table, record, from->made, 0) == 0 || begin_ms > mono_ms ||
        begin_ms < IMAGE_MONO_LEAST)
        return false;
    *ret_step = ring_step(ring, begin_ms + ring->shape.step_ms / 2);
    return *ret_step >= ring_step(ring, mono_ms) - ring->shape.points && *ret_step >= ring->copied;
}

static void copy_slot(const struct matched_ring *from, uint64_t record, uint32_t rows,
                      uint32_t *counts) {
    const size_t bytes = from->width * sizeof *counts;
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t row = from->rows->rows[i];
        const unsigned char *at = row != ROWS_NONE ? image_at(&from->table, record, from->counts,
                                                              row * from->width, sizeof *counts)
                                                   : NULL;
        if (at != NULL)
            memcpy(&counts[i * (size_t)from->width], at, bytes);
        else
            memset(&counts[i * (size_t)from->width], 0, bytes);
    }
}

/* Make the oldest step the first of the table, so that memory is needed only as time continues. */
static void set_base(struct ring *ring, const struct matched_ring *from, int64_t mono_ms) {
    int64_t step;
    for (uint64_t i = 0; i < from->table.items && !ring->begun; i++)
        if (step_of(ring, from, i, mono_ms, &step)) {
            ring->base = step;
            ring->begun = true;
        }
    for (uint64_t i = 0; i < from->table.items; i++)
        if (step_of(ring, from, i, mono_ms, &step) && step < ring->base)
            ring->base = step;
}

/* Copy the slots of a ring. Slots copied before are skipped, except the last steps, which may have
 * grown. */
static void copy_ring(struct ring *ring, const struct matched_ring *from, uint32_t rows,
                      int64_t mono_ms) {
    int64_t newest = INT64_MIN;
    int64_t step;
    if (!ring->begun)
        set_base(ring, from, mono_ms);
    for (uint64_t i = 0; i < from->table.items; i++) {
        if (!step_of(ring, from, i, mono_ms, &step))
            continue;
        uint32_t *counts = ring_write(ring, step);
        if (counts == NULL)
            return;
        copy_slot(from, i, rows, counts);
        newest = step > newest ? step : newest;
    }
    if (newest > ring->copied)
        ring->copied = newest;
}

/* ---- all ---- */

static void restore_services(struct history *history, const struct image *image,
                             const struct match *match, int64_t mono_ms) {
    struct matched_rows rows = {0};
    const uint32_t here = history->rows.service_count;
    const bool matched = match_rows(history, image, match, ROWS_SERVICES, here, &rows);
    for (enum history_span span = 0; span < HISTORY_SPAN_COUNT && matched; span++) {
        struct ring *ring = &history->services[span];
        struct matched_ring from;
        if (find_ring(image, ring->shape.name, &rows, HISTORY_CURVE_COUNT, &from))
            copy_ring(ring, &from, here, mono_ms);
    }
    memory_release(history->memory, rows.rows);
}

static void restore_families(struct history *history, const struct image *image,
                             const struct match *match, int64_t mono_ms) {
    struct matched_rows rows = {0};
    const uint32_t here = history->rows.family_count;
    const bool matched = match_rows(history, image, match, ROWS_FAMILIES, here, &rows);
    for (enum history_span span = 0; span < HISTORY_SPAN_COUNT && matched; span++) {
        struct ring *ring = &history->families[span];
        struct matched_ring from;
        if (find_ring(image, ring->shape.name, &rows, 1, &from))
            copy_ring(ring, &from, here, mono_ms);
    }
    memory_release(history->memory, rows.rows);
}

void history_restore(struct history *history, const struct image *image, const struct match *match,
                     int64_t mono_ms) {
    const struct ring *seconds = &history->services[HISTORY_SHORT];
    restore_services(history, image, match, mono_ms);
    restore_families(history, image, match, mono_ms);
    if (seconds->copied == RING_NEVER)
        return;
    history->has_points = true;
    history->end_ms = (seconds->copied + 1) * SECOND_MS;
}

/* ==== series_rates: Growth rates of series. ==== */

enum {
    LEAST_MS = 1000,  /* least time between the two totals of a rate */
    MOST_MS = 300000, /* most time between them: older totals say nothing about the present */
    FORGOTTEN_MS = 30000
};

static bool is_same(const struct history_series *a, const struct history_series *b) {
    return a->family == b->family && a->place == b->place && a->generation == b->generation;
}

static struct series_rate *set_of(struct series_rates *rates, const struct history_series *series) {
    const uint64_t spread = UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t key = (uint64_t)series->family << 32 | series->place;
    return rates->sets[(key * spread >> 32) % SERIES_RATES_SETS];
}

/* Find the entry of a series, or one that no one has asked for lately. NULL: there is none. */
static struct series_rate *find(struct series_rates *rates, const struct history_series *series,
                                int64_t mono_ms) {
    struct series_rate *set = set_of(rates, series);
    struct series_rate *place = NULL;
    for (size_t i = 0; i < SERIES_RATES_WAYS; i++) {
        if (set[i].used && is_same(&set[i].of, series))
            return &set[i];
        if (place == NULL && (!set[i].used || mono_ms - set[i].asked_ms >= FORGOTTEN_MS))
            place = &set[i];
    }
    if (place != NULL)
        *place = (struct series_rate){.of = *series, .at_ms = mono_ms, .used = true};
    return place;
}

bool history_series_rate(struct history *history, const struct history_series *series,
                         int64_t mono_ms, double *ret_rate) {
    struct series_rate *item = find(history->rates, series, mono_ms);
    if (item == NULL)
        return false;
    const int64_t passed_ms = mono_ms - item->at_ms;
    const double more = series->total - item->of.total;
    item->asked_ms = mono_ms;
    if (passed_ms >= LEAST_MS || more < 0) {
        item->known = passed_ms <= MOST_MS && more >= 0;
        item->rate = item->known ? more * SECOND_MS / (double)passed_ms : 0;
        item->at_ms = mono_ms;
        item->of.total = series->total;
    }
    if (item->known)
        *ret_rate = item->rate;
    return item->known;
}

/* ==== tick: Counts what happened in each second: a lap over senders, services and families.
 */

enum {
    LATE_MS = SECOND_MS / 2, /* how late or early a tick may be and still find its second */
    ROWS_A_UNIT = 2,         /* senders: each reads two distant cache lines */
    SERVICE_UNITS = 2,
    FAMILIES_A_UNIT = 32, /* adjacent in memory, except for the first access to a slot */
    OF_OTHERS_MS = 60000  /* how long a process that cannot be inspected counts as live */
};

static void spend(size_t *budget, size_t units) {
    *budget -= units < *budget ? units : *budget;
}

/* Return how much a count grew since the previous lap, and remember the present count. */
static uint32_t grown(uint32_t *seen, uint64_t now) {
    const uint32_t more = (uint32_t)now - *seen;
    *seen = (uint32_t)now;
    return more;
}

void history_count_scrape(struct history *history, int service) {
    const uint32_t row = service < 0 ? ROWS_ALL : history->rows.of_service[service];
    if (row != ROWS_NONE)
        history->scrapes[row]++;
}

/* ---- senders ---- */

/* Like grown, but a row of the ledger may belong to another process by now, whose count starts at
 * 0. */
static uint32_t grown_of_row(uint32_t *seen, uint64_t now) {
    if ((uint32_t)now < *seen)
        *seen = 0;
    return grown(seen, now);
}

static bool is_live(const struct sender *sender, int64_t real_ms) {
    return sender->alive && (sender->pid > 0 || real_ms - sender->last_seen_ms < OF_OTHERS_MS);
}

static uint32_t row_of(const struct history *history, const struct sender *sender) {
    return sender->service < 0 ? ROWS_NONE : history->rows.of_service[sender->service];
}

/* Count a live process for each service that it has sent for. */
static void count_live(struct history *history, size_t index) {
    struct ledger_sent sent;
    for (uint32_t at = 0; ledger_sent_next(history->source.ledger, index, &at, &sent);) {
        const uint32_t row = history->rows.of_service[sent.service];
        if (row != ROWS_NONE)
            history->sums[row].senders++;
    }
}

static void look_at_sender(struct history *history, size_t index) {
    const struct sender *sender = ledger_sender_at(history->source.ledger, index);
    struct sender_seen *seen = &history->senders_seen[index];
    const uint32_t row = row_of(history, sender);
    const uint32_t datagrams = grown_of_row(&seen->datagrams, sender->datagrams);
    const uint32_t lost = grown_of_row(&seen->lost, sender->lost);
    const uint32_t live = is_live(sender, history->lap.real_ms);
    history->sums[ROWS_ALL].senders += live;
    if (row == ROWS_NONE)
        return;
    struct senders_sums *sums = &history->sums[row];
    sums->datagrams += datagrams;
    sums->lost += lost;
    if (live)
        count_live(history, index);
}

static bool do_senders(struct history *history, size_t *budget) {
    const size_t count = ledger_sender_count(history->source.ledger);
    for (; history->lap.at < count; history->lap.at++) {
        if (*budget == 0)
            return false;
        look_at_sender(history, history->lap.at);
        spend(budget,
              ROWS_A_UNIT + ledger_sender_services(history->source.ledger, history->lap.at) / 2);
    }
    return true;
}

/* ---- services ---- */

static void put(uint32_t *slot, uint32_t more) {
    if (slot != NULL)
        *slot = ring_more(*slot, more);
}

static void put_most(uint32_t *slot, uint32_t number) {
    if (slot != NULL && number + 1 > *slot)
        *slot = number + 1;
}

static uint32_t *slot_at(uint32_t *slots, size_t index) {
    return slots == NULL ? NULL : &slots[index];
}

/* Read cumulative counts by curve. Counts of processes grow by the sums of this lap. */
static void read_counts(const struct history *history, uint32_t row,
                        uint64_t ret_counts[HISTORY_CURVE_COUNT]) {
    struct ledger *ledger = history->source.ledger;
    const uint32_t *seen = history->services_seen[row].counts;
    const struct senders_sums *sums = &history->sums[row];
    const struct tally *tally =
        row == ROWS_ALL ? ledger_total(ledger)
                        : ledger_service(ledger, (int)rows_service(&history->rows, row));
    ret_counts[HISTORY_SAMPLES] = tally_total(tally);
    ret_counts[HISTORY_REJECTED] = tally->by_verdict[VERDICT_REJECTED];
    ret_counts[HISTORY_FOLDED] = tally->by_verdict[VERDICT_FOLDED];
    ret_counts[HISTORY_IGNORED] = tally->by_verdict[VERDICT_IGNORED];
    ret_counts[HISTORY_LOST] = seen[HISTORY_LOST] + sums->lost;
    ret_counts[HISTORY_DATAGRAMS] = seen[HISTORY_DATAGRAMS] + sums->datagrams;
    ret_counts[HISTORY_SCRAPES] = history->scrapes[row];
    if (row == ROWS_ALL) {
        uint64_t sent;
        ledger_reported(ledger, &sent, &ret_counts[HISTORY_LOST]);
        ret_counts[HISTORY_DATAGRAMS] = ledger_traffic(ledger)->datagrams;
    }
}

static void look_at_service(struct history *history, uint32_t row) {
    const struct lap *lap = &history->lap;
    uint64_t counts[HISTORY_CURVE_COUNT];
    read_counts(history, row, counts);
    for (size_t i = 0; i < HISTORY_SENDERS; i++) {
        const size_t at = row * (size_t)HISTORY_CURVE_COUNT + i;
        const uint32_t more = grown(&history->services_seen[row].counts[i], counts[i]);
        put(slot_at(lap->seconds, at), more);
        put(slot_at(lap->minutes, at), more);
    }
    const size_t at = row * (size_t)HISTORY_CURVE_COUNT + HISTORY_SENDERS;
    put_most(slot_at(lap->seconds, at), history->sums[row].senders);
    put_most(slot_at(lap->minutes, at), history->sums[row].senders);
    history->sums[row] = (struct senders_sums){0};
}

static bool do_services(struct history *history, size_t *budget) {
    for (; history->lap.at < history->rows.service_count; history->lap.at++) {
        if (*budget == 0)
            return false;
        look_at_service(history, (uint32_t)history->lap.at);
        spend(budget, SERVICE_UNITS);
    }
    return true;
}

/* ---- families ---- */

static bool do_families(struct history *history, size_t *budget) {
    struct lap *lap = &history->lap;
    for (; lap->at < history->rows.family_count; lap->at++) {
        if (*budget == 0)
            return false;
        const uint32_t index = rows_family(&history->rows, (uint32_t)lap->at);
        const uint32_t more =
            grown(&history->families_seen[lap->at], history->source.family_samples[index]);
        put(slot_at(lap->short_families, lap->at), more);
        put(slot_at(lap->long_families, lap->at), more);
        spend(budget, lap->at % FAMILIES_A_UNIT == 0);
    }
    return true;
}

/* ---- laps ---- */

static uint32_t *slots_at(struct ring *ring, int64_t mono_ms) {
    return ring_write(ring, ring_step(ring, mono_ms));
}

static void tick_begin(struct history *history, int64_t mono_ms, int64_t real_ms) {
    const int64_t second_ms = mono_ms - LATE_MS;
    struct lap *lap = &history->lap;
    *lap = (struct lap){.phase = LAP_SENDERS, .mono_ms = second_ms, .real_ms = real_ms};
    if (!history->begun) /* earlier counts belong to no second */
        return;
    lap->seconds = slots_at(&history->services[HISTORY_SHORT], second_ms);
    lap->minutes = slots_at(&history->services[HISTORY_LONG], second_ms);
    lap->short_families = slots_at(&history->families[HISTORY_SHORT], second_ms);
    lap->long_families = slots_at(&history->families[HISTORY_LONG], second_ms);
}

static void end(struct history *history) {
    const struct ring *seconds = &history->services[HISTORY_SHORT];
    if (history->begun) {
        history->has_points = true;
        history->end_ms = (ring_step(seconds, history->lap.mono_ms) + 1) * SECOND_MS;
    }
    history->begun = true;
    history->lap = (struct lap){.phase = LAP_NONE};
}

static bool do_phase(struct history *history, size_t *budget) {
    switch (history->lap.phase) {
    case LAP_SENDERS:
        return do_senders(history, budget);
    case LAP_SERVICES:
        return do_services(history, budget);
    case LAP_FAMILIES:
        return do_families(history, budget);
    case LAP_NONE:
        break;
    }
    return true;
}

bool history_tick(struct history *history, int64_t mono_ms, int64_t real_ms, size_t *budget) {
    struct lap *lap = &history->lap;
    if (lap->phase == LAP_NONE)
        tick_begin(history, mono_ms, real_ms);
    while (do_phase(history, budget)) {
        if (lap->phase == LAP_FAMILIES) {
            end(history);
            return true;
        }
        lap->phase++;
        lap->at = 0;
    }
    return false;
}
