/* SPDX-License-Identifier: MIT */
/* values.c - what a catalog takes from outside: variables of the environment, files of values. */
#include "loader/loader_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* ---- variables: {"env": "NAME"} ---- */

static const char *find_variable(const struct loader_source *source, const char *name) {
    return source->variable != NULL ? source->variable(source->arg, name) : getenv(name);
}

bool loader_read_variable(const struct node *at, size_t len_max, const char **ret_name,
                          const char **ret_text) {
    static const char *const keys[] = {"env", NULL};
    struct load *load = at->load;
    const struct node here = loader_member(at, "env");
    const char *name = NULL;
    if (!loader_check_keys(at, keys))
        return false;
    if (here.value == NULL)
        return loader_fail(at, "the key \"env\" is missing; it names a variable of the daemon's "
                               "environment");
    if (!loader_read_text(&here, CATALOG_NAME_MAX, &name))
        return false;
    if (strchr(name, '=') != NULL)
        return loader_fail(&here, "the name of a variable has no = in it");
    const char *text = find_variable(load->source, name);
    const size_t len = text != NULL ? strlen(text) : 0;
    if (len > len_max)
        return loader_fail(&here,
                           "the environment variable %s has %zu bytes, at most %zu are allowed",
                           name, len, len_max);
    if (len > 0 && !utf8_is(text, len))
        return loader_fail(&here, "the environment variable %s is not UTF-8", name);
    *ret_name = name;
    *ret_text = len > 0 ? arena_strndup(&load->catalog->arena, text, len) : NULL;
    struct load_variable *variable = arena_array(&load->scratch, 1, sizeof *variable);
    *variable = (struct load_variable){.name = name, .text = *ret_text, .before = load->variables};
    load->variables = variable;
    return true;
}

static int by_name(const void *a, const void *b) {
    const struct load_variable *const *left = a;
    const struct load_variable *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static void add_one(struct fingerprint_reading *reading, const char *name, const char *text) {
    fingerprint_add(reading, "", 1);
    fingerprint_add(reading, name, strlen(name));
    if (text == NULL)
        return;
    fingerprint_add(reading, "=", 1);
    fingerprint_add(reading, text, strlen(text));
}

/* Add the variables, each once, and list them in the catalog. */
static void add_variables(struct load *load, struct fingerprint_reading *reading) {
    size_t count = 0;
    for (const struct load_variable *at = load->variables; at != NULL; at = at->before)
        count++;
    if (count == 0)
        return;
    const struct load_variable **sorted = arena_array(&load->scratch, count, sizeof *sorted);
    count = 0;
    for (const struct load_variable *at = load->variables; at != NULL; at = at->before)
        sorted[count++] = at;
    qsort(sorted, count, sizeof *sorted, by_name);
    struct strbuf names = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
            continue;
        add_one(reading, sorted[i]->name, sorted[i]->text);
        strbuf_printf(&names, "%s%s", i > 0 ? ", " : "", sorted[i]->name);
    }
    load->catalog->variables = arena_strndup(&load->catalog->arena, names.data, names.len);
    strbuf_done(&names);
}

void loader_add_outside(struct load *load, struct fingerprint_reading *reading) {
    char text[FINGERPRINT_TEXT_SIZE];
    add_variables(load, reading);
    for (const struct catalog_value_file *file = load->catalog->value_files; file != NULL;
         file = file->next) {
        fingerprint_put(text, &file->text);
        add_one(reading, file->name, text);
    }
}

/* ---- remarks on lists of the environment: one for each variable ---- */

static bool is_remarked(const struct load *load, const char *variable) {
    const struct catalog_remark *remark = load->catalog->remarks;
    while (remark != NULL && strcmp(remark->variable, variable) != 0)
        remark = remark->next;
    return remark != NULL;
}

static void add_remark(struct load *load, const char *variable, const struct error *text) {
    struct arena *arena = &load->catalog->arena;
    struct catalog_remark *remark = arena_array(arena, 1, sizeof *remark);
    const char *copy = arena_strndup(arena, text->text, strlen(text->text));
    *remark =
        (struct catalog_remark){.text = copy, .variable = variable, .next = load->catalog->remarks};
    load->catalog->remarks = remark;
}

/* A variable of the environment whose name differs from this one only by a typo, or NULL. */
static const char *find_near(struct load *load, const char *variable) {
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    const char **names = arena_array(&load->scratch, count + 1, sizeof *names);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t len = strcspn(environ[i], "=");
        const char *name = arena_strndup(&load->scratch, environ[i], len);
        if (strcmp(name, variable) != 0)
            names[found++] = name;
    }
    names[found] = NULL;
    return nearest_word(variable, names);
}

void loader_remark_unset(const struct node *at, const char *variable, const char *otherwise,
                         bool has_default) {
    struct error text;
    const char *near = is_remarked(at->load, variable) ? NULL : find_near(at->load, variable);
    if (is_remarked(at->load, variable) || (has_default && near == NULL))
        return;
    (void)json_jsondoc_fail(&text, &at->place,
                            "the environment variable %s is not set, so every value becomes \"%s\"",
                            variable, otherwise);
    if (near != NULL)
        (void)error_add(&text, "; %s is set: is that its name?", near);
    else
        (void)error_add(&text, "; if that is wanted, set it to \"%s\"", otherwise);
    add_remark(at->load, variable, &text);
}

/* Whether the text looks like several values. A value may have blanks, if others are beside it. */
static bool is_several(const char *text, size_t count) {
    return strchr(text, ';') != NULL || (count == 1 && strpbrk(text, " \t") != NULL);
}

void loader_remark_list(const struct node *at, const char *variable, const struct load_set *set) {
    struct error text;
    size_t i = 0;
    while (i < set->count && !is_several(set->words[i].text, set->count))
        i++;
    if (i == set->count || is_remarked(at->load, variable))
        return;
    (void)json_jsondoc_fail(&text, &at->place,
                            "the environment variable %s lists \"%s\", which is one value: commas "
                            "separate values",
                            variable, set->words[i].text);
    add_remark(at->load, variable, &text);
}

/* ---- files of values: {"file": "NAME"}, one value a line. Blanks around it, empty lines and lines
 * that begin with # do not count. ---- */

struct values_line {
    const char *at;
    size_t len;
    size_t number;
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next line that has a value, without blanks around it. False: there is none. */
static bool next_line(const char **at, const char *end, struct values_line *line) {
    while (*at < end) {
        const char *stop = memchr(*at, '\n', (size_t)(end - *at));
        const char *last = stop != NULL ? stop : end;
        const char *first = *at;
        *at = stop != NULL ? stop + 1 : end;
        line->number++;
        while (first < last && is_blank(*first))
            first++;
        while (last > first && is_blank(last[-1]))
            last--;
        line->at = first;
        line->len = (size_t)(last - first);
        if (line->len > 0 && *first != '#')
            return true;
    }
    return false;
}

/* What is wrong with a value, or NULL. */
static const char *wrong_in(const struct values_line *line) {
    if (line->len >= 3 && memcmp(line->at, "\xEF\xBB\xBF", 3) == 0)
        return "starts with a byte order mark; save the file without one";
    if (!utf8_is(line->at, line->len))
        return "is not UTF-8";
    for (size_t i = 0; i < line->len; i++) {
        const unsigned char byte = (unsigned char)line->at[i];
        if (byte == ',' || byte == '|')
            return "has a comma or a bar, which no value on the wire holds; one value a line";
        if (byte < 0x20 || byte == 0x7f)
            return "has a control character";
    }
    return NULL;
}

static bool read_line(const struct node *at, const struct values_line *line, const char *path,
                      struct catalog_word *ret_word) {
    const char *wrong = wrong_in(line);
    if (wrong != NULL)
        return loader_fail(at, "%s:%zu: the value %s", path, line->number, wrong);
    if (line->len > CATALOG_VALUE_MAX)
        return loader_fail(at, "%s:%zu: a value of %zu bytes, 1 to %d are allowed", path,
                           line->number, line->len, CATALOG_VALUE_MAX);
    const char *text = arena_strndup(&at->load->scratch, line->at, line->len);
    *ret_word = (struct catalog_word){.text = text, .wire = text, .index = line->number};
    return true;
}

static bool read_lines(const struct node *at, const char *text, size_t len, const char *path,
                       struct load_set *ret_set) {
    const char *end = text + len;
    struct values_line line = {0};
    size_t count = 0;
    for (const char *rest = text; next_line(&rest, end, &line);)
        count++;
    line = (struct values_line){0};
    if (count == 0 || count > CATALOG_VALUES_MAX)
        return loader_fail(at, "%s has %zu values, 1 to %d are allowed", path, count,
                           CATALOG_VALUES_MAX);
    struct catalog_word *words = arena_array(&at->load->scratch, count, sizeof *words);
    for (size_t i = 0; next_line(&text, end, &line); i++)
        if (!read_line(at, &line, path, &words[i]))
            return false;
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++)
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return loader_fail(at, "%s:%zu: \"%s\" is listed twice", path,
                               words[i].index > words[i - 1].index ? words[i].index
                                                                   : words[i - 1].index,
                               words[i].text);
    *ret_set = (struct load_set){.words = words, .count = count};
    return true;
}

char *loader_value_file(const char *path, size_t *ret_len, const char **ret_why) {
    return json_jsondoc_bytes(path, LOADER_VALUES_BYTES_MAX, "larger than 2 MiB", ret_len, ret_why);
}

/* Where the file of this name is: a relative one beside the catalog. */
static const char *path_of(struct load *load, const char *name) {
    const char *catalog = load->source->beside != NULL ? load->source->beside : load->source->name;
    const char *slash = strrchr(catalog, '/');
    const size_t folder = *name != '/' && slash != NULL ? (size_t)(slash + 1 - catalog) : 0;
    const size_t len = strlen(name);
    char *path = arena_alloc(&load->catalog->arena, folder + len + 1);
    memcpy(path, catalog, folder);
    memcpy(path + folder, name, len + 1);
    return path;
}

/* Read the text, and note what it was. */
static bool take_text(const struct node *at, const char *text, size_t len,
                      struct catalog_value_file *file, struct load_set *ret_set) {
    struct catalog *catalog = at->load->catalog;
    catalog->text_bytes += len;
    if (len > catalog->reading_bytes)
        catalog->reading_bytes = len;
    if (at->load->source->files_bytes != NULL)
        *at->load->source->files_bytes += len;
    file->text = fingerprint_of(text, len);
    return read_lines(at, text, len, file->path, ret_set);
}

static bool read_file(const struct node *at, struct catalog_value_file *file,
                      struct load_set *ret_set) {
    const struct loader_source *source = at->load->source;
    const char *why = NULL;
    size_t len = 0;
    char *own = source->file == NULL ? loader_value_file(file->path, &len, &why) : NULL;
    const char *text =
        source->file != NULL ? source->file(source->arg, file->path, &len, &why) : own;
    const bool good = text != NULL ? take_text(at, text, len, file, ret_set)
                                   : loader_fail(at, "%s cannot be read: %s", file->path, why);
    free(own);
    return good;
}

/* Add it to the list of the catalog, which is in byte order. */
static void join(struct catalog_value_file **at, struct catalog_value_file *file) {
    while (*at != NULL && strcmp((*at)->name, file->name) < 0)
        at = &(*at)->next;
    file->next = *at;
    *at = file;
}

/* Read one that was not read before. */
static const struct load_value_file *add_file(const struct node *at, const char *name) {
    struct load *load = at->load;
    size_t count = 0;
    for (const struct load_value_file *file = load->files; file != NULL; file = file->before)
        count++;
    if (count == CATALOG_VALUE_FILES_MAX) {
        (void)loader_fail(at, "at most %d files of values are allowed", CATALOG_VALUE_FILES_MAX);
        return NULL;
    }
    struct load_value_file *noted = arena_array(&load->scratch, 1, sizeof *noted);
    struct catalog_value_file *file = arena_array(&load->catalog->arena, 1, sizeof *file);
    *file = (struct catalog_value_file){.name = name, .path = path_of(load, name)};
    *noted = (struct load_value_file){.file = file, .before = load->files};
    load->files = noted;
    if (read_file(at, file, &noted->set))
        join(&load->catalog->value_files, file);
    return noted;
}

bool loader_read_file(const struct node *at, const struct catalog_value_file **ret_file,
                      struct load_set *ret_set) {
    enum { NAME_BYTES_MAX = 1024 };
    static const char *const keys[] = {"file", NULL};
    const struct node here = loader_member(at, "file");
    const char *name = NULL;
    if (!loader_check_keys(at, keys) || !loader_read_text(&here, NAME_BYTES_MAX, &name))
        return false;
    const struct load_value_file *file = at->load->files;
    while (file != NULL && strcmp(file->file->name, name) != 0)
        file = file->before;
    if (file == NULL && (file = add_file(&here, name)) == NULL)
        return false;
    *ret_file = file->file;
    *ret_set = file->set;
    return file->set.count > 0;
}
