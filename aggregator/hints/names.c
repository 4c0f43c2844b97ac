#include "hints/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/terminal.h"
#include "hints/words.h"

/* A person who waits has time for all names; the daemon looks at so many only. */
enum { LIVE_NAMES_MAX = 1000 };

struct hint_names {
    const char **items;
    size_t count;
    size_t room;
};

static size_t count_names(const struct catalog *catalog) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += 1 + catalog->families[i].alias_count;
    return count;
}

static void put_name(struct hint_names *names, const char *name) {
    if (names->count < names->room)
        names->items[names->count++] = name;
}

static void put_names(const struct catalog *catalog, struct hint_names *names) {
    for (size_t i = 0; i < catalog->family_count && names->count < names->room; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (family->source != SOURCE_DATAGRAMS)
            continue; /* takes no lines, so nobody meant it */
        put_name(names, family->name);
        for (size_t j = 0; j < family->alias_count; j++)
            put_name(names, family->aliases[j]);
    }
}

/* Where it is not known through which socket lines come, all are meant. */
static bool is_reached(const struct hints_world *world, const struct catalog *catalog) {
    return world->origin == NULL || gate_scope_of(catalog) == world->origin->scope;
}

/* The names that this socket knows, ended by NULL; to be freed. */
static const char **known_names(const struct hints_world *world) {
    struct hint_names names = {.room = 0};
    for (size_t i = 0; i < world->set->count; i++)
        names.room += count_names(world->set->catalogs[i]);
    if (!world->tried && names.room > LIVE_NAMES_MAX)
        names.room = LIVE_NAMES_MAX;
    names.items = calloc(names.room + 1, sizeof *names.items);
    for (size_t i = 0; names.items != NULL && i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        if (!catalog->internal && is_reached(world, catalog))
            put_names(catalog, &names);
    }
    return names.items;
}

static void hint_elsewhere(struct strbuf *out, const struct hints_world *world,
                           const struct catalog_family *family) {
    const struct catalog *catalog = family->catalog;
    if (catalog->internal)
        strbuf_printf(out, "%s is the daemon's own and takes no datagrams\n", family->name);
    else if (catalog->socket != NULL)
        strbuf_printf(
            out, "%s is a family of the service %s, which has the socket %s of its own%s%s\n",
            family->name, catalog->service, catalog->socket,
            world->tried ? ": try --service-socket " : "", world->tried ? catalog->service : "");
    else
        strbuf_printf(out, "%s is a family of the service %s, on the shared socket%s\n",
                      family->name, catalog->service,
                      world->tried ? ": try without --service-socket" : "");
}

void names_hint_unknown(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace) {
    if (trace->elsewhere != NULL) {
        hint_elsewhere(out, world, trace->elsewhere);
        return;
    }
    const char **names = known_names(world);
    const struct words_copy word = words_copy_of(trace->line.name);
    const char *near = names != NULL && word.text[0] ? nearest_word(word.text, names) : NULL;
    if (near != NULL) {
        strbuf_puts(out, "did you mean ");
        terminal_put_visible(out, near, strlen(near));
        strbuf_puts(out, "?\n");
    }
    strbuf_printf(out,
                  "%sdeclare it under \"families\" of a catalog, or as one of a family's "
                  "\"aliases\"\n",
                  near != NULL ? "else " : "");
    free(names);
}

void names_hint_ambiguous(struct strbuf *out, const struct gate_trace *trace) {
    for (size_t i = 0; i < trace->family_count; i++)
        strbuf_printf(out, "%sservice:%s", i == 0 ? "add one of the labels " : ", ",
                      trace->families[i]->catalog->service);
    if (trace->family_rest > 0)
        strbuf_printf(out, " or of %zu more", trace->family_rest);
    strbuf_putc(out, '\n');
}
