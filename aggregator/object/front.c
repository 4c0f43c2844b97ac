#include "object/front.h"

#include <string.h>

#include "object/within.h"

/* Whether a part of the front is aligned and within the object. */
static bool is_part(const struct image *image, uint64_t at, uint64_t items, uint64_t item_bytes) {
    uint64_t bytes;
    return at % OBJECT_ALIGN == 0 && at >= OBJECT_HEADER_MIN &&
           !__builtin_mul_overflow(items, item_bytes, &bytes) && within_is(at, bytes, image->size);
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

bool front_read(const unsigned char *bytes, uint64_t size, struct object_header *ret_header,
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

bool front_take_boot(struct image *image, const struct object_header *header,
                     const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error) {
    if (header->layout != OBJECT_LAYOUT)
        return error_set(ret_error, "object: its layout is %u, and this version reads layout %u",
                         header->layout, (unsigned)OBJECT_LAYOUT);
    image->other_boot = memcmp(header->boot, boot, OBJECT_BOOT_BYTES) != 0;
    if (image->other_boot && header->marks.clean != 1)
        return error_set(ret_error, "object: it was made before this host started, and its process "
                                    "did not end in order");
    return true;
}

struct object_marks front_marks(const struct object_header *header) {
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

bool front_take(struct image *image, const struct object_header *header, struct error *ret_error) {
    const uint64_t undo_bytes =
        offsetof(struct undo, entries) + header->undo_max * sizeof(struct undo_entry);
    if (!is_part(image, header->undo, 1, undo_bytes) ||
        !is_part(image, header->families, header->families_bytes, 1) ||
        !is_part(image, header->directory, header->directory_max, sizeof(struct layout_table)) ||
        !is_part(image, header->fields, header->fields_max, sizeof(struct layout_field)) ||
        header->table_count > header->directory_max || header->field_count > header->fields_max)
        return error_set(ret_error, "object: its beginning is damaged");
    image->marks = front_marks(header);
    image->directory = header->directory;
    image->table_count = header->table_count;
    image->fields = header->fields;
    image->field_count = header->field_count;
    image->families = header->families;
    image->families_bytes = header->families_bytes;
    return true;
}

uint64_t front_end(const struct object_header *header) {
    return header->fields + header->fields_max * sizeof(struct layout_field);
}

/* ---- what was under way ---- */

/* Put one word back. A word outside the tables was never in the object: none may change the parts
 * before them. */
static void put_back(struct image *image, const struct object_header *header, uint64_t entry_at) {
    struct undo_entry entry;
    memcpy(&entry, image->bytes + entry_at, sizeof entry);
    const uint64_t offset = entry.at - header->undo_base;
    if (offset < front_end(header) || !within_is(offset, sizeof entry.old, image->size))
        return;
    memcpy(image->bytes + offset, &entry.old, sizeof entry.old);
    image->undone++;
}

bool front_take_back(struct image *image, const struct object_header *header,
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
