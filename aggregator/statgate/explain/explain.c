/* statgate explain: what would become of a line, and why. */
#include "statgate/explain/explain.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "endpoint/endpoint.h"
#include "host/clock.h"
#include "statgate/catalogs.h"
#include "statgate/command.h"
#include "statgate/lines.h"
#include "view/frame_build.h"
#include "json/jsondoc.h"

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

/* ---- the world and one line ---- */

bool explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now) {
    enum { SEED = 1 }; /* nobody attacks a table that lives for a few lines */
    *world = (struct explain_world){
        .set = set, .include = "all", .exclude = "none", .origin = *origin, .now = now};
    world->store = store_new(set, SEED, now);
    world->ledger = ledger_new(set, SEED);
    if (world->store && world->ledger)
        world->machines = machines_new(set, world->store, SEED, now);
    if (world->machines)
        world->gate = gate_new(set, world->store, world->ledger, world->machines, SEED);
    if (world->gate)
        return true;
    explain_world_done(world);
    return false;
}

void explain_world_done(struct explain_world *world) {
    gate_free(world->gate);
    machines_free(world->machines);
    ledger_free(world->ledger);
    store_free(world->store);
    *world = (struct explain_world){.set = NULL};
}

/* The rejections that this line added, oldest first. */
static void collect_bad(const struct explain_world *world, uint64_t before,
                        struct explanation *why) {
    size_t added = 0;
    const struct recent *recent;
    while ((recent = ledger_recent(world->ledger, added)) && recent->serial > before)
        added++;
    if (added > 0)
        why->bad_reason = ledger_recent(world->ledger, added - 1)->reason;
    for (; added > 0 && why->bad_count < EXPLAIN_BAD_MAX; added--)
        why->bad_offsets[why->bad_count++] = ledger_recent(world->ledger, added - 1)->offset;
}

/* The gate remembers only that such a line is ignored, not the family: the one of this name that is
 * not exposed, or NULL. */
static const struct catalog_family *find_hidden(const struct explain_world *world,
                                                struct sg_span name) {
    for (size_t i = 0; i < world->set->family_count; i++) {
        const struct catalog_family *family = world->set->families[i];
        const gate_scope scope = family->catalog->socket ? family->catalog->index + 1 : 0;
        if (!family->exposed && scope == world->origin.scope && family_answers(family, name))
            return family;
    }
    return NULL;
}

int family_item(const struct catalog_family *family, struct sg_span name) {
    static const char *const ends[] = {[RELAYED_SUM] = "_sum", [RELAYED_COUNT] = "_count"};
    const size_t len = strlen(family->name);
    if (!family_is_relayed(family) || name.len <= len || memcmp(name.at, family->name, len) != 0)
        return -1;
    for (int item = 0; item < RELAYED_QUANTILES; item++)
        if (sg_span_is((struct sg_span){name.at + len, name.len - len}, ends[item]))
            return item;
    return -1;
}

bool family_answers(const struct catalog_family *family, struct sg_span name) {
    if (sg_span_is(name, family->name) || family_item(family, name) >= 0)
        return true;
    for (size_t i = 0; i < family->alias_count; i++)
        if (sg_span_is(name, family->aliases[i]))
            return true;
    return false;
}

void explain_line(struct explain_world *world, struct sg_span text, struct explanation *ret) {
    *ret = (struct explanation){.text = text};
    struct sg_fault fault;
    ret->is_parsed = sg_line_parse(text, &ret->line, &fault) == SG_REJECT_NONE;
    const struct tally before = *ledger_total(world->ledger);
    const struct recent *newest = ledger_recent(world->ledger, 0);
    const uint64_t serial = newest ? newest->serial : 0;
    world->now.real_ms += 1000; /* the ring of rejections takes a bounded number a second */
    gate_explain(world->gate, text, &world->origin, world->now, &ret->gate);
    const struct tally *after = ledger_total(world->ledger);
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret->samples[i] = after->by_verdict[i] - before.by_verdict[i];
    const uint64_t taken = ret->samples[VERDICT_ACCEPTED] + ret->samples[VERDICT_FOLDED];
    ret->has_series = taken > 0 && ret->gate.series && (ret->gate.series->flags & SERIES_LIVE);
    if (taken + ret->samples[VERDICT_IGNORED] > 0 && ret->samples[VERDICT_REJECTED] > 0)
        collect_bad(world, serial, ret);
    if (!ret->is_parsed || ret->line.kind != SG_LINE_METRIC)
        return;
    if (ret->gate.verdict == VERDICT_IGNORED && !ret->gate.family)
        ret->gate.family = find_hidden(world, ret->line.name);
    explain_labels(world, ret);
}

/* The page that shows the family: of several the first, NULL where none is known. */
static const struct endpoint_page *page_of(const struct explain_world *world,
                                           const struct catalog_family *family) {
    for (size_t e = 0; world->plan && e < world->plan->endpoints.count; e++) {
        const struct endpoint_page *page =
            endpoint_page_of(&world->plan->endpoints.items[e], family->catalog->service);
        for (size_t i = 0; page && i < page->family_count; i++)
            if (page->families[i] == family)
                return page;
    }
    return NULL;
}

void explain_put_series(struct strbuf *out, const struct explain_world *world,
                        const struct catalog_family *family, const struct series *series) {
    struct frame frame = {0};
    const struct endpoint_page *page = page_of(world, family);
    const struct constant_labels none = {.count = 0};
    const struct frame_options options = {
        .format = EXPOSITION_TEXT,
        .typed = true,
        .constants = page ? &page->constants[family->catalog->index] : &none};
    if (frame_build(&frame, family, &options)) {
        frame_forget(&frame);
        (void)frame_put_series(&frame, world->store, series, world->now, out);
    } else {
        out->failed = true;
    }
    frame_done(&frame);
}

void explain_put_exposed(struct strbuf *out, const struct explain_world *world,
                         const struct explanation *why) {
    if (!why->has_series)
        return;
    if (!family_has_lines(why->gate.family)) {
        machine_put_exposed(out, world, why);
        return;
    }
    (void)store_merge(world->store, why->gate.family, why->gate.series);
    explain_put_series(out, world, why->gate.family, why->gate.series);
}

/* ---- the command ---- */

struct session {
    struct cli *cli;
    struct explain_world world;
    bool json;
    bool any_rejected;
    size_t lines;
};

static void show(struct session *session, struct sg_span line) {
    struct explanation why;
    struct strbuf *out = &session->cli->out;
    explain_line(&session->world, line, &why);
    if (session->json) {
        explain_write_json(out, &session->world, &why);
    } else {
        if (session->lines > 0)
            strbuf_putc(out, '\n');
        explain_write_text(out, &session->world, &why);
    }
    session->any_rejected |= why.samples[VERDICT_REJECTED] > 0;
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

/* A number below the one that means "no one". */
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
    if (user && !read_id(user, &origin->uid)) {
        const struct passwd *found = getpwnam(user);
        if (!found) {
            (void)command_fail(cli, &explain_command, CLI_USAGE,
                               "--uid: this host has no user \"%.80s\"", user);
            return false;
        }
        origin->uid = found->pw_uid;
    }
    if (group && !read_id(group, &origin->gid)) {
        const struct group *found = getgrnam(group);
        if (!found) {
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
        if (!set->catalogs[i]->socket)
            continue;
        strbuf_printf(out, "%s%s", before, set->catalogs[i]->service);
        before = ", ";
    }
    if (*before == ' ')
        strbuf_puts(out, " none");
}

static bool read_scope(struct cli *cli, const char *service, const struct catalog_set *set,
                       gate_scope *ret_scope) {
    if (!service)
        return true;
    const struct catalog *catalog = catalog_set_find(set, service, strlen(service));
    if (catalog && catalog->socket) {
        *ret_scope = catalog->index + 1;
        return true;
    }
    struct strbuf services;
    strbuf_init(&services);
    put_own_sockets(&services, set);
    (void)command_fail(cli, &explain_command, CLI_USAGE,
                       "--service-socket: %s \"%.80s\"; services with one:%s",
                       catalog ? "there is no socket of its own for" : "there is no service",
                       service, strbuf_cstr(&services));
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

static int run(struct cli *cli, const struct settings *settings) {
    if (settings->words.count == 0)
        return command_fail(cli, &explain_command, CLI_USAGE,
                            "give it lines, or - for standard input; see statgate explain --help");
    struct catalogs catalogs;
    struct messages errors;
    messages_init(&errors);
    int code = CLI_USAGE;
    const bool named = settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    if (catalogs_load(settings, &settings->catalog, named, &catalogs, &errors))
        code = explain_in(cli, settings, &catalogs);
    messages_write(&errors, "", &cli->err);
    messages_done(&errors);
    catalogs_done(&catalogs);
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
             "of "
             "each label, the resulting series, or the reason for the rejection, with its place in "
             "the line and what to do. The verdict comes from the daemon's own code, with the "
             "catalogs of the settings and an empty store; a line finds what those before it left. "
             "The argument - means lines of standard input. It needs no daemon and asks none. Exit "
             "codes: 0 accepted, folded or ignored; 1 a sample is rejected; 2 a catalog is "
             "invalid.",
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
