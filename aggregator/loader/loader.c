#include "loader/loader.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/environment.h"
#include "loader/field.h"
#include "loader/service.h"

/* ---- one catalog ---- */

/* Bytes that the program has from the allocator. */
static uint64_t heap_in_use(void) {
    const struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

/* `reading` has the file's text. */
static struct catalog *from_json(const char *name, json_t *root, bool internal,
                                 struct fingerprint_reading *reading, struct error *ret_error) {
    const struct jsondoc_place place = {.key = name};
    struct catalog *catalog = catalog_new();
    if (catalog == NULL)
        goto no_memory;
    catalog->internal = internal;
    catalog->file = arena_strndup(&catalog->arena, name, strlen(name));
    if (catalog->file == NULL)
        goto no_memory;
    struct arena scratch;
    arena_init(&scratch);
    struct load_variable *last = NULL;
    struct load load = {.catalog = catalog,
                        .error = ret_error,
                        .scratch = &scratch,
                        .internal = internal,
                        .variables = &last};
    catalog->text = fingerprint_end(reading);
    const bool loaded = loader_service(&load, root, &place) && environment_add(&load, reading);
    catalog->fingerprint = fingerprint_end(reading);
    catalog->reading_bytes = scratch.bytes;
    arena_done(&scratch);
    if (loaded)
        return catalog;
    catalog_free(catalog);
    return NULL;

no_memory:
    catalog_free(catalog);
    (void)jsondoc_fail(ret_error, &place, "out of memory");
    return NULL;
}

struct catalog *loader_text(const char *name, const char *text, size_t len, bool internal,
                            struct error *ret_error) {
    struct fingerprint_reading reading;
    json_t *root = jsondoc_parse(name, text, len, ret_error);
    if (root == NULL)
        return NULL;
    fingerprint_begin(&reading);
    fingerprint_add(&reading, text, len);
    struct catalog *catalog = from_json(name, root, internal, &reading, ret_error);
    json_decref(root);
    return catalog;
}

/* Parse a file, and begin its fingerprint. */
static json_t *read_file(const char *path, struct fingerprint_reading *ret_reading,
                         struct error *ret_error) {
    size_t len = 0;
    char *text = jsondoc_read(path, &len, ret_error);
    if (text == NULL)
        return NULL;
    fingerprint_begin(ret_reading);
    fingerprint_add(ret_reading, text, len);
    json_t *root = jsondoc_parse(path, text, len, ret_error);
    free(text);
    return root;
}

static struct catalog *load_file(const char *path, struct error *ret_error) {
    const uint64_t before = heap_in_use();
    struct fingerprint_reading reading;
    struct stat file;
    json_t *root = read_file(path, &reading, ret_error);
    if (root == NULL)
        return NULL;
    const uint64_t document = heap_in_use() - before;
    struct catalog *catalog = from_json(path, root, false, &reading, ret_error);
    /* The file's text and the scratch memory do not exist at the same time. */
    if (catalog != NULL && stat(path, &file) == 0 &&
        (uint64_t)file.st_size > catalog->reading_bytes)
        catalog->reading_bytes = (uint64_t)file.st_size;
    if (catalog != NULL)
        catalog->reading_bytes += document;
    json_decref(root);
    return catalog;
}

/* ---- folders ---- */

static bool fail_path(struct error *ret_error, const char *path, const char *text) {
    const struct jsondoc_place place = {.key = path};
    return jsondoc_fail(ret_error, &place, "%s", text);
}

/* Whether a file's name is that of a catalog: *.json, but neither hidden nor a JSON Schema beside
 * the catalogs. */
static bool is_catalog_name(const char *name) {
    return name[0] != '.' && field_ends_with(name, ".json") &&
           !field_ends_with(name, ".schema.json");
}

/* The catalog names of a folder: a growing list of strings. */
struct file_names {
    char **items;
    size_t count;
};

static void names_done(struct file_names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

static bool names_add(struct file_names *names, const char *name) {
    char **more = realloc(names->items, (names->count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    names->items = more;
    more[names->count] = strdup(name);
    return more[names->count] != NULL && ++names->count;
}

static int by_bytes(const void *a, const void *b) {
    char *const *left = a;
    char *const *right = b;
    return strcmp(*left, *right);
}

static bool list_folder(DIR *folder, const char *path, struct file_names *ret_names,
                        struct error *ret_error) {
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL && errno != 0)
            return fail_path(ret_error, path, strerror(errno));
        if (entry == NULL)
            break;
        if (is_catalog_name(entry->d_name) && !names_add(ret_names, entry->d_name))
            return fail_path(ret_error, path, "out of memory");
    }
    if (ret_names->count == 0)
        return fail_path(ret_error, path,
                         "the folder has no catalogs (*.json); put one there, or name one with "
                         "--catalog FILE");
    qsort(ret_names->items, ret_names->count, sizeof *ret_names->items, by_bytes);
    return true;
}

/* Load one file and add it. */
static bool add_file(struct catalog_set *set, const char *path, struct error *ret_error) {
    struct catalog *catalog = load_file(path, ret_error);
    if (catalog == NULL)
        return false;
    if (catalog_set_add(set, catalog))
        return true;
    catalog_free(catalog);
    return fail_path(ret_error, path, "out of memory");
}

/* FOLDER/NAME; the caller frees. NULL when out of memory. */
static char *join(const char *folder, const char *name) {
    const size_t len = strlen(folder);
    const char *slash = len > 0 && folder[len - 1] == '/' ? "" : "/";
    const size_t size = len + 1 + strlen(name) + 1;
    char *path = malloc(size);
    if (path != NULL)
        (void)snprintf(path, size, "%s%s%s", folder, slash, name);
    return path;
}

/* Receives the refused files of a folder, so that the first one does not end the walk. */
struct refusals {
    loader_refused_fn refused;
    void *arg;
    size_t count;
};

static bool go_on(struct refusals *refusals, const struct error *error) {
    if (refusals == NULL)
        return false;
    refusals->refused(refusals->arg, error);
    refusals->count++;
    return true;
}

static bool add_folder(struct catalog_set *set, DIR *folder, const char *path,
                       struct refusals *refusals, struct error *ret_error) {
    struct file_names names = {0};
    bool ok = list_folder(folder, path, &names, ret_error);
    for (size_t i = 0; ok && i < names.count; i++) {
        char *file = join(path, names.items[i]);
        ok = file != NULL ? add_file(set, file, ret_error) || go_on(refusals, ret_error)
                          : fail_path(ret_error, path, "out of memory");
        free(file);
    }
    names_done(&names);
    return ok;
}

static bool add_path(struct catalog_set *set, const char *path, struct refusals *refusals,
                     struct error *ret_error) {
    DIR *folder = opendir(path);
    if (folder == NULL && errno == ENOENT)
        return fail_path(ret_error, path,
                         "no such file or folder; name a catalog, or a folder of catalogs, with "
                         "--catalog PATH");
    if (folder == NULL && errno == ENOTDIR)
        return add_file(set, path, ret_error);
    if (folder == NULL)
        return fail_path(ret_error, path, strerror(errno));
    const bool ok = add_folder(set, folder, path, refusals, ret_error);
    (void)closedir(folder);
    return ok;
}

bool loader_path(struct catalog_set *set, const char *path, struct error *ret_error) {
    const size_t before = set->count;
    const bool ok = add_path(set, path, NULL, ret_error);
    while (!ok && set->count > before)
        catalog_free(set->catalogs[--set->count]);
    return ok;
}

size_t loader_path_all(struct catalog_set *set, const char *path, loader_refused_fn refused,
                       void *arg) {
    struct refusals refusals = {.refused = refused, .arg = arg};
    struct error error = {0};
    if (!add_path(set, path, &refusals, &error))
        (void)go_on(&refusals, &error);
    return refusals.count;
}
