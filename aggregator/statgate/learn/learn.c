/* SPDX-License-Identifier: MIT */
/* learn.c - statgate learn: listens to what is refused, and writes a catalog that takes it. */
#include "statgate/learn/learn_private.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "control/control.h"
#include "host/clock.h"
#include "loader/loader.h"
#include "statgate/control/control_command.h"
#include "statgate/shown/shown.h"

/* Ctrl-C ends the listening, and what was heard is written. */
static volatile sig_atomic_t stopped;

static void on_stop(int number) {
    (void)number;
    stopped = 1;
}

enum { STREAM_BYTES_MAX = 1 << 20, AGAIN_MS = 200, TELL_MS = 5000, LINGER_MS = 1100 };

struct listening {
    struct cli *cli;
    struct reach reach;
    struct traffic traffic;
    int64_t until_ns;
    int64_t told_ns;
    uint64_t dropped; /* lines that the daemon did not show */
    bool shared;      /* another service has a family of lines that name this one */
    char other[128];  /* that service, or how it is not known */
    bool heard;
    int code;
};

/* ---- lines ---- */

/* A line as tail and /debug/rejections have it; one that was cut has no meaning. One that is not
 * refused is of interest if it names this service and has gone to another, with the same family. */
static void take(struct listening *listening, const json_t *line) {
    size_t len;
    const char *text = json_jsonread_text(line, "line", &len);
    const json_t *sender = json_jsonread_member(line, "sender");
    const char *reason = json_jsonread_text(line, "reason", NULL);
    const char *taker = json_jsonread_text(line, "service", NULL);
    const char *verdict = json_jsonread_text(line, "verdict", NULL);
    const char *named = listening->traffic.service;
    const bool refused = *verdict == '\0' || strcmp(verdict, "rejected") == 0;
    listening->dropped += (uint64_t)json_jsonread_i64(line, "dropped", 0);
    if (len == 0 || json_jsonread_bool(line, "line_cut", false) ||
        (!refused && (named == NULL || strcmp(taker, named) == 0)) ||
        !traffic_add(&listening->traffic, (struct sg_span){text, len},
                     json_jsonread_i64(sender, "pid", 0), !refused) ||
        (refused && strcmp(reason, "ambiguous") != 0))
        return;
    listening->shared = true;
    (void)snprintf(listening->other, sizeof listening->other, "%.100s",
                   refused ? "several services" : taker);
}

static bool take_written(void *arg, struct sg_span line, size_t number) {
    struct listening *listening = arg;
    (void)number;
    if (line.len > 0 && line.at[0] != '#')
        (void)traffic_add(&listening->traffic, line, 0, false);
    return true;
}

static bool go_on(void *arg) {
    (void)arg;
    return true;
}

/* ---- what the daemon keeps of refusals ---- */

static void take_kept(struct listening *listening, const char *sock) {
    struct where where = {.source = "control socket"};
    struct trouble_words wrong;
    struct error error;
    json_t *root = NULL;
    int64_t now_ms;
    size_t index;
    json_t *line;
    if (!control_ask_address(listening->cli, sock, where.text, sizeof where.text) ||
        !fetch_address_find(where.text, &where.address, &error) ||
        shown_asking_json(&where, "/debug/rejections", &root, &now_ms, &wrong) != CLI_OK)
        return; /* it may want a token; what comes from now on is enough */
    json_array_foreach(json_jsonread_list(root, "recent"), index, line) take(listening, line);
    json_decref(root);
}

/* ---- what comes ---- */

/* Long work shows that it goes on. */
static void tell(struct listening *listening) {
    const int64_t now_ns = clock_mono_ns();
    if (now_ns - listening->told_ns < (int64_t)TELL_MS * 1000000)
        return;
    listening->told_ns = now_ns;
    if (now_ns >= listening->until_ns)
        return;
    strbuf_printf(&listening->cli->err, "%" PRId64 " s left: %zu names in %" PRIu64 " lines\n",
                  (listening->until_ns - now_ns) / 1000000000, listening->traffic.count,
                  listening->traffic.lines);
    statgate_cli_flush(listening->cli);
}

static void take_stream(struct listening *listening, struct strbuf *received) {
    const char *text = strbuf_cstr(received);
    size_t at = 0;
    for (const char *end; (end = memchr(text + at, '\n', received->len - at)) != NULL;) {
        struct error wrong;
        json_t *line = json_jsonread_parse(text + at, (size_t)(end - text) - at, &wrong);
        if (line != NULL)
            take(listening, line);
        json_decref(line);
        at = (size_t)(end - text) + 1;
    }
    strbuf_consume(received, at);
}

static bool is_time(const struct listening *listening) {
    return stopped == 0 && clock_mono_ns() < listening->until_ns;
}

/* Follow one connection to its end, or to that of the time: then for as long as the daemon takes to
 * say how many lines it did not show. */
static void follow(struct listening *listening, struct fetch *fetch) {
    enum fetch_state state = FETCH_UNDER_WAY;
    int64_t last_ns = INT64_MAX;
    while (state == FETCH_UNDER_WAY && clock_mono_ns() < last_ns) {
        if (last_ns == INT64_MAX && !is_time(listening))
            last_ns = clock_mono_ns() + (int64_t)LINGER_MS * 1000000;
        struct pollfd wanted = {.fd = fetch_fd(fetch), .events = fetch_events(fetch)};
        (void)poll(&wanted, 1, AGAIN_MS);
        state = fetch_step(fetch);
        tell(listening);
        const struct fetch_response *head = fetch_head(fetch);
        if (!head->head_read)
            continue;
        if (head->status == CONTROL_DONE) {
            listening->heard = true;
            take_stream(listening, fetch_body(fetch));
        } else if (state == FETCH_DONE && head->status != CONTROL_BUSY) {
            const char *text = strbuf_cstr(fetch_body(fetch));
            listening->code =
                command_fail(listening->cli, &learn_command, control_exit_code(head->status),
                             "%.*s", (int)strcspn(text, "\n"), text);
        }
    }
}

static int listen_to_daemon(struct listening *listening, const char *control, const char *sock,
                            double seconds) {
    control_reach_list(&listening->reach, listening->cli, control, sock);
    const char *target = listening->traffic.service != NULL ? "/tail" : "/tail?verdict=rejected";
    listening->told_ns = clock_mono_ns();
    listening->until_ns = listening->told_ns + (int64_t)(seconds * 1e9);
    const struct sigaction stop = {.sa_handler = on_stop};
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    take_kept(listening, sock);
    while (listening->code == CLI_OK && is_time(listening)) {
        struct fetch *fetch = control_reach_ask(&listening->reach, target, STREAM_BYTES_MAX);
        if (fetch == NULL && !listening->heard)
            return control_reach_fail(&listening->reach, &learn_command);
        if (fetch != NULL)
            follow(listening, fetch);
        fetch_free(fetch);
        if (listening->code == CLI_OK && is_time(listening))
            (void)poll(NULL, 0, AGAIN_MS); /* another daemon takes over */
    }
    return listening->code;
}

/* ---- writing ---- */

/* The catalog of the file, if there is one. False: it is there and cannot be used. */
static bool read_present(struct cli *cli, const char *path, json_t **ret_present) {
    struct error error;
    struct stat status;
    size_t len;
    *ret_present = NULL;
    if (path == NULL || stat(path, &status) != 0)
        return true;
    char *text = json_jsondoc_read(path, &len, &error);
    struct catalog *catalog = text != NULL ? loader_text(path, text, len, false, &error) : NULL;
    if (catalog != NULL)
        *ret_present = json_jsondoc_parse(path, text, len, &error);
    catalog_free(catalog);
    free(text);
    if (*ret_present == NULL)
        (void)command_fail(cli, &learn_command, CLI_USAGE, "%s", error.text);
    return *ret_present != NULL;
}

static void report_fault(void *arg, const struct loader_fault *fault) {
    struct cli *cli = arg;
    strbuf_printf(&cli->err, "%s: %s\n", fault->pointer, fault->text);
}

/* Whether a daemon would take it: its own mistakes are told one by one, those between names and
 * bounds by the first. */
static bool is_taken(struct cli *cli, const char *path, const struct strbuf *text) {
    const char *name = path != NULL ? path : "catalog";
    struct catalog_set set;
    struct error error;
    size_t left_bytes = SIZE_MAX;
    bool cut;
    if (loader_faults(name, text->data, text->len, report_fault, cli, &left_bytes, &cut) > 0)
        return false;
    catalog_set_init(&set);
    struct catalog *catalog = loader_text(name, text->data, text->len, false, &error);
    if (catalog != NULL)
        catalog_set_add(&set, catalog);
    const bool good = catalog != NULL && catalog_set_finish(&set, &error) &&
                      catalog_samples_differ((const struct catalog_family *const *)set.families,
                                             set.family_count, &error);
    if (!good)
        strbuf_printf(&cli->err, "%s\n", error.text);
    catalog_set_done(&set);
    return good;
}

/* A file that is there, and is taken, is not replaced by one that is not; otherwise a person mends
 * what is written. */
static int write_catalog(struct cli *cli, const char *path, bool present, json_t *catalog) {
    struct strbuf text = {0};
    struct error error;
    int code = CLI_OK;
    char *dumped = json_dumps(catalog, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    strbuf_printf(&text, "%s\n", dumped != NULL ? dumped : "");
    const bool good = is_taken(cli, path, &text);
    if (!good)
        code = command_fail(cli, &learn_command, CLI_FAILURE,
                            present ? "with these the catalog would be refused, so the file is as "
                                      "it was; without --output it is printed"
                                    : "this catalog needs the correction above");
    if (!good && present) {
        free(dumped);
        strbuf_done(&text);
        return code;
    }
    if (path == NULL)
        strbuf_put(&cli->out, text.data, text.len);
    else if (!statgate_output_write(path, &text, &error))
        code = command_fail(cli, &learn_command, CLI_FAILURE, "%s", error.text);
    else
        strbuf_printf(&cli->err, "written to %s\n", path);
    free(dumped);
    strbuf_done(&text);
    return code;
}

/* Say, or write into the configuration file, how the catalog is served. */
static int configure(struct listening *listening, const char *service, const char *path,
                     const char *config) {
    struct cli *cli = listening->cli;
    struct error error;
    if (config != NULL && !learn_configure(config, path, service, listening->shared, &error))
        return command_fail(cli, &learn_command, CLI_FAILURE, "%s", error.text);
    if (listening->shared)
        strbuf_printf(&cli->err,
                      "families are those of %s, too: one page cannot show both, so %s has an "
                      "endpoint of its own, and each line of either program names its service "
                      "(STATGATE_SERVICE=%s)%s\n",
                      listening->other, service, service,
                      config != NULL ? "" : "; the endpoint, for the configuration file:");
    if (listening->shared && config == NULL)
        strbuf_printf(&cli->err,
                      "  {\"listen\": \"" LEARN_LISTEN "\", \"path\": \"" LEARN_PATH
                      "%s\", \"services\": [\"%s\"]}\n",
                      service, service);
    if (path != NULL)
        strbuf_printf(&cli->err, "next: statgate check %s%s\n", config != NULL ? "--config " : "",
                      config != NULL ? config : path);
    return CLI_OK;
}

/* The service of the catalog: that of the flag, of the file, or of the lines. */
static const char *service_of(struct listening *listening, const char *named,
                              const json_t *present) {
    const struct traffic *traffic = &listening->traffic;
    if (named != NULL)
        return named;
    if (present != NULL)
        return json_jsonread_text(present, "service", NULL);
    const char *sent = traffic->service_count == 1 ? traffic->services[0].text : "";
    return text_is_service_name(sent) && strcmp(sent, "statgate") != 0 ? sent : "learned";
}

static int learn(struct listening *listening, const char *named, const char *path,
                 const char *config, json_t *present) {
    struct cli *cli = listening->cli;
    const struct traffic *traffic = &listening->traffic;
    const char *service = service_of(listening, named, present);
    if (traffic->count == 0)
        return command_fail(cli, &learn_command, CLI_FAILURE,
                            "no refused line came: are the programs sending, and to this daemon? "
                            "statgate senders shows who does");
    strbuf_printf(&cli->err,
                  "%" PRIu64 " lines were heard, %" PRIu64 " more were not; %zu name%s\n",
                  traffic->lines, listening->dropped, traffic->count, text_plural(traffic->count));
    if (traffic->service_count > 1 && named == NULL)
        strbuf_puts(&cli->err, "lines name several services in the label service: one catalog has "
                               "one; name it with --service\n");
    json_t *catalog = learn_catalog(&listening->traffic, service, present, &cli->err);
    int code = write_catalog(cli, path, present != NULL, catalog);
    if (code == CLI_OK)
        code = configure(listening, service, path, config);
    json_decref(catalog);
    return code;
}

/* ---- the beginning ---- */

static int run(struct cli *cli, const struct settings *settings) {
    struct listening *listening = memory_alloc(sizeof *listening);
    const char *time = shown_where_flag(&learn_command, settings, "for");
    const char *named = shown_where_flag(&learn_command, settings, "service");
    const char *path = shown_where_flag(&learn_command, settings, "output");
    const char *config = shown_where_flag(&learn_command, settings, "write-config");
    const bool reads = settings->words.count > 0;
    double seconds = 60;
    json_t *present = NULL;
    int code = CLI_OK;
    listening->cli = cli;
    traffic_init(&listening->traffic);
    listening->traffic.service = named;
    if (time != NULL && !statgate_read_duration(time, &seconds))
        code = command_fail(cli, &learn_command, CLI_USAGE,
                            "--for: \"%.80s\" is not a time such as 90s or 5m", time);
    else if (named != NULL && (!text_is_service_name(named) || strcmp(named, "statgate") == 0))
        code = command_fail(cli, &learn_command, CLI_USAGE,
                            "--service: \"%.80s\" is no name of a service", named);
    else if (config != NULL && path == NULL)
        code = command_fail(cli, &learn_command, CLI_USAGE,
                            "--write-config names the catalog in that file: say with --output "
                            "where it is");
    else if (reads && (settings->words.count > 1 || strcmp(settings->words.items[0], "-") != 0))
        code = command_fail(cli, &learn_command, CLI_USAGE,
                            "\"-\" reads lines; there is no other "
                            "argument");
    else if (!read_present(cli, path, &present))
        code = CLI_USAGE;
    else if (present != NULL && named != NULL &&
             strcmp(json_jsonread_text(present, "service", NULL), named) != 0)
        code = command_fail(cli, &learn_command, CLI_USAGE,
                            "--output: %s is a catalog of the service %s", path,
                            json_jsonread_text(present, "service", NULL));
    else if (reads)
        code = statgate_lines_read(cli->input_fd, take_written, go_on, listening) == 0
                   ? CLI_OK
                   : command_fail(cli, &learn_command, CLI_FAILURE, "the lines cannot be read");
    else
        code = listen_to_daemon(listening, shown_where_flag(&learn_command, settings, "control"),
                                shown_where_flag(&learn_command, settings, "socket"), seconds);
    if (code == CLI_OK)
        code = learn(listening, named, path, config, present);
    json_decref(present);
    traffic_done(&listening->traffic);
    free(listening);
    return code;
}

static const struct settings_own_flag own_flags[] = {
    {"for", "TIME", "How long to listen: 90s, 5m. A minute by default."},
    {"service", "NAME",
     "The service of the catalog. Without it that of the file, or of the lines."},
    {"output", "FILE",
     "Where to write the catalog. One that is there is only added to. Without it the catalog is "
     "printed."},
    {"write-config", "FILE",
     "The configuration file of the daemon, which then names the catalog, and an endpoint for it "
     "if another service has the same families."},
    {"control", "PATH",
     "The daemon's control socket. Without it $STATGATE_CONTROL, else the one beside the socket."},
    {"socket", "PATH", "The daemon's socket, which the control socket is beside."},
    {NULL, NULL, NULL}};

const struct command learn_command = {
    .word = "learn",
    .summary = "Write a catalog for what is sent and refused.",
    .program =
        {.name = "statgate learn",
         .usage = "[FLAG...] [-]",
         .about =
             "Listens to the lines that a running daemon refuses, and writes a catalog that takes "
             "them: families with types by letter and numbers, labels with the values that came or "
             "a pattern and a maximum, dotted names that differ in one part as one name with a "
             "label, buckets around the values seen. Each guess is a line on standard error with "
             "what it was made from: read them, a person decides. Ctrl-C ends the listening early. "
             "With \"-\" it reads lines from standard input, without a daemon. With --service, "
             "lines that name another service "
             "are left alone, and those that name this one are heard even where another service "
             "has "
             "taken them, since it has the same families. It uses the control socket, so it is for "
             "root and the daemon's own user. Exit codes: 0 written, 1 no daemon or nothing came, "
             "2 wrong "
             "arguments, 3 four follow already.",
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate learn --for 5m --service shop --output shop.json\n"
                     "  statgate learn --service shop - < lines.txt\n"},
    .run = run,
};
