/* SPDX-License-Identifier: MIT */
/* shown_problems.c - problems and rejections, with what to do. */
#include "statgate/shown/shown_private.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/terminal.h"
#include "base/text.h"

/* ---- trouble ---- */

bool shown_trouble_is_none(const struct trouble *trouble) {
    return trouble->state == FETCH_DONE && trouble->status == 200;
}

/* ---- no one answers ---- */

static const char *why_nobody(int error) {
    switch (error) {
    case ECONNREFUSED:
        return "no process listens there";
    case ENOENT:
    case ENOTDIR:
        return "no socket there";
    case EACCES:
    case EPERM:
        return "permission denied";
    case EAGAIN:
        return "its queue is full";
    default:
        return strerror(error);
    }
}

static void explain_nobody(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *words) {
    const bool denied = trouble->error == EACCES || trouble->error == EPERM;
    (void)error_set(&words->what, "no daemon at %s (%s): %s", where->text, where->source,
                    why_nobody(trouble->error));
    (void)error_set(&words->todo, "%s",
                    denied ? "ask as a user who may write to that socket"
                           : "start statgated, or name its address: --daemon ADDRESS or "
                             "STATGATE_DAEMON=ADDRESS");
}

/* ---- it answers, but not with what was asked for ---- */

/* Add the daemon's own sentence if it starts with `begin` (or does not, if `wanted` is false).
 * False: none was added. */
static bool add_said_if(const struct trouble *trouble, const char *begin, bool wanted,
                        struct error *error) {
    struct error none;
    json_t *root = json_jsonread_parse(trouble->body, trouble->body_len, &none);
    const char *said = json_jsonread_text(root, "error", NULL);
    const bool fits = *said != '\0' && text_begins(said, begin) == wanted;
    if (fits)
        (void)error_add(error, ": %s", said);
    json_decref(root);
    return fits;
}

static void add_said(const struct trouble *trouble, struct error *error) {
    (void)add_said_if(trouble, "", true, error);
}

/* Explain 404: the path is served but has nothing to show, or it is not served. */
static void explain_missing(const struct trouble *trouble, struct trouble_words *words) {
    if (add_said_if(trouble, "no such page", false, &words->what))
        return;
    (void)error_add(&words->what, " has no %.*s", (int)strcspn(trouble->target, "?"),
                    trouble->target);
    add_said(trouble, &words->what);
    (void)error_set(&words->todo, "ask at the daemon's debug_listen: --daemon ADDRESS or "
                                  "STATGATE_DAEMON=ADDRESS. Or the daemon is older than this "
                                  "command");
}

static void explain_token(const struct where *where, struct trouble_words *words) {
    const bool given = where->token != NULL;
    (void)error_add(&words->what, ": the daemon %s",
                    given ? "refuses this token" : "wants a token");
    (void)error_set(&words->todo, "%s",
                    given ? "name the file with the right one: --token-file FILE"
                          : "name the file that its setting debug_token_file or "
                            "bearer_token_file names: --token-file FILE");
}

static void explain_status(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *words) {
    (void)error_set(&words->what, "%s", where->text);
    switch (trouble->status) {
    case 400:
        add_said(trouble, &words->what);
        break;
    case 401:
    case 403:
        explain_token(where, words);
        break;
    case 404:
        explain_missing(trouble, words);
        break;
    case 421:
        (void)error_add(&words->what, ": the daemon does not answer to this name");
        (void)error_set(&words->todo,
                        "ask by its IP address, or add the name to its setting debug_hosts");
        break;
    case 503:
        (void)error_add(&words->what, ": the daemon has no room for an answer now");
        add_said(trouble, &words->what);
        (void)error_set(&words->todo, "try again");
        break;
    default:
        (void)error_add(&words->what, ": answered %u", trouble->status);
        add_said(trouble, &words->what);
    }
}

static void explain_answer(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *words) {
    switch (trouble->state) {
    case FETCH_UNDER_WAY:
        (void)error_set(&words->what,
                        "%s: no answer in time: the daemon is stopped or busy, or another "
                        "program listens there",
                        where->text);
        break;
    case FETCH_CUT:
        (void)error_set(&words->what,
                        "%s: the connection ended before the answer did. The daemon may have ended",
                        where->text);
        (void)error_set(&words->todo, "try again");
        break;
    case FETCH_NO_RESPONSE:
        (void)error_set(&words->what, "%s: what listens there speaks no HTTP", where->text);
        (void)error_set(&words->todo, "name the daemon's address: --daemon ADDRESS");
        break;
    case FETCH_TOO_LARGE:
        (void)error_set(&words->what, "%s: the answer is too large", where->text);
        (void)error_set(&words->todo, "ask for less: --limit, --service or --family");
        break;
    case FETCH_NOBODY:
        explain_nobody(trouble, where, words);
        break;
    case FETCH_DONE:
        explain_status(trouble, where, words);
        break;
    }
}

int shown_trouble_describe(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *ret_words) {
    error_clear(&ret_words->todo);
    explain_answer(trouble, where, ret_words);
    if (where->note.text[0] != '\0')
        (void)error_add(&ret_words->what, ". Also, %s", where->note.text);
    return trouble->state == FETCH_DONE && trouble->status == 400 ? CLI_USAGE : CLI_FAILURE;
}

void shown_trouble_join(const struct trouble_words *words, struct error *ret_error) {
    const char *todo = words->todo.text;
    (void)error_set(ret_error, "%s", words->what.text);
    if (*todo != '\0')
        (void)error_add(ret_error, ". %c%s", toupper((unsigned char)*todo), todo + 1);
}

int shown_trouble_explain(const struct trouble *trouble, const struct where *where,
                          struct error *ret_error) {
    struct trouble_words words;
    const int code = shown_trouble_describe(trouble, where, &words);
    shown_trouble_join(&words, ret_error);
    return code;
}

/* ---- rejections ----
 * statgate rejections: what was refused or folded, who sent it, and what to do about it.
 */

enum { LINES_SHOWN = 5 };

/* ---- tables ---- */

/* The process of a row: depending on the list, it is "last_sender" or "sender". */
static const json_t *process_of(const json_t *row) {
    const json_t *last = json_jsonread_member(row, "last_sender");
    return last != NULL ? last : json_jsonread_member(row, "sender");
}

static void put_sender(struct strbuf *out, const struct shown_page *page, const json_t *row) {
    (void)page;
    shown_words_process(out, process_of(row));
}

/* Put a count. In a table of the most frequent items, it may be too large by up to its error. */
static void put_estimate(struct strbuf *out, const struct shown_page *page, const json_t *row) {
    const int64_t count = json_jsonread_i64(row, "count", 0);
    const int64_t error = json_jsonread_i64(row, "error", 0);
    (void)page;
    if (error > 0)
        strbuf_printf(out, "%" PRId64 " to ", count - error);
    strbuf_printf(out, "%" PRId64, count);
}

static const struct column counts[] = {SHOWN("COUNT", 'r', COUNT, "count"),
                                       SHOWN("RATE", 'r', RATE, "rate"),
                                       SHOWN("REASON", 'l', TEXT, "reason"),
                                       SHOWN("SERVICE", 'l', TEXT, "service"),
                                       SHOWN("FAMILY", 'l', TEXT, "family"),
                                       SHOWN("LABEL", 'l', TEXT, "label"),
                                       SHOWN("LAST", 'r', AGO, "last_seen"),
                                       SHOWN_BY("SENDER", 'l', put_sender),
                                       SHOWN_END};
static const struct column names[] = {
    SHOWN_BY("COUNT", 'r', put_estimate),   SHOWN("NAME", 'l', TEXT, "name"),
    SHOWN("FIRST", 'r', AGO, "first_seen"), SHOWN("LAST", 'r', AGO, "last_seen"),
    SHOWN_BY("SENDER", 'l', put_sender),    SHOWN_END};
static const struct column folded_values[] = {SHOWN_BY("COUNT", 'r', put_estimate),
                                              SHOWN("FAMILY", 'l', TEXT, "family"),
                                              SHOWN("LABEL", 'l', TEXT, "label"),
                                              SHOWN("VALUE", 'l', TEXT, "value"),
                                              SHOWN("LAST", 'r', AGO, "last_seen"),
                                              SHOWN_BY("SENDER", 'l', put_sender),
                                              SHOWN_END};

/* ---- what to do ---- */

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

/* Put the hint of a row. Returns 1 if there is one, else 0. */
static size_t put_hint(const struct shown_page *page, const json_t *row, bool first) {
    struct strbuf *out = page->out;
    if (*json_jsonread_text(row, "hint", NULL) == '\0')
        return 0;
    if (first)
        strbuf_printf(out, "%sWhat to do\n", out->len > 0 ? "\n" : "");
    strbuf_puts(out, "  ");
    if (*json_jsonread_text(row, "family", NULL) != '\0')
        shown_put_visible(out, row, "family");
    else if (*json_jsonread_text(row, "name", NULL) != '\0')
        shown_put_visible(out, row, "name");
    else
        strbuf_puts(out, "no family");
    if (*json_jsonread_text(row, "label", NULL) != '\0') {
        strbuf_puts(out, ", label ");
        shown_put_visible(out, row, "label");
    }
    if (*json_jsonread_text(row, "reason", NULL) != '\0') {
        strbuf_puts(out, " (");
        shown_put_visible(out, row, "reason");
        strbuf_putc(out, ')');
    }
    strbuf_putc(out, '\n');
    put_lines_of(out, json_jsonread_text(row, "hint", NULL), 4);
    return 1;
}

/* Lists with hints, in the order in which these are shown. */
static const char *const hinted[] = {"by_family", "folded", "unknown_names", "folded_values"};
enum { HINTED = sizeof hinted / sizeof *hinted };

static bool has_same(const json_t *a, const json_t *b, const char *key) {
    return strcmp(json_jsonread_text(a, key, NULL), json_jsonread_text(b, key, NULL)) == 0;
}

/* Whether an earlier row had the same hint: rows for the values of a group repeat the group's
 * hint. */
static bool is_told(const struct shown_page *page, size_t list, const json_t *row) {
    size_t index;
    const json_t *other;
    for (size_t i = 0; i <= list; i++) {
        const json_t *rows = json_jsonread_list(page->root, hinted[i]);
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

/* Whether this is the group of unknown names: its hint is that of the latest name, and is shown
 * with that name. */
static bool is_told_of_a_name(const struct shown_page *page, const json_t *row) {
    size_t index;
    const json_t *name;
    if (*json_jsonread_text(row, "family", NULL) != '\0')
        return false;
    json_array_foreach(json_jsonread_list(page->root, "unknown_names"), index, name) {
        if (has_same(row, name, "hint"))
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
        json_array_foreach(json_jsonread_list(page->root, hinted[i]), index, row) {
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
    const char *line = json_jsonread_text(row, "line", &len);
    shown_words_process(&process, process_of(row));
    strbuf_printf(
        out, "  %s, ",
        shown_words_ago(text, page->now_ms, json_jsonread_i64(row, "at", 0), "at some time"));
    shown_put_visible(out, row, "reason");
    strbuf_puts(out, ", from ");
    terminal_put_visible(out, process.data, process.len);
    strbuf_putc(out, '\n');
    if (json_jsonread_member(row, "line") != NULL)
        terminal_put_caret(out, 4, line, len, (size_t)json_jsonread_i64(row, "offset", 0));
    strbuf_done(&process);
}

static void put_lines(const struct shown_page *page) {
    const json_t *rows = json_jsonread_list(page->root, "recent");
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
    const int64_t total = json_jsonread_i64(page->root, "total", 0);
    int64_t folded = 0;
    size_t index;
    json_t *row;
    json_array_foreach(json_jsonread_list(page->root, "folded"), index, row) folded +=
        json_jsonread_i64(row, "count", 0);
    if (total == 0)
        strbuf_puts(page->out, "No sample was rejected");
    else
        strbuf_printf(page->out, "%" PRId64 " sample%s rejected", total,
                      total == 1 ? " was" : "s were");
    strbuf_printf(page->out, folded > 0 ? ", %" PRId64 " folded\n" : "\n", folded);
}

void shown_rejections(const struct shown_page *page) {
    put_sum(page);
    shown_put_list(page, "Rejected", "by_family", counts);
    shown_put_list(page, "Names that no catalog declares", "unknown_names", names);
    shown_put_list(page, "Folded", "folded", counts);
    shown_put_list(page, "Values that were folded", "folded_values", folded_values);
    put_hints(page);
    put_lines(page);
}
