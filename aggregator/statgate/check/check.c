#include "statgate/check/check.h"

#include <string.h>

#include "settings/endpoint_warnings.h"
#include "statgate/check/host.h"
#include "statgate/check/json.h"
#include "statgate/check/lint.h"
#include "statgate/check/text.h"

enum { OWN_CONNECT, OWN_JSON, OWN_COUNT };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_CONNECT] = {"connect", NULL,
                     "Ask the databases, too: whether each query fits its declaration. Nothing is "
                     "executed."},
    [OWN_JSON] = {"json", NULL, "Print one JSON object, for scripts, in place of tables."},
};

static void warn(void *arg, const char *text) {
    messages_add(arg, "%s", text);
}

/* A set that cannot be measured is not reported on. */
static bool measure(struct check_memory *memory, struct catalogs *catalogs,
                    struct messages *errors) {
    if (check_memory_measure(memory, &catalogs->set, &catalogs->plan))
        return true;
    messages_add(errors, "out of memory");
    catalogs_done(catalogs);
    return false;
}

static bool load(const struct settings *settings, struct catalogs *catalogs,
                 struct check_memory *memory, struct messages *errors, struct messages *warnings) {
    const bool words = settings->words.count > 0;
    const bool named = words || settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    const struct settings_list *paths = words ? &settings->words : &settings->catalog;
    const bool loaded = catalogs_load(settings, paths, named, catalogs, errors) &&
                        measure(memory, catalogs, errors);
    /* Catalogs that are named say nothing of a host, unless its file is named, too. */
    const bool fits = !catalogs->whole || check_host(settings, &catalogs->set, errors, warnings);
    if (!loaded || !fits)
        return false;
    lint_set(&catalogs->set, warnings);
    endpoint_warnings(&catalogs->plan, &catalogs->set, warn, warnings);
    if (!catalogs->whole) {
        lint_groups(&catalogs->set, settings_place(settings, SETTING_include), settings->include,
                    warnings);
        lint_groups(&catalogs->set, settings_place(settings, SETTING_exclude), settings->exclude,
                    warnings);
    }
    return true;
}

static int run(struct cli *cli, const struct settings *settings) {
    if (settings->words.count > 0 && settings->sources[SETTING_catalog] == SETTINGS_FLAG)
        return command_fail(cli, &check_command, CLI_USAGE,
                            "name catalogs as arguments or by --catalog, not both");
    struct catalogs catalogs;
    struct messages errors;
    struct messages warnings;
    messages_init(&errors);
    messages_init(&warnings);
    struct check_connect connect = {.database_count = 0};
    struct check_memory memory = {.families = NULL};
    const bool asked = settings->own[OWN_CONNECT] != NULL;
    const bool good = load(settings, &catalogs, &memory, &errors, &warnings);
    int code = good ? CLI_OK : CLI_USAGE;
    if (!good) /* settings that are refused promise nothing beside the series */
        memset(memory.parts, 0, sizeof memory.parts);
    if (good && asked && catalogs.set.database_count == 0)
        messages_add(&warnings, "--connect: no catalog declares databases");
    else if (good && asked)
        code = check_connect(cli, &catalogs.set, &errors, &warnings, &connect);
    const struct check_report report = {.set = &catalogs.set,
                                        .plan = &catalogs.plan,
                                        .errors = &errors,
                                        .warnings = &warnings,
                                        .connect = asked && good ? &connect : NULL,
                                        .memory = &memory};
    if (settings->own[OWN_JSON] != NULL)
        check_write_json(&cli->out, &report);
    else if (good)
        check_write_text(&cli->out, &report);
    messages_write(&errors, "", &cli->err);
    messages_write(&warnings, "warning: ", &cli->err);
    check_memory_done(&memory);
    check_connect_done(&connect);
    messages_done(&warnings);
    messages_done(&errors);
    catalogs_done(&catalogs);
    return code;
}

const struct command check_command = {
    .word = "check",
    .summary = "Check catalogs, and show how large everything can get.",
    .program =
        {.name = "statgate check",
         .usage = "[FLAG...] [CATALOG...]",
         .about =
             "Loads catalogs, files or folders of *.json, as statgated does, and reports the first "
             "mistake of each. Without arguments: those of the settings, with the endpoints of the "
             "configuration file and what it names on this host: token files, the group and the "
             "folders of sockets. With arguments, the configuration file counts only if --config "
             "names it. For valid catalogs it prints the most series and lines that each family "
             "can "
             "have, their memory, which families max_series cuts, and what becomes of further "
             "series. With --connect every query is prepared by its database, which reports "
             "columns, types and the cost of the plan. Warnings do not change the exit code: 0 "
             "valid, 2 a catalog or the configuration is invalid or a query does not fit, 1 a "
             "database does not connect.",
         .allowed = SETTING_BIT(config) | SETTING_BIT(catalog) | SETTING_BIT(history) |
                    SETTING_BIT(include) | SETTING_BIT(exclude) | SETTING_BIT(resource) |
                    SETTING_BIT(scope_labels) | SETTING_BIT(handler_metrics),
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate check\n"
                     "  statgate check packaging/catalogs/demo.json\n"
                     "  PGSERVICE=shop statgate check --connect shop.json\n"
                     "  statgate check --json /etc/statgate/catalog.d | jq .total.bound\n"},
    .run = run,
};
