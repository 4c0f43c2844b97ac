/* SPDX-License-Identifier: MIT */
/* faults.c - all mistakes of a file, not only the first. */
#include "loader/loader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The file's name with which messages begin; no pointer contains it. */
static const char NAME[] = "file";

struct faults_finding {
    const char *path; /* of the file */
    char *text;       /* own copy, in which skipped parts become blank */
    size_t len;
    loader_fault_fn fn;
    void *arg;
    size_t count;
    size_t left_bytes;                     /* that may be read */
    bool cut;                              /* others may be left */
    char removed[FAULTS_MAX][ERROR_BYTES]; /* pointers to removed parts */
    size_t removed_count;
};

static void report(struct faults_finding *finding, size_t line, size_t column, const char *pointer,
                   const char *text, const char *hint) {
    const struct loader_fault fault = {
        .line = line, .column = column, .pointer = pointer, .text = text, .hint = hint};
    finding->fn(finding->arg, &fault);
    finding->count++;
}

/* Deduct one more reading of the text. False: the search ends. */
static bool may_read(struct faults_finding *finding) {
    finding->cut = finding->len > finding->left_bytes || finding->count == FAULTS_MAX ||
                   finding->removed_count == FAULTS_MAX;
    if (!finding->cut)
        finding->left_bytes -= finding->len;
    return !finding->cut;
}

/* ---- what is no JSON ---- */

/* The offset of a place given as line and character. */
static size_t offset_of(const struct faults_finding *finding, size_t line, size_t column) {
    size_t at = 0;
    for (size_t i = 1; i < line && at < finding->len; at++)
        i += finding->text[at] == '\n';
    for (size_t i = 1; i < column && at < finding->len && finding->text[at] != '\n'; at++)
        i += ((unsigned char)finding->text[at + 1] & 0xc0) != 0x80;
    return at;
}

static size_t skip_back(const struct faults_finding *finding, size_t at) {
    while (at > 0 && isspace((unsigned char)finding->text[at - 1]))
        at--;
    return at;
}

/* Offset of a comma before a closing bracket, which the parser refuses; SIZE_MAX: none. */
static size_t trailing_comma(const struct faults_finding *finding, size_t at) {
    const size_t comma = skip_back(finding, at);
    const bool closes = finding->text[at] == '}' || finding->text[at] == ']';
    return closes && comma > 0 && finding->text[comma - 1] == ',' ? comma - 1 : SIZE_MAX;
}

static bool begins_comment(const struct faults_finding *finding, size_t at) {
    const char *text = finding->text + at;
    return *text == '#' || (*text == '/' && (text[1] == '/' || text[1] == '*'));
}

static void blank(struct faults_finding *finding, size_t from, size_t to) {
    for (size_t i = from; i < to && i < finding->len; i++)
        if (finding->text[i] != '\n')
            finding->text[i] = ' ';
}

static size_t comment_end(const struct faults_finding *finding, size_t at) {
    const bool block = finding->text[at] == '/' && finding->text[at + 1] == '*';
    const char *end = strstr(finding->text + at, block ? "*/" : "\n");
    return end != NULL ? (size_t)(end - finding->text) + (block ? 2 : 0) : finding->len;
}

/* Whether the text starts like YAML: `key: value` or `- item`. */
static bool looks_like_yaml(const struct faults_finding *finding) {
    const char *text = finding->text + strspn(finding->text, " \t\r\n");
    if (text_begins(text, "---") || text_begins(text, "- "))
        return true;
    const size_t word =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return word > 0 && text[word] == ':' && strchr(" \r\n", text[word + 1]) != NULL;
}

/* Report a syntax error. Returns true if it was blanked out and the rest can be read. */
static bool take_syntax(struct faults_finding *finding, size_t line, size_t column,
                        const char *text) {
    const size_t at = offset_of(finding, line, column);
    const size_t comma = trailing_comma(finding, at);
    if (begins_comment(finding, at)) {
        report(finding, line, column, "", "a comment", "JSON has no comments: take it out");
        blank(finding, at, comment_end(finding, at));
        return true;
    }
    if (comma != SIZE_MAX) {
        json_locate_line(finding->text, finding->len, comma, &line, &column);
        report(finding, line, column, "", "a comma after the last item",
               "JSON has commas only between items: take it out");
        blank(finding, comma, comma + 1);
        return true;
    }
    report(finding, line, column, "", text,
           looks_like_yaml(finding)    ? "this looks like YAML; a catalog is JSON: "
                                         "{\"statgate\": 1, \"service\": \"NAME\", ...}"
           : finding->text[at] == '\'' ? "JSON has strings in double quotes"
                                       : NULL);
    return false;
}

/* Parse "file:2:17: text". */
static bool read_syntax(const char *message, size_t *ret_line, size_t *ret_column,
                        const char **ret_text) {
    char *rest;
    const char *at = message + strlen(NAME);
    if (*at != ':' || !isdigit((unsigned char)at[1]))
        return false;
    *ret_line = strtoul(at + 1, &rest, 10);
    *ret_column = strtoul(rest + 1, &rest, 10);
    *ret_text = rest + 2;
    return true;
}

/* ---- what is no catalog ---- */

/* Split "file: /a/b: text" in place; the pointer is "" if there is none. */
static const char *split(char *message, const char **ret_pointer) {
    char *at = message + strlen(NAME) + strlen(": ");
    char *end = *at == '/' ? strstr(at, ": ") : NULL;
    *ret_pointer = end != NULL ? at : "";
    if (end == NULL)
        return at;
    *end = '\0';
    return end + strlen(": ");
}

/* Whether `inner` is `outer` or inside it. */
static bool is_within(const char *inner, const char *outer) {
    const size_t len = strlen(outer);
    return strncmp(inner, outer, len) == 0 && (inner[len] == '\0' || inner[len] == '/');
}

/* Whether the text is about a declaration ("/families/NAME"), which it then quotes. */
static bool is_about(const char *text, const char *removed) {
    const char *name = strchr(removed + 1, '/');
    char quoted[ERROR_BYTES];
    if (name == NULL || strchr(name + 1, '/') != NULL)
        return false;
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", name + 1);
    return strstr(text, quoted) != NULL;
}

/* Whether the mistake is about something that was removed, wholly or in part. */
static bool is_consequence(const struct faults_finding *finding, const char *pointer,
                           const char *text) {
    for (size_t i = 0; i < finding->removed_count; i++) {
        const char *removed = finding->removed[i];
        if (is_within(removed, pointer) || is_about(text, removed))
            return true;
    }
    return false;
}

/* Decode the last step of a pointer into a key. */
static void key_of(const char *step, char out[ERROR_BYTES]) {
    size_t len = 0;
    for (; *step != '\0'; step++) {
        const bool escaped = *step == '~' && step[1] != '\0';
        out[len++] = !escaped ? *step : *++step == '1' ? '/' : '~';
    }
    out[len] = '\0';
}

static bool remove_from(json_t *parent, const char *step) {
    char key[ERROR_BYTES];
    key_of(step, key);
    return json_is_array(parent) ? json_array_remove(parent, strtoul(step, NULL, 10)) == 0
                                 : json_object_del(parent, key) == 0;
}

static json_t *child_of(json_t *parent, const char *step) {
    char key[ERROR_BYTES];
    key_of(step, key);
    return json_is_array(parent) ? json_array_get(parent, strtoul(step, NULL, 10))
                                 : json_object_get(parent, key);
}

/* Remove the longest existing part of the pointer from the document. Items of an array are removed
 * with the whole array, since later items would change their index. Returns false if nothing can be
 * removed. */
static bool take_out(struct faults_finding *finding, json_t *root, const char *pointer) {
    char *removed = finding->removed[finding->removed_count];
    char step[ERROR_BYTES];
    json_t *parent = NULL;
    json_t *value = root;
    size_t last = 0;
    size_t parent_end = 0;
    while (pointer[last] == '/') {
        const size_t end = last + 1 + strcspn(pointer + last + 1, "/");
        (void)snprintf(step, sizeof step, "%.*s", (int)(end - last - 1), pointer + last + 1);
        json_t *child = child_of(value, step);
        if (child == NULL || json_is_array(value))
            break;
        parent = value;
        value = child;
        parent_end = last;
        last = end;
    }
    if (parent == NULL)
        return false;
    (void)snprintf(removed, ERROR_BYTES, "%.*s", (int)last, pointer);
    (void)snprintf(step, sizeof step, "%s", removed + parent_end + 1);
    finding->removed_count++;
    return remove_from(parent, step);
}

static bool load(struct faults_finding *finding, json_t *root, char message[ERROR_BYTES]) {
    struct error error = {0};
    size_t beside = 0;
    char *text = json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY);
    const struct loader_source source = {.name = NAME,
                                         .text = text,
                                         .len = text != NULL ? strlen(text) : 0,
                                         .beside = finding->path,
                                         .files_bytes = &beside};
    struct catalog *catalog = text != NULL ? loader_read(&source, &error) : NULL;
    finding->left_bytes -= beside < finding->left_bytes ? beside : finding->left_bytes;
    free(text);
    catalog_free(catalog);
    (void)snprintf(message, ERROR_BYTES, "%s", error.text);
    return catalog != NULL || text == NULL;
}

static void find_meanings(struct faults_finding *finding, json_t *root) {
    char message[ERROR_BYTES];
    while (may_read(finding) && !load(finding, root, message)) {
        const char *pointer;
        const char *text = split(message, &pointer);
        size_t line;
        size_t column;
        if (!is_consequence(finding, pointer, text)) {
            json_locate_line(finding->text, finding->len,
                             json_locate_pointer(finding->text, finding->len, pointer), &line,
                             &column);
            report(finding, line, column, pointer, text, NULL);
        }
        if (!take_out(finding, root, pointer))
            return;
    }
}

/* ---- a file ---- */

static json_t *parse(struct faults_finding *finding) {
    while (may_read(finding)) {
        struct error error;
        size_t line;
        size_t column;
        const char *text;
        json_t *root = json_jsondoc_parse(NAME, finding->text, finding->len, &error);
        if (root != NULL)
            return root;
        if (!read_syntax(error.text, &line, &column, &text) ||
            !take_syntax(finding, line, column, text))
            return NULL;
    }
    return NULL;
}

size_t faults_find(const char *path, const char *text, size_t len, loader_fault_fn fn, void *arg,
                   size_t *left_bytes, bool *ret_cut) {
    struct faults_finding *finding = calloc(1, sizeof *finding);
    *ret_cut = false;
    if (finding == NULL)
        return 0;
    *finding = (struct faults_finding){.path = path,
                                       .text = calloc(len + 2, 1),
                                       .len = len,
                                       .fn = fn,
                                       .arg = arg,
                                       .left_bytes = *left_bytes};
    json_t *root = NULL;
    if (finding->text != NULL) {
        memcpy(finding->text, text, len);
        root = parse(finding);
    }
    if (root != NULL)
        find_meanings(finding, root);
    json_decref(root);
    const size_t count = finding->count;
    *left_bytes = finding->left_bytes;
    *ret_cut = finding->cut;
    free(finding->text);
    free(finding);
    return count;
}
