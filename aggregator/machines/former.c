/* Converts records of an image to present ones. */
#include "machines/former.h"

#include <assert.h>
#include <string.h>

#include "machines/machine.h"
#include "store/store.h"

void former_open(struct former_records *records, const struct image *image, const char *name,
                 const struct object_field *fields, size_t field_count) {
    assert(field_count <= FORMER_FIELDS);
    *records = (struct former_records){.fields = fields, .field_count = field_count};
    if (!image_find(image, name, OBJECT_NONE, OBJECT_NONE, &records->table)) {
        records->table = (struct image_table){.image = image};
        return;
    }
    for (size_t i = 0; i < field_count; i++)
        records->at[i] = image_field(&records->table, fields[i].name, fields[i].type);
}

static uint32_t width_of(enum object_type type) {
    switch (type) {
    case OBJECT_U16:
        return sizeof(uint16_t);
    case OBJECT_U32:
    case OBJECT_I32:
        return sizeof(uint32_t);
    case OBJECT_U64:
    case OBJECT_I64:
    case OBJECT_F64:
    case OBJECT_MONO_MS:
        return sizeof(uint64_t);
    case OBJECT_U8:
    case OBJECT_TEXT:
        break;
    }
    return 1;
}

/* Read a field, or the part of its numbers that the image has. */
static void read_field(const struct former_records *records, uint64_t index,
                       const struct object_field *field, struct image_field from, char *to) {
    const uint32_t width = width_of(field->type);
    const uint32_t count = from.count < field->count ? from.count : field->count;
    const unsigned char *at = image_at(&records->table, index, from, 0, width);
    if (at == NULL)
        return;
    memcpy(to, at, (size_t)count * width);
    for (uint32_t i = 0; i < count && field->type == OBJECT_MONO_MS; i++, to += width) {
        const int64_t mono_ms = (int64_t)image_integer(&records->table, index, from, i);
        memcpy(to, &mono_ms, sizeof mono_ms);
    }
}

void former_read(const struct former_records *records, uint64_t index, void *ret_record) {
    for (size_t i = 0; i < records->field_count; i++)
        read_field(records, index, &records->fields[i], records->at[i],
                   (char *)ret_record + records->fields[i].offset);
}

bool former_machine(const struct store *store, const struct image *image, const struct match *match,
                    uint32_t family, uint32_t place, const struct catalog_family **ret_family,
                    uint64_t *ret_number) {
    const struct catalog_family *present = object_match_family(match, family);
    struct image_table table;
    struct store_label labels[CATALOG_LABELS_MAX];
    uint32_t ids[CATALOG_LABELS_MAX];
    if (present == NULL || !present->kind->is_machine || place == 0 ||
        !image_find(image, "series", family, OBJECT_NONE, &table) ||
        !store_read_labels(match, &table, place - 1, labels))
        return false;
    for (uint32_t i = 0; i < present->label_count; i++)
        ids[i] = (uint32_t)labels[i].id; /* the labels of machines have declared values only */
    const struct series *series = store_find(store, present, ids);
    if (series == NULL)
        return false;
    *ret_family = present;
    *ret_number = machine_number(series);
    return true;
}
