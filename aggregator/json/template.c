/* SPDX-License-Identifier: MIT */
/* template.c - texts with holes, filled in from a JSON document. */
#include "json/json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A value that names are looked up in, and where it is in its list. */
struct scope {
    json_t *value;
    const struct scope *outer; /* NULL: the document */
    bool first;
    bool last;
};

struct filling {
    struct strbuf *out;
    const struct json_template *templates;
    const char *text; /* of the template at hand */
};

/* `{{#name}}`: what is between the braces, and the text around it. */
struct tag {
    char kind; /* one of "#^/>!", or 0: a hole */
    const char *name;
    size_t len;
    const char *start; /* of the tag, or of its line if it is alone there */
    const char *end;   /* where what follows begins */
};

static bool find_tag(const char *text, const char *from, const char *end, struct tag *ret_tag) {
    const char *open = memmem(from, (size_t)(end - from), "{{", 2);
    const char *close = open != NULL ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
    if (close == NULL)
        return false;
    const char *name = open + 2;
    struct tag tag = {.start = open, .end = close + 2};
    if (strchr("#^/>!", *name) != NULL) /* not the end, as there are braces */
        tag.kind = *name++;
    tag.name = name;
    tag.len = (size_t)(close - name);
    const bool begins_line = open == text || open[-1] == '\n';
    if (tag.kind != 0 && begins_line && *tag.end == '\n')
        tag.end++;
    *ret_tag = tag;
    return true;
}

/* Find the tag that closes this section, between `from` and `end`. */
static struct tag find_close(const char *text, const struct tag *section, const char *end) {
    struct tag tag;
    size_t depth = 1;
    for (const char *at = section->end; find_tag(text, at, end, &tag); at = tag.end) {
        if (tag.len != section->len || memcmp(tag.name, section->name, tag.len) != 0)
            continue;
        depth += tag.kind == '#' || tag.kind == '^' ? 1 : 0;
        if (tag.kind == '/' && --depth == 0)
            return tag;
    }
    return (struct tag){.start = end, .end = end};
}

static json_t *member(json_t *value, const char *name, size_t len) {
    char key[64];
    (void)snprintf(key, sizeof key, "%.*s", (int)len, name);
    return json_object_get(value, key);
}

/* Find what a name means here: `.`, `@first` and `@last`, or a member of the nearest value that has
 * it, of which dots name members. */
static json_t *find(const struct scope *scope, const char *name, size_t len) {
    if (text_is(name, len, "."))
        return scope->value;
    if (text_is(name, len, "@first"))
        return json_boolean(scope->first);
    if (text_is(name, len, "@last"))
        return json_boolean(scope->last);
    const char *dot = memchr(name, '.', len);
    const size_t first = dot != NULL ? (size_t)(dot - name) : len;
    json_t *value = NULL;
    for (; value == NULL && scope != NULL; scope = scope->outer)
        value = member(scope->value, name, first);
    return dot != NULL ? member(value, dot + 1, len - first - 1) : value;
}

static bool is_true(const json_t *value) {
    return value != NULL && !json_is_null(value) && !json_is_false(value) &&
           !(json_is_array(value) && json_array_size(value) == 0) &&
           !(json_is_string(value) && json_string_length(value) == 0) &&
           !(json_is_integer(value) && json_integer_value(value) == 0);
}

static void put_value(struct strbuf *out, const json_t *value) {
    if (json_is_string(value))
        strbuf_put(out, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        strbuf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static void fill(const struct filling *filling, const struct scope *scope, const char *at,
                 const char *end);

static void fill_section(const struct filling *filling, const struct scope *scope,
                         const struct tag *tag, const char *end) {
    json_t *value = find(scope, tag->name, tag->len);
    if (tag->kind == '^') {
        if (!is_true(value))
            fill(filling, scope, tag->end, end);
    } else if (json_is_array(value)) {
        const size_t count = json_array_size(value);
        for (size_t i = 0; i < count; i++) {
            const struct scope inner = {json_array_get(value, i), scope, i == 0, i + 1 == count};
            fill(filling, &inner, tag->end, end);
        }
    } else if (is_true(value)) {
        const struct scope inner = {value, scope, scope->first, scope->last};
        fill(filling, &inner, tag->end, end);
    }
}

/* Fill in the template of this name. */
static void fill_template(const struct filling *filling, const struct scope *scope,
                          const char *name, size_t len) {
    for (const struct json_template *part = filling->templates; part->name != NULL; part++) {
        const struct filling inner = {filling->out, filling->templates, part->text};
        if (text_is(name, len, part->name))
            fill(&inner, scope, part->text, part->text + strlen(part->text));
    }
}

/* Recursion ends with the sections of the templates, which are the program's own. */
static void fill(const struct filling *filling, const struct scope *scope, const char *at,
                 const char *end) {
    struct tag tag;
    for (; find_tag(filling->text, at, end, &tag); at = tag.end) {
        strbuf_put(filling->out, at, (size_t)(tag.start - at));
        if (tag.kind == 0) {
            put_value(filling->out, find(scope, tag.name, tag.len));
        } else if (tag.kind == '>') {
            fill_template(filling, scope, tag.name, tag.len);
        } else if (tag.kind != '!') {
            const struct tag close = find_close(filling->text, &tag, end);
            fill_section(filling, scope, &tag, close.start);
            tag = close;
        }
    }
    strbuf_put(filling->out, at, (size_t)(end - at));
}

void json_template_fill(struct strbuf *out, const struct json_template *templates, const char *name,
                        json_t *document) {
    const struct filling filling = {.out = out, .templates = templates};
    const struct scope scope = {.value = document};
    fill_template(&filling, &scope, name, strlen(name));
}
