/* Opens the object of another process, and checks everything before it is used. */
#include "object/image.h"

#include <string.h>

#include "object/directory.h"
#include "object/front.h"
#include "object/within.h"

/* ---- opening ---- */

static bool read_front(struct image *image, const unsigned char boot[OBJECT_BOOT_BYTES],
                       struct object_header *ret_header, struct error *ret_error) {
    return front_read(image->bytes, image->size, ret_header, ret_error) &&
           front_take_boot(image, ret_header, boot, ret_error) &&
           front_take(image, ret_header, ret_error);
}

bool image_open(struct image *image, unsigned char *bytes, uint64_t size,
                const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error) {
    struct object_header header = {0};
    struct image opened = {.size = size};
    opened.bytes = bytes;
    if (!read_front(&opened, boot, &header, ret_error) ||
        !front_take_back(&opened, &header, ret_error) || !directory_check(&opened, ret_error))
        return false;
    directory_sort(&opened);
    *image = opened;
    return true;
}

/* Copy the description: data that is read several times must not change meanwhile. */
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
    if (!read_front(&opened, boot, &header, ret_error) || !directory_check(&opened, ret_error))
        return false;
    if (!directory_list(&opened, ret_error) || !copy_families(&opened, ret_error)) {
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
    if (!front_read(image->bytes, image->size, &header, ret_error) ||
        !front_take(&settled, &header, ret_error))
        return false;
    if (!has_same_front(image, &settled))
        return error_set(ret_error, "object: its beginning has changed while it was read");
    if (!front_take_back(&settled, &header, ret_error))
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

bool image_marks(const unsigned char *bytes, uint64_t size, struct object_marks *ret_marks,
                 uint64_t *ret_at) {
    struct object_header header;
    struct error ignored;
    if (!front_read(bytes, size, &header, &ignored))
        return false;
    *ret_marks = front_marks(&header);
    *ret_at = offsetof(struct object_header, marks);
    return true;
}

/* ---- another time ---- */

/* The shift to add to the object's times; never so large that its end would be in the future. */
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
    /* Within one boot the clock continues, unless the process was moved to another time
     * namespace. */
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
    struct layout_table table;
    const bool found = directory_next(image, name, at, &table);
    if (found)
        *ret_table = table_of(image, &table);
    return found;
}

bool image_find(const struct image *image, const char *name, uint32_t family, uint32_t label,
                struct image_table *ret_table) {
    struct layout_table table;
    const bool found = directory_find(image, name, family, label, &table);
    if (found)
        *ret_table = table_of(image, &table);
    return found;
}

struct image_field image_field(const struct image_table *table, const char *name,
                               enum object_type type) {
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (!within_is(table->first_field, i + 1, table->image->field_count))
            break;
        const struct layout_field field = directory_field(table->image, table->first_field + i);
        if (directory_is_field(&field, table->item_bytes) && field.type == type &&
            strcmp(field.name, name) == 0)
            return (struct image_field){.offset = field.offset, .count = field.count, .type = type};
    }
    return (struct image_field){0};
}
