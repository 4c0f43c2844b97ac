/* Reads the curves of another process from its object: whatever fits the present catalogs and
 * times. */
#include "history/history_private.h"

#include <string.h>

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
    const struct catalog *service = match_catalog(match, index);
    return service != NULL ? history->rows.of_service[service->index] : ROWS_NONE;
}

static uint32_t family_of(const struct history *history, const struct match *match,
                          uint32_t index) {
    const struct catalog_family *family = match_family(match, index / 2);
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

/* Make the oldest step the first of the table, so that memory is needed only as time goes on. */
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
