/* The page as a whole: services, what they are, their series. */
#include <ctype.h>

#include "statgate/docs/docs.h"

const struct catalog_family *docs_origin(const struct catalog_family *family) {
    return family->source == SOURCE_DERIVED
               ? catalog_family_find(family->catalog, family->key, strlen(family->key))
               : NULL;
}

/* ---- series ---- */

static const char *type_text(enum family_type type) {
    static const char *const texts[FAMILY_TYPE_COUNT] = {
        [FAMILY_COUNTER] = "Counter",     [FAMILY_GAUGE] = "Gauge",
        [FAMILY_HISTOGRAM] = "Histogram", [FAMILY_UPDOWNCOUNTER] = "UpDownCounter",
        [FAMILY_SUMMARY] = "Summary",     [FAMILY_INFO] = "Info",
        [FAMILY_STATESET] = "StateSet",
    };
    return texts[type];
}

static void put_labels(struct strbuf *out, const struct catalog_family *family) {
    const char *before = "";
    for (uint32_t i = 0; i < family->label_count; i++) {
        strbuf_puts(out, before);
        docs_put_code(out, family->labels[i].name);
        before = ", ";
    }
    if (family->state_label) {
        strbuf_puts(out, before);
        docs_put_code(out, family->state_label->name);
    } else if (family->label_count == 0) {
        strbuf_puts(out, "none");
    }
}

/* ---- what it says ---- */

enum {
    LISTED_MOST = 8,     /* values that stand in a sentence */
    FAMILIES_MOST = 1000 /* a catalog of more has no such sentences: each looks at all families */
};

static bool same_values(const struct catalog_label *a, const struct catalog_label *b) {
    if (a->value_count != b->value_count)
        return false;
    for (uint32_t i = 0; i < a->value_count; i++)
        if (strcmp(a->values[i].text, b->values[i].text) != 0)
            return false;
    return true;
}

/* Does the label's name mean other values elsewhere? Then they are told where it stands. */
static bool has_two_meanings(const struct catalog *catalog, const struct catalog_label *label) {
    if (label->kind != LABEL_VALUES || label->value_count > LISTED_MOST ||
        catalog->family_count > FAMILIES_MOST)
        return false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        for (uint32_t j = 0; j < family->label_count; j++)
            if (strcmp(family->labels[j].name, label->name) == 0 &&
                !same_values(&family->labels[j], label))
                return true;
    }
    return false;
}

static void put_meaning(struct strbuf *out, const struct catalog_label *label) {
    docs_put_code(out, label->name);
    strbuf_puts(out, " is ");
    uint32_t left = label->value_count;
    for (uint32_t i = 0; i < label->value_count; i++) {
        if ((int32_t)i == label->otherwise)
            continue;
        docs_put_code(out, label->values[i].text);
        left--;
        strbuf_puts(out, left > 1 ? ", " : left == 1 ? " or " : "");
    }
    if (label->otherwise >= 0)
        docs_put_code(out, label->values[label->otherwise].text);
}

static void put_help(struct strbuf *out, const char *help) {
    const size_t len = strlen(help);
    docs_put_prose(out, help);
    if (len > 0)
        strbuf_puts(out, strchr(".!?", help[len - 1]) ? " " : ". ");
}

/* Sentences, a blank behind each but the last. */
static void put_description(struct strbuf *out, const struct catalog_family *family) {
    const struct catalog_family *origin = docs_origin(family);
    const size_t begun = out->len;
    put_help(out, family->help);
    if (family->unit && !strcasestr(family->help, family->unit)) {
        strbuf_puts(out, "Unit: ");
        docs_put_prose(out, family->unit);
        strbuf_puts(out, ". ");
    }
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (!has_two_meanings(family->catalog, &family->labels[i]))
            continue;
        put_meaning(out, &family->labels[i]);
        strbuf_puts(out, ". ");
    }
    if (origin) {
        strbuf_printf(out, "From %s ", family->section);
        docs_put_code(out, origin->name);
        strbuf_puts(out, ". ");
    }
    if (family->source == SOURCE_QUERY)
        strbuf_puts(out, "Read when scraped. ");
    if (!out->failed && out->len > begun)
        out->len--;
}

/* Those of a group, or without one (NULL). */
static bool is_in(const struct catalog_family *family, const char *group) {
    if (!family_has_lines(family) || !family->group || !group)
        return family_has_lines(family) && !family->group && !group;
    return strcmp(family->group, group) == 0;
}

static void put_group(struct strbuf *out, const struct catalog *catalog, const char *group) {
    bool any = false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (!is_in(family, group))
            continue;
        if (!any)
            strbuf_puts(out, "| Series | Type | Labels | Description |\n|---|---|---|---|\n");
        any = true;
        strbuf_puts(out, "| ");
        docs_put_code(out, family->name);
        strbuf_printf(out, " | %s | ", type_text(family->type));
        put_labels(out, family);
        strbuf_puts(out, " | ");
        put_description(out, family);
        strbuf_puts(out, " |\n");
    }
}

/* The group that follows in byte order (NULL: the first); NULL behind the last. */
static const char *next_group(const struct catalog *catalog, const char *group) {
    const char *next = NULL;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const char *other = family_has_lines(family) ? family->group : NULL;
        if (other && (!group || strcmp(other, group) > 0) && (!next || strcmp(other, next) < 0))
            next = other;
    }
    return next;
}

static bool has_ungrouped(const struct catalog *catalog) {
    for (size_t i = 0; i < catalog->family_count; i++)
        if (is_in(&catalog->families[i], NULL))
            return true;
    return false;
}

/* Groups that may be chosen, but are empty here. */
static void put_empty_groups(struct strbuf *out, const struct catalog *catalog) {
    const char *before = "\nGroups without series: ";
    for (size_t i = 0; i < catalog->group_count; i++) {
        bool empty = true;
        for (size_t j = 0; j < catalog->family_count; j++)
            empty &= !is_in(&catalog->families[j], catalog->groups[i]);
        if (!empty)
            continue;
        strbuf_puts(out, before);
        docs_put_code(out, catalog->groups[i]);
        before = ", ";
    }
    if (before[0] == ',')
        strbuf_puts(out, ".\n");
}

void docs_write_series(struct strbuf *out, const struct catalog *catalog, int level) {
    const char *group = next_group(catalog, NULL);
    docs_put_heading(out, level, "Series");
    if (group && !has_ungrouped(catalog))
        strbuf_puts(out, "By metric group: the settings `include` and `exclude` choose which are "
                         "exposed.\n");
    else if (group)
        strbuf_puts(out, "First those that are always exposed, then by metric group: the settings "
                         "`include` and `exclude` choose which of\nthese are.\n\n");
    put_group(out, catalog, NULL);
    for (; group; group = next_group(catalog, group)) {
        struct strbuf text;
        strbuf_init(&text);
        docs_put_prose(&text, group);
        docs_put_heading(out, level + 1, strbuf_cstr(&text));
        out->failed |= text.failed;
        strbuf_done(&text);
        put_group(out, catalog, group);
    }
    put_empty_groups(out, catalog);
}

/* ---- a service ---- */

/* The attribute that follows in byte order of key (NULL: the first); NULL behind the last. Those
 * that the environment left without a value stand behind the others: their place is no order. */
static const struct catalog_attribute *next_attribute(const struct catalog_attribute *attributes,
                                                      size_t count,
                                                      const struct catalog_attribute *behind) {
    const struct catalog_attribute *next = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct catalog_attribute *other = &attributes[i];
        if ((!behind || strcmp(other->key, behind->key) > 0) &&
            (!next || strcmp(other->key, next->key) < 0))
            next = other;
    }
    return next;
}

static void put_attributes(struct strbuf *out, const char *name,
                           const struct catalog_attribute *attributes, size_t count) {
    const char *before = "";
    if (count == 0)
        return;
    strbuf_printf(out, "| %s | ", name);
    for (const struct catalog_attribute *at = next_attribute(attributes, count, NULL); at;
         at = next_attribute(attributes, count, at)) {
        strbuf_puts(out, before);
        docs_put_code(out, at->key);
        strbuf_puts(out, at->variable ? " = the daemon's environment variable " : " = ");
        docs_put_code(out, at->variable ? at->variable : at->value);
        if (at->variable)
            strbuf_puts(out, ", absent without");
        before = "; ";
    }
    strbuf_puts(out, " |\n");
}

static size_t count_families(const struct catalog *catalog) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += family_has_lines(&catalog->families[i]) ? 1 : 0;
    return count;
}

static bool shows(const struct settings_endpoint *endpoint, const struct catalog *catalog) {
    for (size_t i = 0; i < endpoint->services.count; i++)
        if (strcmp(endpoint->services.items[i], catalog->service) == 0)
            return true;
    return false;
}

/* "groups a, b without c" */
static void put_choice(struct strbuf *out, const struct settings_endpoint *endpoint) {
    const bool all = strcmp(endpoint->include, "all") == 0;
    const bool none = endpoint->exclude[0] == '\0' || strcmp(endpoint->exclude, "none") == 0;
    if (all && none)
        return;
    strbuf_puts(out, all ? ", all groups" : ", groups ");
    if (!all)
        docs_put_code(out, endpoint->include);
    if (!none) {
        strbuf_puts(out, " without ");
        docs_put_code(out, endpoint->exclude);
    }
}

static void put_endpoint(struct strbuf *out, const struct settings_endpoint *endpoint) {
    strbuf_puts(out, "| Endpoint | ");
    docs_put_code(out, endpoint->listen);
    strbuf_puts(out, ", path ");
    docs_put_code(out, endpoint->path);
    put_choice(out, endpoint);
    if (strcmp(endpoint->resource, "target_info") == 0)
        strbuf_puts(out, ", resource in `target_info`");
    else if (strcmp(endpoint->resource, "labels") == 0)
        strbuf_puts(out, ", resource as labels");
    if (endpoint->scope_labels)
        strbuf_puts(out, ", scope as labels `otel_scope_*`");
    if (endpoint->handler_metrics)
        strbuf_puts(out, ", with `promhttp_metric_handler_*`");
    strbuf_puts(out, " |\n");
}

static void put_endpoints(struct strbuf *out, const struct docs_page *page,
                          const struct catalog *catalog) {
    bool any = false;
    for (size_t i = 0; i < page->endpoint_count; i++) {
        if (!shows(&page->endpoints[i], catalog))
            continue;
        put_endpoint(out, &page->endpoints[i]);
        any = true;
    }
    if (!any && page->rest)
        put_endpoint(out, page->rest);
}

static void put_facts(struct strbuf *out, const struct docs_page *page,
                      const struct catalog *catalog) {
    strbuf_puts(out, "| | |\n|---|---|\n| Service | ");
    docs_put_code(out, catalog->service);
    strbuf_puts(out, " |\n");
    put_endpoints(out, page, catalog);
    put_attributes(out, "Resource", catalog->resource, catalog->resource_declared);
    put_attributes(out, "Scope", catalog->scope, catalog->scope_declared);
    strbuf_puts(out, "| Socket | ");
    if (catalog->socket)
        docs_put_code(out, catalog->socket);
    else
        strbuf_puts(out, "the one that services share");
    strbuf_printf(out, " |\n| Senders | %s |\n",
                  catalog->senders_restricted ? "the users and groups that the catalog lists"
                                              : "everyone who may write to the socket");
    if (catalog->ignore_label_count > 0) {
        strbuf_puts(out, "| Labels that are stripped | ");
        docs_put_codes(out, catalog->ignore_labels, catalog->ignore_label_count);
        strbuf_puts(out, " |\n");
    }
    strbuf_puts(out, "| Families | ");
    docs_put_count(out, count_families(catalog));
    strbuf_puts(out, ", with at most ");
    docs_put_count(out, catalog->bound);
    strbuf_puts(out, " series in ");
    docs_put_count(out, catalog->lines);
    strbuf_printf(out, " sample line%s |\n", catalog->lines == 1 ? "" : "s");
}

static void put_service(struct strbuf *out, const struct docs_page *page,
                        const struct catalog *catalog, int level) {
    put_facts(out, page, catalog);
    docs_write_series(out, catalog, level);
    docs_write_labels(out, catalog, level);
    docs_write_presence(out, catalog, level);
    docs_write_buckets(out, catalog, level);
    docs_write_queries(out, catalog, level);
    docs_write_sending(out, catalog, level);
    docs_write_bounds(out, catalog, level);
}

/* ---- all services ---- */

/* "a, b and c" */
static void put_list(struct strbuf *out, const struct catalog *const *catalogs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        strbuf_puts(out, i == 0 ? "" : i + 1 < count ? ", " : " and ");
        docs_put_prose(out, catalogs[i]->service);
    }
}

/* What GitHub and others make of a heading: small letters, and of the rest of a service's name no
 * dots. */
static void put_anchor(struct strbuf *out, const char *service) {
    for (; *service; service++)
        if (*service != '.')
            strbuf_putc(out, (char)tolower((unsigned char)*service));
}

static void put_overview(struct strbuf *out, const struct catalog *const *catalogs, size_t count) {
    strbuf_puts(out, "| Service | Families | Most series | Most sample lines |\n"
                     "|---|---:|---:|---:|\n");
    for (size_t i = 0; i < count; i++) {
        const struct catalog *catalog = catalogs[i];
        strbuf_puts(out, "| [");
        docs_put_prose(out, catalog->service);
        strbuf_puts(out, "](#");
        put_anchor(out, catalog->service);
        strbuf_puts(out, ") | ");
        docs_put_count(out, count_families(catalog));
        strbuf_puts(out, " | ");
        docs_put_count(out, catalog->bound);
        strbuf_puts(out, " | ");
        docs_put_count(out, catalog->lines);
        strbuf_puts(out, " |\n");
    }
}

static void put_title(struct strbuf *out, const struct catalog *const *catalogs, size_t count,
                      const char *title) {
    strbuf_puts(out, "# ");
    if (title) {
        docs_put_prose(out, title);
    } else {
        strbuf_puts(out, "Metrics of ");
        put_list(out, catalogs, count);
    }
    strbuf_printf(out,
                  "\n\n<!-- Written by `statgate docs` from the catalog%s: change %s, and write "
                  "this page again. -->\n\n",
                  count == 1 ? "" : "s", count == 1 ? "that" : "those");
}

void docs_write(struct strbuf *out, const struct docs_page *page) {
    put_title(out, page->catalogs, page->count, page->title);
    if (page->count == 1) {
        put_service(out, page, page->catalogs[0], 2);
        return;
    }
    put_overview(out, page->catalogs, page->count);
    for (size_t i = 0; i < page->count; i++) {
        struct strbuf text;
        strbuf_init(&text);
        docs_put_prose(&text, page->catalogs[i]->service);
        docs_put_heading(out, 2, strbuf_cstr(&text));
        out->failed |= text.failed;
        strbuf_done(&text);
        put_service(out, page, page->catalogs[i], 3);
    }
}
