/*
 * Finds a value that a label accepts. For a pattern: one of a few well-known words, else the
 * shortest text that its expression seems to match. This code understands only simple expressions
 * (text, classes, groups, alternatives, repetitions); the pattern itself checks the result.
 */
#include "catalog/example.h"

#include "catalog/pattern.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEPS_MAX = 2000, /* most pieces that are read, so that nested repetitions end */
    DEPTH_MAX = 16,   /* nested groups */
    REPEAT_MAX = CATALOG_VALUE_MAX
};

struct reading {
    const char *at;
    char text[CATALOG_VALUE_MAX + 1];
    size_t len;
    bool silent; /* skip input without writing */
    unsigned steps;
    unsigned depth;
    bool failed;
};

static void read_choice(struct reading *r);

static void put(struct reading *r, char c) {
    if (r->silent)
        return;
    if (r->len == CATALOG_VALUE_MAX)
        r->failed = true;
    else
        r->text[r->len++] = c;
}

/* Read the character after a backslash. */
static void read_escape(struct reading *r) {
    const char c = *r->at;
    if (c == 'd')
        put(r, '0');
    else if (c == 'w')
        put(r, 'a');
    else if (c && strchr(".^$*+?()[]{}|\\/-_~:@ #,;=!&%<>'\"", c) != NULL)
        put(r, c);
    else
        r->failed = true;
    r->at += c ? 1 : 0;
}

/* Write the first character of a class. For an inverted class, write a common character that it
 * does not exclude. */
static void read_class(struct reading *r) {
    static const char common[] = "a0A-_./ x9Z";
    const bool inverse = *r->at == '^';
    const char *start = r->at += inverse ? 1 : 0;
    if (*r->at == ']')
        r->at++;
    while (*r->at && *r->at != ']') {
        r->failed |= r->at[0] == '[' && r->at[1] == ':'; /* a named class is not understood */
        r->at += r->at[0] == '\\' && r->at[1] ? 2 : 1;
    }
    if (!*r->at) {
        r->failed = true;
        return;
    }
    const char *end = r->at++;
    if (!inverse && *start == '\\') {
        const char *behind = r->at;
        r->at = start + 1;
        read_escape(r);
        r->at = behind;
        return;
    }
    if (!inverse) {
        put(r, *start);
        return;
    }
    for (const char *c = common; *c; c++)
        if (memchr(start, *c, (size_t)(end - start)) == NULL) {
            put(r, *c);
            return;
        }
    r->failed = true;
}

static void read_group(struct reading *r) {
    if (strncmp(r->at, "?:", 2) == 0)
        r->at += 2;
    if (*r->at == '?' || *r->at == '*' || r->depth == DEPTH_MAX) {
        r->failed = true;
        return;
    }
    r->depth++;
    read_choice(r);
    r->depth--;
    if (*r->at == ')')
        r->at++;
    else
        r->failed = true;
}

static void read_atom(struct reading *r) {
    const char c = *r->at++;
    if (c == '(')
        read_group(r);
    else if (c == '[')
        read_class(r);
    else if (c == '\\')
        read_escape(r);
    else if (c == '.')
        put(r, 'a');
    else if (c != '^' && c != '$')
        put(r, c);
}

/* Read a repetition; returns the least number of times. */
static unsigned read_times(struct reading *r) {
    unsigned times = 1;
    if (*r->at == '?' || *r->at == '*') {
        times = 0;
        r->at++;
    } else if (*r->at == '+') {
        r->at++;
    } else if (r->at[0] == '{' && r->at[1] >= '0' && r->at[1] <= '9') {
        char *end;
        const unsigned long least = strtoul(r->at + 1, &end, 10);
        end += strcspn(end, "}");
        r->failed |= *end != '}' || least > REPEAT_MAX;
        times = r->failed ? 0 : (unsigned)least;
        r->at = end + (*end ? 1 : 0);
    } else {
        return times;
    }
    r->at += *r->at == '?' || *r->at == '+' ? 1 : 0; /* lazy, possessive */
    return times;
}

static void read_piece(struct reading *r) {
    const char *start = r->at;
    const bool silent = r->silent;
    r->failed |= ++r->steps > STEPS_MAX;
    r->silent = true;
    read_atom(r);
    const unsigned times = read_times(r);
    const char *end = r->at;
    r->silent = silent;
    for (unsigned i = 0; i < times && !silent && !r->failed; i++) {
        r->at = start;
        read_atom(r);
    }
    r->at = end;
}

/* Read alternatives up to the end or a closing parenthesis, and write the first one. */
static void read_choice(struct reading *r) {
    const bool silent = r->silent;
    while (*r->at && *r->at != ')' && !r->failed) {
        if (*r->at == '|') {
            r->silent = true;
            r->at++;
        } else {
            read_piece(r);
        }
    }
    r->silent = silent;
}

static bool is_match(const struct pattern *pattern, const char *text) {
    return strpbrk(text, ",|\r\n") == NULL && pattern_match(pattern, text, strlen(text));
}

static const char *match(const struct pattern *pattern, char ret_text[CATALOG_VALUE_MAX + 1]) {
    static const char *const words[] = {
        "example", "8080",   "200",   "GET /",
        "/",       "v1.4.2", "1.4.2", "6c84fb90-12c4-11e1-840d-7b25c5ee775a"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_match(pattern, words[i]))
            return words[i];
    struct reading r = {.at = pattern_source(pattern)};
    read_choice(&r);
    r.text[r.len] = '\0';
    if (r.failed || *r.at || !is_match(pattern, r.text))
        return NULL;
    memcpy(ret_text, r.text, r.len + 1);
    return ret_text;
}

const char *catalog_example(const struct catalog_label *label,
                            char ret_text[CATALOG_VALUE_MAX + 1]) {
    const char *text = label->kind == LABEL_PATTERN ? match(label->pattern, ret_text) : NULL;
    for (uint32_t i = 0; i < label->value_count && text == NULL; i++)
        if ((int32_t)i != label->otherwise)
            text = catalog_label_wire(label, i);
    if (text == NULL && label->otherwise >= 0)
        text = catalog_label_wire(label, (uint32_t)label->otherwise);
    return text;
}
