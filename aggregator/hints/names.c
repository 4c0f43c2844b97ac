#include "hints/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/terminal.h"
#include "hints/order.h"
#include "hints/words.h"

/* Names that the sender of a line may have meant. */
struct hint_names {
    const char **items; /* ended by NULL */
    size_t count;
    size_t room;
};

bool names_has_alias(const struct catalog_family *family, struct sg_span name) {
    for (size_t i = 0; i < family->alias_count; i++)
        if (sg_span_is(name, family->aliases[i]))
            return true;
    return false;
}

bool names_has(const struct catalog_family *family, struct sg_span name) {
    return sg_span_is(name, family->name) || names_has_alias(family, name);
}

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

/* Whether lines can reach the catalog. If the socket is unknown, all catalogs count. */
static bool is_reached(const struct hints_world *world, const struct catalog *catalog) {
    return !catalog->internal &&
           (world->origin == NULL || gate_scope_of(catalog) == world->origin->scope);
}

static void put_family(const struct hints_world *world, const struct catalog_family *family,
                       struct hint_names *names) {
    if (family->source != SOURCE_DATAGRAMS || !is_reached(world, family->catalog))
        return; /* takes no lines, so nobody can have meant it */
    put_name(names, family->name);
    for (size_t j = 0; j < family->alias_count; j++)
        put_name(names, family->aliases[j]);
}

static bool make_room(struct hint_names *names, size_t room) {
    *names = (struct hint_names){.room = room};
    names->items = calloc(room + 1, sizeof *names->items);
    return names->items != NULL;
}

/* All names that this socket knows: a person who waits has time for it. The caller frees. */
static const char **all_names(const struct hints_world *world) {
    struct hint_names names;
    size_t room = 0;
    for (size_t i = 0; i < world->set->count; i++)
        room += count_names(world->set->catalogs[i]);
    if (!make_room(&names, room))
        return NULL;
    for (size_t i = 0; i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count; j++)
            put_family(world, &catalog->families[j], &names);
    }
    return names.items;
}

/* The names near this one in sorted order. The caller frees. */
static const char **near_names(const struct hints_world *world, struct sg_span name) {
    const struct order_window near = order_near_family(world->set, name);
    struct hint_names names;
    if (!make_room(&names, (size_t)2 * ORDER_NEAR_MAX))
        return NULL;
    for (size_t i = near.from; i < near.to; i++)
        put_family(world, world->set->families[i], &names);
    return names.items;
}

/* Find the name that was meant: first a counter whose last word was left out, however similar
 * another name is. */
static const char *find_meant(const char *word, const char *const *names) {
    const size_t len = strlen(word);
    for (size_t i = 0; names[i] != NULL; i++)
        if (strncmp(names[i], word, len) == 0 && strcmp(names[i] + len, "_total") == 0)
            return names[i];
    return nearest_word(word, names);
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
    const char **names = world->tried ? all_names(world) : near_names(world, trace->line.name);
    const struct words_copy word = words_copy_of(trace->line.name);
    const char *near = names != NULL && word.text[0] ? find_meant(word.text, names) : NULL;
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
