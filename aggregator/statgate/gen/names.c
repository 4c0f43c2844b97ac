#include "statgate/gen/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void gen_names_init(struct gen_names *names, struct arena *arena) {
    *names = (struct gen_names){.arena = arena};
}

void gen_names_done(struct gen_names *names) {
    free(names->places);
    names->places = NULL;
}

/* The place of the text in a table of `size` places, or the free place for it. The table is
 * never full. */
static struct gen_name *find_in(struct gen_name *places, size_t size, const char *text) {
    size_t at = (size_t)hash_bytes(text, strlen(text), 0);
    for (;; at++) {
        struct gen_name *place = &places[at & (size - 1)];
        if (place->text == NULL || strcmp(place->text, text) == 0)
            return place;
    }
}

static struct gen_name *find(const struct gen_names *names, const char *text) {
    return find_in(names->places, names->size, text);
}

static bool grow(struct gen_names *names) {
    if (names->count * 2 < names->size)
        return true;
    const size_t size = names->size == 0 ? 256 : names->size * 2;
    struct gen_name *former = names->places;
    struct gen_name *places = calloc(size, sizeof *places);
    if (places == NULL)
        return false;
    for (size_t i = 0; i < names->size; i++)
        if (former[i].text != NULL)
            *find_in(places, size, former[i].text) = former[i];
    names->places = places;
    names->size = size;
    free(former);
    return true;
}

static const char *put(struct gen_names *names, const char *text) {
    char *copy = arena_strndup(names->arena, text, strlen(text));
    if (copy == NULL || !grow(names)) {
        names->failed = true;
        return "";
    }
    *find(names, copy) = (struct gen_name){.text = copy, .next = 2};
    names->count++;
    return copy;
}

void gen_names_reserve(struct gen_names *names, const char *const *texts) {
    for (; *texts != NULL && !names->failed; texts++)
        (void)put(names, *texts);
}

const char *gen_names_take(struct gen_names *names, const char *text) {
    struct gen_name *first = names->size == 0 ? NULL : find(names, text);
    if (first == NULL || first->text == NULL)
        return put(names, text);
    struct strbuf other;
    strbuf_init(&other);
    do {
        strbuf_clear(&other);
        strbuf_printf(&other, "%s_%u", text, (unsigned)first->next++);
    } while (!other.failed && find(names, strbuf_cstr(&other))->text != NULL);
    names->failed |= other.failed;
    const char *taken = other.failed ? "" : put(names, strbuf_cstr(&other));
    strbuf_done(&other);
    return taken;
}

const char *gen_names_take_buffer(struct gen_names *names, struct strbuf *text) {
    names->failed |= text->failed;
    const char *taken = text->failed ? "" : gen_names_take(names, strbuf_cstr(text));
    strbuf_clear(text);
    return taken;
}
