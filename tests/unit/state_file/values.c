/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "object/object.h"
#include "place.h"

enum { ITEMS = 100000 };

static const unsigned char boot[OBJECT_BOOT_BYTES] = {7};
static const struct object_field fields[] = {{"number", OBJECT_U64, 0, 1}};
static const struct object_spec spec = {.name = "item",
                                        .family = OBJECT_NONE,
                                        .label = OBJECT_NONE,
                                        .item_bytes = sizeof(uint64_t),
                                        .max_items = ITEMS,
                                        .fields = fields,
                                        .field_count = 1};

const char *values_path(void) {
    static char path[sizeof place_folder + sizeof "/state"];
    (void)snprintf(path, sizeof path, "%s/state", place_folder);
    return path;
}

const char *values_path_of(const char *suffix) {
    char name[32];
    (void)snprintf(name, sizeof name, "state%s", suffix);
    return place_path(name);
}

bool values_is_there(const char *suffix) {
    struct stat status;
    return lstat(values_path_of(suffix), &status) == 0;
}

/* At both ends of the table, with a hole between. */
static void fill(struct object *object, struct object_table *table, uint64_t number) {
    object_table(object, &spec, table);
    cr_assert(object_reach(table, 1));
    object_reach_part(table, ITEMS - 1, 0, sizeof number);
    memcpy(object_at(table, 0), &number, sizeof number);
    memcpy(object_at(table, ITEMS - 1), &number, sizeof number);
    object_marks(object)->clean = 1;
}

void values_make(struct object_file *ret_file, uint64_t number) {
    struct catalog_set set;
    struct object_table table;
    struct error error;
    catalog_set_init(&set);
    cr_assert(catalog_set_finish(&set, &error), "%s", error.text);
    const uint64_t bytes = object_bytes(&set) + object_table_bytes(ITEMS, sizeof number);
    cr_assert(host_object_file_make(bytes, ret_file, &error), "%s", error.text);
    const struct object_place place = {.at = ret_file->at,
                                       .size = ret_file->size,
                                       .reach = host_object_file_reach,
                                       .arg = ret_file};
    struct object *object = object_new(&place, &set, boot);
    cr_assert(object != NULL);
    fill(object, &table, number);
    object_table_done(&table);
    object_free(object);
    catalog_set_done(&set);
}

bool values_leave(uint64_t number, struct error *ret_error) {
    struct state_file file;
    struct object_file object;
    values_make(&object, number);
    error_clear(ret_error);
    const bool left = state_file_open(&file, values_path(), ret_error) &&
                      state_file_write(&file, &object, ret_error);
    state_file_close(&file);
    host_object_file_close(&object);
    return left;
}

static uint64_t read_number(const struct object_file *object) {
    struct image image;
    struct image_table table;
    struct error error;
    cr_assert(image_open(&image, object->at, object->size, boot, &error), "%s", error.text);
    cr_assert(image_find(&image, "item", OBJECT_NONE, OBJECT_NONE, &table));
    const struct image_field field = image_field(&table, "number", OBJECT_U64);
    const uint64_t number = image_integer(&table, 0, field, 0);
    cr_assert(eq(u64, image_integer(&table, ITEMS / 2, field, 0), 0));
    cr_assert(eq(u64, image_integer(&table, ITEMS - 1, field, 0), number));
    return number;
}

uint64_t values_read(int fd) {
    struct object_file object;
    struct error error;
    cr_assert(host_object_file_open(fd, &object, &error), "%s", error.text);
    const uint64_t number = read_number(&object);
    host_object_file_close(&object);
    return number;
}

uint64_t values_find(struct error *ret_error) {
    struct state_file file;
    int fd = -1;
    error_clear(ret_error);
    if (!state_file_open(&file, values_path(), ret_error))
        return VALUES_NONE;
    if (state_file_take(&file, &fd, ret_error) != STATE_FILE_TAKEN) {
        state_file_close(&file);
        return VALUES_NONE;
    }
    const uint64_t number = values_read(fd);
    const bool spent = state_file_spend(&file, ret_error);
    state_file_close(&file);
    return spent ? number : VALUES_NONE;
}
