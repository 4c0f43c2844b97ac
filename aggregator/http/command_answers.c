/* SPDX-License-Identifier: MIT */
/* command_answers.c - requests that the daemon carries out, and their answers. */
#include "http/http_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { LINE_BYTES = 2048 /* a sentence of base/error.h and the text before it */ };

/* Owned by the request, and lent to whoever carries out the command until that ends it. */
struct http_answer {
    struct http_request *request; /* NULL: it is over, and nobody reads the answer */
    enum control_command command;
    struct strbuf text;
    uint64_t left_out;          /* lines */
    enum control_status status; /* 0: not ended yet */
    bool looked;                /* whether clients of others have left */
    bool given;
    bool flowing;
    bool asleep;             /* flowing, and its connection is suspended until there are bytes */
    void (*left)(void *arg); /* set by http_answer_flow */
    void *left_arg;
    const char *protocol; /* set by http_answer_upgrade; NULL: it is a text */
    void (*upgraded)(void *arg, int fd);
    void *upgraded_arg;
};

static void answer_free(struct http_answer *answer) {
    strbuf_done(&answer->text);
    free(answer);
}

/* Have the connection resumed: the answer has ended, begins to flow, or has bytes again. Nothing is
 * sent at once: whoever adds a line is in the middle of other work. */
static void wake(struct http_answer *answer) {
    if (answer->request->waiting)
        http_wait_go_on(answer->request);
}

/* ---- lines ---- */

static void put_line(struct strbuf *out, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void put_line(struct strbuf *out, const char *format, va_list args) {
    char line[LINE_BYTES];
    (void)vsnprintf(line, sizeof line, format, args);
    for (size_t at = 0, len = strlen(line), count; at < len; at += count) {
        count = utf8_len(line + at, len - at);
        if (count > 1)
            continue;
        if (count == 0 || (unsigned char)line[at] < ' ' || line[at] == 0x7f)
            line[at] = '?'; /* also the first bytes of a character that was cut */
        count = 1;
    }
    strbuf_puts(out, line);
    strbuf_putc(out, '\n');
}

void http_answer_line(struct http_answer *answer, const char *format, ...) {
    va_list args;
    if (answer->text.len + LINE_BYTES > HTTP_ANSWER_MAX) {
        answer->left_out++;
        return;
    }
    va_start(args, format);
    put_line(&answer->text, format, args);
    va_end(args);
}

void http_answer_end(struct http_answer *answer, enum control_status status, const char *format,
                     ...) {
    struct strbuf text = {0};
    va_list args;
    if (answer->request == NULL) {
        answer_free(answer);
        return;
    }
    answer->status = status;
    if (!answer->flowing) {
        if (answer->left_out > 0)
            strbuf_printf(&answer->text, "and %" PRIu64 " more\n", answer->left_out);
        va_start(args, format);
        put_line(status == CONTROL_DONE ? &answer->text : &text, format, args);
        va_end(args);
        strbuf_put(&text, answer->text.data, answer->text.len);
        strbuf_done(&answer->text);
        answer->text = text;
    }
    wake(answer);
}

uint32_t http_answer_uid(const struct http_answer *answer) {
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t len = sizeof peer;
    if (answer->request != NULL)
        (void)getsockopt(answer->request->place->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
    return peer.uid;
}

/* ---- upgrading ---- */

void http_answer_upgrade(struct http_answer *answer, const char *protocol,
                         void (*fn)(void *arg, int fd), void *arg) {
    if (answer->request == NULL) {
        answer_free(answer);
        return;
    }
    answer->status = CONTROL_DONE;
    answer->protocol = protocol;
    answer->upgraded = fn;
    answer->upgraded_arg = arg;
    wake(answer);
}

/* Callback of the library, which has sent the head. */
static void on_upgraded(void *arg, struct MHD_Connection *connection, void *context,
                        const char *extra, size_t extra_len, MHD_socket fd,
                        struct MHD_UpgradeResponseHandle *handle) {
    const struct http_answer *answer = arg;
    (void)connection;
    (void)context;
    (void)extra;
    (void)extra_len;
    answer->upgraded(answer->upgraded_arg, fd);
    (void)MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

static enum MHD_Result upgrade(struct http_request *request) {
    const char *wanted = http_headers_find(request, MHD_HTTP_HEADER_UPGRADE);
    if (wanted == NULL || strcmp(wanted, request->answer->protocol) != 0)
        return response_sentence(request, CONTROL_MALFORMED,
                                 "this command needs an upgrade of the connection");
    return response_upgrade(request, request->answer->protocol, on_upgraded, request->answer);
}

/* ---- flowing ---- */

void http_answer_flow(struct http_answer *answer, void (*left)(void *arg), void *arg) {
    answer->flowing = true;
    answer->left = left;
    answer->left_arg = arg;
    if (answer->request != NULL) {
        wake(answer);
        return;
    }
    left(arg);
    answer_free(answer);
}

bool http_answer_flow_line(struct http_answer *answer, const char *text, size_t len) {
    struct strbuf *out = &answer->text;
    if (out->len + len + 1 > HTTP_ANSWER_MAX)
        return false;
    strbuf_put(out, text, len);
    strbuf_putc(out, '\n');
    if (answer->asleep)
        wake(answer);
    answer->asleep = false;
    return true;
}

/* Callback of the library, which asks for bytes; with none, the connection sleeps. */
static ssize_t read_flow(void *arg, uint64_t position, char *out, size_t max) {
    struct http_request *request = arg;
    struct http_answer *answer = request->answer;
    struct strbuf *text = &answer->text;
    (void)position;
    if (request->given_up)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (text->len == 0 && answer->status != 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (text->len == 0) {
        http_place_working(request->place);
        MHD_suspend_connection(request->connection);
        http_wait_watch(request);
        answer->asleep = true;
        return 0;
    }
    const size_t count = text->len < max ? text->len : max;
    memcpy(out, text->data, count);
    strbuf_consume(text, count);
    http_place_handed(request->place, uv_now(request->listener->server->loop));
    return (ssize_t)count;
}

/* ---- a command's way ---- */

static bool is_text(const char *text) {
    return text == NULL || utf8_is(text, strlen(text));
}

static struct control_request request_of(const struct http_request *request) {
    const struct target *target = &request->target;
    return (struct control_request){.command = request->answer->command,
                                    .service = target->service,
                                    .family = target->family,
                                    .labels = target->labels,
                                    .verdict = target->verdict,
                                    .pid = target->pid,
                                    .state = target->state,
                                    .lasting = target->lasting,
                                    .why = target->why};
}

static enum MHD_Result begin(struct http_request *request, enum control_command command) {
    const char *const values[] = {
#define PARAMETER(field, ...) request->target.field,
#include "http/target.def"
#undef PARAMETER
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (!is_text(values[i]))
            return response_sentence(request, CONTROL_MALFORMED, "a parameter is not UTF-8");
    struct http_answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL)
        return response_no_memory(request);
    answer->request = request;
    answer->command = command;
    request->answer = answer;
    response_defer(request);
    return MHD_YES;
}

enum MHD_Result http_command_answer(struct http_request *request, enum control_command command) {
    struct http_answer *answer = request->answer;
    if (answer == NULL)
        return begin(request, command);
    if (answer->flowing)
        return response_stream(request, read_flow,
                               &(struct response_headers){.type = "application/x-ndjson",
                                                          .caching = RESPONSE_NO_STORE});
    if (answer->protocol != NULL)
        return upgrade(request);
    strbuf_put(&request->body.plain, answer->text.data, answer->text.len);
    return response_written(
        request, answer->status,
        &(struct response_headers){.type = RESPONSE_TEXT, .caching = RESPONSE_NO_STORE});
}

bool http_command_is_due(const struct http_request *request) {
    return request->answer != NULL && !request->answer->given;
}

void http_command_give(struct http_request *request) {
    const struct http_server *server = request->listener->server;
    const struct control_request wanted = request_of(request);
    /* Clients that have left make way first. */
    if (!request->answer->looked && http_wait_give_up(request->listener->server)) {
        request->answer->looked = true;
        http_turn_push(&request->listener->server->turn, &request->turn);
        return;
    }
    request->answer->given = true;
    http_wait_watch(request);
    if (server->closing)
        http_answer_end(request->answer, CONTROL_BUSY, "%s",
                        server->leaving ? "another daemon has taken over: ask again"
                                        : "the daemon ends");
    else
        server->source.command(server->source.arg, &wanted, request->answer);
}

void http_command_over(struct http_request *request) {
    struct http_answer *answer = request->answer;
    if (answer == NULL)
        return;
    request->answer = NULL;
    answer->request = NULL;
    if (answer->given && answer->status == 0 && !answer->flowing)
        return; /* whoever carries it out ends it */
    if (answer->flowing && answer->status == 0)
        answer->left(answer->left_arg);
    answer_free(answer);
}
