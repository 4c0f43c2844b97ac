/* Reads {"file": "NAME"}: a list of values in a file of its own, one a line. */
#include "loader/value_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "loader/field.h"
#include "loader/loader.h"
#include "loader/words.h"

enum { NAME_BYTES_MAX = 1024 };

/* ---- the file ---- */

char *loader_value_file(const char *path, size_t *ret_len, const char **ret_why) {
    return jsondoc_bytes(path, LOADER_VALUES_BYTES_MAX, "larger than 2 MiB", ret_len, ret_why);
}

/* Where the file of this name is: a relative one beside the catalog. NULL: out of memory. */
static const char *path_of(const struct load *load, const char *name) {
    const char *catalog = load->source->beside != NULL ? load->source->beside : load->source->name;
    const char *slash = strrchr(catalog, '/');
    const size_t folder = *name != '/' && slash != NULL ? (size_t)(slash + 1 - catalog) : 0;
    const size_t len = strlen(name);
    char *path = arena_alloc(&load->catalog->arena, folder + len + 1);
    if (path != NULL) {
        memcpy(path, catalog, folder);
        memcpy(path + folder, name, len + 1);
    }
    return path;
}

/* ---- those of a catalog ---- */

static const struct load_value_file *find(const struct load *load, const char *name) {
    const struct load_value_file *file = *load->files;
    while (file != NULL && strcmp(file->file->name, name) != 0)
        file = file->before;
    return file;
}

/* Add it to the list of the catalog, which is in byte order. */
static void join(struct catalog_value_file **at, struct catalog_value_file *file) {
    while (*at != NULL && strcmp((*at)->name, file->name) < 0)
        at = &(*at)->next;
    file->next = *at;
    *at = file;
}

static bool is_one_too_many(const struct load *load) {
    size_t count = 0;
    for (const struct load_value_file *file = *load->files; file != NULL; file = file->before)
        count++;
    return count == CATALOG_VALUE_FILES_MAX;
}

/* Read a text that is a list, and note what it was. */
static bool take(const struct load *load, const char *text, size_t len,
                 struct catalog_value_file *file, const struct jsondoc_place *place,
                 struct load_set *ret_set) {
    struct catalog *catalog = load->catalog;
    catalog->text_bytes += len;
    if (len > catalog->reading_bytes)
        catalog->reading_bytes = len;
    if (load->source->files_bytes != NULL)
        *load->source->files_bytes += len;
    file->text = fingerprint_of(text, len);
    return loader_lines(load, text, len, file->path, place, ret_set);
}

static bool read_file(const struct load *load, struct catalog_value_file *file,
                      const struct jsondoc_place *place, struct load_set *ret_set) {
    const struct loader_source *source = load->source;
    const char *why = NULL;
    size_t len = 0;
    char *own = source->file == NULL ? loader_value_file(file->path, &len, &why) : NULL;
    const char *text =
        source->file != NULL ? source->file(source->arg, file->path, &len, &why) : own;
    const bool good = text != NULL && take(load, text, len, file, place, ret_set);
    if (text == NULL)
        (void)jsondoc_fail(load->error, place, "%s cannot be read: %s", file->path, why);
    free(own);
    return good;
}

/* Read one that was not read before. */
static const struct load_value_file *add(const struct load *load, const char *name,
                                         const struct jsondoc_place *place) {
    struct load_value_file *noted = arena_array(load->scratch, 1, sizeof *noted);
    struct catalog_value_file *file = arena_array(&load->catalog->arena, 1, sizeof *file);
    const char *path = path_of(load, name);
    if (is_one_too_many(load)) {
        (void)jsondoc_fail(load->error, place, "at most %d files of values are allowed",
                           CATALOG_VALUE_FILES_MAX);
        return NULL;
    }
    if (noted == NULL || file == NULL || path == NULL) {
        (void)loader_no_memory(load);
        return NULL;
    }
    *file = (struct catalog_value_file){.name = name, .path = path};
    *noted = (struct load_value_file){.file = file, .before = *load->files};
    if (!read_file(load, file, place, &noted->set))
        return NULL;
    *load->files = noted;
    join(&load->catalog->value_files, file);
    return noted;
}

bool value_file_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     const struct catalog_value_file **ret_file, struct load_set *ret_set) {
    static const char *const keys[] = {"file", NULL};
    const struct jsondoc_place at = {.parent = place, .key = "file"};
    const char *name = NULL;
    if (!jsondoc_keys_known(value, place, keys, load->error) ||
        !field_text(load, json_object_get(value, "file"), &at, NAME_BYTES_MAX, &name))
        return false;
    const struct load_value_file *file = find(load, name);
    if (file == NULL && (file = add(load, name, &at)) == NULL)
        return false;
    *ret_file = file->file;
    *ret_set = file->set;
    return true;
}

void value_file_add(const struct catalog *catalog, struct fingerprint_reading *reading) {
    char text[FINGERPRINT_TEXT_SIZE];
    for (const struct catalog_value_file *file = catalog->value_files; file != NULL;
         file = file->next) {
        fingerprint_put(text, &file->text);
        fingerprint_add(reading, "", 1);
        fingerprint_add(reading, file->name, strlen(file->name));
        fingerprint_add(reading, "=", 1);
        fingerprint_add(reading, text, sizeof text - 1);
    }
}
