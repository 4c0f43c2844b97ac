/* SPDX-License-Identifier: MIT */
/* explain_command.c - statgate explain: what becomes of a line, by files or by the daemon. */
#include "statgate/explain/explain_command_private.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "diagnostics/diagnostics.h"
#include "endpoint/endpoint.h"
#include "explain/explain.h"
#include "host/clock.h"
#include "view/view.h"

/* ---- world ---- */

bool explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now) {
    enum { SEED = 1 }; /* no attack is possible on tables that live for a few lines */
    *world = (struct explain_world){
        .set = set, .include = "all", .exclude = "none", .origin = *origin, .now = now};
    world->store = store_new(memory_heap(), NULL, set, SEED, now);
    world->ledger = ledger_new(memory_heap(), NULL, set, SEED);
    if (world->store != NULL && world->ledger != NULL)
        world->breakers_jobs = breakers_jobs_new(memory_heap(), NULL, set, world->store, SEED, now);
    if (world->breakers_jobs != NULL)
        world->gate = gate_new(memory_heap(), NULL, set, world->store, world->ledger,
                               world->breakers_jobs, SEED);
    if (world->gate != NULL)
        return true;
    explain_world_done(world);
    return false;
}

void explain_world_done(struct explain_world *world) {
    gate_free(world->gate);
    breakers_jobs_free(world->breakers_jobs);
    ledger_free(world->ledger);
    store_free(world->store);
    *world = (struct explain_world){.set = NULL};
}

void explain_line(struct explain_world *world, struct sg_span text, struct gate_trace *ret_trace) {
    world->now.real_ms += 1000; /* so that times show what a line changed */
    gate_explain(world->gate, text, &world->origin, world->now, ret_trace);
}

struct hints_world explain_world_hints(const struct explain_world *world) {
    return (struct hints_world){
        .set = world->set,
        .breakers_jobs = world->breakers_jobs,
        .endpoints = world->plan != NULL ? &world->plan->endpoints : NULL,
        .include = world->include,
        .exclude = world->exclude,
        .origin = &world->origin,
        .tried = true,
    };
}

/* ---- exposed ---- */

/* The first page that shows the family; NULL if none is known. */
static const struct endpoint_page *page_of(const struct explain_world *world,
                                           const struct catalog_family *family) {
    for (size_t e = 0; world->plan != NULL && e < world->plan->endpoints.count; e++) {
        const struct endpoint_page *page =
            endpoint_page_of(&world->plan->endpoints.items[e], family->catalog->service);
        for (size_t i = 0; page != NULL && i < page->family_count; i++)
            if (page->families[i] == family)
                return page;
    }
    return NULL;
}

static void put_series(struct strbuf *out, const struct explain_world *world,
                       const struct catalog_family *family, const struct series *series) {
    struct frame frame;
    const struct frame_options options = {
        .format = EXPOSITION_TEXT, .typed = true, .page = page_of(world, family)};
    view_frame_init(&frame, memory_heap());
    if (view_frame_build(&frame, family, &options)) {
        view_frame_forget(&frame);
        (void)view_frame_put_series(&frame, world->store, NULL, series, world->now, out);
    } else {
        out->failed = true;
    }
    view_frame_done(&frame);
}

/* ---- derived series ---- */

struct shown {
    struct strbuf *out;
    const struct explain_world *world;
    const struct gate_trace *trace;
};

/* Write the series of a derived family with the labels of the machine; if it has another label,
 * its value is `extra`. */
static void exposed_show(const struct shown *shown, const struct catalog_family *part,
                         const char *extra) {
    const struct catalog_family *machine = shown->trace->family;
    const uint32_t *ids = series_ids(machine, shown->trace->series);
    uint32_t wanted[CATALOG_LABELS_MAX];
    if (part == NULL)
        return;
    for (uint32_t i = 0, own = 0; i < part->label_count; i++) {
        const struct catalog_label *label = &part->labels[i];
        /* Both lists are in byte order of name, and `part` has at most one label more. */
        if (own < machine->label_count && strcmp(label->name, machine->labels[own].name) == 0) {
            wanted[i] = ids[own++];
            continue;
        }
        const int32_t id = catalog_label_find(label, extra, strlen(extra));
        if (id < 0)
            return;
        wanted[i] = (uint32_t)id;
    }
    const struct series *series = store_find(shown->world->store, part, wanted);
    if (series != NULL)
        put_series(shown->out, shown->world, part, series);
}

static void show_breaker(const struct shown *shown, const struct catalog_attempts *attempts) {
    struct breakers_entry breaker;
    const uint64_t number = *series_body(shown->trace->series);
    breakers_at(shown->world->breakers_jobs, number, &breaker);
    if (breaker.why == NULL || breaker.since_ms != shown->world->now.real_ms)
        return; /* this line did not change it */
    const char *present = catalog_breaker_state_text(breaker.state);
    if (breaker.state == BREAKER_OPEN)
        exposed_show(shown, attempts->parts[ATTEMPTS_OPENED], "");
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        exposed_show(shown, attempts->parts[ATTEMPTS_STATE],
                     catalog_breaker_state_text((enum breaker_state)i));
    exposed_show(shown, attempts->parts[ATTEMPTS_TRANSITIONS], present);
}

static void show_attempts(const struct shown *shown, const struct catalog_attempts *attempts) {
    bool succeeded = false;
    bool failed = false;
    for (uint32_t i = 0; i < attempts->word_count; i++) {
        if (shown->trace->line.letter == SG_LETTER_B ||
            !hints_says(shown->trace, attempts->words[i]))
            continue;
        exposed_show(shown, attempts->parts[ATTEMPTS_TOTAL], attempts->words[i]);
        succeeded |= i < attempts->success_count;
        failed |= i >= attempts->success_count;
    }
    if (failed)
        exposed_show(shown, attempts->parts[ATTEMPTS_ERRORS], "");
    if (succeeded || failed)
        exposed_show(shown, attempts->parts[ATTEMPTS_CONSECUTIVE], "");
    if (succeeded)
        exposed_show(shown, attempts->parts[ATTEMPTS_LAST_SUCCESS], "");
    if (failed)
        exposed_show(shown, attempts->parts[ATTEMPTS_LAST_ERROR], "");
    show_breaker(shown, attempts);
}

static void show_jobs(const struct shown *shown, const struct catalog_jobs *jobs) {
    bool ended = false;
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        exposed_show(shown, jobs->parts[JOBS_LIVE], catalog_job_state_text((enum job_state)i));
    exposed_show(shown, jobs->parts[JOBS_OLDEST_QUEUED], "");
    exposed_show(shown, jobs->parts[JOBS_OLDEST_RUNNING], "");
    if (hints_says(shown->trace, job_event_text(JOB_EVENT_STARTED))) {
        exposed_show(shown, jobs->parts[JOBS_WAITING], "");
        exposed_show(shown, jobs->parts[JOBS_STARTED], "");
    }
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++)
        ended |= hints_says(shown->trace, catalog_job_outcome_text((enum job_outcome)i));
    if (ended)
        exposed_show(shown, jobs->parts[JOBS_RUNNING], "");
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++)
        if (hints_says(shown->trace, catalog_job_outcome_text((enum job_outcome)i)))
            exposed_show(shown, jobs->parts[JOBS_FINISHED],
                         catalog_job_outcome_text((enum job_outcome)i));
    for (int part = JOBS_CONSECUTIVE; ended && part <= JOBS_LAST_SUCCESS; part++)
        exposed_show(shown, jobs->parts[part], "");
}

static void put_derived(struct strbuf *out, const struct explain_world *world,
                        const struct gate_trace *trace) {
    const struct shown shown = {out, world, trace};
    breakers_jobs_publish(world->breakers_jobs, world->now);
    if (trace->family->attempts != NULL)
        show_attempts(&shown, trace->family->attempts);
    else
        show_jobs(&shown, trace->family->jobs);
}

void explain_put_exposed(struct strbuf *out, const struct explain_world *world,
                         const struct gate_trace *trace) {
    if (trace->series == NULL)
        return;
    if (!family_has_lines(trace->family)) {
        put_derived(out, world, trace);
        return;
    }
    (void)store_merge(world->store, trace->family, trace->series);
    put_series(out, world, trace->family, trace->series);
}

/* ---- asked ----
 * Lines explained by the running daemon: its /debug/explain, drawn as explain/text draws a trace.
 */

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
    json_array_foreach(json_jsonread_list(answer, "labels"), index, label) {
        struct strbuf text = {0};
        strbuf_printf(&text, "%s:%s  %s", json_jsonread_text(label, "name", NULL),
                      json_jsonread_text(label, "sent", NULL),
                      json_jsonread_text(label, "fate", NULL));
        put_row(out, "label", strbuf_cstr(&text));
        strbuf_done(&text);
    }
}

static void put_verdict(struct strbuf *out, const json_t *answer, struct sg_span line) {
    const int64_t offset = json_jsonread_i64(answer, "offset", -1);
    size_t index;
    json_t *hint;
    const char *reason = json_jsonread_text(answer, "reason", NULL);
    put_row(out, json_jsonread_text(answer, "verdict", NULL),
            *reason != '\0' ? reason : "as declared");
    if (offset >= 0)
        terminal_put_caret(out, HEAD_COLUMNS + 2, line.at, line.len, (size_t)offset);
    json_array_foreach(json_jsonread_list(answer, "hints"), index, hint)
        put_row(out, "", json_is_string(hint) ? json_string_value(hint) : "");
}

static void put_answer(struct strbuf *out, const json_t *answer, struct sg_span line) {
    terminal_put_cut(out, line.at, line.len, LINE_COLUMNS);
    strbuf_putc(out, '\n');
    put_row(out, "name", json_jsonread_text(answer, "name", NULL));
    put_row(out, "service", json_jsonread_text(answer, "service", NULL));
    put_row(out, "family", json_jsonread_text(answer, "family", NULL));
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
    if (!shown_asking_add(target, "line", text)) {
        (void)error_set(&ret_wrong->what, "the line is too long for a request; name a catalog");
        return NULL;
    }
    if (shown_asking_text(where, target, ASKING_JSON_MAX, ret_body, &now_ms, ret_wrong) == CLI_OK &&
        (answer = json_jsonread_parse(ret_body->data, ret_body->len, &unread)) == NULL)
        (void)error_set(&ret_wrong->what, "the daemon's answer: %s", unread.text);
    return answer;
}

static bool rejects(const json_t *answer) {
    return json_jsonread_i64(json_jsonread_member(answer, "samples"), "rejected", 0) > 0;
}

enum asked_verdict explain_asked_line(const struct where *where, struct sg_span line,
                                      struct strbuf *out, struct trouble_words *ret_wrong) {
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

static bool asked_on_line(void *arg, struct sg_span line, size_t number) {
    struct asked *asked = arg;
    struct trouble_words wrong;
    (void)number;
    if (ask(asked, line, &wrong))
        return true;
    asked->code = command_fail(asked->cli, asked->command, CLI_FAILURE, "%s", wrong.what.text);
    return false;
}

static bool asked_on_pause(void *arg) {
    struct asked *asked = arg;
    statgate_cli_flush(asked->cli);
    return !asked->cli->broken;
}

/* Whether a daemon is there at all. */
static bool answers(const struct asked *asked) {
    struct trouble_words wrong;
    struct strbuf body = {0};
    int64_t now_ms;
    const bool there = shown_asking_text(&asked->where, "/debug/status", ASKING_JSON_MAX, &body,
                                         &now_ms, &wrong) == CLI_OK;
    strbuf_done(&body);
    return there;
}

/*
 * Ask the daemon that is found without being named (see shown_where_find) about the lines among the
 * settings' words, and print its answers as JSON or as text. Returns false, and prints nothing, if
 * no daemon answers for the first line; else *ret_code is the exit code.
 */
static bool asked_daemon(struct cli *cli, const struct command *command,
                         const struct settings *settings, bool json, int *ret_code) {
    struct asked asked = {.cli = cli, .command = command, .json = json, .code = CLI_OK};
    const struct settings_list *words = &settings->words;
    if (shown_where_find(&asked.where, cli, command, settings) != CLI_OK) {
        shown_where_done(&asked.where);
        return false;
    }
    const bool there = answers(&asked);
    for (size_t i = 0; there && i < words->count && asked.code == CLI_OK; i++) {
        struct sg_lines lines;
        struct sg_span line;
        if (strcmp(words->items[i], "-") == 0) {
            const int result =
                statgate_lines_read(cli->input_fd, asked_on_line, asked_on_pause, &asked);
            if (result < 0)
                asked.code = command_fail(cli, command, CLI_FAILURE, "standard input: %s",
                                          strerror(-result));
            continue;
        }
        sg_lines_init(&lines, words->items[i], strlen(words->items[i]));
        while (asked.code == CLI_OK && sg_lines_next(&lines, &line, NULL))
            (void)asked_on_line(&asked, line, 0);
    }
    shown_where_done(&asked.where);
    *ret_code = asked.code != CLI_OK ? asked.code : asked.any_rejected ? CLI_FAILURE : CLI_OK;
    return there;
}

/* ---- explain ---- */

enum { OWN_JSON, OWN_UID, OWN_GID, OWN_SERVICE_SOCKET, OWN_COUNT };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_JSON] = {"json", NULL, "Print one JSON object a line, for scripts."},
    [OWN_UID] = {"uid", "USER",
                 "The sender's user, by name or number, where a catalog has senders. Default: who "
                 "runs this."},
    [OWN_GID] = {"gid", "GROUP", "The sender's group, likewise."},
    [OWN_SERVICE_SOCKET] = {"service-socket", "SERVICE",
                            "As if sent to this service's own socket, not to the shared one."},
};

struct session {
    struct cli *cli;
    struct explain_world world;
    bool json;
    bool any_rejected;
    size_t lines;
};

static void explain_show(struct session *session, struct sg_span line) {
    struct gate_trace trace;
    struct strbuf *out = &session->cli->out;
    struct strbuf exposed;
    strbuf_init(&exposed);
    explain_line(&session->world, line, &trace);
    explain_put_exposed(&exposed, &session->world, &trace);
    const struct hints_world world = explain_world_hints(&session->world);
    const struct explain_result result = {&trace, &world, strbuf_cstr(&exposed)};
    if (session->json) {
        explain_write_json(out, &result);
    } else {
        if (session->lines > 0)
            strbuf_putc(out, '\n');
        explain_write_text(out, &result);
    }
    out->failed |= exposed.failed;
    strbuf_done(&exposed);
    session->any_rejected |= trace.samples[VERDICT_REJECTED] > 0;
    session->lines++;
}

static bool explain_on_line(void *arg, struct sg_span line, size_t number) {
    (void)number;
    explain_show(arg, line);
    return true;
}

static bool explain_on_pause(void *arg) {
    const struct session *session = arg;
    statgate_cli_flush(session->cli);
    return !session->cli->broken;
}

static int show_words(struct session *session, const struct settings_list *words) {
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], "-") == 0) {
            const int result = statgate_lines_read(session->cli->input_fd, explain_on_line,
                                                   explain_on_pause, session);
            if (result < 0)
                return command_fail(session->cli, &explain_command, CLI_FAILURE,
                                    "standard input: %s", strerror(-result));
            continue;
        }
        struct sg_lines lines;
        struct sg_span line;
        sg_lines_init(&lines, words->items[i], strlen(words->items[i]));
        while (sg_lines_next(&lines, &line, NULL))
            explain_show(session, line);
    }
    return session->any_rejected ? CLI_FAILURE : CLI_OK;
}

/* Read a number below UINT32_MAX, which means "no one". */
static bool read_id(const char *text, uint32_t *ret_id) {
    char *end;
    errno = 0;
    const unsigned long id = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || id >= UINT32_MAX)
        return false;
    *ret_id = (uint32_t)id;
    return true;
}

static bool read_sender(struct cli *cli, const struct settings *settings,
                        struct gate_origin *origin) {
    const char *user = settings->own[OWN_UID];
    const char *group = settings->own[OWN_GID];
    *origin = (struct gate_origin){.pid = cli->pid, .uid = cli->host.uid, .gid = cli->gid};
    if (user != NULL && !read_id(user, &origin->uid)) {
        const struct passwd *found = getpwnam(user);
        if (found == NULL) {
            (void)command_fail(cli, &explain_command, CLI_USAGE,
                               "--uid: this host has no user \"%.80s\"", user);
            return false;
        }
        origin->uid = found->pw_uid;
    }
    if (group != NULL && !read_id(group, &origin->gid)) {
        const struct group *found = getgrnam(group);
        if (found == NULL) {
            (void)command_fail(cli, &explain_command, CLI_USAGE,
                               "--gid: this host has no group \"%.80s\"", group);
            return false;
        }
        origin->gid = found->gr_gid;
    }
    return true;
}

static void put_own_sockets(struct strbuf *out, const struct catalog_set *set) {
    const char *before = " ";
    for (size_t i = 0; i < set->count; i++) {
        if (set->catalogs[i]->socket == NULL)
            continue;
        strbuf_printf(out, "%s%s", before, set->catalogs[i]->service);
        before = ", ";
    }
    if (*before == ' ')
        strbuf_puts(out, " none");
}

static bool read_scope(struct cli *cli, const char *service, const struct catalog_set *set,
                       gate_scope *ret_scope) {
    if (service == NULL)
        return true;
    const struct catalog *catalog = catalog_set_find(set, service, strlen(service));
    if (catalog != NULL && catalog->socket != NULL) {
        *ret_scope = catalog->index + 1;
        return true;
    }
    struct strbuf services;
    strbuf_init(&services);
    put_own_sockets(&services, set);
    (void)command_fail(
        cli, &explain_command, CLI_USAGE, "--service-socket: %s \"%.80s\"; services with one:%s",
        catalog != NULL ? "there is no socket of its own for" : "there is no service", service,
        strbuf_cstr(&services));
    strbuf_done(&services);
    return false;
}

static int explain_in(struct cli *cli, const struct settings *settings,
                      const struct catalogs *catalogs) {
    const struct catalog_set *set = &catalogs->set;
    struct gate_origin origin;
    const struct clock_now clock = clock_now();
    const struct store_time now = {.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
    struct session session = {.cli = cli, .json = settings->own[OWN_JSON] != NULL};
    if (!read_sender(cli, settings, &origin) ||
        !read_scope(cli, settings->own[OWN_SERVICE_SOCKET], set, &origin.scope))
        return CLI_USAGE;
    if (!explain_world_init(&session.world, set, &origin, now))
        return command_fail(cli, &explain_command, CLI_FAILURE,
                            "out of memory for the tables of %llu series",
                            (unsigned long long)set->bound);
    session.world.include = settings->include;
    session.world.exclude = settings->exclude;
    session.world.plan = &catalogs->plan;
    const int code = show_words(&session, &settings->words);
    explain_world_done(&session.world);
    return code;
}

/* Whether no catalog is named and the default place has none, so that only a daemon could know. */
static bool has_no_catalog(const struct settings *settings) {
    return settings->sources[SETTING_catalog] == SETTINGS_DEFAULT && settings->catalog.count > 0 &&
           access(settings->catalog.items[0], F_OK) != 0 && settings->own[OWN_UID] == NULL &&
           settings->own[OWN_GID] == NULL && settings->own[OWN_SERVICE_SOCKET] == NULL;
}

static int run(struct cli *cli, const struct settings *settings) {
    if (settings->words.count == 0)
        return command_fail(cli, &explain_command, CLI_USAGE,
                            "give it lines, or - for standard input; see statgate explain --help");
    struct catalogs catalogs;
    struct messages errors;
    diagnostics_messages_init(&errors);
    int code = CLI_USAGE;
    const bool named = settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    if (has_no_catalog(settings) &&
        asked_daemon(cli, &explain_command, settings, settings->own[OWN_JSON] != NULL, &code)) {
        diagnostics_messages_done(&errors);
        return code;
    }
    if (diagnostics_catalogs_load(settings, &settings->catalog, named, &catalogs, &errors))
        code = explain_in(cli, settings, &catalogs);
    diagnostics_write_errors(&errors, &cli->err);
    diagnostics_messages_done(&errors);
    diagnostics_catalogs_done(&catalogs);
    return code;
}

const struct command explain_command = {
    .word = "explain",
    .summary = "Show what statgated would do with a line, and why.",
    .program =
        {.name = "statgate explain",
         .usage = "[FLAG...] LINE...",
         .about =
             "Shows step by step what becomes of metric lines: fields, service, family, the fate "
             "of each label, and the resulting series, or why it is rejected, where in the line, "
             "and what to do. It uses the daemon's own code and the catalogs of the settings, "
             "but no daemon: it starts with an empty store, and each line finds what those "
             "before it left. Where no catalog is named and the default place has none, the "
             "running daemon is asked, for whoever may send. The "
             "argument - means lines of standard input. Exit codes: 0 "
             "accepted, folded or ignored; 1 a sample is rejected; 2 a catalog is invalid.",
         .allowed = SETTING_BIT(config) | SETTING_BIT(catalog) | SETTING_BIT(include) |
                    SETTING_BIT(exclude),
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate explain 'deploys_total:1|c|#env:prod'\n"
                     "  statgate explain --catalog shop.json 'shop_orders_total:1|c|#outcome:ok'\n"
                     "  statgate explain --uid www-data 'shop_orders_total:1|c|#outcome:ok'\n"
                     "  statgate explain --json - <lines.txt | jq -c '[.line, .reason]'\n"},
    .run = run,
};
