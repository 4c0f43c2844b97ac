#include "hints/patch_family.h"

#include <stdio.h>
#include <string.h>

#include "hints/order.h"
#include "hints/patch_labels.h"
#include "hints/patch_machine.h"
#include "hints/patch_room.h"
#include "hints/patch_text.h"
#include "hints/patch_values.h"

enum { ALIASES_MAX = 32 }; /* aliases of a family */

static const char TOTAL[] = "_total";     /* the end of a counter's name */
static const char SECONDS[] = "_seconds"; /* of the name of what `ms` observes */

/* ---- whose it is ---- */

static bool is_reached(const struct hints_world *world, const struct catalog *catalog) {
    return !catalog->internal &&
           (world->origin == NULL || gate_scope_of(catalog) == world->origin->scope);
}

/* Whether the name begins with the service's: "image-server" names its metrics image_server_x or
 * image-server.x. */
static bool is_prefix(const char *service, struct sg_span name) {
    size_t at = 0;
    for (; service[at] != '\0' && at < name.len; at++) {
        const bool joint = strchr("-._", service[at]) != NULL;
        if (joint ? strchr("-._", name.at[at]) == NULL : service[at] != name.at[at])
            return false;
    }
    return service[at] == '\0' && at < name.len && strchr("-._", name.at[at]) != NULL;
}

/* The service that the line names; the first label `service` counts, as in the gate. */
static const struct catalog *find_named(const struct hints_world *world,
                                        const struct sg_line *line) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_is(tag.key, "service") && tag.value.at != NULL)
            return catalog_set_find(world->set, tag.value.at, tag.value.len);
    return NULL;
}

/* The service that the line names, else the one whose name begins the family's, else the only
 * one. */
static const struct catalog *find_service(const struct hints_world *world,
                                          const struct sg_line *line) {
    const struct catalog *only = NULL;
    const struct catalog *best = find_named(world, line);
    size_t count = 0;
    if (best != NULL)
        return is_reached(world, best) ? best : NULL;
    for (size_t i = 0; i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        if (!is_reached(world, catalog))
            continue;
        only = catalog;
        count++;
        if (is_prefix(catalog->service, line->name) &&
            (best == NULL || strlen(catalog->service) > strlen(best->service)))
            best = catalog;
    }
    return best != NULL ? best : count == 1 ? only : NULL;
}

/* ---- what it is called ---- */

struct family_name {
    char text[CATALOG_NAME_MAX + 1];
    bool aliased; /* the name on the wire is different */
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool ends_with(const char *text, const char *end) {
    const size_t len = strlen(text);
    const size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* End the name with the suffix, in place of a unit that observations of `ms` lose by division. */
static void put_suffix(struct family_name *name, const char *suffix) {
    static const char *const units[] = {"_ms", "_msec", "_millis", "_milliseconds"};
    size_t len = strlen(name->text);
    for (size_t i = 0; suffix == SECONDS && i < sizeof units / sizeof units[0]; i++)
        if (ends_with(name->text, units[i]) && len > strlen(units[i])) {
            len -= strlen(units[i]);
            break;
        }
    memcpy(name->text + len, suffix, strlen(suffix) + 1);
    name->aliased = true;
}

static bool make_name(struct sg_span wire, const char *suffix, struct family_name *ret_name) {
    struct family_name name = {{0}, false};
    if (!patch_text_is_whole_name(wire) || wire.len + sizeof SECONDS > sizeof name.text ||
        !is_letter(wire.at[0]))
        return false;
    for (size_t i = 0; i < wire.len; i++) {
        const char c = wire.at[i];
        const bool kept = is_letter(c) || (c >= '0' && c <= '9');
        name.text[i] = kept ? c : '_';
        name.aliased |= !kept;
    }
    if (suffix != NULL && !ends_with(name.text, suffix))
        put_suffix(&name, suffix);
    *ret_name = name;
    return true;
}

/* Suffixes that sample names of another family may have. */
static const char *const ends[] = {"_total", "_sum",    "_count", "_bucket", "_created",
                                   "_info",  "_gcount", "_gsum",  NULL};

/* Whether any service has a family of this name. */
static bool has_family(const struct hints_world *world, const char *name, size_t len) {
    const struct sg_span wanted = {name, len};
    const size_t place = order_of_family(world->set, wanted);
    return place < world->set->family_count &&
           sg_span_is(wanted, world->set->families[place]->name);
}

/* Whether a family of any service has this name, or could be mistaken for its samples. */
static bool is_taken(const struct hints_world *world, const char *name, size_t len) {
    if (has_family(world, name, len))
        return true;
    for (size_t i = 0; ends[i] != NULL; i++) {
        char longer[CATALOG_NAME_MAX + 16];
        const size_t end = strlen(ends[i]);
        memcpy(longer, name, len);
        memcpy(longer + len, ends[i], end);
        if (has_family(world, longer, len + end))
            return true;
        if (len > end && memcmp(name + len - end, ends[i], end) == 0 &&
            has_family(world, name, len - end))
            return true;
    }
    return false;
}

/* Whether the name is taken. A counter also needs its name without the suffix, for OpenMetrics. */
static bool clashes(const struct hints_world *world, const struct family_name *name) {
    const size_t len = strlen(name->text);
    return is_taken(world, name->text, len) ||
           (ends_with(name->text, TOTAL) && is_taken(world, name->text, len - strlen(TOTAL)));
}

/* Whether a family derived from attempts or jobs of this name would have too long a name, or one
 * that is taken. */
static bool parts_clash(const struct hints_world *world, const struct family_name *name,
                        const struct sg_line *line) {
    struct family_name part;
    const char *end;
    for (size_t i = 0; (end = patch_machine_part(line, i)) != NULL; i++) {
        const size_t room = sizeof part.text;
        const int len = snprintf(part.text, room, "%s_%s", name->text, end);
        if (len < 0 || (size_t)len >= room || clashes(world, &part))
            return true;
    }
    return false;
}

/* ---- what it is ---- */

static bool is_negative(const struct sg_line *line) {
    struct sg_values values;
    double value;
    enum sg_reject reason;
    bool negative = false;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL))
        negative |= reason == SG_REJECT_NONE && value < 0;
    return negative;
}

/* The kind that the line suggests; NULL: none. */
static const struct kind_row *kind_of(const struct sg_line *line) {
    switch (line->letter) {
    case SG_LETTER_C: /* a negative increment: the number goes up and down */
        return &kind_rows[is_negative(line) ? KIND_UPDOWNCOUNTER : KIND_COUNTER];
    case SG_LETTER_G:
        return &kind_rows[KIND_GAUGE];
    case SG_LETTER_H:
    case SG_LETTER_D:
    case SG_LETTER_MS:
        return &kind_rows[KIND_HISTOGRAM];
    case SG_LETTER_A:
        return &kind_rows[KIND_ATTEMPTS];
    case SG_LETTER_J:
        return line->instance.at != NULL ? &kind_rows[KIND_JOBS] : NULL;
    default:
        return NULL;
    }
}

/* The end that the family's name gets; NULL: none. */
static const char *suffix_of(const struct kind_row *kind, const struct sg_line *line) {
    if (kind == &kind_rows[KIND_COUNTER])
        return TOTAL;
    return line->letter == SG_LETTER_MS ? SECONDS : NULL;
}

/* Write buckets in seconds if the name says so; else in powers of ten, for the author to change. */
static void write_buckets(struct json_writer *w, const char *name, bool negative) {
    static const double seconds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    static const double powers[] = {1, 10, 100, 1000, 10000};
    const bool timed = ends_with(name, "_seconds");
    const size_t count =
        timed ? sizeof seconds / sizeof seconds[0] : sizeof powers / sizeof powers[0];
    json_open_member(w, "buckets", '[');
    if (negative)
        json_number(w, -1);
    for (size_t i = 0; i < count; i++)
        json_number(w, timed ? seconds[i] : powers[i]);
    json_close(w, ']');
}

/* Whether a family declared for the line would take its values. */
static bool has_values(const struct kind_row *kind, const struct sg_line *line) {
    const struct catalog_family family = {.kind = kind};
    if (kind == &kind_rows[KIND_ATTEMPTS])
        return patch_machine_has_outcomes(line);
    return kind->is_machine ? patch_values_fit(&family, line)
                            : patch_values_are_numbers(&family, line);
}

/* ---- the whole ---- */

static void open_key(struct json_writer *w, const char *section, const char *key) {
    json_open_member(w, section, '{');
    json_open_member(w, key, '{');
}

static void write_head(struct json_writer *w, const struct patch_labels *labels,
                       const struct patch_room *room) {
    const struct catalog *catalog = labels->family->catalog;
    json_open(w, '{');
    json_member_text(w, "service", catalog->service);
    patch_labels_write_ignored(w, catalog, labels->ignored, labels->ignored_count);
    if (room->service > 0)
        json_member_u64(w, "max_series", room->service);
}

static void write_aliases(struct json_writer *w, const struct catalog_family *family,
                          struct sg_span wire) {
    json_open_member(w, "aliases", '[');
    for (size_t i = 0; i < family->alias_count; i++)
        json_text(w, family->aliases[i]);
    json_bytes(w, wire.at, wire.len);
    json_close(w, ']');
}

/* Write the declaration of a kind that takes lines. */
static void write_declared(struct json_writer *w, const struct catalog_family *family,
                           const struct sg_line *line, bool aliased) {
    json_member_text(w, "type", family->kind->type);
    json_member_text(w, "help", "To be described.");
    if (line->letter == SG_LETTER_MS)
        json_member_text(w, "unit", "seconds");
    if (aliased)
        write_aliases(w, family, line->name);
    if (family->kind->keys & KEY_BUCKETS)
        write_buckets(w, family->name, is_negative(line));
}

static void write_machine(struct json_writer *w, const struct catalog_family *family,
                          const struct sg_line *line, bool aliased) {
    if (aliased)
        write_aliases(w, family, line->name);
    if (line->letter == SG_LETTER_J)
        write_buckets(w, "_seconds", false);
    else
        patch_machine_write_outcomes(w, line);
}

static bool find_room(const struct hints_world *world, const struct patch_labels *labels,
                      const struct sg_line *line, struct patch_room *ret_room) {
    if (family_has_lines(labels->family))
        return patch_room_of_labels(world->set, labels, ret_room);
    if (line->letter == SG_LETTER_J && !patch_room_has_live(world->set, CATALOG_LIVE_DEFAULT))
        return false;
    return patch_room_of_new_machine(world->set, labels, patch_machine_series(line), ret_room);
}

static bool write_new(struct json_writer *w, const struct hints_world *world,
                      const struct catalog *catalog, const struct family_name *name,
                      const struct kind_row *kind, const struct sg_line *line) {
    const struct catalog_family family = {
        .catalog = catalog, .name = name->text, .kind = kind, .max_series = UINT64_MAX};
    struct patch_labels labels;
    struct patch_room room;
    if (!patch_labels_of_line(&labels, &family, line->tags))
        return false;
    labels.all_new = true;
    if (!find_room(world, &labels, line, &room))
        return false;
    write_head(w, &labels, &room);
    if (kind->is_machine) {
        open_key(w, line->letter == SG_LETTER_J ? "jobs" : "attempts", name->text);
        write_machine(w, &family, line, name->aliased);
    } else {
        open_key(w, "families", name->text);
        write_declared(w, &family, line, name->aliased);
    }
    if (labels.added_count > 0)
        patch_labels_write(w, &labels);
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
    return true;
}

/* Find the family of this kind and name, whose lines lack the suffix. */
static const struct catalog_family *find_suffixed(const struct catalog *catalog,
                                                  const struct family_name *name,
                                                  const struct kind_row *kind) {
    const struct catalog_family *family =
        name->aliased ? catalog_family_find(catalog, name->text, strlen(name->text)) : NULL;
    return family != NULL && family->kind == kind && family->source == SOURCE_DATAGRAMS &&
                   family->alias_count < ALIASES_MAX
               ? family
               : NULL;
}

static bool write_alias(struct json_writer *w, const struct hints_world *world,
                        const struct catalog_family *family, const struct sg_line *line) {
    struct patch_labels labels;
    struct patch_room room;
    if (!patch_labels_of_line(&labels, family, line->tags) ||
        !patch_room_of_labels(world->set, &labels, &room))
        return false;
    write_head(w, &labels, &room);
    open_key(w, "families", family->name);
    write_aliases(w, family, line->name);
    if (room.family > 0)
        json_member_u64(w, "max_series", room.family);
    if (patch_labels_has(&labels))
        patch_labels_write(w, &labels);
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
    return true;
}

bool patch_family_write(struct json_writer *w, const struct hints_world *world,
                        struct sg_span text) {
    struct sg_line line;
    struct sg_fault fault;
    struct family_name name;
    if (text.at == NULL || sg_line_parse(text, &line, &fault) != SG_REJECT_NONE ||
        line.kind != SG_LINE_METRIC)
        return false;
    const struct kind_row *kind = kind_of(&line);
    const struct catalog *catalog = find_service(world, &line);
    if (kind == NULL || catalog == NULL || !has_values(kind, &line) ||
        !make_name(line.name, suffix_of(kind, &line), &name))
        return false;
    const struct catalog_family *suffixed =
        suffix_of(kind, &line) != NULL ? find_suffixed(catalog, &name, kind) : NULL;
    if (suffixed != NULL)
        return write_alias(w, world, suffixed, &line);
    if (clashes(world, &name) || (kind->is_machine && parts_clash(world, &name, &line)))
        return false;
    return write_new(w, world, catalog, &name, kind, &line);
}
