#include "json/jsondoc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/text.h"
#include "base/utf8.h"
#include "json/locate.h"

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

bool jsondoc_fail(struct error *ret_error, const struct jsondoc_place *place, const char *format,
                  ...) {
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
    return locate_token(text, len, error->position > 0 ? (size_t)error->position : 0);
}

json_t *jsondoc_parse(const char *name, const char *text, size_t len, struct error *ret_error) {
    json_error_t error = {.line = -1};
    json_t *root = json_loadb(len > 0 ? text : "", len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        size_t line;
        size_t column;
        locate_line(text, len, place_of(&error, text, len), &line, &column);
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
    char *bytes = malloc(cap);
    *ret_why = "out of memory";
    while (bytes != NULL) {
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
            char *more = realloc(bytes, cap * 2);
            if (more == NULL)
                break;
            bytes = more;
            cap *= 2;
        }
    }
    free(bytes);
    return NULL;
}

char *jsondoc_bytes(const char *path, size_t max, const char *too_large, size_t *ret_len,
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

char *jsondoc_read(const char *path, size_t *ret_len, struct error *ret_error) {
    const char *why = NULL;
    char *bytes = jsondoc_bytes(path, JSONDOC_BYTES_MAX, "larger than 16 MiB", ret_len, &why);
    if (bytes == NULL)
        error_set(ret_error, "%s: cannot be read: %s", path, why);
    return bytes;
}

json_t *jsondoc_load(const char *path, struct error *ret_error) {
    size_t len = 0;
    char *bytes = jsondoc_read(path, &len, ret_error);
    if (bytes == NULL)
        return NULL;
    json_t *root = jsondoc_parse(path, bytes, len, ret_error);
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

bool jsondoc_keys_known(json_t *object, const struct jsondoc_place *place, const char *const *keys,
                        struct error *ret_error) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if (is_one_of(key, keys))
            continue;
        const struct jsondoc_place at = {.parent = place, .key = key};
        const char *nearest = nearest_word_or_longer(key, keys);
        if (nearest != NULL)
            return jsondoc_fail(ret_error, &at, "unknown key; did you mean \"%s\"?", nearest);
        char known[512] = "";
        size_t len = 0;
        for (const char *const *next = keys; *next != NULL && len < sizeof known; next++)
            len +=
                (size_t)snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", *next);
        return jsondoc_fail(ret_error, &at, "unknown key; known here are: %s", known);
    }
    return true;
}
