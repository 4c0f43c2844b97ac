/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"

/* ---- whole files ---- */

char *files_read(const char *path, size_t *ret_len) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *data = NULL;
    size_t len = 0;
    char block[4096];
    size_t got;
    do {
        got = fread(block, 1, sizeof block, file);
        data = realloc(data, len + got + 1);
        cr_assert(data != NULL);
        memcpy(data + len, block, got);
        len += got;
    } while (got > 0);
    data[len] = '\0';
    (void)fclose(file);
    if (ret_len)
        *ret_len = len;
    return data;
}

static char *join(const char *folder, const char *name) {
    char *path;
    cr_assert(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

char *files_read_in(const char *folder, const char *name) {
    char *path = join(folder, name);
    char *text = files_read(path, NULL);
    free(path);
    return text;
}

void files_write(const char *path, const char *data, size_t len) {
    FILE *file = fopen(path, "wb");
    cr_assert(file != NULL, "%s", path);
    cr_assert(fwrite(data, 1, len, file) == len, "%s", path);
    cr_assert(fclose(file) == 0, "%s", path);
}

/* ---- folders ---- */

static bool ends_with(const char *name, const char *ending) {
    const size_t len = strlen(name);
    const size_t ending_len = strlen(ending);
    return len >= ending_len && strcmp(name + len - ending_len, ending) == 0;
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

struct files files_list(const char *folder, const char *ending) {
    struct files files = {0};
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_shown, by_bytes);
    cr_assert(count >= 0, "%s", folder);
    files.paths = calloc((size_t)count + 1, sizeof *files.paths);
    cr_assert(files.paths != NULL);
    for (int i = 0; i < count; i++) {
        if (ends_with(entries[i]->d_name, ending))
            files.paths[files.count++] = join(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return files;
}

void files_free(struct files *files) {
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (struct files){0};
}

void files_remove_folder(const char *folder) {
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        if (!is_shown(entry))
            continue;
        char *path = join(folder, entry->d_name);
        if (unlink(path) != 0)
            files_remove_folder(path);
        free(path);
    }
    if (dir)
        (void)closedir(dir);
    (void)rmdir(folder);
}

size_t open_descriptors(void) {
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    cr_assert(dir != NULL);
    while (readdir(dir))
        count++;
    (void)closedir(dir);
    return count;
}

/* ---- what is in them ---- */

size_t files_unescape(char *text) {
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in != '\\') {
            *out++ = *in;
            continue;
        }
        in++;
        const bool known = *in != '\0' && strchr("ntx\\", *in) != NULL;
        cr_assert(known, "escape \\%c", *in);
        if (*in == 'x') {
            char *end;
            const char hex[3] = {in[1], in[1] ? in[2] : '\0', '\0'};
            *out++ = (char)strtol(hex, &end, 16);
            cr_assert(end == hex + 2, "escape \\x%s", hex);
            in += 2;
        } else {
            *out++ = *in == 'n' ? '\n' : *in == 't' ? '\t' : '\\';
        }
    }
    return (size_t)(out - text);
}
