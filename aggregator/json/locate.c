#include "json/locate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

size_t locate_pointer(const char *text, size_t len, const char *pointer) {
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

size_t locate_token(const char *text, size_t len, size_t end) {
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

void locate_line(const char *text, size_t len, size_t offset, size_t *ret_line,
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
