/* SPDX-License-Identifier: MIT */
/* faults.c - all mistakes of a file, not only the first. */
#include "loader/loader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
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
    size_t left_bytes; /* that may be read */
    bool cut;          /* others may be left */
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
    if (finding->len > finding->left_bytes || finding->count == FAULTS_MAX) {
        finding->cut = true;
        return false;
    }
    finding->left_bytes -= finding->len;
    return true;
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

/* Report "file: /a/b: text". */
static void take_meaning(void *arg, const struct error *error) {
    struct faults_finding *finding = arg;
    char message[ERROR_BYTES];
    size_t line;
    size_t column;
    if (!may_read(finding))
        return;
    (void)snprintf(message, sizeof message, "%s", error->text + strlen(NAME) + strlen(": "));
    char *end = *message == '/' ? strstr(message, ": ") : NULL;
    if (end != NULL)
        *end = '\0';
    const char *pointer = end != NULL ? message : "";
    json_locate_line(finding->text, finding->len,
                     json_locate_pointer(finding->text, finding->len, pointer), &line, &column);
    report(finding, line, column, pointer, end != NULL ? end + strlen(": ") : message, NULL);
}

static void find_meanings(struct faults_finding *finding, const json_t *root) {
    struct error error = {0};
    size_t beside = 0;
    char *text = json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY);
    const struct loader_source source = {.name = NAME,
                                         .text = text,
                                         .len = text != NULL ? strlen(text) : 0,
                                         .fault = take_meaning,
                                         .fault_arg = finding,
                                         .beside = finding->path,
                                         .files_bytes = &beside};
    if (text != NULL && may_read(finding))
        catalog_free(loader_read(&source, &error));
    finding->cut |= finding->count == FAULTS_MAX;
    finding->left_bytes -= beside < finding->left_bytes ? beside : finding->left_bytes;
    free(text);
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

size_t loader_faults(const char *path, const char *text, size_t len, loader_fault_fn fn, void *arg,
                     size_t *left_bytes, bool *ret_cut) {
    struct faults_finding finding = {
        .path = path, .len = len, .fn = fn, .arg = arg, .left_bytes = *left_bytes};
    finding.text = memory_array(len + 2, 1);
    memcpy(finding.text, text, len);
    json_t *root = parse(&finding);
    if (root != NULL)
        find_meanings(&finding, root);
    json_decref(root);
    *left_bytes = finding.left_bytes;
    *ret_cut = finding.cut;
    free(finding.text);
    return finding.count;
}
