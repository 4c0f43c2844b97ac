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

/* ---- messages ---- */

/* Grows a message in place; what does not fit is cut and marked at the end. */
struct json_message {
    char *text;
    size_t size;
    size_t len;
    bool cut;
};

static void put(struct json_message *out, const char *text, size_t len) {
    const size_t room = out->size - 1 - out->len;
    if (len > room) {
        len = room;
        out->cut = true;
    }
    memcpy(out->text + out->len, text, len);
    out->len += len;
}

static void put_format(struct json_message *out, const char *format, va_list args) {
    const size_t room = out->size - out->len;
    const int need = vsnprintf(out->text + out->len, room, format, args);
    if (need < 0)
        return;
    out->cut = (size_t)need >= room;
    out->len += out->cut ? room - 1 : (size_t)need;
}

/* A message quotes what stood in the file: no control byte may reach a terminal or split a log
 * line. */
static void finish(struct json_message *out) {
    static const char mark[] = "...";
    if (out->cut) {
        size_t at = out->size - sizeof mark;
        while (at > 0 && ((unsigned char)out->text[at] & 0xC0) == 0x80)
            at--; /* never half a character before the mark */
        memcpy(out->text + at, mark, sizeof mark);
        out->len = at + sizeof mark - 1;
    }
    out->text[out->len] = '\0';
    for (size_t i = 0; i < out->len; i++)
        if ((unsigned char)out->text[i] < ' ' || out->text[i] == 0x7F)
            out->text[i] = ' ';
}

static struct json_message writer(struct jsondoc_error *error) {
    return (struct json_message){.text = error->text, .size = sizeof error->text};
}

/* A key as a JSON pointer spells it (RFC 6901, 3). */
static void put_key(struct json_message *out, const char *key) {
    for (; *key; key++) {
        if (*key == '~')
            put(out, "~0", 2);
        else if (*key == '/')
            put(out, "~1", 2);
        else
            put(out, key, 1);
    }
}

/* The pointer from the root down; returns the file's name. */
static const char *put_pointer(struct json_message *out, const struct jsondoc_place *place) {
    if (!place->parent)
        return place->key;
    const char *file = put_pointer(out, place->parent);
    put(out, "/", 1);
    if (place->key) {
        put_key(out, place->key);
    } else {
        char digits[24];
        const int len = snprintf(digits, sizeof digits, "%zu", place->index);
        put(out, digits, (size_t)len);
    }
    return file;
}

static const char *file_of(const struct jsondoc_place *place) {
    while (place->parent)
        place = place->parent;
    return place->key;
}

bool jsondoc_fail(struct jsondoc_error *ret_error, const struct jsondoc_place *place,
                  const char *format, ...) {
    struct json_message out = writer(ret_error);
    const char *file = file_of(place);
    put(&out, file, strlen(file));
    put(&out, ": ", 2);
    if (place->parent) {
        put_pointer(&out, place);
        put(&out, ": ", 2);
    }
    va_list args;
    va_start(args, format);
    put_format(&out, format, args);
    va_end(args);
    finish(&out);
    return false;
}

static void fail_file(struct jsondoc_error *ret_error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fail_file(struct jsondoc_error *ret_error, const char *format, ...) {
    struct json_message out = writer(ret_error);
    va_list args;
    va_start(args, format);
    put_format(&out, format, args);
    va_end(args);
    finish(&out);
}

/* ---- parsing ---- */

/* jansson's words where they would send people the wrong way: a file is an object, never an array.
 */
static const char *reason(const json_error_t *error, const char *text, size_t len) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (len >= 3 && memcmp(text, byte_order_mark, 3) == 0)
        return "the file starts with a byte order mark; save it without one";
    if (json_error_code(error) == json_error_null_character)
        return "a text may not hold the character \\u0000";
    static const char either[] = "'[' or ";
    const size_t skip = strncmp(error->text, either, strlen(either)) == 0 ? strlen(either) : 0;
    return error->text + skip;
}

json_t *jsondoc_parse(const char *name, const char *text, size_t len,
                      struct jsondoc_error *ret_error) {
    json_error_t error = {.line = -1};
    json_t *root = json_loadb(len > 0 ? text : "", len, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        if (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory)
            fail_file(ret_error, "%s: out of memory", name);
        else
            fail_file(ret_error, "%s:%d:%d: %s", name, error.line > 0 ? error.line : 1,
                      error.column > 0 ? error.column : 1, reason(&error, text, len));
        return NULL;
    }
    if (!json_is_object(root)) {
        fail_file(ret_error, "%s:1:1: the file must hold one object, { ... }", name);
        json_decref(root);
        return NULL;
    }
    ret_error->text[0] = '\0';
    return root;
}

/* All bytes of an open file, at most `max`; NULL with a reason. The caller frees. */
static char *read_all(int fd, size_t max, size_t *ret_len, const char **ret_why) {
    size_t cap = 16384;
    size_t len = 0;
    char *bytes = malloc(cap);
    if (!bytes) {
        *ret_why = "out of memory";
        return NULL;
    }
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
            *ret_why = "larger than 16 MiB";
            break;
        }
        if (len == cap) {
            char *more = realloc(bytes, cap * 2);
            if (!more) {
                *ret_why = "out of memory";
                break;
            }
            bytes = more;
            cap *= 2;
        }
    }
    free(bytes);
    return NULL;
}

json_t *jsondoc_load(const char *path, struct jsondoc_error *ret_error) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fail_file(ret_error, "%s: cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    json_t *root = NULL;
    const char *why = NULL;
    size_t len = 0;
    char *bytes = read_all(fd, JSONDOC_BYTES_MAX, &len, &why);
    (void)close(fd);
    if (!bytes) {
        fail_file(ret_error, "%s: cannot be read: %s", path, why);
        return NULL;
    }
    root = jsondoc_parse(path, bytes, len, ret_error);
    free(bytes);
    return root;
}

/* ---- keys ---- */

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

bool jsondoc_keys_known(json_t *object, const struct jsondoc_place *place, const char *const *keys,
                        struct jsondoc_error *ret_error) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if (is_one_of(key, keys))
            continue;
        const struct jsondoc_place at = {.parent = place, .key = key};
        const char *nearest = nearest_word_or_longer(key, keys);
        if (nearest)
            return jsondoc_fail(ret_error, &at, "unknown key; did you mean \"%s\"?", nearest);
        char known[512] = "";
        size_t len = 0;
        for (const char *const *next = keys; *next && len < sizeof known; next++)
            len +=
                (size_t)snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", *next);
        return jsondoc_fail(ret_error, &at, "unknown key; known here are: %s", known);
    }
    return true;
}
