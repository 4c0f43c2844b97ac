/* statgate rejections: what was refused or folded, who sent it, and what to do about it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/terminal.h"
#include "statgate/shown/page.h"
#include "statgate/shown/words.h"

enum { LINES_SHOWN = 5 };

/* ---- tables ---- */

/* The process of a row: depending on the list, it is "last_sender" or "sender". */
static const json_t *process_of(const json_t *row) {
    const json_t *last = jsonread_member(row, "last_sender");
    return last != NULL ? last : jsonread_member(row, "sender");
}

static void put_row(const struct shown_page *page, struct table *table, const json_t *row) {
    char text[WORDS_MAX];
    page_count(table, row, "count");
    table_cell(table, "%s", words_rate(text, jsonread_number(row, "rate", -1)));
    page_text(table, row, "reason");
    page_text(table, row, "service");
    page_text(table, row, "family");
    page_text(table, row, "label");
    page_ago(table, page, row, "last_seen");
    page_process(table, process_of(row));
}

static void put_rows(const struct shown_page *page, const char *heading, const char *key) {
    static const char *const heads[] = {"COUNT",  "RATE",  "REASON", "SERVICE",
                                        "FAMILY", "LABEL", "LAST",   "SENDER"};
    const json_t *rows = jsonread_list(page->root, key);
    struct table table;
    size_t index;
    json_t *row;
    table_init(&table, "rrllllrl");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)rows, index, row) put_row(page, &table, row);
    page_put_table(page, heading, &table);
}

/* Put a count. In a table of the most frequent items, it may be too large by up to its error. */
static void put_estimate(struct table *table, const json_t *row) {
    const int64_t error = jsonread_i64(row, "error", 0);
    if (error > 0)
        table_cell(table, "%" PRId64 " to %" PRId64, jsonread_i64(row, "count", 0) - error,
                   jsonread_i64(row, "count", 0));
    else
        page_count(table, row, "count");
}

static void put_names(const struct shown_page *page) {
    static const char *const heads[] = {"COUNT", "NAME", "FIRST", "LAST", "SENDER"};
    const json_t *rows = jsonread_list(page->root, "unknown_names");
    struct table table;
    size_t index;
    json_t *row;
    table_init(&table, "rlrrl");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)rows, index, row) {
        put_estimate(&table, row);
        page_text(&table, row, "name");
        page_ago(&table, page, row, "first_seen");
        page_ago(&table, page, row, "last_seen");
        page_process(&table, process_of(row));
    }
    page_put_table(page, "Names that no catalog declares", &table);
}

static void put_values(const struct shown_page *page) {
    static const char *const heads[] = {"COUNT", "FAMILY", "LABEL", "VALUE", "LAST", "SENDER"};
    const json_t *rows = jsonread_list(page->root, "folded_values");
    struct table table;
    size_t index;
    json_t *row;
    table_init(&table, "rlllrl");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)rows, index, row) {
        put_estimate(&table, row);
        page_text(&table, row, "family");
        page_text(&table, row, "label");
        page_text(&table, row, "value");
        page_ago(&table, page, row, "last_seen");
        page_process(&table, process_of(row));
    }
    page_put_table(page, "Values that were folded", &table);
}

/* ---- what to do ---- */

static void put_visible_member(struct strbuf *out, const json_t *object, const char *key) {
    size_t len;
    const char *text = jsonread_text(object, key, &len);
    terminal_put_visible(out, text, len);
}

/* Put each line of a text, indented by `indent` blanks. */
static void put_lines_of(struct strbuf *out, const char *text, int indent) {
    for (const char *end; text != NULL && *text != '\0'; text = end) {
        end = strchrnul(text, '\n');
        strbuf_printf(out, "%*s", indent, "");
        terminal_put_visible(out, text, (size_t)(end - text));
        strbuf_putc(out, '\n');
        end += *end == '\n';
    }
}

/* Put a patch, which is a text or JSON. */
static void put_patch(struct strbuf *out, const json_t *row) {
    const json_t *patch = jsonread_member(row, "patch");
    char *text = NULL;
    if (json_is_string(patch))
        text = strndup(json_string_value(patch), json_string_length(patch));
    else if (patch != NULL)
        text = json_dumps(patch, JSON_INDENT(2));
    if (text != NULL)
        strbuf_puts(out, "    if what is sent is right, the catalog takes it with\n");
    put_lines_of(out, text, 6);
    free(text);
}

/* Put the hint of a row. Returns 1 if there is one, else 0. */
static size_t put_hint(const struct shown_page *page, const json_t *row, bool first) {
    struct strbuf *out = page->out;
    if (*jsonread_text(row, "hint", NULL) == '\0')
        return 0;
    if (first)
        strbuf_printf(out, "%sWhat to do\n", out->len > 0 ? "\n" : "");
    strbuf_puts(out, "  ");
    if (*jsonread_text(row, "family", NULL) != '\0')
        put_visible_member(out, row, "family");
    else if (*jsonread_text(row, "name", NULL) != '\0')
        put_visible_member(out, row, "name");
    else
        strbuf_puts(out, "no family");
    if (*jsonread_text(row, "label", NULL) != '\0') {
        strbuf_puts(out, ", label ");
        put_visible_member(out, row, "label");
    }
    if (*jsonread_text(row, "reason", NULL) != '\0') {
        strbuf_puts(out, " (");
        put_visible_member(out, row, "reason");
        strbuf_putc(out, ')');
    }
    strbuf_putc(out, '\n');
    put_lines_of(out, jsonread_text(row, "hint", NULL), 4);
    put_patch(out, row);
    return 1;
}

/* Lists with hints, in the order in which these are shown. */
static const char *const hinted[] = {"by_family", "folded", "unknown_names", "folded_values"};
enum { HINTED = sizeof hinted / sizeof *hinted };

static bool has_same(const json_t *a, const json_t *b, const char *key) {
    return strcmp(jsonread_text(a, key, NULL), jsonread_text(b, key, NULL)) == 0;
}

/* Whether an earlier row had the same hint: rows for the values of a group repeat the group's
 * hint. */
static bool is_told(const struct shown_page *page, size_t list, const json_t *row) {
    size_t index;
    const json_t *other;
    for (size_t i = 0; i <= list; i++) {
        const json_t *rows = jsonread_list(page->root, hinted[i]);
        json_array_foreach(rows, index, other) {
            if (other == row)
                return false;
            if (has_same(row, other, "family") && has_same(row, other, "label") &&
                has_same(row, other, "reason") && has_same(row, other, "name") &&
                has_same(row, other, "hint"))
                return true;
        }
    }
    return false;
}

static bool has_same_patch(const json_t *a, const json_t *b) {
    const json_t *left = jsonread_member(a, "patch");
    const json_t *right = jsonread_member(b, "patch");
    return left == right || json_equal(left, right);
}

/* Whether this is the group of unknown names: its hint is that of the latest name, and is shown
 * with that name. */
static bool is_told_of_a_name(const struct shown_page *page, const json_t *row) {
    size_t index;
    const json_t *name;
    if (*jsonread_text(row, "family", NULL) != '\0')
        return false;
    json_array_foreach(jsonread_list(page->root, "unknown_names"), index, name) {
        if (has_same(row, name, "hint") && has_same_patch(row, name))
            return true;
    }
    return false;
}

static bool is_shown(const struct shown_page *page, size_t list, const json_t *row) {
    return !is_told(page, list, row) &&
           (strcmp(hinted[list], "by_family") != 0 || !is_told_of_a_name(page, row));
}

static void put_hints(const struct shown_page *page) {
    size_t hints = 0;
    size_t index;
    const json_t *row;
    for (size_t i = 0; i < HINTED; i++)
        json_array_foreach(jsonread_list(page->root, hinted[i]), index, row) {
            if (is_shown(page, i, row))
                hints += put_hint(page, row, hints == 0);
        }
}

/* ---- lines ---- */

static void put_line(const struct shown_page *page, const json_t *row) {
    struct strbuf *out = page->out;
    struct strbuf process = {0};
    char text[WORDS_MAX];
    size_t len;
    const char *line = jsonread_text(row, "line", &len);
    words_process(&process, process_of(row));
    strbuf_printf(out, "  %s, ",
                  words_ago(text, page->now_ms, jsonread_i64(row, "at", 0), "at some time"));
    put_visible_member(out, row, "reason");
    strbuf_puts(out, ", from ");
    terminal_put_visible(out, process.data, process.len);
    strbuf_putc(out, '\n');
    if (jsonread_member(row, "line") != NULL)
        terminal_put_caret(out, 4, line, len, (size_t)jsonread_i64(row, "offset", 0));
    strbuf_done(&process);
}

static void put_lines(const struct shown_page *page) {
    const json_t *rows = jsonread_list(page->root, "recent");
    size_t index;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, index, row) {
        if (index == 0)
            strbuf_puts(page->out, "\nLatest lines\n");
        if (index < LINES_SHOWN)
            put_line(page, row);
    }
    if (json_array_size(rows) > LINES_SHOWN)
        strbuf_printf(page->out, "  and %zu more: --json has them\n",
                      json_array_size(rows) - LINES_SHOWN);
}

/* ---- all ---- */

static void put_sum(const struct shown_page *page) {
    const int64_t total = jsonread_i64(page->root, "total", 0);
    int64_t folded = 0;
    size_t index;
    json_t *row;
    json_array_foreach(jsonread_list(page->root, "folded"), index, row) folded +=
        jsonread_i64(row, "count", 0);
    if (total == 0)
        strbuf_puts(page->out, "No sample was rejected");
    else
        strbuf_printf(page->out, "%" PRId64 " sample%s rejected", total,
                      total == 1 ? " was" : "s were");
    strbuf_printf(page->out, folded > 0 ? ", %" PRId64 " folded\n" : "\n", folded);
}

void shown_rejections(const struct shown_page *page) {
    put_sum(page);
    put_rows(page, "Rejected", "by_family");
    put_names(page);
    put_rows(page, "Folded", "folded");
    put_values(page);
    put_hints(page);
    put_lines(page);
}
