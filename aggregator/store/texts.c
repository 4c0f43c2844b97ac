/* Texts in cells, and lists of cells by their free room. */
#include "store/texts.h"

#include <assert.h>

static const struct object_field text_fields[] = {
    {"bytes", OBJECT_TEXT, offsetof(struct text_cell, bytes), TEXT_UNITS *TEXT_UNIT},
};

struct object_spec texts_spec(uint32_t family, uint32_t label, uint64_t most) {
    return (struct object_spec){.name = "text",
                                .family = family,
                                .label = label,
                                .item_bytes = sizeof(struct text_cell),
                                .max_items = most,
                                .fields = text_fields,
                                .field_count = sizeof text_fields / sizeof *text_fields};
}

bool texts_init(struct texts *texts, struct held *held, struct object *object,
                const struct object_spec *spec) {
    *texts = (struct texts){0};
    return held_table(held, object, spec, &texts->cells);
}

void texts_done(struct texts *texts, const struct memory *memory) {
    object_table_done(&texts->cells, memory);
}

static uint32_t units_for(size_t len) {
    assert(len <= CATALOG_VALUE_MAX);
    return (uint32_t)(len / TEXT_UNIT) + 1;
}

/* ---- cells ---- */

static struct text_cell *cell_at(const struct texts *texts, uint32_t number) {
    return object_at(&texts->cells, number - 1);
}

static uint32_t mask_of(uint32_t units, uint32_t first) {
    return ((1u << units) - 1) << first;
}

/* The first unit of a run of `units` free ones, or TEXT_UNITS. */
static uint32_t find_room(const struct text_cell *cell, uint32_t units) {
    for (uint32_t first = 0; first + units <= TEXT_UNITS; first++)
        if ((cell->used & mask_of(units, first)) == 0)
            return first;
    return TEXT_UNITS;
}

static uint32_t room_of(const struct text_cell *cell) {
    uint32_t units = TEXT_UNITS;
    while (units > 0 && find_room(cell, units) == TEXT_UNITS)
        units--;
    return units;
}

static void list_cell(struct texts *texts, uint32_t number) {
    struct text_cell *cell = cell_at(texts, number);
    const uint32_t room = room_of(cell);
    if (room == 0)
        return;
    cell->previous = 0;
    cell->next = texts->lists[room];
    if (cell->next != 0)
        cell_at(texts, cell->next)->previous = number;
    texts->lists[room] = number;
}

static void unlist_cell(struct texts *texts, uint32_t number) {
    const struct text_cell *cell = cell_at(texts, number);
    const uint32_t room = room_of(cell);
    if (room == 0)
        return;
    if (cell->previous != 0)
        cell_at(texts, cell->previous)->next = cell->next;
    else
        texts->lists[room] = cell->next;
    if (cell->next != 0)
        cell_at(texts, cell->next)->previous = cell->previous;
}

/* Take a cell from its list: the one with the least sufficient room, else a new one. 0 when out of
 * memory. */
static uint32_t take_cell(struct texts *texts, struct held *held, uint32_t units) {
    for (uint32_t room = units; room <= TEXT_UNITS; room++) {
        const uint32_t number = texts->lists[room];
        if (number == 0)
            continue;
        unlist_cell(texts, number);
        return number;
    }
    return held_reach(held, &texts->cells, (uint64_t)texts->used + 1) ? ++texts->used : 0;
}

/* ---- texts ---- */

/* Bytes before the first text of a cell. */
enum { HEAD = offsetof(struct text_cell, bytes) };
_Static_assert(HEAD % sizeof(uint32_t) == 0 && TEXT_UNIT % sizeof(uint32_t) == 0 &&
                   sizeof(struct text_cell) % sizeof(uint32_t) == 0,
               "each text begins at a word of the table");

static uint32_t position_of(uint32_t number, uint32_t unit) {
    const size_t cell = (size_t)(number - 1) * sizeof(struct text_cell);
    return (uint32_t)((cell + HEAD + (size_t)unit * TEXT_UNIT) / sizeof(uint32_t));
}

/* The number of a text's cell, and the unit at which the text begins. */
static uint32_t cell_of(uint32_t position, uint32_t *ret_unit) {
    const size_t offset = (size_t)position * sizeof(uint32_t);
    *ret_unit = (uint32_t)((offset % sizeof(struct text_cell) - HEAD) / TEXT_UNIT);
    return (uint32_t)(offset / sizeof(struct text_cell)) + 1;
}

uint32_t texts_add(struct texts *texts, struct held *held, struct undo *undo, const char *text,
                   size_t len) {
    const uint32_t units = units_for(len);
    const uint32_t number = take_cell(texts, held, units);
    if (number == 0)
        return TEXTS_NONE;
    struct text_cell *cell = cell_at(texts, number);
    const uint32_t first = find_room(cell, units);
    cell->used |= mask_of(units, first);
    char *copy = cell->bytes + (size_t)first * TEXT_UNIT;
    undo_range(undo, copy, len); /* undo may bring back the text that was here */
    memcpy(copy, text, len);
    copy[len] = '\0';
    list_cell(texts, number);
    return position_of(number, first);
}

void texts_remove(struct texts *texts, uint32_t position, size_t len) {
    uint32_t first;
    const uint32_t number = cell_of(position, &first);
    unlist_cell(texts, number);
    cell_at(texts, number)->used &= ~mask_of(units_for(len), first);
    list_cell(texts, number);
}
