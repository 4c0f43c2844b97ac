/* SPDX-License-Identifier: MIT */
/* loader.c - catalogs from texts, files and folders. */
#include "loader/loader_private.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one catalog ---- */

/* Bytes that the program has from the allocator. */
static uint64_t heap_in_use(void) {
    const struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

static struct catalog *from_json(const struct loader_source *source, json_t *root,
                                 struct error *ret_error) {
    struct fingerprint_reading reading;
    struct catalog *catalog = catalog_new();
    catalog->internal = source->internal;
    catalog->file = arena_strndup(&catalog->arena, source->name, strlen(source->name));
    struct load load = {.catalog = catalog, .error = ret_error, .source = source, .root = root};
    const struct node top = {.place = {.key = source->name}, .value = root, .load = &load};
    arena_init(&load.scratch);
    fingerprint_begin(&reading);
    fingerprint_add(&reading, source->text, source->len);
    catalog->text = fingerprint_end(&reading);
    const bool loaded = loader_read_service(&top) && load.faults == 0;
    if (loaded)
        loader_add_outside(&load, &reading);
    catalog->fingerprint = fingerprint_end(&reading);
    catalog->reading_bytes += load.scratch.bytes;
    arena_done(&load.scratch);
    if (loaded)
        return catalog;
    catalog_free(catalog);
    return NULL;
}

struct catalog *loader_read(const struct loader_source *source, struct error *ret_error) {
    const uint64_t before = heap_in_use();
    json_t *root = json_jsondoc_parse(source->name, source->text, source->len, ret_error);
    if (root == NULL)
        return NULL;
    const uint64_t document = heap_in_use() - before;
    struct catalog *catalog = from_json(source, root, ret_error);
    if (catalog != NULL) {
        catalog->reading_bytes += document + source->len;
        catalog->text_bytes += source->len;
    }
    json_decref(root);
    return catalog;
}

struct catalog *loader_text(const char *name, const char *text, size_t len, bool internal,
                            struct error *ret_error) {
    const struct loader_source source = {
        .name = name, .text = text, .len = len, .internal = internal};
    return loader_read(&source, ret_error);
}

static struct catalog *load_file(const char *path, struct error *ret_error) {
    struct loader_source source = {.name = path};
    char *text = json_jsondoc_read(path, &source.len, ret_error);
    source.text = text;
    struct catalog *catalog = text != NULL ? loader_read(&source, ret_error) : NULL;
    free(text);
    return catalog;
}

/* ---- folders ---- */

static bool fail_path(struct error *ret_error, const char *path, const char *text) {
    const struct jsondoc_place place = {.key = path};
    return json_jsondoc_fail(ret_error, &place, "%s", text);
}

/* Whether a file's name is that of a catalog: *.json, but neither hidden nor a JSON Schema beside
 * the catalogs. */
static bool is_catalog_name(const char *name) {
    return name[0] != '.' && loader_ends_with(name, ".json") &&
           !loader_ends_with(name, ".schema.json");
}

void loader_files_done(struct loader_files *files) {
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i]);
    free(files->items);
    *files = (struct loader_files){0};
}

/* FOLDER/NAME; the caller frees. */
static char *join(const char *folder, const char *name) {
    const size_t len = strlen(folder);
    const char *slash = len > 0 && folder[len - 1] == '/' ? "" : "/";
    const size_t size = len + 1 + strlen(name) + 1;
    char *path = memory_alloc(size);
    (void)snprintf(path, size, "%s%s%s", folder, slash, name);
    return path;
}

/* Add a path, which is owned then. */
static void add_path(struct loader_files *files, char *path) {
    files->items = memory_resize((void *)files->items, files->count + 1, sizeof *files->items);
    files->items[files->count++] = path;
}

static int loader_by_bytes(const void *a, const void *b) {
    char *const *left = a;
    char *const *right = b;
    return strcmp(*left, *right);
}

static bool list_folder(struct loader_files *files, DIR *folder, const char *path,
                        struct error *ret_error) {
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL && errno != 0)
            return fail_path(ret_error, path, strerror(errno));
        if (entry == NULL)
            break;
        if (is_catalog_name(entry->d_name))
            add_path(files, join(path, entry->d_name));
    }
    files->is_empty_folder = files->count == 0;
    if (files->is_empty_folder)
        return fail_path(ret_error, path,
                         "the folder has no catalogs (*.json); put one there, or name one with "
                         "--catalog FILE");
    qsort(files->items, files->count, sizeof *files->items, loader_by_bytes);
    return true;
}

static bool list_path(struct loader_files *files, const char *path, struct error *ret_error) {
    DIR *folder = opendir(path);
    if (folder == NULL && errno == ENOENT)
        return fail_path(ret_error, path,
                         "no such file or folder; name a catalog, or a folder of catalogs, with "
                         "--catalog PATH");
    if (folder == NULL && errno == ENOTDIR) {
        add_path(files, memory_strndup(path, strlen(path)));
        return true;
    }
    if (folder == NULL)
        return fail_path(ret_error, path, strerror(errno));
    const bool listed = list_folder(files, folder, path, ret_error);
    (void)closedir(folder);
    return listed;
}

bool loader_files(struct loader_files *ret_files, const char *path, struct error *ret_error) {
    *ret_files = (struct loader_files){0};
    if (list_path(ret_files, path, ret_error))
        return true;
    const bool is_empty_folder = ret_files->is_empty_folder;
    loader_files_done(ret_files);
    ret_files->is_empty_folder = is_empty_folder;
    return false;
}

/* ---- into a set ---- */

/* Load one file and add it. */
static bool add_file(struct catalog_set *set, const char *path, struct error *ret_error) {
    struct catalog *catalog = load_file(path, ret_error);
    if (catalog != NULL)
        catalog_set_add(set, catalog);
    return catalog != NULL;
}

size_t loader_path(struct catalog_set *set, const char *path, loader_refused_fn refused,
                   void *arg) {
    struct loader_files files;
    struct error error = {0};
    size_t count = 0;
    if (!loader_files(&files, path, &error)) {
        refused(arg, &error);
        return 1;
    }
    for (size_t i = 0; i < files.count; i++) {
        if (add_file(set, files.items[i], &error))
            continue;
        refused(arg, &error);
        count++;
    }
    loader_files_done(&files);
    return count;
}
