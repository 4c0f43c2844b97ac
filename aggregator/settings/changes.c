#include "settings/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "catalog/catalog.h"
#include "settings/setting_text.h"
#include "settings/table.h"

/* ---- describing ---- */

static void put_text(struct strbuf *out, const char *name, const char *value) {
    strbuf_printf(out, "\t%s\t%s", name, value);
}

static void put_number(struct strbuf *out, const char *name, uint64_t value) {
    strbuf_printf(out, "\t%s\t%" PRIu64, name, value);
}

static void put_hash(struct strbuf *out, const char *name, uint64_t hash) {
    strbuf_printf(out, "\t%s\t~%016" PRIx64, name, hash);
}

static uint64_t hash_text(const char *text, uint64_t seed) {
    return hash_bytes(text, strlen(text), seed);
}

static void put_labels(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, "\tlabels\t");
    for (uint32_t i = 0; i < family->label_count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? " " : "", family->labels[i].name);
}

static uint64_t hash_label(const struct catalog_label *label, uint64_t hash) {
    for (uint32_t id = 0; id < label->value_count; id++)
        hash = hash_text(catalog_label_wire(label, id), hash);
    const int32_t defaults[] = {label->otherwise, label->default_value, (int32_t)label->max};
    return hash_bytes(defaults, sizeof defaults, hash);
}

static uint64_t hash_values(const struct catalog_family *family) {
    uint64_t hash = 0;
    for (uint32_t i = 0; i < family->label_count; i++)
        hash = hash_label(&family->labels[i], hash);
    return family->state_label != NULL ? hash_label(family->state_label, hash) : hash;
}

static uint64_t hash_numbers(const double *numbers, size_t count) {
    return count > 0 ? hash_bytes(numbers, count * sizeof *numbers, count) : 0;
}

static void put_family(struct strbuf *out, const struct catalog_family *family) {
    strbuf_printf(out, "family %s of %s", family->name, family->catalog->service);
    put_text(out, "type", family->kind->type);
    put_text(out, "unit", family->unit != NULL ? family->unit : "");
    put_labels(out, family);
    put_number(out, "bound", family->bound);
    put_hash(out, "label values", hash_values(family));
    put_hash(out, "buckets", hash_numbers(family->buckets, family->bucket_count));
    put_hash(out, "quantiles", hash_numbers(family->quantiles, family->quantile_count));
    put_number(out, "window in ms", (uint64_t)family->window_ms);
    put_number(out, "time to live in ms", (uint64_t)family->ttl_ms);
    put_number(out, "merge", (uint64_t)family->merge);
    put_text(out, "shown", family->exposed ? "yes" : "no");
    put_hash(out, "help", hash_text(family->help, 0));
    strbuf_putc(out, '\n');
}

static void put_service(struct strbuf *out, const struct catalog *catalog) {
    strbuf_printf(out, "service %s", catalog->service);
    put_text(out, "socket", catalog->socket != NULL ? catalog->socket : "shared");
    put_number(out, "bound", catalog->bound);
    strbuf_putc(out, '\n');
    for (size_t i = 0; i < catalog->family_count; i++)
        put_family(out, &catalog->families[i]);
    for (size_t i = 0; i < catalog->query_count; i++) {
        strbuf_printf(out, "query %s of %s", catalog->queries[i].name, catalog->service);
        put_hash(out, "sql", hash_text(catalog->queries[i].sql, 0));
        strbuf_putc(out, '\n');
    }
}

static void put_endpoint(struct strbuf *out, const struct endpoint_place *place,
                         const struct endpoint *endpoint) {
    struct strbuf unusual;
    if (*place->listen == '\0')
        return;
    strbuf_init(&unusual);
    endpoint_options_put_unusual(&unusual, &endpoint->options);
    strbuf_printf(out, "endpoint %s%s\tservices\t", place->listen, place->path);
    for (size_t i = 0; i < endpoint->service_count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? " " : "", endpoint->services[i]->service);
    put_text(out, "token", *place->bearer_token_file != '\0' ? "asked for" : "none");
    put_hash(out, "token file", hash_text(place->bearer_token_file, 0));
    put_text(out, "options", strbuf_cstr(&unusual));
    strbuf_putc(out, '\n');
    strbuf_done(&unusual);
}

/* The path of a token file is secret, like its content. */
static bool is_secret(const struct setting *setting) {
    return strstr(setting->name, "token") != NULL;
}

static void put_setting(struct strbuf *out, const struct settings *settings,
                        const struct setting *setting) {
    struct strbuf value;
    strbuf_init(&value);
    setting_put_text(&value, settings, setting);
    strbuf_printf(out, "setting %s", setting->name);
    if (is_secret(setting))
        put_hash(out, "", hash_text(strbuf_cstr(&value), 0));
    else
        put_text(out, "", strbuf_cstr(&value));
    strbuf_putc(out, '\n');
    strbuf_done(&value);
}

void changes_describe(const struct endpoint_plan *plan, const struct catalog_set *set,
                      struct strbuf *out) {
    for (size_t i = 0; i < SETTING_COUNT; i++)
        put_setting(out, plan->settings, &setting_table[i]);
    for (size_t i = 0; i < set->count; i++)
        if (!set->catalogs[i]->internal)
            put_service(out, set->catalogs[i]);
    for (size_t i = 0; i < plan->count; i++)
        put_endpoint(out, &plan->places[i], &plan->endpoints.items[i]);
}

/* ---- comparing ---- */

struct changes_text {
    const char *at;
    size_t len;
};

static int compare_texts(struct changes_text a, struct changes_text b) {
    const int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Cut off the text up to the separator, which is skipped; all of the rest if there is none. */
static struct changes_text cut(struct changes_text *rest, char separator) {
    const char *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    const struct changes_text part = {rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len};
    const size_t gone = part.len + (end != NULL ? 1 : 0);
    *rest = (struct changes_text){rest->at + gone, rest->len - gone};
    return part;
}

static struct changes_text name_of(struct changes_text item) {
    return cut(&item, '\t');
}

static int by_name(const void *a, const void *b) {
    return compare_texts(name_of(*(const struct changes_text *)a),
                         name_of(*(const struct changes_text *)b));
}

/* Sort the items by name; the caller frees *ret_items. */
static bool sort_items(const char *text, size_t len, struct changes_text **ret_items,
                       size_t *ret_count) {
    struct changes_text rest = {text, len};
    size_t lines = 1;
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    struct changes_text *items = calloc(lines, sizeof *items);
    if (items == NULL)
        return false;
    while (rest.len > 0) {
        items[count] = cut(&rest, '\n');
        count += items[count].len > 0;
    }
    qsort(items, count, sizeof *items, by_name);
    *ret_items = items;
    *ret_count = count;
    return true;
}

/* The value of a property; at NULL: the item has no property of this name. */
static struct changes_text value_of(struct changes_text item, struct changes_text name) {
    (void)cut(&item, '\t');
    while (item.len > 0) {
        const struct changes_text property = cut(&item, '\t');
        const struct changes_text value = cut(&item, '\t');
        if (compare_texts(property, name) == 0)
            return value;
    }
    return (struct changes_text){0};
}

struct changes_line {
    char text[CHANGES_LINE_MAX];
    size_t len;
};

static void add(struct changes_line *line, const char *text, size_t len) {
    const size_t room = sizeof line->text - line->len;
    const size_t some = len < room ? len : room;
    if (some > 0)
        memcpy(line->text + line->len, text, some);
    line->len += some;
}

static void add_word(struct changes_line *line, const char *word) {
    add(line, word, strlen(word));
}

static void add_value(struct changes_line *line, struct changes_text value) {
    if (value.len == 0)
        add_word(line, "none");
    add(line, value.at, value.len);
}

/* Append a changed property. A property that only one of the two versions describes is no
 * change. */
static bool add_property(struct changes_line *line, struct changes_text name,
                         struct changes_text before, struct changes_text after, bool first) {
    const bool hashed = after.len > 0 && after.at[0] == '~';
    if (before.at == NULL || compare_texts(before, after) == 0)
        return false;
    if (!hashed || name.len > 0)
        add_word(line, first ? ": " : ", ");
    add(line, name.at, name.len);
    if (hashed)
        return true;
    if (name.len > 0)
        add_word(line, " ");
    add_value(line, before);
    add_word(line, " -> ");
    add_value(line, after);
    return true;
}

static void put_line(struct strbuf *out, const struct changes_line *line) {
    strbuf_put(out, line->text, line->len);
    strbuf_putc(out, '\n');
}

/* Every process has all settings of its version, so a setting that only one side has is no
 * change. */
static bool is_setting(struct changes_text name) {
    static const char beginning[] = "setting ";
    const size_t len = sizeof beginning - 1;
    return name.len > len && memcmp(name.at, beginning, len) == 0;
}

static void put_one(struct strbuf *out, const char *what, struct changes_text item) {
    struct changes_line line = {.len = 0};
    const struct changes_text name = name_of(item);
    if (is_setting(name))
        return;
    add_word(&line, what);
    add(&line, name.at, name.len);
    put_line(out, &line);
}

static void put_change(struct strbuf *out, struct changes_text before, struct changes_text after) {
    struct changes_line line = {.len = 0};
    struct changes_text rest = after;
    const struct changes_text item = cut(&rest, '\t');
    bool changed = false;
    add_word(&line, "changed ");
    add(&line, item.at, item.len);
    while (rest.len > 0) {
        const struct changes_text name = cut(&rest, '\t');
        const struct changes_text value = cut(&rest, '\t');
        changed |= add_property(&line, name, value_of(before, name), value, !changed);
    }
    if (changed)
        put_line(out, &line);
}

static void compare(const struct changes_text *before, size_t before_count,
                    const struct changes_text *after, size_t after_count, struct strbuf *out) {
    size_t i = 0;
    size_t j = 0;
    while (i < before_count || j < after_count) {
        const int order = i == before_count  ? 1
                          : j == after_count ? -1
                                             : by_name(&before[i], &after[j]);
        if (order < 0)
            put_one(out, "removed ", before[i++]);
        else if (order > 0)
            put_one(out, "added ", after[j++]);
        else
            put_change(out, before[i++], after[j++]);
    }
}

bool changes_write(const char *before, size_t before_len, const char *after, size_t after_len,
                   struct strbuf *out) {
    struct changes_text *items[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    const bool good = sort_items(before, before_len, &items[0], &counts[0]) &&
                      sort_items(after, after_len, &items[1], &counts[1]);
    if (good)
        compare(items[0], counts[0], items[1], counts[1], out);
    free(items[0]);
    free(items[1]);
    return good && !out->failed;
}
