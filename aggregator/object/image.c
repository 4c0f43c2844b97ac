/* Opens the object of another process: everything is checked before it is used. */
#include "object/image.h"

#include <stdlib.h>
#include <string.h>

#include "object/layout.h"

static const uint32_t widths[] = {
    [OBJECT_U8] = 1,  [OBJECT_U16] = 2, [OBJECT_U32] = 4,  [OBJECT_U64] = 8,    [OBJECT_I32] = 4,
    [OBJECT_I64] = 8, [OBJECT_F64] = 8, [OBJECT_TEXT] = 1, [OBJECT_MONO_MS] = 8};

enum { TYPE_COUNT = sizeof widths / sizeof *widths };

/* ---- the front ---- */

static bool is_within(uint64_t at, uint64_t bytes, uint64_t size) {
    return at <= size && bytes <= size - at;
}

/* A part of the front: aligned, and in the object. */
static bool is_part(const struct image *image, uint64_t at, uint64_t items, uint64_t item_bytes) {
    uint64_t bytes;
    return at % OBJECT_ALIGN == 0 && at >= OBJECT_HEADER_MIN &&
           !__builtin_mul_overflow(items, item_bytes, &bytes) && is_within(at, bytes, image->size);
}

static bool is_known(const struct object_header *header, uint64_t size, struct error *ret_error) {
    if (memcmp(header->magic, OBJECT_MAGIC, sizeof header->magic) != 0)
        return error_set(ret_error, "object: it has no beginning: its process ended while making "
                                    "it, or it is something else");
    if (header->size != size)
        return error_set(ret_error, "object: it says that it has %llu bytes, and has %llu",
                         (unsigned long long)header->size, (unsigned long long)size);
    if (header->header_bytes < OBJECT_HEADER_MIN)
        return error_set(ret_error, "object: its beginning is damaged");
    return true;
}

/* As much of it as the version has that wrote it; the rest is 0. */
static bool read_header(const unsigned char *bytes, uint64_t size, struct object_header *ret_header,
                        struct error *ret_error) {
    if (size < sizeof *ret_header)
        return error_set(ret_error, "object: %llu bytes are too few", (unsigned long long)size);
    memcpy(ret_header, bytes, sizeof *ret_header);
    if (!is_known(ret_header, size, ret_error))
        return false;
    const size_t known = ret_header->header_bytes;
    if (known < sizeof *ret_header)
        memset((unsigned char *)ret_header + known, 0, sizeof *ret_header - known);
    return true;
}

/* What was under way when a host went down without warning is in no object that could be read. */
static bool take_boot(struct image *image, const struct object_header *header,
                      const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error) {
    image->other_boot = memcmp(header->boot, boot, OBJECT_BOOT_BYTES) != 0;
    if (image->other_boot && header->marks.clean != 1)
        return error_set(ret_error, "object: it was made before this host started, and its process "
                                    "did not end in order");
    return true;
}

static struct object_marks marks_of(const struct object_header *header) {
    return (struct object_marks){.clean = header->marks.clean,
                                 .begun = header->marks.begun,
                                 .suspect = header->marks.suspect,
                                 .ends = header->marks.ends,
                                 .alive_ms = header->marks.alive_ms,
                                 .ended_mono_ms = header->marks.ended_mono_ms,
                                 .ended_real_ms = header->marks.ended_real_ms,
                                 .processes = header->marks.processes,
                                 .waiting = header->marks.waiting};
}

bool image_marks(const unsigned char *bytes, uint64_t size, struct object_marks *ret_marks,
                 uint64_t *ret_at) {
    struct object_header header;
    struct error ignored;
    if (!read_header(bytes, size, &header, &ignored))
        return false;
    *ret_marks = marks_of(&header);
    *ret_at = offsetof(struct object_header, marks);
    return true;
}

static bool take_front(struct image *image, const struct object_header *header,
                       struct error *ret_error) {
    const uint64_t undo_bytes =
        offsetof(struct undo, entries) + header->undo_max * sizeof(struct undo_entry);
    if (!is_part(image, header->undo, 1, undo_bytes) ||
        !is_part(image, header->families, header->families_bytes, 1) ||
        !is_part(image, header->directory, header->directory_max, sizeof(struct layout_table)) ||
        !is_part(image, header->fields, header->fields_max, sizeof(struct layout_field)) ||
        header->table_count > header->directory_max || header->field_count > header->fields_max)
        return error_set(ret_error, "object: its beginning is damaged");
    image->marks = marks_of(header);
    image->directory = header->directory;
    image->table_count = header->table_count;
    image->fields = header->fields;
    image->field_count = header->field_count;
    image->families = header->families;
    image->families_bytes = header->families_bytes;
    return true;
}

/* Where the tables begin; the four parts before them are not to be changed by what was noted. */
static uint64_t front_end(const struct object_header *header) {
    return header->fields + header->fields_max * sizeof(struct layout_field);
}

/* ---- what was under way ---- */

/* Put one word back. What is not among the tables was never in the object. */
static void put_back(struct image *image, const struct object_header *header, uint64_t entry_at) {
    struct undo_entry entry;
    memcpy(&entry, image->bytes + entry_at, sizeof entry);
    const uint64_t offset = entry.at - header->mapped_at;
    if (offset < front_end(header) || !is_within(offset, sizeof entry.old, image->size))
        return;
    memcpy(image->bytes + offset, &entry.old, sizeof entry.old);
    image->undone++;
}

static bool take_back(struct image *image, const struct object_header *header,
                      struct error *ret_error) {
    uint64_t state;
    memcpy(&state, image->bytes + header->undo + offsetof(struct undo, state), sizeof state);
    const uint32_t count = (uint32_t)state;
    const uint64_t holds = state >> UNDO_POSITION_SHIFT & 1;
    if (count > header->undo_max)
        return error_set(ret_error, "object: more was under way than its undo record holds");
    const uint64_t entries = header->undo + offsetof(struct undo, entries);
    for (uint32_t i = count; i > 0; i--)
        put_back(image, header, entries + (i - 1) * sizeof(struct undo_entry));
    memcpy(&image->position,
           image->bytes + header->undo + offsetof(struct undo, positions) +
               holds * sizeof(struct undo_position),
           sizeof image->position);
    return true;
}

/* ---- the directory ---- */

static bool is_name(const char name[OBJECT_NAME_MAX]) {
    return name[0] != '\0' && memchr(name, '\0', OBJECT_NAME_MAX) != NULL;
}

static struct layout_field field_at(const struct image *image, uint32_t index) {
    struct layout_field field;
    memcpy(&field, image->bytes + image->fields + index * sizeof field, sizeof field);
    return field;
}

/* Another version may have more types. */
static bool is_known_type(const struct layout_field *field) {
    return field->type >= OBJECT_U8 && field->type < TYPE_COUNT;
}

/* Known by its type, and within records of so many bytes. */
static bool is_field(const struct layout_field *field, uint32_t item_bytes) {
    return is_name(field->name) && is_known_type(field) && field->count > 0 &&
           is_within(field->offset, (uint64_t)field->count * widths[field->type], item_bytes);
}

static bool has_good_fields(const struct image *image, const struct layout_table *table) {
    if (table->field_count > OBJECT_FIELDS_EACH ||
        !is_within(table->first_field, table->field_count, image->field_count))
        return false;
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct layout_field field = field_at(image, table->first_field + i);
        if (is_known_type(&field) && !is_field(&field, table->item_bytes))
            return false;
    }
    return true;
}

/* Entry `index` of the directory. False: it is damaged. */
static bool entry_at(const struct image *image, uint32_t index, struct layout_table *ret_table) {
    struct layout_table table;
    uint64_t bytes;
    memcpy(&table, image->bytes + image->directory + index * sizeof table, sizeof table);
    if (!is_name(table.name) || table.item_bytes == 0 || table.items > table.max_items ||
        __builtin_mul_overflow(table.max_items, table.item_bytes, &bytes) ||
        !is_within(table.offset, bytes, image->size))
        return false;
    *ret_table = table;
    return true;
}

/* By family, label and name. */
static int compare(const struct layout_table *table, const char *name, uint32_t family,
                   uint32_t label) {
    if (table->family != family)
        return table->family < family ? -1 : 1;
    if (table->label != label)
        return table->label < label ? -1 : 1;
    return strncmp(table->name, name, OBJECT_NAME_MAX);
}

static int by_key(const void *a, const void *b) {
    const struct layout_table *right = b;
    return compare(a, right->name, right->family, right->label);
}

static bool check_directory(const struct image *image, struct error *ret_error) {
    for (uint32_t i = 0; i < image->table_count; i++) {
        struct layout_table table;
        if (!entry_at(image, i, &table) || !has_good_fields(image, &table))
            return error_set(ret_error, "object: table %u of %u is damaged", i, image->table_count);
    }
    return true;
}

/* Put the tables in order for those who look for one. */
static void sort_directory(struct image *image) {
    if (image->table_count > 1)
        qsort(image->bytes + image->directory, image->table_count, sizeof(struct layout_table),
              by_key);
}

/* Where a table's entry is, for a directory that stays as it is. */
struct image_entry {
    struct layout_table table; /* as it was when they were sorted */
    uint32_t index;
};

/* The same as sort_directory, without a write: a page of which we had a copy of our own would not show
 * what its process writes to it any more. */
static bool sort_entries(struct image *image, struct error *ret_error) {
    image->entries =
        memory_array(image->memory, (size_t)image->table_count + 1, sizeof *image->entries);
    if (image->entries == NULL)
        return error_no_memory(ret_error);
    for (uint32_t i = 0; i < image->table_count; i++) {
        image->entries[i].index = i;
        (void)entry_at(image, i, &image->entries[i].table);
    }
    if (image->table_count > 1)
        qsort(image->entries, image->table_count, sizeof *image->entries, by_key);
    return true;
}

/* As entry_at, by position in order. */
static bool entry_in_order(const struct image *image, uint32_t position,
                           struct layout_table *ret_table) {
    const uint32_t index = image->entries != NULL ? image->entries[position].index : position;
    return entry_at(image, index, ret_table);
}

/* ---- opening ---- */

static bool read_front(struct image *image, const unsigned char boot[OBJECT_BOOT_BYTES],
                       struct object_header *ret_header, struct error *ret_error) {
    return read_header(image->bytes, image->size, ret_header, ret_error) &&
           take_boot(image, ret_header, boot, ret_error) &&
           take_front(image, ret_header, ret_error);
}

bool image_open(struct image *image, unsigned char *bytes, uint64_t size,
                const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error) {
    struct object_header header = {0};
    struct image opened = {.size = size};
    opened.bytes = bytes;
    if (!read_front(&opened, boot, &header, ret_error) || !take_back(&opened, &header, ret_error) ||
        !check_directory(&opened, ret_error))
        return false;
    sort_directory(&opened);
    *image = opened;
    return true;
}

/* What is looked at again and again must not change between. */
static bool copy_families(struct image *image, struct error *ret_error) {
    image->description = memory_array(image->memory, image->families_bytes + 1, 1);
    if (image->description == NULL)
        return error_no_memory(ret_error);
    memcpy(image->description, image->bytes + image->families, image->families_bytes);
    return true;
}

bool image_open_live(struct image *image, const struct memory *memory, unsigned char *bytes,
                     uint64_t size, const unsigned char boot[OBJECT_BOOT_BYTES],
                     struct error *ret_error) {
    struct object_header header = {0};
    struct image opened = {.size = size, .memory = memory};
    opened.bytes = bytes;
    if (!read_front(&opened, boot, &header, ret_error) || !check_directory(&opened, ret_error))
        return false;
    if (!sort_entries(&opened, ret_error) || !copy_families(&opened, ret_error)) {
        image_done(&opened);
        return false;
    }
    *image = opened;
    return true;
}

static bool has_same_front(const struct image *a, const struct image *b) {
    return a->directory == b->directory && a->table_count == b->table_count &&
           a->fields == b->fields && a->field_count == b->field_count &&
           a->families == b->families && a->families_bytes == b->families_bytes;
}

bool image_settle(struct image *image, struct error *ret_error) {
    struct object_header header = {0};
    struct image settled = *image;
    if (!read_header(image->bytes, image->size, &header, ret_error) ||
        !take_front(&settled, &header, ret_error))
        return false;
    if (!has_same_front(image, &settled))
        return error_set(ret_error, "object: its beginning has changed while it was read");
    if (!take_back(&settled, &header, ret_error))
        return false;
    *image = settled;
    return true;
}

void image_done(struct image *image) {
    if (image->memory != NULL) {
        memory_release(image->memory, image->entries);
        memory_release(image->memory, image->description);
    }
    *image = (struct image){0};
}

/* ---- another time ---- */

/* To be added to its times; never so much that its end would be in the future. */
static int64_t shift_of(const struct object_marks *marks, const struct image_host *here) {
    int64_t by_real_ms;
    int64_t most_ms;
    if (__builtin_sub_overflow(here->mono_ms, marks->ended_mono_ms, &most_ms) ||
        __builtin_sub_overflow(marks->ended_real_ms, here->real_ms, &by_real_ms) ||
        __builtin_add_overflow(most_ms, by_real_ms, &by_real_ms))
        return 0;
    return by_real_ms < most_ms ? by_real_ms : most_ms;
}

void image_arrive(struct image *image, const struct image_host *here) {
    const struct object_marks *marks = &image->marks;
    if (marks->clean != 1)
        return;
    /* In one boot the clock goes on, unless the process was moved to another clock's namespace. */
    if (image->other_boot || marks->ended_mono_ms > here->mono_ms)
        image->mono_shift_ms = shift_of(marks, here);
    image->strangers = image->other_boot || marks->processes != here->processes;
}

/* ---- tables and fields ---- */

static struct image_table table_of(const struct image *image, const struct layout_table *table) {
    return (struct image_table){.image = image,
                                .family = table->family,
                                .label = table->label,
                                .items = table->items,
                                .item_bytes = table->item_bytes,
                                .at = image->bytes + table->offset,
                                .first_field = table->first_field,
                                .field_count = table->field_count};
}

bool image_next(const struct image *image, const char *name, uint32_t *at,
                struct image_table *ret_table) {
    while (*at < image->table_count) {
        struct layout_table table;
        if (entry_in_order(image, (*at)++, &table) && strcmp(table.name, name) == 0) {
            *ret_table = table_of(image, &table);
            return true;
        }
    }
    return false;
}

bool image_find(const struct image *image, const char *name, uint32_t family, uint32_t label,
                struct image_table *ret_table) {
    uint32_t low = 0;
    uint32_t high = image->table_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        struct layout_table table;
        if (!entry_in_order(image, middle, &table))
            return false;
        const int order = compare(&table, name, family, label);
        if (order == 0) {
            *ret_table = table_of(image, &table);
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

struct image_field image_field(const struct image_table *table, const char *name,
                               enum object_type type) {
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (!is_within(table->first_field, i + 1, table->image->field_count))
            break;
        const struct layout_field field = field_at(table->image, table->first_field + i);
        if (is_field(&field, table->item_bytes) && field.type == type &&
            strcmp(field.name, name) == 0)
            return (struct image_field){.offset = field.offset, .count = field.count, .type = type};
    }
    return (struct image_field){0};
}
