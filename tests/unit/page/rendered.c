/* SPDX-License-Identifier: MIT */
#include "rendered.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"

/* Writes a fate of a line, which is enough for tests of pages. */
static void try_line(void *arg, const char *line, size_t len, struct strbuf *out) {
    (void)arg;
    strbuf_puts(out, "accepted:\n  ");
    strbuf_put(out, line, len);
}

struct page_source rendered_source(const struct fixture *fx) {
    static const struct page_endpoint endpoints[] = {
        {.address = "127.0.0.1:9464", .path = "/metrics", .services = "all", .here = true},
        {.address = "unix:/run/<x>", .path = "/m", .services = "shop", .here = false}};
    return (struct page_source){.views = world_source(fx),
                                .version = "1.2.3",
                                .endpoints = endpoints,
                                .endpoint_count = 2,
                                .try_line = try_line};
}

struct page_query rendered_query(char *text) {
    struct page_query query = {0};
    const struct {
        const char *name;
        const char **value;
    } known[] = {{"service", &query.service}, {"family", &query.family}, {"q", &query.search},
                 {"show", &query.show},       {"after", &query.after},   {"line", &query.line},
                 {"pid", &query.pid}};
    for (char *part = strsep(&text, "&"); part != NULL && *part != '\0';
         part = strsep(&text, "&")) {
        char *value = strchr(part, '=');
        cr_assert(value != NULL, "no value: %s", part);
        *value++ = '\0';
        size_t i = 0;
        while (i < sizeof known / sizeof known[0] && strcmp(known[i].name, part) != 0)
            i++;
        cr_assert(lt(sz, i, sizeof known / sizeof known[0]), "no such parameter: %s", part);
        *known[i].value = value;
    }
    return query;
}

char *rendered_page(const struct fixture *fx, const struct page_query *query, size_t budget) {
    const struct page_source source = rendered_source(fx);
    return world_render(fx, page_view(&source, query), budget);
}

/* ---- is it well-formed? ---- */

enum { OPEN_MAX = 32, IDS_MAX = 512, NAME_MAX_HERE = 32 };

struct check {
    char open[OPEN_MAX][NAME_MAX_HERE]; /* elements that are not closed yet */
    size_t depth;
    const char *ids[IDS_MAX]; /* up to a quote */
    size_t id_count;
    size_t elements;
};

static bool is_void(const char *name) {
    static const char *const names[] = {"meta", "link", "input", "br", "hr"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void check_id(struct check *check, const char *id) {
    const size_t len = strcspn(id, "\"");
    for (size_t i = 0; i < check->id_count; i++)
        cr_assert(strcspn(check->ids[i], "\"") != len || strncmp(check->ids[i], id, len) != 0,
                  "the id %.*s is there twice", (int)len, id);
    cr_assert(lt(sz, check->id_count, IDS_MAX));
    check->ids[check->id_count++] = id;
}

/* Attributes up to the end of the tag, which is returned. */
static const char *check_attributes(struct check *check, const char *at, bool *ret_closed) {
    *ret_closed = false;
    while (*at != '>') {
        if (strncmp(at, "/>", 2) == 0) {
            *ret_closed = true;
            return at + 1;
        }
        cr_assert(*at == ' ', "an attribute at %.40s", at);
        const char *name = ++at;
        at += strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
        const size_t len = (size_t)(at - name);
        cr_assert(lt(sz, 0, len), "an attribute at %.40s", name);
        cr_assert(strncmp(name, "style", len) != 0 && strncmp(name, "on", 2) != 0,
                  "style or script: %.40s", name);
        if (*at != '=')
            continue;
        cr_assert(at[1] == '"', "quotes at %.40s", at);
        at += 2;
        if (len == 2 && strncmp(name, "id", 2) == 0)
            check_id(check, at);
        at += strcspn(at, "\"<>");
        cr_assert(*at == '"', "a value that is not escaped: %.60s", name);
        at++;
    }
    return at;
}

static const char *check_tag(struct check *check, const char *at) {
    char name[NAME_MAX_HERE];
    const bool closes = at[1] == '/';
    const char *start = at + (closes ? 2 : 1);
    const size_t len = strcspn(start, " />");
    cr_assert(lt(sz, len, sizeof name), "no element: %.40s", at);
    memcpy(name, start, len);
    name[len] = '\0';
    if (closes) {
        cr_assert(lt(sz, 0, check->depth), "nothing is open at %.40s", at);
        cr_assert(eq(str, check->open[--check->depth], name), "at %.60s", at);
        return start + len;
    }
    bool closed;
    const char *end = check_attributes(check, start + len, &closed);
    check->elements++;
    cr_assert(strcmp(name, "style") != 0);
    cr_assert(strcmp(name, "script") != 0 || strncmp(end, "></script>", 10) == 0);
    if (!closed && !is_void(name)) {
        cr_assert(lt(sz, check->depth, OPEN_MAX));
        memcpy(check->open[check->depth++], name, len + 1);
    }
    return end;
}

size_t rendered_check(const char *html) {
    static const char start[] = "<!doctype html>";
    struct check check = {0};
    cr_assert(strncmp(html, start, strlen(start)) == 0);
    for (const char *at = html + strlen(start); *at != '\0'; at++) {
        if (*at == '<')
            at = check_tag(&check, at);
    }
    cr_assert(eq(sz, check.depth, 0), "%s is open at the end", check.open[0]);
    return check.elements;
}
