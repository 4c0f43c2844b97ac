/* The list of texts that a daemon runs on. */
#include "accepted/accepted.h"

#include <stdlib.h>
#include <string.h>

void accepted_done(struct accepted *accepted) {
    arena_done(&accepted->arena);
    free(accepted->items);
    *accepted = (struct accepted){0};
}

const struct accepted_text *accepted_find(const struct accepted *accepted, enum accepted_kind kind,
                                          const char *of, const char *name) {
    for (size_t i = 0; accepted != NULL && i < accepted->count; i++) {
        const struct accepted_text *item = &accepted->items[i];
        if (item->kind == kind && strcmp(item->name, name) == 0 && strcmp(item->of, of) == 0)
            return item;
    }
    return NULL;
}

const struct accepted_text *accepted_next(const struct accepted *accepted, enum accepted_kind kind,
                                          size_t *at) {
    while (accepted != NULL && *at < accepted->count) {
        const struct accepted_text *item = &accepted->items[(*at)++];
        if (item->kind == kind)
            return item;
    }
    return NULL;
}

static bool make_room(struct accepted *accepted) {
    const size_t cap = accepted->cap > 0 ? 2 * accepted->cap : 16;
    if (accepted->count < accepted->cap)
        return true;
    struct accepted_text *more = realloc(accepted->items, cap * sizeof *more);
    if (more == NULL)
        return false;
    accepted->items = more;
    accepted->cap = cap;
    return true;
}

bool accepted_add(struct accepted *accepted, const struct accepted_text *text) {
    struct accepted_text copy = *text;
    if (accepted_find(accepted, text->kind, text->of, text->name) != NULL)
        return true;
    copy.name = arena_strndup(&accepted->arena, text->name, strlen(text->name));
    copy.of = arena_strndup(&accepted->arena, text->of, strlen(text->of));
    copy.text = arena_strndup(&accepted->arena, text->text, text->len);
    if (copy.name == NULL || copy.of == NULL || copy.text == NULL || !make_room(accepted))
        return false;
    accepted->items[accepted->count++] = copy;
    return true;
}

/* Whether `b` has each text of `a`, too. */
static bool has_all(const struct accepted *a, const struct accepted *b, enum accepted_kind kind,
                    const char *of) {
    size_t at = 0;
    for (const struct accepted_text *item; (item = accepted_next(a, kind, &at)) != NULL;) {
        if (strcmp(item->of, of) != 0)
            continue;
        const struct accepted_text *other = accepted_find(b, kind, of, item->name);
        if (other == NULL || other->len != item->len ||
            memcmp(other->text, item->text, item->len) != 0)
            return false;
    }
    return true;
}

bool accepted_same_of(const struct accepted *a, const struct accepted *b, enum accepted_kind kind,
                      const char *of) {
    return has_all(a, b, kind, of) && has_all(b, a, kind, of);
}
