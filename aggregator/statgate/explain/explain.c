#include "statgate/explain/explain.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explain/explain.h"
#include "host/clock.h"
#include "mistakes/mistakes.h"
#include "statgate/explain/asked.h"
#include "statgate/explain/exposed.h"
#include "statgate/lines.h"

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

static void show(struct session *session, struct sg_span line) {
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

static bool on_line(void *arg, struct sg_span line, size_t number) {
    (void)number;
    show(arg, line);
    return true;
}

static bool on_pause(void *arg) {
    const struct session *session = arg;
    cli_flush(session->cli);
    return !session->cli->broken;
}

static int show_words(struct session *session, const struct settings_list *words) {
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], "-") == 0) {
            const int result = lines_read(session->cli->input_fd, on_line, on_pause, session);
            if (result < 0)
                return command_fail(session->cli, &explain_command, CLI_FAILURE,
                                    "standard input: %s", strerror(-result));
            continue;
        }
        struct sg_lines lines;
        struct sg_span line;
        sg_lines_init(&lines, words->items[i], strlen(words->items[i]));
        while (sg_lines_next(&lines, &line, NULL))
            show(session, line);
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
    mistakes_messages_init(&errors);
    int code = CLI_USAGE;
    const bool named = settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    if (has_no_catalog(settings) &&
        asked_daemon(cli, &explain_command, settings, settings->own[OWN_JSON] != NULL, &code)) {
        mistakes_messages_done(&errors);
        return code;
    }
    if (mistakes_catalogs_load(settings, &settings->catalog, named, &catalogs, &errors))
        code = explain_in(cli, settings, &catalogs);
    mistakes_write_errors(&errors, &cli->err);
    mistakes_messages_done(&errors);
    mistakes_catalogs_done(&catalogs);
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
