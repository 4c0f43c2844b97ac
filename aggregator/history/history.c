/* Makes a history, and reads its curves. */
#include "history/history_private.h"

#include <string.h>

#include "base/heap.h"
#include "history/series_rates.h"

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
