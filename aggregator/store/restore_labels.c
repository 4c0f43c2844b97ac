/* Reads the labels of a series of another process. */
#include "store/restore_private.h"

bool restore_labels_init(struct restore_labels *labels, const struct match *match,
                         const struct image_table *series) {
    const struct catalog_family *family = match_family(match, series->family);
    if (family == NULL)
        return false;
    *labels = (struct restore_labels){.match = match, .family = family, .series = *series};
    labels->ids = image_field(series, "ids", OBJECT_U32);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const uint32_t former = match_label(match, family, i);
        labels->labels[i].former = former;
        labels->labels[i].declared = match_declared(match, family, i);
        struct image_table *values = &labels->labels[i].values;
        struct image_table *cells = &labels->labels[i].cells;
        if (former == OBJECT_NONE ||
            !image_find(series->image, "value", series->family, former, values) ||
            !image_find(series->image, "text", series->family, former, cells))
            continue; /* zeroed tables have no records */
        labels->labels[i].text = image_field(values, "text", OBJECT_U32);
        labels->labels[i].len = image_field(values, "len", OBJECT_U32);
        labels->labels[i].bytes = image_field(cells, "bytes", OBJECT_TEXT);
    }
    return labels->ids.count == match_label_count(match, family);
}

/* The text of a pattern value by its position. False: there is none. */
static bool read_text(const struct restore_labels *labels, uint32_t label, uint32_t position,
                      struct store_label *ret_label) {
    const struct image_table *values = &labels->labels[label].values;
    const struct image_table *cells = &labels->labels[label].cells;
    const uint64_t len = image_integer(values, position, labels->labels[label].len, 0);
    const uint64_t offset =
        image_integer(values, position, labels->labels[label].text, 0) * sizeof(uint32_t);
    const struct image_field bytes = labels->labels[label].bytes;
    if (len == 0 || len > CATALOG_VALUE_MAX || cells->item_bytes == 0)
        return false;
    const uint64_t cell = offset / cells->item_bytes;
    const uint64_t within = offset % cells->item_bytes;
    if (cell >= cells->items || within < bytes.offset || within - bytes.offset + len > bytes.count)
        return false;
    ret_label->text = (const char *)cells->at + offset;
    ret_label->len = (size_t)len;
    return true;
}

/* `copy`: where the text is copied before it is examined. NULL: it stays in the image. */
static bool read_label(const struct restore_labels *labels, uint32_t label, uint64_t record,
                       char *copy, struct store_label *ret_label) {
    const uint32_t former = labels->labels[label].former;
    const uint32_t declared = labels->labels[label].declared;
    if (former == OBJECT_NONE) {
        *ret_label = (struct store_label){.id = labels->family->labels[label].default_value};
        return true;
    }
    const uint32_t id = (uint32_t)image_integer(&labels->series, record, labels->ids, former);
    *ret_label = (struct store_label){.id = -1};
    const bool found = id < declared ? match_text(labels->match, labels->family, label, id,
                                                  &ret_label->text, &ret_label->len)
                                     : read_text(labels, label, id - declared, ret_label);
    if (!found || ret_label->len > CATALOG_VALUE_MAX)
        return false;
    if (copy != NULL)
        ret_label->text = memcpy(copy, ret_label->text, ret_label->len);
    return match_value(&labels->family->labels[label], ret_label->text, ret_label->len,
                       &ret_label->id) != MATCH_REFUSED;
}

bool restore_labels_read(const struct restore_labels *labels, uint64_t record,
                         struct restore_texts *texts, struct store_label *ret_labels) {
    for (uint32_t i = 0; i < labels->family->label_count; i++)
        if (!read_label(labels, i, record, texts != NULL ? texts->bytes[i] : NULL, &ret_labels[i]))
            return false;
    return true;
}

bool store_read_labels(const struct match *match, const struct image_table *series_table,
                       uint64_t record, struct store_label *ret_labels) {
    struct restore_labels labels;
    return restore_labels_init(&labels, match, series_table) && record < series_table->items &&
           restore_labels_read(&labels, record, NULL, ret_labels);
}
