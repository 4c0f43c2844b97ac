/* Lines explained by the running daemon: its /debug/explain, drawn as explain/text draws a trace.
 */
#include "statgate/explain/asked.h"

#include <string.h>

#include "base/terminal.h"
#include "statgate/lines.h"
#include "statgate/shown/asking.h"

enum { HEAD_COLUMNS = 10, LINE_COLUMNS = 200 };

struct asked {
    struct cli *cli;
    const struct command *command;
    struct where where;
    bool json;
    bool any_rejected;
    size_t lines;
    int code;
};

static void put_row(struct strbuf *out, const char *head, const char *text) {
    if (*text == '\0')
        return;
    strbuf_printf(out, "  %-*s", HEAD_COLUMNS, head);
    terminal_put_cut(out, text, strlen(text), LINE_COLUMNS);
    strbuf_putc(out, '\n');
}

static void put_labels(struct strbuf *out, const json_t *answer) {
    size_t index;
    json_t *label;
    json_array_foreach(jsonread_list(answer, "labels"), index, label) {
        struct strbuf text = {0};
        strbuf_printf(&text, "%s:%s  %s", jsonread_text(label, "name", NULL),
                      jsonread_text(label, "sent", NULL), jsonread_text(label, "fate", NULL));
        put_row(out, "label", strbuf_cstr(&text));
        strbuf_done(&text);
    }
}

static void put_verdict(struct strbuf *out, const json_t *answer, struct sg_span line) {
    const int64_t offset = jsonread_i64(answer, "offset", -1);
    size_t index;
    json_t *hint;
    const char *reason = jsonread_text(answer, "reason", NULL);
    put_row(out, jsonread_text(answer, "verdict", NULL), *reason != '\0' ? reason : "as declared");
    if (offset >= 0)
        terminal_put_caret(out, HEAD_COLUMNS + 2, line.at, line.len, (size_t)offset);
    json_array_foreach(jsonread_list(answer, "hints"), index, hint)
        put_row(out, "", json_is_string(hint) ? json_string_value(hint) : "");
}

static void put_answer(struct strbuf *out, const json_t *answer, struct sg_span line) {
    terminal_put_cut(out, line.at, line.len, LINE_COLUMNS);
    strbuf_putc(out, '\n');
    put_row(out, "name", jsonread_text(answer, "name", NULL));
    put_row(out, "service", jsonread_text(answer, "service", NULL));
    put_row(out, "family", jsonread_text(answer, "family", NULL));
    put_labels(out, answer);
    put_verdict(out, answer, line);
}

/* The daemon's answer about one line, and its text. NULL: none, for the reason in *ret_wrong. */
static json_t *fetch(const struct where *where, struct sg_span line, struct strbuf *ret_body,
                     struct trouble_words *ret_wrong) {
    char target[ASKING_TARGET_MAX] = "/debug/explain";
    char text[ASKING_TARGET_MAX / 4];
    json_t *answer = NULL;
    int64_t now_ms;
    struct error unread;
    if (line.len >= sizeof text) {
        (void)error_set(&ret_wrong->what,
                        "a running daemon explains lines of up to %zu bytes; name a catalog",
                        sizeof text - 1);
        return NULL;
    }
    memcpy(text, line.at, line.len);
    text[line.len] = '\0';
    if (!asking_add(target, "line", text)) {
        (void)error_set(&ret_wrong->what, "the line is too long for a request; name a catalog");
        return NULL;
    }
    if (asking_text(where, target, ASKING_JSON_MAX, ret_body, &now_ms, ret_wrong) == CLI_OK &&
        (answer = jsonread_parse(ret_body->data, ret_body->len, &unread)) == NULL)
        (void)error_set(&ret_wrong->what, "the daemon's answer: %s", unread.text);
    return answer;
}

static bool rejects(const json_t *answer) {
    return jsonread_i64(jsonread_member(answer, "samples"), "rejected", 0) > 0;
}

enum asked_verdict asked_line(const struct where *where, struct sg_span line, struct strbuf *out,
                              struct trouble_words *ret_wrong) {
    struct strbuf body = {0};
    json_t *answer = fetch(where, line, &body, ret_wrong);
    const enum asked_verdict verdict = answer == NULL    ? ASKED_NOTHING
                                       : rejects(answer) ? ASKED_REFUSED
                                                         : ASKED_TAKEN;
    if (verdict == ASKED_REFUSED)
        put_answer(out, answer, line);
    json_decref(answer);
    strbuf_done(&body);
    return verdict;
}

/* Ask about one line. False: no answer, for the reason in *ret_wrong. */
static bool ask(struct asked *asked, struct sg_span line, struct trouble_words *ret_wrong) {
    struct strbuf *out = &asked->cli->out;
    struct strbuf body = {0};
    json_t *answer = fetch(&asked->where, line, &body, ret_wrong);
    if (answer == NULL) {
        strbuf_done(&body);
        return false;
    }
    if (asked->json) {
        strbuf_put(out, body.data, body.len);
        if (body.len > 0 && body.data[body.len - 1] != '\n')
            strbuf_putc(out, '\n');
    } else {
        strbuf_puts(out, asked->lines > 0 ? "\n" : "");
        put_answer(out, answer, line);
    }
    asked->any_rejected |= rejects(answer);
    asked->lines++;
    json_decref(answer);
    strbuf_done(&body);
    return true;
}

static bool on_line(void *arg, struct sg_span line, size_t number) {
    struct asked *asked = arg;
    struct trouble_words wrong;
    (void)number;
    if (ask(asked, line, &wrong))
        return true;
    asked->code = command_fail(asked->cli, asked->command, CLI_FAILURE, "%s", wrong.what.text);
    return false;
}

static bool on_pause(void *arg) {
    struct asked *asked = arg;
    cli_flush(asked->cli);
    return !asked->cli->broken;
}

/* Whether a daemon is there at all. */
static bool answers(const struct asked *asked) {
    struct trouble_words wrong;
    struct strbuf body = {0};
    int64_t now_ms;
    const bool there = asking_text(&asked->where, "/debug/status", ASKING_JSON_MAX, &body, &now_ms,
                                   &wrong) == CLI_OK;
    strbuf_done(&body);
    return there;
}

bool asked_daemon(struct cli *cli, const struct command *command, const struct settings *settings,
                  bool json, int *ret_code) {
    struct asked asked = {.cli = cli, .command = command, .json = json, .code = CLI_OK};
    const struct settings_list *words = &settings->words;
    if (where_find(&asked.where, cli, command, settings) != CLI_OK) {
        where_done(&asked.where);
        return false;
    }
    const bool there = answers(&asked);
    for (size_t i = 0; there && i < words->count && asked.code == CLI_OK; i++) {
        struct sg_lines lines;
        struct sg_span line;
        if (strcmp(words->items[i], "-") == 0) {
            const int result = lines_read(cli->input_fd, on_line, on_pause, &asked);
            if (result < 0)
                asked.code = command_fail(cli, command, CLI_FAILURE, "standard input: %s",
                                          strerror(-result));
            continue;
        }
        sg_lines_init(&lines, words->items[i], strlen(words->items[i]));
        while (asked.code == CLI_OK && sg_lines_next(&lines, &line, NULL))
            (void)on_line(&asked, line, 0);
    }
    where_done(&asked.where);
    *ret_code = asked.code != CLI_OK ? asked.code : asked.any_rejected ? CLI_FAILURE : CLI_OK;
    return there;
}
