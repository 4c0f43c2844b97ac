/* SPDX-License-Identifier: MIT */
/* json.c - documents of JSON with the place of each value. */
#include "json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/utf8.h"

/* ---- jsondoc ---- */

/* ---- messages ---- */

/* Append a key as a JSON pointer spells it (RFC 6901, 3). */
static void put_key(struct error *error, const char *key) {
    for (; *key != '\0' && !error->cut; key++) {
        const size_t plain = strcspn(key, "~/");
        error_add(error, "%.*s", (int)plain, key);
        key += plain;
        if (*key == '\0')
            return;
        error_add(error, *key == '~' ? "~0" : "~1");
    }
}

/* Write the file, and the pointer from the root to the value. */
static void put_place(struct error *error, const struct jsondoc_place *place) {
    if (place->parent == NULL) {
        error_set(error, "%s: ", place->key);
        return;
    }
    put_place(error, place->parent);
    error_add(error, "/");
    if (place->key != NULL)
        put_key(error, place->key);
    else
        error_add(error, "%zu", place->index);
}

bool json_jsondoc_fail(struct error *ret_error, const struct jsondoc_place *place,
                       const char *format, ...) {
    char text[ERROR_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put_place(ret_error, place);
    return error_add(ret_error, "%s%s", place->parent != NULL ? ": " : "", text);
}

/* ---- parsing ---- */

static bool has_byte_order_mark(const char *text, size_t len) {
    return len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
}

/* Replace jansson's message where it would mislead people: a file is an object, never an array. */
static const char *reason(const json_error_t *error, const char *text, size_t len) {
    if (has_byte_order_mark(text, len))
        return "the file starts with a byte order mark; save it without one";
    if (json_error_code(error) == json_error_null_character)
        return "a text may not hold the character \\u0000";
    static const char either[] = "'[' or ";
    const char *rest = text_after(error->text, either);
    return rest != NULL ? rest : error->text;
}

static size_t first_damaged(const char *text, size_t len) {
    size_t at = 0;
    for (size_t n; at < len && (n = utf8_len(text + at, len - at)) > 0;)
        at += n;
    return at;
}

/* The offset to report. The parser stops behind a token that it does not take; people look for the
 * token's beginning. For bytes that are not text, or a file that ends too early, it is the place
 * itself. */
static size_t place_of(const json_error_t *error, const char *text, size_t len) {
    if (has_byte_order_mark(text, len))
        return 0;
    if (json_error_code(error) == json_error_invalid_utf8)
        return first_damaged(text, len);
    if (strstr(error->text, "near end of file") != NULL)
        return len;
    return json_locate_token(text, len, error->position > 0 ? (size_t)error->position : 0);
}

json_t *json_jsondoc_parse(const char *name, const char *text, size_t len,
                           struct error *ret_error) {
    json_error_t error = {.line = -1};
    json_t *root = json_loadb(len > 0 ? text : "", len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        size_t line;
        size_t column;
        json_locate_line(text, len, place_of(&error, text, len), &line, &column);
        if (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory)
            error_set(ret_error, "%s: out of memory", name);
        else
            error_set(ret_error, "%s:%zu:%zu: %s", name, line, column, reason(&error, text, len));
        return NULL;
    }
    if (!json_is_object(root)) {
        error_set(ret_error, "%s:1:1: the file must hold one object, { ... }", name);
        json_decref(root);
        return NULL;
    }
    error_clear(ret_error);
    return root;
}

/* Read all bytes of an open file, at most `max`; NULL with a reason. The caller frees them. */
static char *read_all(int fd, size_t max, const char *too_large, size_t *ret_len,
                      const char **ret_why) {
    size_t cap = 16384;
    size_t len = 0;
    char *bytes = memory_alloc(cap);
    for (;;) {
        const ssize_t got = read(fd, bytes + len, cap - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            *ret_why = strerror(errno);
            break;
        }
        if (got == 0) {
            *ret_len = len;
            return bytes;
        }
        len += (size_t)got;
        if (len > max) {
            *ret_why = too_large;
            break;
        }
        if (len == cap) {
            cap *= 2;
            bytes = memory_resize(bytes, cap, 1);
        }
    }
    free(bytes);
    return NULL;
}

char *json_jsondoc_bytes(const char *path, size_t max, const char *too_large, size_t *ret_len,
                         const char **ret_why) {
    struct stat status;
    char *bytes = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) != 0)
        *ret_why = strerror(errno);
    else if (!S_ISREG(status.st_mode))
        *ret_why = S_ISDIR(status.st_mode) ? strerror(EISDIR) : "not a regular file";
    else
        bytes = read_all(fd, max, too_large, ret_len, ret_why);
    if (fd >= 0)
        (void)close(fd);
    return bytes;
}

char *json_jsondoc_read(const char *path, size_t *ret_len, struct error *ret_error) {
    const char *why = NULL;
    char *bytes = json_jsondoc_bytes(path, JSONDOC_BYTES_MAX, "larger than 16 MiB", ret_len, &why);
    if (bytes == NULL)
        error_set(ret_error, "%s: cannot be read: %s", path, why);
    return bytes;
}

json_t *json_jsondoc_load(const char *path, struct error *ret_error) {
    size_t len = 0;
    char *bytes = json_jsondoc_read(path, &len, ret_error);
    if (bytes == NULL)
        return NULL;
    json_t *root = json_jsondoc_parse(path, bytes, len, ret_error);
    free(bytes);
    return root;
}

/* ---- keys ---- */

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

bool json_jsondoc_unknown_key(struct error *ret_error, const struct jsondoc_place *place,
                              const char *const *keys) {
    const char *nearest = nearest_word_or_longer(place->key, keys);
    if (nearest != NULL)
        return json_jsondoc_fail(ret_error, place, "unknown key; did you mean \"%s\"?", nearest);
    char known[512] = "";
    size_t len = 0;
    for (const char *const *next = keys; *next != NULL && len < sizeof known; next++)
        len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", *next);
    return json_jsondoc_fail(ret_error, place, "unknown key; known here are: %s", known);
}

bool json_jsondoc_keys_known(json_t *object, const struct jsondoc_place *place,
                             const char *const *keys, struct error *ret_error) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        const struct jsondoc_place at = {.parent = place, .key = key};
        if (!is_one_of(key, keys))
            return json_jsondoc_unknown_key(ret_error, &at, keys);
    }
    return true;
}

/* ---- jsonread ---- */

json_t *json_jsonread_parse(const char *text, size_t len, struct error *ret_error) {
    json_error_t error;
    json_t *root = json_loadb(len > 0 ? text : "", len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (root == NULL)
        (void)error_set(ret_error, "no JSON: line %d: %s", error.line, error.text);
    return root;
}

json_t *json_jsonread_member(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

json_t *json_jsonread_list(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

const char *json_jsonread_text(const json_t *object, const char *key, size_t *ret_len) {
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (ret_len != NULL)
        *ret_len = json_string_length(value);
    return text != NULL ? text : "";
}

int64_t json_jsonread_i64(const json_t *object, const char *key, int64_t unknown) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : unknown;
}

double json_jsonread_number(const json_t *object, const char *key, double unknown) {
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (json_is_number(value))
        return json_number_value(value);
    if (text == NULL)
        return unknown;
    if (strcmp(text, "NaN") == 0)
        return (double)NAN;
    if (strcmp(text, "+Inf") == 0)
        return (double)INFINITY;
    return strcmp(text, "-Inf") == 0 ? -(double)INFINITY : unknown;
}

bool json_jsonread_bool(const json_t *object, const char *key, bool unknown) {
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : unknown;
}

/* ---- locate ---- */

/* A position in the text. */
struct locate_cursor {
    const char *at;
    const char *end;
};

static void skip_blanks(struct locate_cursor *cursor) {
    while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) != NULL &&
           *cursor->at != '\0')
        cursor->at++;
}

static bool takes(struct locate_cursor *cursor, char c) {
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* Skip the string that begins here. False: it does not end. */
static bool skip_string(struct locate_cursor *cursor) {
    for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++)
        if (*cursor->at == '\\' && cursor->at + 1 < cursor->end)
            cursor->at++;
    if (cursor->at >= cursor->end)
        return false;
    cursor->at++;
    return true;
}

/* Skip the value that begins here. Brackets of both kinds are counted together, since the text is
 * valid. */
static void skip_value(struct locate_cursor *cursor) {
    size_t depth = 0;
    skip_blanks(cursor);
    while (cursor->at < cursor->end) {
        const char c = *cursor->at;
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return;
        if (c == '"') {
            (void)skip_string(cursor);
        } else {
            depth += c == '{' || c == '[';
            depth -= c == '}' || c == ']';
            cursor->at++;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']'))
            return;
    }
}

/* The number that four hexadecimal digits denote. */
static unsigned hex4(const char *at) {
    char digits[5] = {0};
    memcpy(digits, at, 4);
    return (unsigned)strtoul(digits, NULL, 16);
}

/* The next byte of a key in the text, up to `end`; \uXXXX is decoded for ASCII only. */
static char next_of_key(const char **at, const char *end) {
    const char c = *(*at)++;
    if (c != '\\' || *at == end)
        return c;
    const char escaped = *(*at)++;
    static const char from[] = "bfnrt";
    static const char to[] = "\b\f\n\r\t";
    const char *found = strchr(from, escaped);
    if (escaped == 'u' && end - *at < 4) {
        *at = end;
        return '\0';
    }
    if (escaped == 'u') {
        const unsigned number = hex4(*at);
        *at += 4;
        return number < 128 ? (char)number : '\0';
    }
    return found != NULL && escaped != '\0' ? to[found - from] : escaped;
}

/* The next byte of a step of the pointer, or the slash or zero that ends it. */
static char next_of_step(const char **at) {
    const char c = *(*at);
    if (c == '\0' || c == '/')
        return c;
    ++*at;
    if (c != '~' || **at == '\0')
        return c;
    return *(*at)++ == '1' ? '/' : '~';
}

static bool is_end(const char *step) {
    return *step == '\0' || *step == '/';
}

/* Whether the key (its bytes without quotes) equals the step. */
static bool key_is(const char *key, const char *key_end, const char *step) {
    while (key < key_end) {
        if (is_end(step) || next_of_key(&key, key_end) != next_of_step(&step))
            return false;
    }
    return is_end(step);
}

/* Go to the value of the member; *ret_key is the position of its key. */
static bool enter_member(struct locate_cursor *cursor, const char *step, const char **ret_key) {
    while (takes(cursor, '"')) {
        const char *key = cursor->at - 1;
        cursor->at = key;
        if (!skip_string(cursor))
            return false;
        const bool found = key_is(key + 1, cursor->at - 1, step);
        if (!takes(cursor, ':'))
            return false;
        skip_blanks(cursor);
        if (found) {
            *ret_key = key;
            return true;
        }
        skip_value(cursor);
        if (!takes(cursor, ','))
            return false;
    }
    return false;
}

static bool enter_item(struct locate_cursor *cursor, const char *step, const char **ret_item) {
    for (size_t index = strtoul(step, NULL, 10); index > 0; index--) {
        skip_value(cursor);
        if (!takes(cursor, ','))
            return false;
    }
    skip_blanks(cursor);
    *ret_item = cursor->at;
    return cursor->at < cursor->end && *cursor->at != ']';
}

size_t json_locate_pointer(const char *text, size_t len, const char *pointer) {
    struct locate_cursor cursor = {text, text + len};
    skip_blanks(&cursor);
    const char *found = cursor.at;
    while (*pointer == '/') {
        const char *step = ++pointer;
        const char *at = NULL;
        const bool there = takes(&cursor, '{')   ? enter_member(&cursor, step, &at)
                           : takes(&cursor, '[') ? enter_item(&cursor, step, &at)
                                                 : false;
        if (!there)
            break;
        found = at;
        pointer += strcspn(pointer, "/");
    }
    return (size_t)(found - text);
}

/* ---- tokens ---- */

static bool is_of_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("+-._", c) != NULL);
}

/* Skip a string; one that is not closed ends with its line. */
static void skip_open_string(struct locate_cursor *cursor) {
    for (cursor->at++; cursor->at < cursor->end && *cursor->at != '\n'; cursor->at++) {
        if (*cursor->at == '"') {
            cursor->at++;
            return;
        }
        if (*cursor->at == '\\' && cursor->at + 1 < cursor->end && cursor->at[1] != '\n')
            cursor->at++;
    }
}

/* Skip the token that begins here. */
static void skip_token(struct locate_cursor *cursor) {
    if (*cursor->at == '"') {
        skip_open_string(cursor);
    } else if (is_of_word(*cursor->at)) {
        while (cursor->at < cursor->end && is_of_word(*cursor->at))
            cursor->at++;
    } else {
        cursor->at++;
    }
}

size_t json_locate_token(const char *text, size_t len, size_t end) {
    struct locate_cursor cursor = {text, text + len};
    const char *token = text;
    skip_blanks(&cursor);
    while (cursor.at < cursor.end && (size_t)(cursor.at - text) < end) {
        token = cursor.at;
        skip_token(&cursor);
        skip_blanks(&cursor);
    }
    return (size_t)(token - text);
}

void json_locate_line(const char *text, size_t len, size_t offset, size_t *ret_line,
                      size_t *ret_column) {
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < offset && i < len; i++) {
        if (text[i] == '\n') {
            line++;
            column = 1;
        } else {
            column += ((unsigned char)text[i] & 0xc0) != 0x80;
        }
    }
    *ret_line = line;
    *ret_column = column;
}
