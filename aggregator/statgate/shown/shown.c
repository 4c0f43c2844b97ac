/* SPDX-License-Identifier: MIT */
/* shown.c - the commands that show a debug view: asking the daemon, following, words. */
#include "statgate/shown/shown_private.h"

#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/listen_address.h"
#include "base/num.h"
#include "base/terminal.h"
#include "base/text.h"
#include "host/clock.h"
#include "settings/settings.h"
#include "sg_proto.h"
#include "statgate.h"
#include "statgate/control/control_command.h"

/* ---- words ---- */

const char *shown_words_took(char out[WORDS_MAX], double seconds) {
    const double ms = seconds * 1000;
    if (!(ms >= 0))
        return "-";
    if (ms >= 1000)
        return terminal_duration(out, (int64_t)ms);
    if (ms < 0.005) /* a daemon that gives whole milliseconds shows this as 0 */
        return "less than 1 ms";
    (void)snprintf(out, WORDS_MAX,
                   ms >= 9.95    ? "%.0f ms"
                   : ms >= 0.095 ? "%.1f ms"
                                 : "%.2f ms",
                   ms);
    return out;
}

const char *shown_words_ago(char out[WORDS_MAX], int64_t now_ms, int64_t at_ms, const char *never) {
    if (at_ms <= 0)
        return never;
    if (now_ms - at_ms < 1000) /* the daemon's time has whole seconds */
        return "now";
    (void)terminal_duration(out, (now_ms - at_ms) / 1000 * 1000);
    (void)snprintf(out + strlen(out), WORDS_MAX - strlen(out), " ago");
    return out;
}

const char *shown_words_short(char out[WORDS_MAX], double value) {
    static const char units[] = "kMGTPE";
    size_t unit = 0;
    if (value < 10000) {
        (void)snprintf(out, WORDS_MAX, "%.0f", value);
        return out;
    }
    for (value /= 1000; value >= 999.5 && unit + 2 < sizeof units; unit++)
        value /= 1000;
    (void)snprintf(out, WORDS_MAX, value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
    return out;
}

const char *shown_words_rate(char out[WORDS_MAX], double rate) {
    char text[WORDS_MAX];
    if (!(rate >= 0))
        return "-";
    if (rate > 0 && rate < 10)
        (void)snprintf(out, WORDS_MAX, "%.2g/s", rate);
    else
        (void)snprintf(out, WORDS_MAX, "%.20s/s", shown_words_short(text, rate));
    return out;
}

const char *shown_words_time(char out[WORDS_MAX], int64_t at_ms) {
    const time_t at = (time_t)(at_ms / 1000);
    struct tm tm;
    if (at_ms <= 0 || gmtime_r(&at, &tm) == NULL)
        return "-";
    (void)strftime(out, WORDS_MAX, "%Y-%m-%d %H:%M:%S", &tm);
    return out;
}

const char *shown_words_number(char out[WORDS_MAX], double value) {
    char text[NUM_TEXT_MAX];
    const size_t len = num_put_go(text, value);
    if (value == rint(value) && fabs(value) < 1e15)
        (void)snprintf(out, WORDS_MAX, "%.0f", value);
    else if (len > 14 && fabs(value) >= 1e5 && fabs(value) < 1e15) /* a timestamp, or a large sum */
        (void)snprintf(out, WORDS_MAX, "%.3f", value);
    else if (len > 14)
        (void)snprintf(out, WORDS_MAX, "%.6g", value);
    else
        (void)snprintf(out, WORDS_MAX, "%.*s", (int)len, text);
    return out;
}

static void put_value(struct strbuf *out, const json_t *value) {
    const char *text = json_string_value(value);
    const size_t len = json_string_length(value);
    strbuf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\' || text[i] == '\n')
            strbuf_putc(out, '\\');
        strbuf_putc(out, text[i] == '\n' ? 'n' : text[i]);
    }
    strbuf_putc(out, '"');
}

void shown_words_labels(struct strbuf *out, const json_t *labels) {
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)(uintptr_t)labels, key, value) {
        strbuf_printf(out, "%s%s=", count++ == 0 ? "{" : ",", key);
        put_value(out, value);
    }
    if (count > 0)
        strbuf_putc(out, '}');
}

void shown_words_process(struct strbuf *out, const json_t *process) {
    size_t len;
    const char *comm = json_jsonread_text(process, "comm", &len);
    const char *unit = json_jsonread_text(process, "unit", NULL);
    const int64_t pid = json_jsonread_i64(process, "pid", -1);
    if (process == NULL || (pid <= 0 && len == 0)) {
        strbuf_puts(out, pid == 0 ? "another pid namespace" : "-");
        return;
    }
    strbuf_put(out, comm, len);
    if (pid > 0)
        strbuf_printf(out, len > 0 ? " (%" PRId64 ")" : "%" PRId64, pid);
    if (*unit != '\0')
        strbuf_printf(out, " in %s", unit);
}

/* ---- where ---- */

const char *shown_where_flag(const struct command *command, const struct settings *settings,
                             const char *name) {
    const struct settings_own_flag *own = command->program.own;
    for (size_t i = 0; own[i].name != NULL; i++)
        if (strcmp(own[i].name, name) == 0)
            return settings->own[i];
    return NULL;
}

static void take_address(struct where *where, const char *text, const char *source) {
    (void)snprintf(where->text, sizeof where->text, "%s", text);
    where->source = source;
}

static void take_token(struct where *where, const char *path) {
    struct error wrong;
    bool exposed;
    if (path[0] == '\0' || where->token != NULL)
        return;
    where->token = settings_read_token(path, &exposed, &wrong);
    if (where->token == NULL)
        (void)error_set(&where->note, "the token of the settings: %s", wrong.text);
}

/* Take the address from the settings that the daemon reads without flags. A mistake in them is
 * noted; the daemon reports it itself. */
static void find_in_settings(struct where *where, const struct cli *cli) {
    static const struct settings_program program = {
        .name = "statgate",
        .allowed = SETTING_BIT(config) | SETTING_BIT(metrics_listen) | SETTING_BIT(debug_listen) |
                   SETTING_BIT(bearer_token_file) | SETTING_BIT(debug_token_file)};
    char name[] = "statgate";
    char *const argv[] = {name, NULL};
    struct settings settings = {0};
    struct error wrong;
    if (settings_parse(&settings, &program, 1, argv, &cli->host, &wrong) != SETTINGS_OK) {
        (void)error_set(&where->note, "the settings cannot be read: %s", wrong.text);
        take_address(where, "127.0.0.1:9464", "the default of metrics_listen");
        return;
    }
    if (settings.debug_listen != NULL && settings.debug_listen[0] != '\0')
        take_address(where, settings.debug_listen, "debug_listen");
    else
        take_address(where, settings.metrics_listen, "metrics_listen");
    if (settings.debug_listen != NULL && settings.debug_listen[0] == '\0')
        (void)error_set(&where->note, "debug_listen is empty: there is no /debug");
    take_token(where, settings.debug_token_file);
    if (settings.debug_token_file[0] == '\0')
        take_token(where, settings.bearer_token_file);
    settings_done(&settings);
}

static bool is_same_address(const char *a, const char *b) {
    struct listen_address one;
    struct listen_address other;
    const char *reason;
    return listen_address_parse(a, &one, &reason) && listen_address_parse(b, &other, &reason) &&
           listen_address_same(&one, &other);
}

/* Take the address from the daemon that holds the socket: its flags may differ from the settings,
 * whose token is theirs alone. */
static void ask_for_address(struct where *where, struct cli *cli, const char *sock_path) {
    char address[FETCH_HOST_MAX];
    if (!control_ask_address(cli, sock_path, address, sizeof address) ||
        is_same_address(address, where->text))
        return;
    settings_token_free(where->token);
    where->token = NULL;
    error_clear(&where->note);
    take_address(where, address, "of the daemon that has the socket");
}

static int read_token_flag(struct where *where, struct cli *cli, const struct command *command,
                           const char *path) {
    struct error wrong;
    bool exposed;
    if (path == NULL)
        return CLI_OK;
    settings_token_free(where->token);
    where->token = settings_read_token(path, &exposed, &wrong);
    return where->token != NULL
               ? CLI_OK
               : command_fail(cli, command, CLI_USAGE, "--token-file: %s", wrong.text);
}

int shown_where_find(struct where *where, struct cli *cli, const struct command *command,
                     const struct settings *settings) {
    *where = (struct where){.source = NULL};
    struct error wrong;
    const char *given = shown_where_flag(command, settings, "daemon");
    const char *variable = statgate_cli_variable(cli, "STATGATE_DAEMON");
    if (given != NULL)
        take_address(where, given, "--daemon");
    else if (variable != NULL)
        take_address(where, variable, "STATGATE_DAEMON");
    else {
        find_in_settings(where, cli);
        ask_for_address(where, cli, shown_where_flag(command, settings, "socket"));
    }
    if (where->text[0] == '\0')
        return command_fail(cli, command, CLI_FAILURE,
                            "the settings have no address for HTTP (metrics_listen is empty); name "
                            "one: --daemon ADDRESS");
    if (!fetch_address_find(where->text, &where->address, &wrong))
        return command_fail(cli, command, CLI_USAGE, "%s: \"%.200s\": %s", where->source,
                            where->text, wrong.text);
    return read_token_flag(where, cli, command, shown_where_flag(command, settings, "token-file"));
}

void shown_where_done(struct where *where) {
    settings_token_free(where->token);
    where->token = NULL;
}

/* ---- asking ---- */

/* ---- the target ---- */

static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~:", c) != NULL);
}

bool shown_asking_add(char target[ASKING_TARGET_MAX], const char *name, const char *value) {
    static const char digits[] = "0123456789ABCDEF";
    struct strbuf text = {0};
    strbuf_printf(&text, "%c%s=", strchr(target, '?') != NULL ? '&' : '?', name);
    for (; *value != '\0'; value++) {
        const unsigned char byte = (unsigned char)*value;
        if (is_plain(*value)) {
            strbuf_putc(&text, *value);
            continue;
        }
        strbuf_putc(&text, '%');
        strbuf_putc(&text, digits[byte >> 4]);
        strbuf_putc(&text, digits[byte & 15]);
    }
    const size_t len = strlen(target);
    const bool fits = len + text.len < ASKING_TARGET_MAX;
    if (fits)
        memcpy(target + len, strbuf_cstr(&text), text.len + 1);
    strbuf_done(&text);
    return fits;
}

/* ---- the answer ---- */

/* Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110, 5.6.7): no locale was set, so strptime takes English
 * names. */
int64_t shown_asking_date(const char *date, int64_t otherwise) {
    struct tm tm = {0};
    const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) * 1000 : otherwise;
}

int shown_asking_text(const struct where *where, const char *target, size_t max,
                      struct strbuf *ret_body, int64_t *ret_now_ms,
                      struct trouble_words *ret_wrong) {
    const struct fetch_request request = {
        .address = &where->address, .target = target, .token = where->token, .body_max = max};
    struct fetch *fetch = fetch_start(&request);
    int code = CLI_OK;
    const enum fetch_state state =
        fetch_wait(fetch, clock_mono_ns() + (int64_t)ASKING_TIMEOUT_MS * 1000000);
    struct strbuf *body = fetch_body(fetch);
    const struct trouble trouble = {.state = state,
                                    .error = fetch_error(fetch),
                                    .status = fetch_head(fetch)->status,
                                    .target = target,
                                    .body = strbuf_cstr(body),
                                    .body_len = body->len};
    if (shown_trouble_is_none(&trouble)) {
        *ret_now_ms = shown_asking_date(fetch_head(fetch)->date, clock_real_ms());
        strbuf_put(ret_body, body->data, body->len);
    } else {
        code = shown_trouble_describe(&trouble, where, ret_wrong);
    }
    fetch_free(fetch);
    return code;
}

int shown_asking_json(const struct where *where, const char *target, json_t **ret_root,
                      int64_t *ret_now_ms, struct trouble_words *ret_wrong) {
    struct strbuf body = {0};
    struct error wrong;
    int code = shown_asking_text(where, target, ASKING_JSON_MAX, &body, ret_now_ms, ret_wrong);
    json_t *root = code == CLI_OK ? json_jsonread_parse(body.data, body.len, &wrong) : NULL;
    if (code == CLI_OK && root == NULL) {
        error_clear(&ret_wrong->todo);
        (void)error_set(&ret_wrong->what, "%s%s: %s", where->text, target, wrong.text);
        code = CLI_FAILURE;
    }
    if (root != NULL)
        *ret_root = root;
    strbuf_done(&body);
    return code;
}

/* ---- columns ---- */

/* The member that a path of names leads to, or NULL; without a path the row itself. */
static const json_t *member_of(const json_t *row, const char *path) {
    char name[64];
    while (path != NULL && row != NULL) {
        const size_t len = strcspn(path, ".");
        (void)snprintf(name, sizeof name, "%.*s", (int)len, path);
        row = json_jsonread_member(row, name);
        path = path[len] == '.' ? path + len + 1 : NULL;
    }
    return row;
}

static double number_of(const json_t *member, double otherwise) {
    return json_is_number(member) ? json_number_value(member) : otherwise;
}

static void put_cell(struct strbuf *out, const struct shown_page *page, const json_t *row,
                     const struct column *column) {
    const json_t *member = member_of(row, column->member);
    char text[WORDS_MAX];
    if (column->put != NULL) {
        column->put(out, page, row);
        return;
    }
    switch (column->form) {
    case COLUMN_TEXT:
        strbuf_put(out, json_string_value(member), json_string_length(member));
        break;
    case COLUMN_COUNT:
        if (json_is_integer(member) && json_integer_value(member) >= 0)
            strbuf_printf(out, "%" PRId64, (int64_t)json_integer_value(member));
        break;
    case COLUMN_AGO:
        strbuf_puts(out, shown_words_ago(text, page->now_ms, (int64_t)number_of(member, 0), "-"));
        break;
    case COLUMN_DURATION:
        if (number_of(member, -1) >= 0)
            strbuf_puts(out, terminal_duration(text, (int64_t)(number_of(member, 0) * 1000)));
        break;
    case COLUMN_RATE:
        strbuf_puts(out, shown_words_rate(text, number_of(member, -1)));
        break;
    case COLUMN_PROCESS:
        shown_words_process(out, member);
        break;
    case COLUMN_LABELS:
        strbuf_put(out, json_string_value(member), json_string_length(member));
        shown_words_labels(out, json_jsonread_member(row, "labels"));
        break;
    }
}

void shown_put_visible(struct strbuf *out, const json_t *object, const char *key) {
    size_t len;
    const char *text = json_jsonread_text(object, key, &len);
    terminal_put_visible(out, text, len);
}

static void put_row(struct table *table, const struct shown_page *page, const json_t *row,
                    const struct column *columns) {
    struct strbuf cell = {0};
    for (; columns->title != NULL; columns++) {
        strbuf_clear(&cell);
        put_cell(&cell, page, row, columns);
        if (cell.len == 0)
            strbuf_putc(&cell, '-');
        statgate_table_text(table, cell.data, cell.len);
    }
    strbuf_done(&cell);
}

void shown_put_rows(const struct shown_page *page, const char *heading, const json_t *rows,
                    const struct column *columns) {
    char align[COLUMNS_MAX + 1] = "";
    const char *titles[COLUMNS_MAX];
    struct table table;
    size_t index;
    json_t *row;
    for (size_t i = 0; columns[i].title != NULL; i++) {
        align[i] = columns[i].align;
        titles[i] = columns[i].title;
    }
    if (json_array_size(rows) == 0)
        return;
    statgate_table_init(&table, align);
    statgate_table_heads(&table, titles);
    json_array_foreach((json_t *)(uintptr_t)rows, index, row) put_row(&table, page, row, columns);
    if (heading != NULL)
        strbuf_printf(page->out, "%s%s\n", page->out->len > 0 ? "\n" : "", heading);
    table.spare = true;
    statgate_table_write(&table, page->out, heading != NULL ? 2 : 0, page->width);
    statgate_table_done(&table);
}

void shown_put_list(const struct shown_page *page, const char *heading, const char *list,
                    const struct column *columns) {
    shown_put_rows(page, heading, json_jsonread_list(page->root, list), columns);
}

/* ---- follow ----
 * `statgate events --follow`: asks for the events behind the last one, again and again, even across
 * restarts of the daemon.
 */

enum { AGAIN_MS = 500, ID_MAX = 24 };

struct follow {
    struct cli *cli;
    const struct command *command;
    const struct where *where;
    const char *target; /* with filters, without a place */
    const char *since;  /* of the first answer; NULL: what comes from now on */
    bool json;
    char after[ID_MAX]; /* id of the last event; "": not known yet */
    bool heard;         /* a daemon has answered before */
    bool away;          /* the daemon is away, and that was reported */
};

static void print_event(const struct follow *follow, const json_t *event) {
    struct strbuf *out = &follow->cli->out;
    if (!follow->json) {
        shown_event_line_put(out, event);
        return;
    }
    char *text = json_dumps(event, JSON_COMPACT);
    strbuf_puts(out, text != NULL ? text : "");
    strbuf_putc(out, '\n');
    free(text);
}

static void tell(const struct follow *follow, const char *text) {
    strbuf_printf(&follow->cli->err, "statgate %s: %s\n", follow->command->word, text);
    statgate_cli_flush(follow->cli);
}

/* Print what has come, and note where to go on. */
static void take_events(struct follow *follow, const json_t *root) {
    const bool is_first = follow->after[0] == '\0' && follow->since == NULL;
    const json_t *next = json_jsonread_member(root, "next");
    size_t index;
    json_t *event;
    json_array_foreach(json_jsonread_list(root, "events"), index, event) {
        if (!is_first)
            print_event(follow, event);
    }
    if (!is_first && json_is_string(next))
        (void)snprintf(follow->after, ID_MAX, "%s", json_string_value(next));
    else
        (void)snprintf(follow->after, ID_MAX, "%" PRId64, json_jsonread_i64(root, "last_id", 0));
    statgate_cli_flush(follow->cli);
}

/* Ask for one answer. Returns CLI_OK, or the code of what is wrong. */
static int follow_once(struct follow *follow, struct trouble_words *ret_wrong) {
    char target[ASKING_TARGET_MAX];
    int64_t now_ms;
    json_t *root;
    const bool begins = follow->after[0] == '\0';
    (void)snprintf(target, sizeof target, "%s", follow->target);
    if (begins && follow->since != NULL)
        (void)shown_asking_add(target, "since", follow->since);
    if (begins && follow->since == NULL)
        (void)shown_asking_add(target, "limit", "1"); /* for `last_id` alone */
    else
        (void)shown_asking_add(target, "after", begins ? "0" : follow->after);
    const int code = shown_asking_json(follow->where, target, &root, &now_ms, ret_wrong);
    if (code != CLI_OK)
        return code;
    if (follow->away)
        tell(follow, "the daemon is back");
    follow->heard = true;
    follow->away = false;
    take_events(follow, root);
    json_decref(root);
    return CLI_OK;
}

/* Print events until output fails or the first answer does; a daemon that goes is waited for. */
static int follow_events(struct follow *follow) {
    struct trouble_words trouble;
    int code = CLI_OK;
    while (!follow->cli->broken) {
        code = follow_once(follow, &trouble);
        if (code != CLI_OK && (!follow->heard || code == CLI_USAGE))
            break;
        if (code != CLI_OK && !follow->away)
            tell(follow, "the daemon has gone; waiting for the next one");
        follow->away = code != CLI_OK;
        (void)poll(NULL, 0, AGAIN_MS);
    }
    if (follow->cli->broken)
        return CLI_FAILURE;
    struct error wrong;
    shown_trouble_join(&trouble, &wrong);
    return command_fail(follow->cli, follow->command, code, "%s", wrong.text);
}

/* ---- shown ---- */

/* Whether a flag is passed on to the daemon unchanged, under its name; the daemon checks it. */
static bool is_filter(const char *name) {
    static const char *const own[] = {"daemon", "token-file", "json", "follow", "force",
                                      "for",    "why",        "ask",  "socket", "control"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(name, own[i]) == 0)
            return false;
    return true;
}

/* Whether the flag says which part of a list is shown, which following decides for itself. */
static bool is_place(const char *name) {
    return strcmp(name, "since") == 0 || strcmp(name, "limit") == 0 || strcmp(name, "after") == 0;
}

static bool make_target(const struct command *command, const struct settings *settings,
                        bool follows, char target[ASKING_TARGET_MAX]) {
    const struct settings_own_flag *own = command->program.own;
    (void)snprintf(target, ASKING_TARGET_MAX, "/debug/%s", command->word);
    for (size_t i = 0; own[i].name != NULL; i++)
        if (settings->own[i] != NULL && is_filter(own[i].name) &&
            !(follows && is_place(own[i].name)) &&
            !shown_asking_add(target, own[i].name, settings->own[i]))
            return false;
    return true;
}

static void put_more(struct cli *cli, const json_t *root) {
    if (json_is_string(json_object_get(root, "next")))
        strbuf_puts(&cli->out,
                    "\nThere is more: --limit N shows more of it, --service and --family less "
                    "of the rest.\n");
}

static int print_table(struct cli *cli, const struct where *where, const char *target,
                       shown_fn *write, struct error *ret_error) {
    struct shown_page page = {.out = &cli->out, .width = cli->width};
    json_t *root;
    struct trouble_words trouble;
    const int code = shown_asking_json(where, target, &root, &page.now_ms, &trouble);
    if (code != CLI_OK) {
        shown_trouble_join(&trouble, ret_error);
        return code;
    }
    page.root = root;
    write(&page);
    put_more(cli, root);
    json_decref(root);
    return CLI_OK;
}

/* Whether the answer is JSON. If it is too long to be parsed, only its first byte is checked. */
static bool is_json(const struct strbuf *answer) {
    struct error wrong;
    if (answer->len > ASKING_JSON_MAX)
        return answer->data[0] == '{';
    json_t *root = json_jsonread_parse(answer->data, answer->len, &wrong);
    json_decref(root);
    return root != NULL;
}

static int print_json(struct cli *cli, const struct where *where, const char *target,
                      struct error *ret_error) {
    int64_t now_ms;
    struct trouble_words trouble;
    int code = shown_asking_text(where, target, ASKING_TEXT_MAX, &cli->out, &now_ms, &trouble);
    if (code != CLI_OK)
        shown_trouble_join(&trouble, ret_error);
    if (code == CLI_OK && !is_json(&cli->out)) {
        (void)error_set(ret_error, "%s%s: the answer is no JSON", where->text, target);
        strbuf_clear(&cli->out);
        code = CLI_FAILURE;
    }
    return code;
}

/* Follow from the place that the flags name. */
static int follow_from(struct cli *cli, const struct settings *settings,
                       const struct command *command, const struct where *where, const char *target,
                       bool json) {
    const char *after = shown_where_flag(command, settings, "after");
    struct follow follow = {.cli = cli,
                            .command = command,
                            .where = where,
                            .target = target,
                            .since = shown_where_flag(command, settings, "since"),
                            .json = json};
    if (shown_where_flag(command, settings, "limit") != NULL)
        return command_fail(cli, command, CLI_USAGE, "--limit: --follow goes on; leave it out");
    if (after != NULL &&
        (*after == '\0' || strspn(after, "0123456789") != strlen(after) || strlen(after) >= ID_MAX))
        return command_fail(cli, command, CLI_USAGE,
                            "--after: with --follow, the id of an event: a number");
    if (after != NULL)
        (void)snprintf(follow.after, ID_MAX, "%s", after);
    return follow_events(&follow);
}

static int show(struct cli *cli, const struct settings *settings, const struct command *command,
                shown_fn *write) {
    char target[ASKING_TARGET_MAX];
    struct error wrong;
    struct where where;
    const bool json = shown_where_flag(command, settings, "json") != NULL;
    const bool follows = shown_where_flag(command, settings, "follow") != NULL;
    if (!make_target(command, settings, follows, target))
        return command_fail(cli, command, CLI_USAGE, "these filters are too long");
    int code = shown_where_find(&where, cli, command, settings);
    if (code == CLI_OK && follows) {
        code = follow_from(cli, settings, command, &where, target, json);
    } else if (code == CLI_OK) {
        code = json ? print_json(cli, &where, target, &wrong)
                    : print_table(cli, &where, target, write, &wrong);
        if (code != CLI_OK)
            (void)command_fail(cli, command, code, "%s", wrong.text);
    }
    shown_where_done(&where);
    return code;
}

/* ---- the commands ---- */

/* ---- flags: the parameters of the view, by view/views.def ---- */

#define FLAG_limit                                                                                 \
    { "limit", "N", "Show at most so many rows, 1,000 by default." }
#define FLAG_after                                                                                 \
    { "after", "TOKEN", "Go on behind this place: what \"next\" of the JSON holds." }
#define FLAG_service                                                                               \
    { "service", "NAME", "Only this service." }
#define FLAG_family                                                                                \
    { "family", "NAME", "Only this family." }
#define FLAG_reason                                                                                \
    { "reason", "WORD", "Only this reason, such as label_value." }
#define FLAG_kind                                                                                  \
    { "kind", "KIND", "Only events of this kind, such as job_lost." }
#define FLAG_pid                                                                                   \
    { "pid", "PID", "Only what this process sent, or has." }
#define FLAG_order                                                                                 \
    { "order", "trouble", "Those in trouble first, and then those that sent last." }
#define FLAG_q                                                                                     \
    { "q", "TEXT", "Only those whose name has this text." }
#define FLAG_span                                                                                  \
    { "span", "TIME", "The curves of this time." }
#define FLAG_line                                                                                  \
    { "line", "LINE", "The line to explain." }
#define FLAG_since                                                                                 \
    {                                                                                              \
        "since", "TIME",                                                                           \
            "Only what was seen since then: 90s, 5m or 2h before now, an RFC 3339 time, or Unix "  \
            "time in milliseconds."                                                                \
    }
#define P(name)  FLAG_##name,
#define FOLLOWED {"follow", NULL, "Go on as events come."},
#define FORCED                                                                                     \
    {"force", "STATE", "Decide as a person: open, closed, or auto, by the rules again."},          \
        {"for", "TIME",                                                                            \
         "How long the decision holds: 90s, 10m, 2h or 1d. Without it, until auto."},              \
        {"why", "TEXT", "The reason, for others to see."},                                         \
        {"ask", NULL, "Only ask whether an attempt may be made now."},                             \
        {"control", "PATH", "With --force: the daemon's control socket, as for statgate reload."}, \
        {"socket", "PATH", "With --force and --ask: the daemon's socket, as for statgate send."},
/* Not every view has a command. */
// NOLINTBEGIN(bugprone-macro-parentheses)
#define VIEW(id, name, about, parameters)                                                          \
    static const struct settings_own_flag __attribute__((unused))                                  \
    name##_flags[] = {WHERE_FLAGS,                                                                 \
                      {"json", NULL, "Print the daemon's JSON as it is."},                         \
                      parameters{NULL, NULL, NULL}};
// NOLINTEND(bugprone-macro-parentheses)
#define DAEMON_VIEW VIEW
#include "view/views.def"
#undef VIEW
#undef DAEMON_VIEW

#define EXIT_CODES                                                                                 \
    " Exit codes: 0 shown, 1 no daemon or no answer, 2 wrong arguments, or a filter that the "     \
    "daemon refuses."

/* DEFINE(series, "Show ...", "what it shows", "  examples") */
#define DEFINE(word_, summary_, about_, examples_)                                                 \
    static int run_##word_(struct cli *cli, const struct settings *settings) {                     \
        return show(cli, settings, &shown_##word_##_command, shown_##word_);                       \
    }                                                                                              \
    const struct command shown_##word_##_command = {.word = #word_,                                \
                                                    .summary = (summary_),                         \
                                                    .program = {.name = "statgate " #word_,        \
                                                                .usage = "[FLAG...]",              \
                                                                .about = about_ EXIT_CODES,        \
                                                                .own = word_##_flags,              \
                                                                .examples = (examples_)},          \
                                                    .run = run_##word_}

DEFINE(series, "Show the series that statgated has, with values.",
       "Shows each series with its value, and when it was written last.",
       "  statgate series --service shop\n"
       "  statgate series --family shop_orders_total --json | jq .\n");

DEFINE(
    rejections, "Show what was refused or folded, and what to do.",
    "Shows what was refused or folded: how often, for which reason, who sent it last, what to do "
    "about it, and the latest lines with the place at fault.",
    "  statgate rejections\n"
    "  statgate rejections --service shop --since 5m\n");

DEFINE(senders, "Show which processes send, and what became of it.",
       "Shows the processes that send: what became of their samples, what they lost, and what ends "
       "with them; and those that have ended.",
       "  statgate senders\n"
       "  statgate senders --pid 4711\n");

/* ---- breakers ---- */

static int force_breaker(struct cli *cli, const struct settings *settings,
                         const struct command *command, const char *state) {
    const struct settings_list *words = &settings->words;
    const char *lasting = shown_where_flag(command, settings, "for");
    const char *service = shown_where_flag(command, settings, "service");
    const char *why = shown_where_flag(command, settings, "why");
    double lasting_s = 0;
    char seconds[WORDS_MAX];
    char target[ASKING_TARGET_MAX] = "/force";
    if (lasting != NULL && !statgate_read_duration(lasting, &lasting_s))
        return command_fail(cli, command, CLI_USAGE, "--for: 90s, 10m, 2h or 1d is expected");
    (void)snprintf(seconds, sizeof seconds, "%.3f", lasting_s);
    if (!shown_asking_add(target, "family", words->items[0]) ||
        (words->count > 1 && !shown_asking_add(target, "labels", words->items[1])) ||
        (service != NULL && !shown_asking_add(target, "service", service)) ||
        !shown_asking_add(target, "state", state) ||
        (lasting != NULL && !shown_asking_add(target, "for", seconds)) ||
        (why != NULL && !shown_asking_add(target, "why", why)))
        return command_fail(cli, command, CLI_USAGE, "these names are too long");
    return control_give(cli, command, target, shown_where_flag(command, settings, "control"),
                        shown_where_flag(command, settings, "socket"), NULL);
}

/* Exit code 0: an attempt may be made, also if no daemon shows such a breaker; 1: not. Half-open is
 * no: this process could hold no ticket for its caller, and takes none. */
static int ask_breaker(struct cli *cli, const struct settings *settings,
                       const struct command *command) {
    const struct settings_list *words = &settings->words;
    const char *given = words->count > 1 ? words->items[1] : "";
    const char *service = shown_where_flag(command, settings, "service");
    struct statgate *sg = memory_alloc(sizeof *sg);
    struct statgate_breaker breaker;
    struct strbuf labels;
    strbuf_init(&labels);
    /* KEY=VALUE,..., as --force has it; lines have a colon. */
    bool in_key = true;
    for (; *given != '\0'; given++) {
        strbuf_putc(&labels, in_key && *given == '=' ? ':' : *given);
        in_key = *given == ',' || (in_key && *given != '=' && *given != ':');
    }
    if (service != NULL)
        strbuf_printf(&labels, ",service:%s", service);
    (void)statgate_open(sg, shown_where_flag(command, settings, "socket"));
    const bool known = statgate_breaker_open(&breaker, sg, words->items[0], strbuf_cstr(&labels));
    const bool allowed = !known || (statgate_load32_(sg->page + breaker.slot + 8) & 3u) == 0;
    strbuf_printf(&cli->out, "%s%s\n", allowed ? "yes" : "no",
                  known ? "" : ": no daemon shows such a breaker");
    statgate_close(sg);
    strbuf_done(&labels);
    free(sg);
    return allowed ? CLI_OK : CLI_FAILURE;
}

static int run_breakers(struct cli *cli, const struct settings *settings) {
    const struct command *command = &shown_breakers_command;
    const char *state = shown_where_flag(command, settings, "force");
    const bool asks = shown_where_flag(command, settings, "ask") != NULL;
    const bool wants_name = state != NULL || asks;
    const size_t count = settings->words.count;
    if (state != NULL && asks)
        return command_fail(cli, command, CLI_USAGE, "--ask and --force: one of them");
    if (wants_name ? count < 1 || count > 2 : count > 0)
        return command_fail(cli, command, CLI_USAGE,
                            wants_name ? "give it the name of a breaker, and labels if need be: "
                                         "KEY=VALUE,...; see statgate breakers --help"
                                       : "only --force and --ask take the name of a breaker");
    if (state == NULL && (shown_where_flag(command, settings, "for") != NULL ||
                          shown_where_flag(command, settings, "why") != NULL))
        return command_fail(cli, command, CLI_USAGE, "--for and --why go with --force");
    return state != NULL ? force_breaker(cli, settings, command, state)
           : asks        ? ask_breaker(cli, settings, command)
                         : show(cli, settings, command, shown_breakers);
}

const struct command shown_breakers_command = {
    .word = "breakers",
    .summary = "Show circuit breakers, ask one, or decide its state.",
    .program =
        {.name = "statgate breakers",
         .usage = "[FLAG...] [--force STATE | --ask] [NAME [KEY=VALUE,...]]",
         .about =
             "Shows attempts and circuit breakers, those that are open first: since when, why, who "
             "opened them, and how long they cool down. --force decides as a person: the breakers "
             "of that name with these labels, or all of that name, are open or closed whatever is "
             "reported, until the time is over or --force auto; it outlives crashes and reloads. "
             "Afterwards an open breaker is half-open, a closed one is judged afresh. Only root "
             "and the daemon's user can. --ask says yes or no, as a client would hear it: yes also "
             "where no daemon shows such a breaker; half-open is no. Exit codes: 0 shown, done, or "
             "yes; 1 no daemon to show or force, no answer, or no; 2 wrong arguments, or what the "
             "daemon refuses.",
         .own = breakers_flags,
         .takes_words = true,
         .examples = "  statgate breakers --service shop\n"
                     "  statgate breakers --force open shop_payment bank=a --for 10m --why outage\n"
                     "  statgate breakers --ask shop_payment bank=a && retry\n"},
    .run = run_breakers,
};

DEFINE(jobs, "Show live jobs, oldest first, and those that ended.",
       "Shows the jobs that wait or run, the oldest first, with the process that has them, and "
       "those that ended.",
       "  statgate jobs\n"
       "  statgate jobs --family thumbnails\n");

DEFINE(queries, "Show queries of databases, with their last run.",
       "Shows databases with their connections, and queries with their last run, its rows and its "
       "error.",
       "  statgate queries\n");

DEFINE(
    events, "Show what happened: breakers, lost jobs, reloads.",
    "Shows what happened lately, oldest first: breakers that opened and closed, lost jobs, full "
    "tables, losses of senders, families rejected for the first time, queries that are down, "
    "reloads. Times are UTC. With --follow it prints events as they come, one JSON object a line "
    "with --json, also when the daemon is replaced or starts again.",
    "  statgate events --since 1h\n"
    "  statgate events --follow\n");
