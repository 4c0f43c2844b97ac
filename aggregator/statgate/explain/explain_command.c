/* SPDX-License-Identifier: MIT */
/* explain_command.c - statgate explain: what becomes of a line, by the catalogs of the settings or
 * of the running daemon. */
#include "statgate/explain/explain_command_private.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnostics/diagnostics.h"
#include "endpoint/endpoint.h"
#include "explain/explain.h"
#include "host/clock.h"
#include "view/view.h"

/* ---- world ---- */

void explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now) {
    enum { SEED = 1 }; /* no attack is possible on tables that live for a few lines */
    *world = (struct explain_world){
        .set = set, .include = "all", .exclude = "none", .origin = *origin, .now = now};
    world->store = store_new(NULL, set, SEED, now);
    world->ledger = ledger_new(NULL, set, SEED);
    world->breakers_jobs = breakers_jobs_new(NULL, set, world->store, SEED, now);
    world->gate = gate_new(NULL, set, world->store, world->ledger, world->breakers_jobs, SEED);
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
    struct frame frame = {0};
    const struct frame_options options = {
        .format = EXPOSITION_TEXT, .typed = true, .page = page_of(world, family)};
    view_frame_build(&frame, family, &options);
    view_frame_forget(&frame);
    (void)view_frame_put_series(&frame, world->store, series, world->now, out);
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

/* ---- the catalogs of the running daemon ---- */

/* Their files. */
struct daemon_catalogs {
    struct settings_list list;
    char **paths; /* the same, ours to free; NULL: none */
};

/* A name that is relative begins at the daemon's folder. */
static char *path_of(const char *folder, const char *file) {
    const size_t size = strlen(folder) + strlen(file) + 2;
    char *path = memory_alloc(size);
    if (file[0] == '/')
        (void)snprintf(path, size, "%s", file);
    else
        (void)snprintf(path, size, "%s/%s", folder, file);
    return path;
}

static void add_paths(struct daemon_catalogs *of, const json_t *view) {
    const char *folder = json_jsonread_text(json_jsonread_member(view, "reload"), "folder", NULL);
    const json_t *services = json_jsonread_list(view, "services");
    size_t index;
    json_t *service;
    of->paths = memory_array(json_array_size(services) + 1, sizeof *of->paths);
    of->list.items = (const char **)of->paths;
    json_array_foreach(services, index, service) {
        const char *file = json_jsonread_text(service, "file", NULL);
        if (!json_jsonread_bool(service, "internal", false) && *file != '\0')
            of->paths[of->list.count++] = path_of(folder, file);
    }
}

static int daemon_catalogs_find(struct daemon_catalogs *ret_of, const struct where *where,
                                struct trouble_words *ret_wrong) {
    json_t *view = NULL;
    int64_t now_ms;
    *ret_of = (struct daemon_catalogs){.paths = NULL};
    const int code =
        shown_asking_json(where, "/debug/catalog?limit=100000", &view, &now_ms, ret_wrong);
    if (code == CLI_OK)
        add_paths(ret_of, view);
    json_decref(view);
    return code;
}

static void daemon_catalogs_done(struct daemon_catalogs *of) {
    for (size_t i = 0; i < of->list.count; i++)
        free(of->paths[i]);
    free((void *)of->paths);
    *of = (struct daemon_catalogs){.paths = NULL};
}

/* ---- judge ---- */

struct explain_judge {
    struct daemon_catalogs of;
    struct catalogs catalogs;
    struct explain_world world;
};

/* Load the catalogs, and make empty tables. */
static bool judge_open(struct explain_judge *judge, struct cli *cli,
                       const struct settings *settings) {
    struct messages errors;
    diagnostics_messages_init(&errors);
    const bool good =
        diagnostics_catalogs_load(settings, &judge->of.list, true, &judge->catalogs, &errors);
    diagnostics_write_errors(&errors, &cli->err);
    diagnostics_messages_done(&errors);
    if (!good)
        return false;
    const struct clock_now clock = clock_now();
    const struct gate_origin origin = {.pid = cli->pid, .uid = cli->host.uid, .gid = cli->gid};
    const struct store_time now = {.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
    explain_world_init(&judge->world, &judge->catalogs.set, &origin, now);
    return true;
}

struct explain_judge *explain_judge_new(struct cli *cli, const struct command *command,
                                        const struct settings *settings, int *ret_code) {
    struct where where;
    struct trouble_words wrong = {0};
    struct explain_judge *judge = memory_alloc(sizeof *judge);
    *ret_code = shown_where_find(&where, cli, command, settings);
    if (*ret_code == CLI_OK &&
        (*ret_code = daemon_catalogs_find(&judge->of, &where, &wrong)) != CLI_OK) {
        struct error why;
        shown_trouble_join(&wrong, &why);
        (void)command_fail(cli, command, *ret_code, "%s", why.text);
    }
    shown_where_done(&where);
    if (*ret_code == CLI_OK && !judge_open(judge, cli, settings))
        *ret_code = CLI_FAILURE;
    if (*ret_code == CLI_OK)
        return judge;
    explain_judge_free(judge);
    return NULL;
}

void explain_judge_free(struct explain_judge *judge) {
    if (judge == NULL)
        return;
    explain_world_done(&judge->world);
    diagnostics_catalogs_done(&judge->catalogs);
    daemon_catalogs_done(&judge->of);
    free(judge);
}

bool explain_judge_takes(struct explain_judge *judge, struct sg_span line, struct strbuf *out) {
    struct gate_trace trace;
    explain_line(&judge->world, line, &trace);
    if (trace.samples[VERDICT_REJECTED] == 0)
        return true;
    const struct hints_world world = explain_world_hints(&judge->world);
    explain_write_text(out, &(struct explain_result){&trace, &world, ""});
    return false;
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
    explain_world_init(&session.world, set, &origin, now);
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
           access(settings->catalog.items[0], F_OK) != 0;
}

/* Find the catalogs of the running daemon. False: no daemon answers. */
static bool find_daemon_catalogs(struct daemon_catalogs *ret_of, struct cli *cli,
                                 const struct settings *settings) {
    struct where where;
    struct trouble_words wrong = {0};
    const bool found = shown_where_find(&where, cli, &explain_command, settings) == CLI_OK &&
                       daemon_catalogs_find(ret_of, &where, &wrong) == CLI_OK;
    shown_where_done(&where);
    return found;
}

static int run(struct cli *cli, const struct settings *settings) {
    if (settings->words.count == 0)
        return command_fail(cli, &explain_command, CLI_USAGE,
                            "give it lines, or - for standard input; see statgate explain --help");
    struct catalogs catalogs;
    struct messages errors;
    struct daemon_catalogs of = {.paths = NULL};
    diagnostics_messages_init(&errors);
    int code = CLI_USAGE;
    const bool asked = has_no_catalog(settings) && find_daemon_catalogs(&of, cli, settings);
    const bool named = asked || settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    if (diagnostics_catalogs_load(settings, asked ? &of.list : &settings->catalog, named, &catalogs,
                                  &errors))
        code = explain_in(cli, settings, &catalogs);
    diagnostics_write_errors(&errors, &cli->err);
    diagnostics_messages_done(&errors);
    diagnostics_catalogs_done(&catalogs);
    daemon_catalogs_done(&of);
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
             "and what to do. It uses the daemon's own code and the catalogs of the settings: it "
             "starts with an empty store, and each line finds what those before it left; it cannot "
             "know which places of a pattern a daemon has given away. Where no catalog is named "
             "and the default place has none, the catalogs are those of the running daemon. The "
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
