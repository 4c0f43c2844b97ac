/* Reads the description of families that another process wrote; every count is checked against the
 * remaining bytes before anything is allocated for it. */
#include "object/families.h"

#include <string.h>

enum {
    /* The least bytes that each can take. */
    CATALOG_BYTES = 8,
    LIST_BYTES = 8,
    FAMILY_BYTES = 48,
    LABEL_BYTES = 8
};

/* The remaining bytes. `bad`: something did not fit; from then on, every number reads as 0. */
struct take {
    const unsigned char *at;
    uint64_t left;
    bool bad;
};

static const unsigned char *take_bytes(struct take *take, uint64_t size) {
    const unsigned char *at = take->at;
    if (take->bad || size > take->left) {
        take->bad = true;
        return NULL;
    }
    take->at += size;
    take->left -= size;
    return at;
}

static void take_into(struct take *take, void *ret, size_t size) {
    const unsigned char *at = take_bytes(take, size);
    if (at != NULL)
        memcpy(ret, at, size);
}

static uint32_t take_u32(struct take *take) {
    uint32_t number = 0;
    take_into(take, &number, sizeof number);
    return number;
}

static struct families_text take_text(struct take *take) {
    struct families_text text = {.len = take_u32(take)};
    text.at = (const char *)take_bytes(take, text.len);
    return take->bad ? (struct families_text){.at = ""} : text;
}

static const unsigned char *take_doubles(struct take *take, uint32_t *ret_count) {
    const uint32_t count = take_u32(take);
    const unsigned char *at = take_bytes(take, count * (uint64_t)sizeof(double));
    *ret_count = at != NULL ? count : 0;
    return at;
}

static uint32_t end_of(const unsigned char *ends, uint32_t id) {
    uint32_t end;
    memcpy(&end, ends + id * sizeof end, sizeof end);
    return end;
}

static struct families_list take_list(struct take *take) {
    struct families_list list = {.count = take_u32(take)};
    uint32_t end = 0;
    list.ends = take_bytes(take, list.count * (uint64_t)sizeof(uint32_t));
    for (uint32_t id = 0; list.ends != NULL && id < list.count; id++) {
        const uint32_t next = end_of(list.ends, id);
        take->bad = take->bad || next < end;
        end = next;
    }
    list.texts = (const char *)take_bytes(take, end);
    return take->bad ? (struct families_list){0} : list;
}

bool families_read_text(const struct families_list *list, uint32_t id,
                        struct families_text *ret_text) {
    if (id >= list->count)
        return false;
    const uint32_t from = id > 0 ? end_of(list->ends, id - 1) : 0;
    *ret_text =
        (struct families_text){.at = list->texts + from, .len = end_of(list->ends, id) - from};
    return true;
}

/* Read a catalog and its lists; earlier catalogs have taken `used` lists. */
static void take_catalog(struct take *take, struct families_read *families, uint32_t used,
                         struct families_catalog *ret_catalog) {
    ret_catalog->service = take_text(take);
    ret_catalog->first_list = used;
    ret_catalog->list_count = take_u32(take);
    if (ret_catalog->list_count > families->list_count - used)
        take->bad = true;
    for (uint32_t i = 0; !take->bad && i < ret_catalog->list_count; i++) {
        const uint32_t number = take_u32(take);
        if (number >= ret_catalog->list_count)
            take->bad = true;
        else
            families->lists[used + number] = take_list(take);
    }
}

/* Read the number of a list of this catalog, and return its number among all lists. */
static uint32_t list_of(struct take *take, const struct families_catalog *catalog) {
    const uint32_t number = take_u32(take);
    return number < catalog->list_count ? catalog->first_list + number : OBJECT_NONE;
}

static void take_labels(struct take *take, struct families_read *families,
                        struct families_family *family) {
    const struct families_catalog *catalog = &families->catalogs[family->catalog];
    if (family->label_count > families->label_count - family->first_label)
        take->bad = true;
    for (uint32_t i = 0; !take->bad && i < family->label_count; i++) {
        struct families_label *label = &families->labels[family->first_label + i];
        label->name = take_text(take);
        label->list = list_of(take, catalog);
    }
    family->states = list_of(take, catalog);
}

/* Read a family; its labels start at index `used`. */
static void take_family(struct take *take, struct families_read *families, uint32_t used,
                        struct families_family *ret_family) {
    struct families_family family = {.catalog = take_u32(take), .first_label = used};
    family.name = take_text(take);
    family.type = take_text(take);
    family.unit = take_text(take);
    family.source = take_u32(take);
    family.merge = take_u32(take);
    take_into(take, &family.window_ms, sizeof family.window_ms);
    family.label_count = take_u32(take);
    if (take->bad || family.catalog >= families->catalog_count) {
        take->bad = true;
        return;
    }
    take_labels(take, families, &family);
    family.buckets = take_doubles(take, &family.bucket_count);
    family.quantiles = take_doubles(take, &family.quantile_count);
    *ret_family = family;
}

static bool take_counts(struct take *take, struct families_read *families) {
    families->catalog_count = take_u32(take);
    families->list_count = take_u32(take);
    families->family_count = take_u32(take);
    families->label_count = take_u32(take);
    return !take->bad && families->catalog_count <= take->left / CATALOG_BYTES &&
           families->list_count <= take->left / LIST_BYTES &&
           families->family_count <= take->left / FAMILY_BYTES &&
           families->family_count <= CATALOG_FAMILIES_MAX &&
           families->label_count <= take->left / LABEL_BYTES;
}

/* Allocate the tables and copy the bytes: what was checked cannot change any more. */
static bool make_room(const struct memory *memory, const unsigned char *bytes, uint64_t size,
                      struct families_read *families) {
    families->bytes = memory_array(memory, size, 1);
    if (families->bytes != NULL)
        memcpy(families->bytes, bytes, size);
    families->catalogs = memory_array(memory, families->catalog_count, sizeof *families->catalogs);
    families->lists = memory_array(memory, families->list_count, sizeof *families->lists);
    families->items = memory_array(memory, families->family_count, sizeof *families->items);
    families->labels = memory_array(memory, families->label_count, sizeof *families->labels);
    return families->bytes != NULL && families->catalogs != NULL && families->lists != NULL &&
           families->items != NULL && families->labels != NULL;
}

static void take_all(struct take *take, struct families_read *families) {
    uint32_t lists = 0;
    for (uint32_t i = 0; !take->bad && i < families->catalog_count; i++) {
        take_catalog(take, families, lists, &families->catalogs[i]);
        lists += families->catalogs[i].list_count;
    }
    uint32_t labels = 0;
    for (uint32_t i = 0; !take->bad && i < families->family_count; i++) {
        take_family(take, families, labels, &families->items[i]);
        labels += families->items[i].label_count;
    }
}

static bool is_damaged(struct error *ret_error) {
    return error_set(ret_error, "object: its description of the families is damaged");
}

bool families_read(const struct memory *memory, const unsigned char *bytes, uint64_t size,
                   struct families_read *ret_families, struct error *ret_error) {
    struct take take = {.at = bytes, .left = size};
    *ret_families = (struct families_read){0};
    if (!take_counts(&take, ret_families))
        return is_damaged(ret_error);
    if (!make_room(memory, bytes, size, ret_families))
        return error_no_memory(ret_error);
    take.at = ret_families->bytes + (size - take.left);
    take_all(&take, ret_families);
    return !take.bad || is_damaged(ret_error);
}

void families_read_done(const struct memory *memory, struct families_read *families) {
    memory_release(memory, families->bytes);
    memory_release(memory, families->catalogs);
    memory_release(memory, families->lists);
    memory_release(memory, families->items);
    memory_release(memory, families->labels);
    *families = (struct families_read){0};
}
