/* SPDX-License-Identifier: MIT */
/* Commands: who may give them, how they are answered, and answers that flow. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expect.h"
#include "stage.h"

static struct stage stage;
static struct reply reply;
static struct client client;
static char path[LISTEN_TEXT_MAX];
static char service[64];
static struct http_answer *answers[HTTP_COMMANDS_MAX]; /* of commands under way */
static struct control_request last;
static size_t given;
static size_t left;

static void on_left(void *arg) {
    (void)arg;
    left++;
}

static void command(void *arg, const struct control_request *request, struct http_answer *answer) {
    cr_assert(eq(ptr, arg, &stage));
    cr_assert(not(http_server_is_inside(stage.server)), "where it may do what it wants");
    cr_assert(lt(sz, given, HTTP_COMMANDS_MAX));
    answers[given++] = answer;
    last = *request;
    (void)snprintf(service, sizeof service, "%s", request->service != NULL ? request->service : "");
    if (request->command == CONTROL_ADDRESS)
        http_answer_end(answer, CONTROL_DONE, "here");
    if (request->command == CONTROL_TAIL)
        http_answer_flow(answer, on_left, NULL);
}

static void setup(void) {
    stage_init(&stage);
    (void)snprintf(path, sizeof path, "%s/s.control", stage.folder);
    stage.options.endpoint_count = 0;
    stage.options.debug_listen = "";
    stage.options.commands = path;
    stage.options.commands_setting = "--control";
    stage.options.commands_uid = geteuid();
    stage.options.connections_max = HTTP_COMMANDS_MAX;
    stage.options.answer_s = HTTP_COMMAND_ANSWER_S;
    stage.source.command = command;
    given = left = 0;
}

TestSuite(http_commands, .init = setup, .timeout = 300);

static void done(void) {
    reply_done(&reply);
    stage_close(&stage, 0);
}

static void post(const char *target) {
    reply_done(&reply);
    ask(&stage, "POST", target, "", &reply);
}

/* Send a command, and turn the loop until it is given. */
static void begin(struct client *who, const char *target) {
    char head[256];
    const size_t before = given;
    client_open(who, &stage, 0);
    (void)snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: x\r\n\r\n", target);
    client_send(who, head);
    while (given == before)
        stage_turn(&stage);
}

static void expect_body(int status, const char *body) {
    cr_expect(eq(int, reply.status, status));
    EXPECT_TEXT(reply_body(&reply), body);
}

Test(http_commands, a_command_that_is_done_at_once_is_answered) {
    stage_open(&stage);
    post("/address");
    expect_body(200, "here\n");
    EXPECT_TEXT(reply_header(&reply, "Content-Type"), "text/plain; charset=utf-8");
    done();
}

Test(http_commands, parameters_reach_the_command) {
    stage_open(&stage);
    begin(&client, "/forget?service=a+b&family=c_total&labels=x%3Dy%2Cz%3D1");
    cr_expect(eq(int, (int)last.command, CONTROL_FORGET));
    EXPECT_TEXT(service, "a b");
    cr_expect(eq(ptr, (void *)(uintptr_t)last.verdict, NULL));
    http_answer_line(answers[0], "one\ntwo%d", 3);
    http_answer_end(answers[0], CONTROL_DONE, "%s", "gone");
    client_reply(&client, &reply, false);
    expect_body(200, "one?two3\ngone\n");
    client_close(&client);
    done();
}

Test(http_commands, lines_that_do_not_fit_are_counted) {
    static char line[1024];
    stage_open(&stage);
    begin(&client, "/reload");
    memset(line, 'x', sizeof line - 1);
    for (int i = 0; i < 100; i++)
        http_answer_line(answers[0], "%s", line);
    http_answer_end(answers[0], CONTROL_DONE, "taken");
    client_reply(&client, &reply, false);
    cr_expect(le(sz, reply.body.len, HTTP_ANSWER_MAX));
    EXPECT_HAS(reply_body(&reply), "x\nand 37 more\ntaken\n");
    client_close(&client);
    done();
}

Test(http_commands, what_is_no_command_is_refused) {
    stage_open(&stage);
    ask(&stage, "GET", "/reload", "", &reply);
    expect_body(405, "only POST is answered here\n");
    EXPECT_TEXT(reply_header(&reply, "Allow"), "POST");
    post("/none");
    expect_body(404,
                "no such command; there are /reload, /forget, /force, /tail, /adopt, /address\n");
    post("/reload?service=a");
    expect_body(400, "unknown parameter \"service\"; /reload takes none\n");
    post("/tail?verdict=%ff");
    expect_body(400, "a parameter is not UTF-8\n");
    reply_done(&reply);
    ask(&stage, "POST", "/reload", "Content-Length: 1\r\n", &reply);
    expect_body(413, "a request takes no body here\n");
    cr_expect(eq(sz, given, 0));
    done();
}

/* The kernel reports the user that connected. */
Test(http_commands, strangers_are_told_that_they_may_not) {
    const uid_t user = geteuid();
    stage.options.commands_uid = user + 1;
    stage.options.socket_mode = 0666;
    cr_assert(eq(int, chmod(stage.folder, 0755), 0));
    stage_open(&stage);
    if (user == 0)
        cr_assert(eq(int, seteuid(65534), 0));
    client_open(&client, &stage, 0);
    if (user == 0)
        cr_assert(eq(int, seteuid(0), 0));
    client_send(&client, "POST /reload HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&client, &reply, false);
    expect_body(403, "commands are for root and for the daemon's own user\n");
    cr_expect(eq(sz, given, 0));
    client_close(&client);
    done();
}

Test(http_commands, eight_are_carried_out_at_a_time) {
    static struct client clients[HTTP_COMMANDS_MAX];
    stage_open(&stage);
    for (size_t i = 0; i < HTTP_COMMANDS_MAX; i++)
        begin(&clients[i], "/reload");
    post("/address");
    expect_body(503, "8 requests are under way; try again\n");
    for (size_t i = 0; i < HTTP_COMMANDS_MAX; i++) {
        http_answer_end(answers[i], CONTROL_DONE, "taken");
        reply_done(&reply);
        client_reply(&clients[i], &reply, false);
        expect_body(200, "taken\n");
        client_close(&clients[i]);
    }
    given = 0;
    post("/address");
    expect_body(200, "here\n");
    done();
}

Test(http_commands, a_client_that_goes_away_is_no_harm) {
    struct http_figures figures;
    stage_open(&stage);
    begin(&client, "/reload");
    client_close(&client);
    do {
        stage_turn(&stage);
        http_server_figures(stage.server, &figures);
    } while (figures.connections > 0);
    http_answer_line(answers[0], "one");
    http_answer_end(answers[0], CONTROL_DONE, "taken");
    post("/address");
    expect_body(200, "here\n");
    done();
}

/* A client that had connected before: its command would be lost. */
Test(http_commands, who_asks_a_server_that_was_left_is_told_to_ask_again) {
    stage_open(&stage);
    client_open(&client, &stage, 0);
    struct client waits;
    begin(&waits, "/reload"); /* the server ends when nothing is under way */
    http_server_leave(stage.server, NULL, NULL);
    http_server_close(stage.server, 60000, NULL, NULL);
    client_send(&client, "POST /address HTTP/1.1\r\nHost: x\r\n\r\n");
    client_reply(&client, &reply, false);
    expect_body(503, "another daemon has taken over: ask again\n");
    client_close(&client);
    http_answer_end(answers[0], CONTROL_DONE, "taken");
    reply_done(&reply);
    client_reply(&waits, &reply, false);
    expect_body(200, "taken\n");
    client_close(&waits);
    (void)unlink(path);
    reply_done(&reply);
    stage_done(&stage);
}

Test(http_commands, a_server_that_closes_leaves_answers_to_their_owners) {
    stage_open(&stage);
    begin(&client, "/reload");
    http_server_close(stage.server, 0, NULL, NULL);
    http_answer_end(answers[0], CONTROL_DONE, "taken");
    client_close(&client);
    stage_done(&stage);
}

/* ---- flowing ---- */

static bool put(const char *text) {
    return http_answer_flow_line(answers[0], text, strlen(text));
}

/* What has come by now, without the sizes of chunks. */
static const char *heard(void) {
    static char text[4096];
    char *out = text;
    for (int i = 0; i < 10; i++) {
        stage_turn(&stage);
        (void)client_receive(&client, 4096);
    }
    for (char *line = strtok((char *)(uintptr_t)strbuf_cstr(&client.in), "\r\n"); line != NULL;
         line = strtok(NULL, "\r\n"))
        if (strchr(line, '"') != NULL)
            out += sprintf(out, "%s ", line);
    *out = '\0';
    strbuf_clear(&client.in);
    return text;
}

Test(http_commands, what_was_put_before_the_end_is_heard) {
    stage_open(&stage);
    begin(&client, "/tail");
    cr_expect(put("{}"));
    http_answer_end(answers[0], CONTROL_DONE, "%s", "");
    client_reply(&client, &reply, false);
    expect_body(200, "{}\n");
    EXPECT_TEXT(reply_header(&reply, "Content-Type"), "application/x-ndjson");
    client_close(&client);
    done();
}

Test(http_commands, a_follower_that_goes_is_noticed) {
    stage_open(&stage);
    begin(&client, "/tail");
    (void)heard();
    client_close(&client);
    while (left == 0)
        stage_turn(&stage);
    done();
    cr_expect(eq(sz, left, 1));
}

/* Whoever ends one of four and begins another finds a place. */
Test(http_commands, a_follower_that_has_gone_makes_way_for_the_next_command) {
    struct client next;
    stage_open(&stage);
    begin(&client, "/tail");
    (void)heard();
    client_close(&client);
    begin(&next, "/reload");
    cr_expect(eq(sz, left, 1));
    http_answer_end(answers[1], CONTROL_DONE, "%s\xc3", "\xc3\xa9");
    client_reply(&next, &reply, false);
    expect_body(200, "\xc3\xa9?\n");
    client_close(&next);
    done();
}

Test(http_commands, a_follower_that_does_not_read_loses_lines_and_is_left) {
    static char text[1000];
    size_t lost = 0;
    stage.options.idle_s = 1;
    stage_open(&stage);
    begin(&client, "/tail");
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < 3000; i++) {
        lost += !put(text);
        if (i % 10 == 0)
            stage_turn(&stage);
    }
    cr_expect(gt(sz, lost, 1000));
    post("/address");
    expect_body(200, "here\n");
    while (left == 0)
        stage_turn(&stage);
    client_close(&client);
    done();
    cr_expect(eq(sz, left, 1));
}

Test(http_commands, a_server_that_closes_ends_what_flows) {
    stage_open(&stage);
    begin(&client, "/tail");
    cr_expect(put("one"));
    http_server_close(stage.server, 0, NULL, NULL);
    cr_expect(eq(sz, left, 1));
    client_close(&client);
    stage_done(&stage);
}

/* ---- the path ---- */

Test(http_commands, a_path_that_cannot_be_bound_is_named) {
    char wanted[256];
    (void)snprintf(path, sizeof path, "%s/none/s.control", stage.folder);
    (void)snprintf(wanted, sizeof wanted,
                   "--control: %s: No such file or directory; choose another path", path);
    stage_expect_error(&stage, wanted);
}
