/* SPDX-License-Identifier: MIT */
/* tail.c - statgate tail: lines as they come, with their verdicts. */
#include "statgate/tail/tail_private.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/terminal.h"
#include "control/control.h"
#include "statgate/control/control_command.h"
#include "statgate/shown/shown.h"

/* ---- line ---- */

enum { PROCESS_COLUMNS = 20 };

static const char *verdict_of(const json_t *line) {
    const char *verdict = json_jsonread_text(line, "verdict", NULL);
    return strcmp(verdict, "rejected") == 0 ? "REJECTED" : verdict;
}

static void put_time(struct strbuf *out, int64_t at_ms) {
    char text[WORDS_MAX];
    const char *time = strchr(shown_words_time(text, at_ms), ' ');
    strbuf_printf(out, "%s.%03d", time != NULL ? time + 1 : "-",
                  (int)(at_ms > 0 ? at_ms % 1000 : 0));
}

static void put_process(struct strbuf *out, const json_t *line) {
    struct strbuf text = {0};
    struct strbuf visible = {0};
    shown_words_process(&text, json_jsonread_member(line, "sender"));
    terminal_put_visible(&visible, text.data, text.len);
    const size_t columns = terminal_columns_of(visible.data, visible.len);
    strbuf_put(out, visible.data, visible.len);
    strbuf_printf(out, "%*s", columns < PROCESS_COLUMNS ? (int)(PROCESS_COLUMNS - columns) : 0, "");
    strbuf_done(&visible);
    strbuf_done(&text);
}

/* Put the line's text, or the family if texts are hidden. */
static void put_text(struct strbuf *out, const json_t *line) {
    size_t len;
    const char *text = json_jsonread_text(line, "line", &len);
    if (json_jsonread_member(line, "line") == NULL)
        text = json_jsonread_text(line, "family", &len);
    terminal_put_visible(out, text, len);
    strbuf_puts(out, json_jsonread_bool(line, "line_cut", false) ? "..." : "");
}

void tail_line_put(struct strbuf *out, const json_t *line) {
    const int64_t dropped = json_jsonread_i64(line, "dropped", 0);
    if (dropped > 0) {
        strbuf_printf(out, "... %" PRId64 " line%s not shown\n", dropped,
                      dropped == 1 ? " was" : "s were");
        return;
    }
    const char *reason = json_jsonread_text(line, "reason", NULL);
    put_time(out, json_jsonread_i64(line, "at", 0));
    strbuf_printf(out, "  %-8s  ", verdict_of(line));
    put_process(out, line);
    strbuf_puts(out, "  ");
    put_text(out, line);
    if (*reason != '\0')
        strbuf_printf(out, "  %s", reason);
    strbuf_putc(out, '\n');
}

/* ---- tail ---- */

enum { AGAIN_MS = 200, LINE_BYTES_MAX = 1 << 20 };

struct following {
    struct cli *cli;
    struct reach reach;
    char target[ASKING_TARGET_MAX];
    bool json;
    uint64_t left; /* lines still to print; 0: no limit */
    bool heard;    /* was connected before */
    bool waits;    /* it said that it asks again */
    bool away;
    bool over;
    int code;
};

/* ---- what the daemon says ---- */

static void say(const struct following *following, const char *text) {
    strbuf_printf(&following->cli->err, "statgate tail: %s\n", text);
    statgate_cli_flush(following->cli);
}

static void print_line(struct following *following, const char *text, size_t len) {
    struct strbuf *out = &following->cli->out;
    struct error wrong;
    json_t *line = json_jsonread_parse(text, len, &wrong);
    if (line == NULL)
        return;
    if (following->json) {
        strbuf_put(out, text, len);
        strbuf_putc(out, '\n');
    } else {
        tail_line_put(out, line);
    }
    const bool counts = json_jsonread_member(line, "verdict") != NULL;
    json_decref(line);
    if (counts && following->left > 0 && --following->left == 0)
        following->over = true;
}

/* The daemon refuses, unless another one takes over, or it ends: the next one may give a reason. */
static void take_refusal(struct following *following, unsigned status, struct strbuf *body) {
    const char *text = strbuf_cstr(body);
    const int len = (int)strcspn(text, "\n");
    if (status == CONTROL_BUSY && !following->heard && !following->waits) {
        strbuf_printf(&following->cli->err, "statgate tail: %.*s; asking again\n", len, text);
        statgate_cli_flush(following->cli);
        following->waits = true;
    }
    if (status == CONTROL_BUSY || (status == CONTROL_FAILED && following->heard))
        return;
    following->over = true;
    following->code =
        command_fail(following->cli, &tail_command, control_exit_code(status), "%.*s", len, text);
}

static void take_lines(struct following *following, struct strbuf *received) {
    const char *text = strbuf_cstr(received);
    size_t at = 0;
    while (!following->over) {
        const char *end = memchr(text + at, '\n', received->len - at);
        if (end == NULL)
            break;
        print_line(following, text + at, (size_t)(end - text) - at);
        at = (size_t)(end - text) + 1;
    }
    strbuf_consume(received, at);
    statgate_cli_flush(following->cli);
}

static void welcome(struct following *following) {
    if (following->away)
        say(following, "the daemon is back");
    following->away = false;
    following->heard = true;
}

/* ---- one connection ---- */

/* Print lines until the connection ends or all wanted lines are printed. */
static void hear(struct following *following, struct fetch *fetch) {
    const struct fetch_response *head = fetch_head(fetch);
    enum fetch_state state = FETCH_UNDER_WAY;
    while (state == FETCH_UNDER_WAY && !following->over && !following->cli->broken) {
        struct pollfd wanted = {.fd = fetch_fd(fetch), .events = fetch_events(fetch)};
        (void)poll(&wanted, 1, -1);
        state = fetch_step(fetch);
        if (!head->head_read)
            continue;
        if (head->status == CONTROL_DONE) {
            welcome(following);
            take_lines(following, fetch_body(fetch));
        } else if (state == FETCH_DONE) {
            take_refusal(following, head->status, fetch_body(fetch));
        }
    }
    if (state != FETCH_NO_RESPONSE || following->over)
        return;
    following->over = true;
    following->code =
        command_fail(following->cli, &tail_command, CLI_FAILURE,
                     "%s: what answers there is not statgated", following->reach.path);
}

/* Follow one connection. False: no daemon answers. */
static bool follow_once(struct following *following) {
    struct fetch *fetch = control_reach_ask(&following->reach, following->target, LINE_BYTES_MAX);
    if (fetch == NULL)
        return false;
    hear(following, fetch);
    fetch_free(fetch);
    return true;
}

static int follow(struct following *following) {
    for (;;) {
        const bool there = follow_once(following);
        if (following->over || following->cli->broken)
            return following->cli->broken ? CLI_FAILURE : following->code;
        if (!there && !following->heard)
            return control_reach_fail(&following->reach, &tail_command);
        if (!there && !following->away) {
            say(following, "the daemon has gone; waiting for the next one");
            following->away = true;
        }
        (void)poll(NULL, 0, AGAIN_MS);
    }
}

/* ---- the beginning ---- */

static bool make_target(struct following *following, const struct settings *settings) {
    static const char *const filters[] = {"service", "family", "verdict", "pid"};
    (void)snprintf(following->target, sizeof following->target, "/tail");
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        const char *value = shown_where_flag(&tail_command, settings, filters[i]);
        if (value != NULL && !shown_asking_add(following->target, filters[i], value))
            return false;
    }
    return true;
}

static bool read_lines(const char *text, uint64_t *ret_lines) {
    *ret_lines = 0;
    if (text == NULL)
        return true;
    const size_t len = strlen(text);
    if (len == 0 || len > 15 || text[strspn(text, "0123456789")] != '\0')
        return false;
    *ret_lines = strtoull(text, NULL, 10);
    return *ret_lines > 0;
}

static int run(struct cli *cli, const struct settings *settings) {
    struct following *following = memory_alloc(sizeof *following);
    following->cli = cli;
    following->json = shown_where_flag(&tail_command, settings, "json") != NULL;
    int code;
    if (!read_lines(shown_where_flag(&tail_command, settings, "lines"), &following->left)) {
        code = command_fail(cli, &tail_command, CLI_USAGE, "--lines: not a number above 0");
    } else if (!make_target(following, settings)) {
        code = command_fail(cli, &tail_command, CLI_USAGE, "these filters are too long");
    } else {
        control_reach_list(&following->reach, cli,
                           shown_where_flag(&tail_command, settings, "control"),
                           shown_where_flag(&tail_command, settings, "socket"));
        code = follow(following);
    }
    free(following);
    return code;
}

static const struct settings_own_flag own_flags[] = {
    {"control", "PATH",
     "The daemon's control socket. Without it $STATGATE_CONTROL, else the one beside the socket."},
    {"socket", "PATH", "The daemon's socket, which the control socket is beside."},
    {"service", "NAME", "Only lines of this service."},
    {"family", "NAME", "Only lines of this family."},
    {"verdict", "accepted|folded|rejected|ignored", "Only lines of this verdict."},
    {"pid", "PID", "Only what this process sends."},
    {"lines", "N", "End after so many lines."},
    {"json", NULL, "Print each line as one JSON object."},
    {NULL, NULL, NULL}};

const struct command tail_command = {
    .word = "tail",
    .summary = "Watch lines as they come, with their verdicts.",
    .program =
        {.name = "statgate tail",
         .usage = "[FLAG...]",
         .about =
             "Prints each line that the daemon takes from now on, with its verdict and its "
             "sender: at most 1,000 lines a second, of more a uniform sample; the others are "
             "counted. The daemon never "
             "waits for it. It uses the control socket, so it is for root and the daemon's own "
             "user; four can follow at a time. When the daemon is replaced or starts again it "
             "goes on. With rejected_text off, lines have no text. Exit codes: 0 after --lines, "
             "1 no daemon, 2 wrong arguments, 3 four follow already.",
         .own = own_flags,
         .examples = "  statgate tail --verdict rejected\n"
                     "  statgate tail --service shop --lines 20\n"},
    .run = run,
};
