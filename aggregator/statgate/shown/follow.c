#include "statgate/shown/follow.h"

#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "fetch/fetch.h"
#include "host/clock.h"
#include "statgate/shown/event_line.h"
#include "statgate/shown/trouble.h"

enum {
    AGAIN_MS = 500,      /* interval of attempts while the daemon is away */
    SILENCE_MS = 120000, /* a live daemon sends something within this time */
    HEAD_MS = 10000
};

struct follow {
    struct cli *cli;
    const struct command *command;
    const struct where *where;
    const char *target;
    bool json;
    struct event_stream stream;
    bool heard; /* a daemon has answered before */
    bool away;  /* the daemon is away, and that was reported */
    struct error wrong;
    int code;
};

static void print_event(struct follow *follow) {
    struct strbuf *out = &follow->cli->out;
    struct error wrong;
    const struct strbuf *data = &follow->stream.data;
    if (follow->json) {
        strbuf_put(out, data->data, data->len);
        strbuf_putc(out, '\n');
        return;
    }
    json_t *event = jsonread_parse(data->data, data->len, &wrong);
    if (event != NULL)
        event_line_put(out, event);
    json_decref(event);
}

static void tell(struct follow *follow, const char *text) {
    strbuf_printf(&follow->cli->err, "statgate %s: %s\n", follow->command->word, text);
    cli_flush(follow->cli);
}

/* The daemon answers: report it if it was away. */
static void welcome(struct follow *follow) {
    if (follow->away)
        tell(follow, "the daemon is back");
    follow->heard = true;
    follow->away = false;
}

static void print_events(struct follow *follow, struct strbuf *body) {
    while (fetch_events_next(&follow->stream, body))
        print_event(follow);
    cli_flush(follow->cli);
}

static bool is_stream(const struct fetch *fetch) {
    return fetch_head(fetch)->head_read && fetch_head(fetch)->status == 200 &&
           text_begins(fetch_head(fetch)->content_type, "text/event-stream");
}

/* Print events until the connection ends. */
static enum fetch_state hear(struct follow *follow, struct fetch *fetch) {
    enum fetch_state state = FETCH_UNDER_WAY;
    int64_t until_ns = clock_mono_ns() + (int64_t)HEAD_MS * 1000000;
    while (state == FETCH_UNDER_WAY && clock_mono_ns() < until_ns && !follow->cli->broken) {
        struct pollfd wanted = {.fd = fetch_fd(fetch), .events = fetch_events(fetch)};
        (void)poll(&wanted, 1, 1000);
        state = fetch_step(fetch);
        if (!is_stream(fetch))
            continue;
        if (follow->away || !follow->heard)
            welcome(follow);
        if (wanted.revents != 0)
            until_ns = clock_mono_ns() + (int64_t)SILENCE_MS * 1000000;
        print_events(follow, fetch_body(fetch));
    }
    return state;
}

/* Whether the daemon refused: it gave a complete answer other than a stream or 503, so asking
 * again would not help. */
static bool was_refused(struct follow *follow, struct fetch *fetch, enum fetch_state state) {
    const struct trouble trouble = {.state = state,
                                    .error = fetch_error(fetch),
                                    .status = fetch_head(fetch)->status,
                                    .target = follow->target,
                                    .body = strbuf_cstr(fetch_body(fetch)),
                                    .body_len = fetch_body(fetch)->len};
    if (trouble_is_none(&trouble)) {
        if (is_stream(fetch))
            return false;
        (void)error_set(&follow->wrong,
                        "%s cannot be followed: its daemon is older than this command",
                        follow->where->text);
        follow->code = CLI_FAILURE;
        return true;
    }
    follow->code = trouble_explain(&trouble, follow->where, &follow->wrong);
    return state == FETCH_DONE && trouble.status != 503;
}

/* Follow one connection. False: do not try again. */
static bool follow_once(struct follow *follow) {
    const struct fetch_request request = {
        .address = &follow->where->address,
        .target = follow->target,
        .token = follow->where->token,
        .accept = "text/event-stream",
        .last_event_id = follow->stream.id[0] != '\0' ? follow->stream.id : NULL,
        .body_max = 1 << 20};
    struct fetch *fetch = fetch_start(&request);
    if (fetch == NULL)
        return !error_no_memory(&follow->wrong);
    const enum fetch_state state = hear(follow, fetch);
    const bool refused = was_refused(follow, fetch, state);
    fetch_free(fetch);
    return !refused && follow->heard && !follow->cli->broken;
}

int follow_events(struct cli *cli, const struct command *command, const struct where *where,
                  const char *target, bool json) {
    struct follow follow = {.cli = cli,
                            .command = command,
                            .where = where,
                            .target = target,
                            .json = json,
                            .code = CLI_FAILURE};
    fetch_events_init(&follow.stream);
    while (follow_once(&follow)) {
        if (!follow.away)
            tell(&follow, "the daemon has gone; waiting for the next one");
        follow.away = true;
        (void)poll(NULL, 0, AGAIN_MS);
    }
    fetch_events_done(&follow.stream);
    if (cli->broken)
        return CLI_FAILURE;
    return command_fail(cli, command, follow.code, "%s", follow.wrong.text);
}
