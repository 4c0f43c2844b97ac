/* SPDX-License-Identifier: MIT */
/* docs.c - statgate docs: the reference page of a catalog. */
#include "statgate/docs/docs_private.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/terminal.h"
#include "base/text.h"
#include "diagnostics/diagnostics.h"
#include "settings/settings.h"

/* ---- markdown ---- */

void docs_put_heading(struct strbuf *out, int level, const char *text) {
    strbuf_putc(out, '\n');
    for (int i = 0; i < level; i++)
        strbuf_putc(out, '#');
    docs_put(out, " {prose}\n\n", text);
}

/* ---- prose ---- */

static bool is_word(char c) {
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '_';
}

/* An underscore inside a word is not emphasis in Markdown, so names of metrics need no escapes. */
static bool is_inside_word(const char *text, size_t at) {
    return at > 0 && is_word(text[at - 1]) && text[at + 1] && is_word(text[at + 1]);
}

void docs_put_prose(struct strbuf *out, const char *text) {
    for (size_t i = 0; text[i]; i++) {
        const char c = text[i];
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            strbuf_putc(out, ' ');
            continue;
        }
        if (strchr("\\`*[]<>|~$&#", c) != NULL || (c == '_' && !is_inside_word(text, i)))
            strbuf_putc(out, '\\');
        strbuf_putc(out, c);
    }
}

/* ---- code ---- */

/* Whether the text can be put between backticks. A bar is possible, since a backslash before it
 * keeps it from ending the cell, but not a bar that already follows a backslash. */
static bool fits_backticks(const char *text, size_t len) {
    if (len == 0 || text[0] == ' ' || text[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        if ((unsigned char)c < 0x20 || c == 0x7f || c == '`' || (c == '\\' && text[i + 1] == '|'))
            return false;
    }
    return true;
}

/* Write text in <code>, where Markdown is still active, so every special character becomes a
 * reference. */
static void put_references(struct strbuf *out, const char *text) {
    strbuf_puts(out, "<code>");
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            strbuf_printf(out, "&#92;x%02x", c);
        else if (isalnum(c) || c >= 0x80)
            strbuf_putc(out, *text);
        else
            strbuf_printf(out, "&#%u;", c);
    }
    strbuf_puts(out, "</code>");
}

void docs_put_code(struct strbuf *out, const char *text) {
    if (!fits_backticks(text, strlen(text))) {
        put_references(out, text);
        return;
    }
    strbuf_putc(out, '`');
    for (; *text; text++) {
        if (*text == '|')
            strbuf_putc(out, '\\');
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, '`');
}

static void put_count(struct strbuf *out, uint64_t count) {
    char digits[NUM_TEXT_MAX];
    if (count == UINT64_MAX) {
        strbuf_puts(out, "2^64 or more");
        return;
    }
    const size_t len = num_put_u64(digits, count);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            strbuf_putc(out, ',');
        strbuf_putc(out, digits[i]);
    }
}

static void put_seconds(struct strbuf *out, int64_t time_ms) {
    terminal_put_number(out, (double)time_ms / 1000);
    strbuf_puts(out, " s");
}

static void put_hole(struct strbuf *out, const char *name, size_t len, va_list *args) {
    if (text_is(name, len, "code"))
        docs_put_code(out, va_arg(*args, const char *));
    else if (text_is(name, len, "prose"))
        docs_put_prose(out, va_arg(*args, const char *));
    else if (text_is(name, len, "text"))
        strbuf_puts(out, va_arg(*args, const char *));
    else if (text_is(name, len, "count"))
        put_count(out, va_arg(*args, uint64_t));
    else if (text_is(name, len, "n"))
        put_count(out, va_arg(*args, uint32_t));
    else if (text_is(name, len, "number"))
        terminal_put_number(out, va_arg(*args, double));
    else if (text_is(name, len, "seconds"))
        put_seconds(out, va_arg(*args, int64_t));
}

void docs_put(struct strbuf *out, const char *template, ...) {
    va_list args;
    va_start(args, template);
    for (const char *at = template;;) {
        const char *hole = strchrnul(at, '{');
        strbuf_put(out, at, (size_t)(hole - at));
        const char *end = strchr(hole, '}');
        if (end == NULL)
            break;
        put_hole(out, hole + 1, (size_t)(end - hole - 1), &args);
        at = end + 1;
    }
    va_end(args);
}

void docs_put_codes(struct strbuf *out, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        docs_put(out, "{text}{code}", i == 0 ? "" : ", ", texts[i]);
}

/* ---- groups ---- */

/* The smallest group that is shortened to "all others". */
enum { REST_LEAST = 7 };

void docs_groups_init(struct docs_groups *groups) {
    *groups = (struct docs_groups){.count = 0};
    strbuf_init(&groups->keys);
}

void docs_groups_done(struct docs_groups *groups) {
    strbuf_done(&groups->keys);
    free(groups->entries);
    docs_groups_init(groups);
}

void docs_groups_add(struct docs_groups *groups, const struct catalog_family *family) {
    strbuf_putc(&groups->keys, '\0');
    if (groups->count == groups->cap) {
        groups->cap = groups->cap == 0 ? 64 : groups->cap * 2;
        groups->entries = memory_resize(groups->entries, groups->cap, sizeof *groups->entries);
    }
    groups->entries[groups->count++] =
        (struct docs_entry){.offset = groups->begun, .family = family};
    groups->begun = groups->keys.len;
}

static const char *key_of(const struct docs_groups *groups, size_t entry) {
    return groups->keys.data + groups->entries[entry].offset;
}

static int by_key_and_name(const void *a, const void *b, void *arg) {
    const struct docs_entry *left = a;
    const struct docs_entry *right = b;
    const char *keys = arg;
    const int order = strcmp(keys + left->offset, keys + right->offset);
    return order != 0 ? order : strcmp(left->family->name, right->family->name);
}

/* Index of the first entry after the group that begins at `start`. */
static size_t end_of(const struct docs_groups *groups, size_t start) {
    size_t end = start + 1;
    while (end < groups->count && strcmp(key_of(groups, start), key_of(groups, end)) == 0)
        end++;
    return end;
}

static bool same_first_cell(const char *a, const char *b) {
    const char *end = strstr(a, " | ");
    const size_t len = end != NULL ? (size_t)(end - a) : strlen(a);
    return strncmp(a, b, len) == 0 && (b[len] == '\0' || strncmp(b + len, " | ", 3) == 0);
}

/* Whether no other group has the same first cell. Groups are sorted by key, so neighbours are
 * enough. */
static bool is_only(const struct docs_groups *groups, size_t start, size_t end) {
    const char *key = key_of(groups, start);
    return (start == 0 || !same_first_cell(key, key_of(groups, start - 1))) &&
           (end == groups->count || !same_first_cell(key, key_of(groups, end)));
}

static void put_row(struct docs_groups *groups, struct strbuf *out, size_t start, size_t end,
                    const char *instead) {
    strbuf_printf(out, "| %s | ", key_of(groups, start));
    if (instead != NULL)
        strbuf_puts(out, instead);
    for (size_t i = start; i < end && instead == NULL; i++)
        docs_put(out, "{text}{code}", i == start ? "" : ", ", groups->entries[i].family->name);
    strbuf_puts(out, " |\n");
}

/* Index where the largest group starts, if it is large enough for "all others"; else
 * groups->count. */
static size_t find_rest(const struct docs_groups *groups) {
    size_t largest = groups->count;
    size_t most = REST_LEAST - 1;
    for (size_t start = 0, end; start < groups->count; start = end) {
        end = end_of(groups, start);
        if (end - start <= most)
            continue;
        most = end - start;
        largest = start;
    }
    return largest;
}

void docs_groups_write(struct docs_groups *groups, struct strbuf *out, enum docs_shorten shorten) {
    if (groups->count > 1)
        qsort_r(groups->entries, groups->count, sizeof *groups->entries, by_key_and_name,
                groups->keys.data);
    const size_t rest = shorten == SHORTEN_REST ? find_rest(groups) : groups->count;
    for (size_t start = 0, end; start < groups->count; start = end) {
        end = end_of(groups, start);
        const bool only = shorten == SHORTEN_ONLY && is_only(groups, start, end);
        if (start != rest)
            put_row(groups, out, start, end, only ? "all that have it" : NULL);
    }
    if (rest < groups->count) {
        const size_t end = end_of(groups, rest);
        put_row(groups, out, rest, end, end - rest == groups->count ? "all" : "all others");
    }
}

/* ---- labels ----
 * The section on label values: what values labels can have, and what becomes of others.
 */

/* Whether lines have this label. An outcome or state that a derived family has in addition to
 * the labels of its attempts or jobs is not sent. */
static bool is_sent(const struct catalog_family *family, const struct catalog_label *label) {
    const struct catalog_family *origin = catalog_family_origin(family);
    if (origin == NULL)
        return true;
    for (uint32_t i = 0; i < origin->label_count; i++)
        if (strcmp(origin->labels[i].name, label->name) == 0)
            return true;
    return false;
}

static void put_value(struct strbuf *out, const struct catalog_label *label, uint32_t id) {
    const char *text = label->values[id].text;
    const char *wire = catalog_label_wire(label, id);
    docs_put_code(out, text);
    if (strcmp(text, wire) != 0)
        docs_put(out, " (sent as {code})", wire);
}

static void put_pattern(struct strbuf *out, const struct catalog_label *label) {
    static const struct {
        const char *name;
        const char *text;
    } named[] = {{"uuid", "a UUID"},
                 {"integer", "a decimal integer of up to 19 digits"},
                 {"slug", "lower-case letters and digits, words joined by hyphens"},
                 {"semver", "a version, `MAJOR.MINOR.PATCH`"},
                 {"status_code", "a status code, 100 to 599"}};
    const char *source = catalog_pattern_source(label->pattern);
    const char *text = NULL;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(named[i].name, source) == 0)
            text = named[i].text;
    docs_put(out, text != NULL ? "{text}" : "what {code} matches", text != NULL ? text : source);
    docs_put(out, ", at most {n} at a time", label->max);
}

/* Write a list from outside by its variable or file: its values are not in the catalog and may
 * differ from host to host. */
static void put_listed(struct strbuf *out, const struct catalog_label *label) {
    docs_put(out, "what {code} lists", label->file != NULL ? label->file->name : label->variable);
    if (label->kind != LABEL_PATTERN)
        return;
    strbuf_puts(out, "; while it is not set, ");
    put_pattern(out, label);
}

static void put_values(struct strbuf *out, const struct catalog_label *label) {
    if (catalog_label_is_outside(label)) {
        put_listed(out, label);
        return;
    }
    if (label->kind == LABEL_PATTERN) {
        put_pattern(out, label);
        return;
    }
    const char *before = label->kind == LABEL_CONST ? "always " : "";
    for (uint32_t i = 0; i < label->value_count; i++) {
        if ((int32_t)i == label->otherwise || label->values[i].len == 0)
            continue; /* shown in the next columns */
        strbuf_puts(out, before);
        put_value(out, label, i);
        before = ", ";
    }
}

static void put_cells(struct strbuf *out, const struct catalog_family *family,
                      const struct catalog_label *label) {
    docs_put(out, "{code} | ", label->name);
    put_values(out, label);
    if (!is_sent(family, label)) {
        strbuf_puts(out, " | – | –");
        return;
    }
    strbuf_puts(out, " | ");
    if (label->otherwise >= 0)
        put_value(out, label, (uint32_t)label->otherwise);
    else
        strbuf_puts(out, "rejected");
    strbuf_puts(out, " | ");
    if (catalog_label_is_optional(label))
        strbuf_puts(out, "left out");
    else if (label->default_value >= 0)
        docs_put_code(out, label->values[label->default_value].text);
    else
        strbuf_puts(out, "rejected");
}

/* Write that Prometheus renames the labels `job` and `instance`, since it sets its own. */
static void put_renamed(struct strbuf *out, const struct catalog *catalog) {
    static const char *const names[] = {"instance", "job"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        bool found = false;
        for (size_t i = 0; i < catalog->family_count && !found; i++) {
            const struct catalog_family *family = &catalog->families[i];
            for (uint32_t j = 0; j < family->label_count; j++)
                found |= family_has_lines(family) && strcmp(family->labels[j].name, names[n]) == 0;
        }
        if (found)
            docs_put(out,
                     "\nPrometheus stores the label `{text}` as `exported_{text}`, unless the "
                     "scrape has `honor_labels: true`.\n",
                     names[n], names[n]);
    }
}

/* Which kinds of labels occur that need a sentence below the heading. */
struct label_notes {
    bool patterns;
    bool templates;
    bool variables;
    bool files;
    bool unsent;
};

static void note_label(struct label_notes *notes, const struct catalog_family *family,
                       const struct catalog_label *label) {
    notes->patterns |= label->kind == LABEL_PATTERN;
    notes->templates |= label->templates;
    notes->variables |= label->variable != NULL;
    notes->files |= label->file != NULL;
    notes->unsent |= !is_sent(family, label);
}

static void put_notes(struct strbuf *out, const struct label_notes *notes) {
    strbuf_puts(out, "A value that is not allowed becomes *Any other value*; a line without the "
                     "label gets *Not sent*.\nA line with a label that its series do not have "
                     "is rejected, unless that label is stripped.\n");
    if (notes->patterns)
        strbuf_puts(out, "Values beyond the maximum at a time are not allowed.\n");
    if (notes->templates)
        strbuf_puts(out, "Values with braces are templates; a line may use other names for "
                         "their variables.\n");
    if (notes->variables)
        strbuf_puts(out, "A variable of the daemon's environment lists values, separated by "
                         "commas, and is read at the start.\n");
    if (notes->files)
        strbuf_puts(out, "A file beside the catalog lists values, one a line, and is read at the "
                         "start and at each reload.\n");
    if (notes->unsent)
        strbuf_puts(out, "– means that the daemon sets the label, not the line.\n");
}

static void add_family(struct docs_groups *groups, struct label_notes *notes,
                       const struct catalog_family *family) {
    for (uint32_t i = 0; family_has_lines(family) && i < family->label_count; i++) {
        put_cells(&groups->keys, family, &family->labels[i]);
        docs_groups_add(groups, family);
        note_label(notes, family, &family->labels[i]);
    }
    if (family->state_label != NULL) {
        put_cells(&groups->keys, family, family->state_label);
        docs_groups_add(groups, family);
    }
}

static void docs_write_labels(struct strbuf *out, const struct catalog *catalog, int level) {
    struct docs_groups groups;
    struct label_notes notes = {0};
    docs_groups_init(&groups);
    for (size_t i = 0; i < catalog->family_count; i++)
        add_family(&groups, &notes, &catalog->families[i]);
    if (groups.count > 0) {
        docs_put_heading(out, level, "Label values");
        put_notes(out, &notes);
        strbuf_puts(out, "\n| Label | Values | Any other value | Not sent | Series |\n"
                         "|---|---|---|---|---|\n");
        docs_groups_write(&groups, out, SHORTEN_ONLY);
        put_renamed(out, catalog);
    }
    docs_groups_done(&groups);
}

/* ---- page ----
 * the whole page: services, their descriptions, and their sections.
 *
 * It depends only on the catalogs and on the endpoints of a configuration file: not on the time,
 * the paths of these files or this host. So an earlier page can be compared with the present
 * output.
 */

struct docs_page {
    const struct catalog *const *catalogs; /**< sorted by service, each finished in a set */
    size_t count;
    const char *title; /**< plain text; NULL: "Metrics of" and the services */
    const struct settings_endpoint *endpoints; /**< the endpoints that show the services */
    size_t endpoint_count;
    const struct settings_endpoint *rest; /**< shows all other services; NULL: unknown */
};

/* ---- a service ---- */

/* The next attribute in byte order of key after `behind` (NULL: the first); NULL after the last.
 * Attributes without a value in the environment follow the others in the array, unsorted. */
static const struct catalog_attribute *next_attribute(const struct catalog_attribute *attributes,
                                                      size_t count,
                                                      const struct catalog_attribute *behind) {
    const struct catalog_attribute *next = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct catalog_attribute *other = &attributes[i];
        if ((behind == NULL || strcmp(other->key, behind->key) > 0) &&
            (next == NULL || strcmp(other->key, next->key) < 0))
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
    for (const struct catalog_attribute *at = next_attribute(attributes, count, NULL); at != NULL;
         at = next_attribute(attributes, count, at)) {
        docs_put(out, "{text}{code} = {text}{code}{text}", before, at->key,
                 at->variable != NULL ? "the daemon's environment variable " : "",
                 at->variable != NULL ? at->variable : at->value,
                 at->variable != NULL ? ", absent without" : "");
        before = "; ";
    }
    strbuf_puts(out, " |\n");
}

static uint64_t count_families(const struct catalog *catalog) {
    uint64_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += family_has_lines(&catalog->families[i]) ? 1 : 0;
    return count;
}

static bool shows(const struct settings_endpoint *endpoint, const struct catalog *catalog) {
    for (size_t i = 0; i < endpoint->options.service_count; i++)
        if (strcmp(endpoint->options.services[i], catalog->service) == 0)
            return true;
    return false;
}

/* Write the choice of groups: "groups a, b without c". A variable differs from host to host, so it
 * is named. */
static void put_choice(struct strbuf *out, const struct settings_endpoint *endpoint) {
    const char *include =
        endpoint->include_variable != NULL ? endpoint->include_variable : endpoint->options.include;
    const char *exclude =
        endpoint->exclude_variable != NULL ? endpoint->exclude_variable : endpoint->options.exclude;
    const bool all = strcmp(include, "all") == 0;
    const bool none = exclude[0] == '\0' || strcmp(exclude, "none") == 0;
    if (all && none)
        return;
    strbuf_puts(out, all                                  ? ", all groups"
                     : endpoint->include_variable != NULL ? ", groups of the variable "
                                                          : ", groups ");
    if (!all)
        docs_put_code(out, include);
    if (!none)
        docs_put(out, " without {text}{code}",
                 endpoint->exclude_variable != NULL ? "those of " : "", exclude);
}

static void put_endpoint(struct strbuf *out, const struct settings_endpoint *endpoint) {
    docs_put(out, "| Endpoint | {code}, path {code}", endpoint->listen, endpoint->path);
    put_choice(out, endpoint);
    endpoint_options_put_phrases(out, &endpoint->options);
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
    if (!any && page->rest != NULL)
        put_endpoint(out, page->rest);
}

static void put_facts(struct strbuf *out, const struct docs_page *page,
                      const struct catalog *catalog) {
    docs_put(out, "| | |\n|---|---|\n| Service | {code} |\n", catalog->service);
    put_endpoints(out, page, catalog);
    put_attributes(out, "Resource", catalog->resource, catalog->resource_declared);
    put_attributes(out, "Scope", catalog->scope, catalog->scope_declared);
    strbuf_puts(out, "| Socket | ");
    if (catalog->socket != NULL)
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
    docs_put(
        out, "| Families | {count}, with at most {count} series in {count} sample line{text} |\n",
        count_families(catalog), catalog->bound, catalog->lines, catalog->lines == 1 ? "" : "s");
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

/* Write the services as "a, b and c". */
static void put_list(struct strbuf *out, const struct catalog *const *catalogs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        docs_put(out, "{text}{prose}",
                 i == 0          ? ""
                 : i + 1 < count ? ", "
                                 : " and ",
                 catalogs[i]->service);
    }
}

/* Write a heading's anchor as GitHub and others make it: lower case, without dots. */
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
        docs_put(out, "| [{prose}](#", catalog->service);
        put_anchor(out, catalog->service);
        docs_put(out, ") | {count} | {count} | {count} |\n", count_families(catalog),
                 catalog->bound, catalog->lines);
    }
}

static void put_title(struct strbuf *out, const struct catalog *const *catalogs, size_t count,
                      const char *title) {
    strbuf_puts(out, "# ");
    if (title == NULL) {
        strbuf_puts(out, "Metrics of ");
        put_list(out, catalogs, count);
    }
    docs_put(
        out,
        "{prose}\n\n<!-- Written by `statgate docs` from the catalog{text}: change {text}, and "
        "write this page again. -->\n\n",
        title != NULL ? title : "", count == 1 ? "" : "s", count == 1 ? "that" : "those");
}

static void docs_write(struct strbuf *out, const struct docs_page *page) {
    put_title(out, page->catalogs, page->count, page->title);
    if (page->count == 1) {
        put_service(out, page, page->catalogs[0], 2);
        return;
    }
    put_overview(out, page->catalogs, page->count);
    for (size_t i = 0; i < page->count; i++) {
        docs_put_heading(out, 2, page->catalogs[i]->service);
        put_service(out, page, page->catalogs[i], 3);
    }
}

/* ---- docs ---- */

enum { OWN_CHECK, OWN_OUTPUT, OWN_TITLE, OWN_COUNT };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_CHECK] = {"check", "FILE",
                   "Write nothing, but fail when this file is not what would be written."},
    [OWN_OUTPUT] = {"output", "FILE",
                    "Write to this file, in one step; one that holds the page already is left "
                    "alone."},
    [OWN_TITLE] = {"title", "TEXT", "Title of the page, in place of the names of the services."},
};

/* ---- the command ---- */

static int deliver(struct cli *cli, const struct settings *settings, const struct strbuf *page) {
    struct error error;
    const char *checked = settings->own[OWN_CHECK];
    const char *output = settings->own[OWN_OUTPUT];
    if (checked == NULL && output == NULL)
        strbuf_put(&cli->out, page->data, page->len);
    else if (checked != NULL ? !statgate_output_holds(checked, page, &error)
                             : !statgate_output_write(output, page, &error))
        return command_fail(cli, &docs_command, CLI_FAILURE, "%s", error.text);
    return CLI_OK;
}

/* Write the page. Endpoints belong to the catalogs of the settings; for other catalogs they are
 * shown only if the configuration file was named. */
static void describe(struct strbuf *out, const struct settings *settings,
                     const struct catalog_set *set) {
    const bool whole =
        settings->words.count == 0 || settings->sources[SETTING_config] == SETTINGS_FLAG;
    const struct settings_endpoint rest = settings_default_endpoint(settings);
    const bool says_rest = whole && settings->sources[SETTING_metrics_listen] == SETTINGS_FILE &&
                           settings->metrics_listen[0];
    const struct docs_page page = {.catalogs = (const struct catalog *const *)set->catalogs,
                                   .count = set->count,
                                   .title = settings->own[OWN_TITLE],
                                   .endpoints = settings->endpoints,
                                   .endpoint_count = whole ? settings->endpoint_count : 0,
                                   .rest = says_rest ? &rest : NULL};
    docs_write(out, &page);
}

static int run(struct cli *cli, const struct settings *settings) {
    if (settings->words.count > 0 && settings->sources[SETTING_catalog] == SETTINGS_FLAG)
        return command_fail(cli, &docs_command, CLI_USAGE,
                            "name catalogs as arguments or by --catalog, not both");
    if (settings->own[OWN_CHECK] != NULL && settings->own[OWN_OUTPUT] != NULL)
        return command_fail(cli, &docs_command, CLI_USAGE, "either --check or --output, not both");
    for (int i = 0; i < OWN_COUNT; i++)
        if (settings->own[i] != NULL && !settings->own[i][0])
            return command_fail(cli, &docs_command, CLI_USAGE, "--%s: may not be empty",
                                own_flags[i].name);
    struct catalog_set set;
    struct messages errors;
    struct strbuf page;
    catalog_set_init(&set);
    diagnostics_messages_init(&errors);
    strbuf_init(&page);
    int code = CLI_USAGE;
    if (statgate_services_load(settings->words.count > 0 ? &settings->words : &settings->catalog,
                               &set, &errors)) {
        describe(&page, settings, &set);
        code = deliver(cli, settings, &page);
    }
    diagnostics_write_errors(&errors, &cli->err);
    strbuf_done(&page);
    diagnostics_messages_done(&errors);
    catalog_set_done(&set);
    return code;
}

const struct command docs_command = {
    .word = "docs",
    .summary = "Write a reference page of what catalogs declare, as Markdown.",
    .program =
        {.name = "statgate docs",
         .usage = "[FLAG...] [CATALOG...]",
         .about =
             "Writes one Markdown page for people who query the metrics or send them: each "
             "series with its type, labels and meaning, by metric group; the values of labels; "
             "when a series exists; buckets and quantiles; examples of lines; bounds. Without "
             "arguments it takes the catalogs of the settings; several make one page. The same "
             "catalogs and endpoints make the same page, so --check finds one that is out of "
             "date. Exit codes: 0 done, 1 stale or not written, 2 a catalog is invalid.",
         .allowed = SETTING_BIT(config) | SETTING_BIT(catalog),
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate docs shop.json | less\n"
                     "  statgate docs --output METRICS.md shop.json\n"
                     "  statgate docs --check METRICS.md shop.json\n"},
    .run = run,
};
