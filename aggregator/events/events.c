/* SPDX-License-Identifier: MIT */
/* events.c - the latest events, at most one a minute for the same kind and name. */
#include "events/events.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

/* ==== events: The ring: the event with id N is at index (N - 1) % EVENTS_MAX. ==== */

/* An event as stored in the table. The kind is stored as a word, because another version may number
 * kinds differently. */
enum { EVENT_KIND_MAX = 24 };

struct events_record {
    struct events_item item; /* id 0: none, or still being written */
    char kind[EVENT_KIND_MAX];
};

struct events {
    struct object_table table;
    uint64_t last;
};

static const struct object_field fields[] = {
    OBJECT_FIELD(struct events_record, item.id, "id", OBJECT_U64),
    OBJECT_FIELD(struct events_record, item.at_ms, "at_ms", OBJECT_I64),
    OBJECT_FIELD(struct events_record, item.over, "over", OBJECT_FLAG),
    OBJECT_FIELD(struct events_record, item.who.pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct events_record, item.who.uid, "uid", OBJECT_U32),
    OBJECT_FIELD(struct events_record, item.held, "held", OBJECT_U64),
    OBJECT_FIELDS(struct events_record, item.service, "service", OBJECT_TEXT,
                  EVENT_SERVICE_MAX - 1),
    OBJECT_FIELDS(struct events_record, item.name, "name", OBJECT_TEXT, EVENT_NAME_MAX - 1),
    OBJECT_FIELDS(struct events_record, item.labels, "labels", OBJECT_TEXT, EVENT_LABELS_MAX - 1),
    OBJECT_FIELDS(struct events_record, item.who.comm, "comm", OBJECT_TEXT, WHO_COMM_MAX - 1),
    OBJECT_FIELDS(struct events_record, item.who.unit, "unit", OBJECT_TEXT, WHO_UNIT_MAX - 1),
    OBJECT_FIELDS(struct events_record, item.text, "text", OBJECT_TEXT, EVENT_TEXT_MAX - 1),
    OBJECT_FIELDS(struct events_record, kind, "kind", OBJECT_TEXT, EVENT_KIND_MAX - 1),
};

static const struct object_spec spec =
    OBJECT_SPEC("event", struct events_record, EVENTS_MAX, fields);

/* ---- kinds ---- */

static const struct {
    const char *text;
    const char *context;
    bool has_family;
} kinds[EVENT_KIND_COUNT] = {
#define KIND(name, text, context, has_family) [EVENT_##name] = {text, context, has_family},
#include "events/kinds.def"
#undef KIND
};

const char *event_kind_text(enum event_kind kind) {
    return kinds[kind].text;
}

const char *event_kind_context(enum event_kind kind) {
    return kinds[kind].context;
}

bool event_kind_find(const char *text, enum event_kind *ret_kind) {
    for (int i = 0; i < EVENT_KIND_COUNT; i++) {
        if (strcmp(kinds[i].text, text) != 0)
            continue;
        *ret_kind = (enum event_kind)i;
        return true;
    }
    return false;
}

bool event_kind_has_family(enum event_kind kind) {
    return kinds[kind].has_family;
}

/* ---- texts ---- */

void events_copy(char *out, size_t size, const char *text) {
    events_print(out, size, "%s", text != NULL ? text : "");
}

void events_print(char *out, size_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    (void)vsnprintf(out, size, format, list);
    va_end(list);
}

/* ---- life ---- */

struct events *events_new(struct object *object) {
    struct events *events = memory_alloc(sizeof *events);
    object_table(object, &spec, &events->table);
    return events;
}

void events_free(struct events *events) {
    if (events == NULL)
        return;
    object_table_done(&events->table);
    free(events);
}

uint64_t events_bytes(void) {
    return heap_bytes(sizeof(struct events));
}

uint64_t events_object_bytes(void) {
    return object_table_bytes(EVENTS_MAX, sizeof(struct events_record));
}

/* ---- writing ---- */

/* The record for an event with this id. */
static struct events_record *record_for(struct events *events, uint64_t id) {
    const uint64_t index = (id - 1) % EVENTS_MAX;
    object_need(&events->table, index + 1);
    return object_at(&events->table, index);
}

/* Write a record so that, if the process is killed, the next one finds a complete event or none. */
static void write_record(struct events_record *record, const struct events_item *item,
                         uint64_t id) {
    *(volatile uint64_t *)&record->item.id = 0;
    atomic_signal_fence(memory_order_seq_cst);
    record->item = *item;
    record->item.id = 0;
    events_copy(record->kind, sizeof record->kind, kinds[item->kind].text);
    atomic_signal_fence(memory_order_seq_cst);
    *(volatile uint64_t *)&record->item.id = id;
}

uint64_t events_add(struct events *events, const struct events_item *item) {
    write_record(record_for(events, events->last + 1), item, events->last + 1);
    events->last++;
    return events->last;
}

/* ---- reading ---- */

/* Find an event. NULL: the event does not exist or was overwritten. */
static const struct events_item *find(const struct events *events, uint64_t id) {
    const uint64_t index = (id - 1) % EVENTS_MAX;
    if (index >= events->table.reached)
        return NULL;
    const struct events_record *record = object_at(&events->table, index);
    return record->item.id == id ? &record->item : NULL;
}

uint64_t events_last(const struct events *events) {
    return events->last;
}

uint64_t events_first(const struct events *events) {
    return events->last > EVENTS_MAX ? events->last - EVENTS_MAX + 1 : 1;
}

const struct events_item *events_after(const struct events *events, uint64_t id) {
    const uint64_t first = events_first(events);
    for (uint64_t i = id < first ? first : id + 1; i > id && i <= events->last; i++) {
        const struct events_item *item = find(events, i);
        if (item != NULL)
            return item;
    }
    return NULL;
}

const struct events_item *events_before(const struct events *events, uint64_t id) {
    const uint64_t first = events_first(events);
    for (uint64_t i = id > events->last ? events->last : id - 1; i >= first && i < id; i--) {
        const struct events_item *item = find(events, i);
        if (item != NULL)
            return item;
    }
    return NULL;
}

/* ---- taking over ---- */

/* Largest believable id: no ring counts that far. */
#define ID_MAX (UINT64_C(1) << 53)

/* Store an event that was read. If two events claim one place, the later one gets it. Readers go by
 * id, so they never find an event that is too old for the ring. */
static void keep(struct events *events, const struct events_item *item) {
    struct events_record *record = record_for(events, item->id);
    if (record == NULL || record->item.id > item->id)
        return;
    write_record(record, item, item->id);
    if (item->id > events->last)
        events->last = item->id;
}

void events_restore(struct events *events, const struct image *image) {
    const struct image_records records = image_records(image, &spec);
    for (uint64_t i = 0; i < records.table.items && i < EVENTS_MAX; i++) {
        struct events_record was = {0};
        image_record(&records, i, &was);
        if (was.item.id != 0 && was.item.id <= ID_MAX && event_kind_find(was.kind, &was.item.kind))
            keep(events, &was.item);
    }
}

/* ==== quiet: One row for each kind and name that was reported within the last minute.
 */

struct events_quiet_row {
    bool used;
    int64_t told_ms;
    uint64_t held;           /* events held back since then; `item` is the latest */
    struct events_item item; /* identifies the row, too */
};

struct quiet {
    uint64_t left_out;
    struct events_quiet_row rows[QUIET_MAX];
};

struct quiet *events_quiet_new(void) {
    struct quiet *quiet = memory_alloc(sizeof *quiet);
    return quiet;
}

void events_quiet_free(struct quiet *quiet) {
    if (quiet != NULL)
        free(quiet);
}

uint64_t events_quiet_bytes(void) {
    return heap_bytes(sizeof(struct quiet));
}

uint64_t events_quiet_left_out(const struct quiet *quiet) {
    return quiet->left_out;
}

static bool is_same(const struct events_item *a, const struct events_item *b) {
    return a->kind == b->kind && a->over == b->over && strcmp(a->service, b->service) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->labels, b->labels) == 0;
}

static bool is_over(const struct events_quiet_row *row, int64_t mono_ms) {
    return mono_ms - row->told_ms >= QUIET_MS;
}

/* Find the row of an event, or a free one. A row is also free if its minute is over and no event
 * waits in it. */
static struct events_quiet_row *events_quiet_find(struct quiet *quiet,
                                                  const struct events_item *item, int64_t mono_ms,
                                                  bool *ret_found) {
    struct events_quiet_row *place = NULL;
    *ret_found = true;
    for (size_t i = 0; i < QUIET_MAX; i++) {
        struct events_quiet_row *row = &quiet->rows[i];
        if (row->used && is_same(&row->item, item))
            return row;
        if (place == NULL && (!row->used || (row->held == 0 && is_over(row, mono_ms))))
            place = row;
    }
    *ret_found = false;
    return place;
}

bool events_quiet_admit(struct quiet *quiet, const struct events_item *item, int64_t mono_ms) {
    bool found;
    struct events_quiet_row *row = events_quiet_find(quiet, item, mono_ms, &found);
    if (row == NULL) {
        quiet->left_out++;
        return false;
    }
    if (found && (row->held > 0 || !is_over(row, mono_ms))) {
        row->held++;
        row->item = *item;
        return false;
    }
    *row = (struct events_quiet_row){.used = true, .told_ms = mono_ms, .item = *item};
    return true;
}

bool events_quiet_due(struct quiet *quiet, int64_t mono_ms, struct events_item *ret_item) {
    for (size_t i = 0; i < QUIET_MAX; i++) {
        struct events_quiet_row *row = &quiet->rows[i];
        if (!row->used || row->held == 0 || !is_over(row, mono_ms))
            continue;
        *ret_item = row->item;
        ret_item->held = row->held - 1;
        row->held = 0;
        row->told_ms = mono_ms;
        return true;
    }
    return false;
}
