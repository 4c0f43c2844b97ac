/* Stores and checks the checksums of an object's parts. */
#include "object/sums.h"

#include <string.h>

#include "base/hash.h"
#include "object/directory.h"
#include "object/families.h"
#include "object/front.h"

struct sums {
    struct image image;
    struct object_header header;
    sums_fn fn;
    const void *arg;
};

static bool begin(struct sums *sums, unsigned char *bytes, uint64_t size, struct error *ret_error) {
    sums->image.bytes = bytes;
    sums->image.size = size;
    return front_read(bytes, size, &sums->header, ret_error) &&
           front_take(&sums->image, &sums->header, ret_error);
}

/* Never 0, which stands for no checksum. */
static uint32_t fold(uint64_t hash) {
    return (uint32_t)hash != 0 ? (uint32_t)hash : 1;
}

/* All versions have the same first bytes; what follows them in the header is the rest's beginning.
 */
static uint32_t sum_front(const struct sums *sums) {
    struct object_header header = sums->header;
    header.sum = 0;
    header.marks.begun = 0;
    const uint64_t hash = hash_bytes(&header, OBJECT_HEADER_MIN, 0);
    return fold(sums->fn(sums->arg, OBJECT_HEADER_MIN, front_end(&header), hash));
}

static uint32_t sum_table(const struct sums *sums, const struct layout_table *table) {
    const uint64_t end = table->offset + table->max_items * table->item_bytes;
    return fold(sums->fn(sums->arg, table->offset, end, 0));
}

/* ---- storing ---- */

static void store_table(const struct sums *sums, uint32_t index) {
    const uint64_t at = sums->image.directory + index * sizeof(struct layout_table);
    struct layout_table table;
    if (!directory_entry(&sums->image, index, &table))
        return;
    table.sum = sum_table(sums, &table);
    memcpy(sums->image.bytes + at + offsetof(struct layout_table, sum), &table.sum,
           sizeof table.sum);
}

bool sums_store(unsigned char *bytes, uint64_t size, sums_fn fn, const void *arg,
                struct error *ret_error) {
    struct sums sums = {.fn = fn, .arg = arg};
    if (!begin(&sums, bytes, size, ret_error))
        return false;
    for (uint32_t i = 0; i < sums.image.table_count; i++)
        store_table(&sums, i);
    const uint32_t front = sum_front(&sums);
    memcpy(bytes + offsetof(struct object_header, sum), &front, sizeof front);
    return true;
}

/* ---- checking ---- */

static void name_family(const struct image *image, uint32_t family, struct error *error) {
    struct families_read families;
    struct error ignored;
    if (families_read(memory_heap(), image_families(image), image->families_bytes, &families,
                      &ignored) &&
        family < families.family_count)
        (void)error_add(error, " of family %.*s", (int)families.items[family].name.len,
                        families.items[family].name.at);
    families_read_done(memory_heap(), &families);
}

static bool is_altered(const struct sums *sums, const struct layout_table *table,
                       struct error *ret_error) {
    (void)error_set(ret_error, "its table %s", table->name);
    if (table->family != OBJECT_NONE)
        name_family(&sums->image, table->family, ret_error);
    return error_add(ret_error, " is not as it was written");
}

static bool check_table(const struct sums *sums, uint32_t index, struct error *ret_error) {
    struct layout_table table;
    if (!directory_entry(&sums->image, index, &table))
        return error_set(ret_error, "its table %u of %u is damaged", index,
                         sums->image.table_count);
    const bool good = sums->header.sum != 0 ? table.sum == sum_table(sums, &table) : table.sum == 0;
    return good || is_altered(sums, &table, ret_error);
}

/* A version that stores none leaves all of them 0. */
bool sums_check(unsigned char *bytes, uint64_t size, sums_fn fn, const void *arg,
                struct error *ret_error) {
    struct sums sums = {.fn = fn, .arg = arg};
    if (!begin(&sums, bytes, size, ret_error))
        return false;
    if (sums.header.sum != 0 && sums.header.sum != sum_front(&sums))
        return error_set(ret_error,
                         "its beginning, before the first table, is not as it was written");
    for (uint32_t i = 0; i < sums.image.table_count; i++)
        if (!check_table(&sums, i, ret_error))
            return false;
    return true;
}
