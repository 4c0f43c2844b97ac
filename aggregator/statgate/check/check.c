#include "statgate/check/check.h"

#include <string.h>

#include "base/text.h"
#include "settings/settings.h"
#include "statgate/check/formats.h"
#include "statgate/check/host.h"
#include "statgate/check/json.h"
#include "statgate/check/lint.h"
#include "statgate/check/text.h"

enum { OWN_CONNECT, OWN_JSON, OWN_FORMAT, OWN_FINGERPRINT, OWN_COUNT };

enum check_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_GITHUB, FORMAT_SARIF };

static const char formats[] = "text|json|github|sarif";

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_CONNECT] = {"connect", NULL,
                     "Ask the databases, too: whether each query fits its declaration. Nothing is "
                     "executed."},
    [OWN_JSON] = {"json", NULL, "Print one JSON object, for scripts: --format json."},
    [OWN_FORMAT] =
        {"format", formats,
         "text (the default), json, github: annotations of GitHub Actions, or sarif: a SARIF "
         "2.1.0 log. The last two have errors and warnings only, each with its place."},
    [OWN_FINGERPRINT] = {"fingerprint", NULL,
                         "Print only the fingerprint, service and file of each catalog, as the "
                         "daemon's metric statgate_catalog_info has them."},
};

static void warn(void *arg, const char *text) {
    mistakes_messages_add(arg, "%s", text);
}

static void add_remarks(const struct catalog_set *set, struct messages *warnings) {
    for (size_t i = 0; i < set->count; i++)
        for (const struct catalog_remark *remark = set->catalogs[i]->remarks; remark != NULL;
             remark = remark->next)
            mistakes_messages_add(warnings, "%s", remark->text);
}

/* Measure the set. On failure, adds an error and frees the catalogs, so that nothing is reported
 * on them. */
static bool measure(struct footprint *memory, struct catalogs *catalogs, struct messages *errors) {
    if (footprint_measure(memory, &catalogs->set, &catalogs->plan))
        return true;
    mistakes_messages_add(errors, "out of memory");
    mistakes_catalogs_done(catalogs);
    return false;
}

static bool load(const struct settings *settings, struct catalogs *catalogs,
                 struct footprint *memory, struct messages *errors, struct messages *warnings) {
    const bool words = settings->words.count > 0;
    const bool named = words || settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    const struct settings_list *paths = words ? &settings->words : &settings->catalog;
    const bool loaded = mistakes_catalogs_load(settings, paths, named, catalogs, errors) &&
                        measure(memory, catalogs, errors);
    /* Catalogs given by name do not describe a host, unless its configuration file is given,
     * too. */
    const bool fits = !catalogs->whole || check_host(settings, &catalogs->set, errors, warnings);
    if (!loaded || !fits)
        return false;
    add_remarks(&catalogs->set, warnings);
    lint_set(&catalogs->set, warnings);
    settings_endpoint_warnings(&catalogs->plan, &catalogs->set, warn, warnings);
    if (!catalogs->whole) {
        lint_groups(&catalogs->set, settings_place(settings, SETTING_include), settings->include,
                    warnings);
        lint_groups(&catalogs->set, settings_place(settings, SETTING_exclude), settings->exclude,
                    warnings);
    }
    return true;
}

/* Find the format of this name; NULL: none was given. False: there is no such format. */
static bool read_format(const char *text, bool json, enum check_format *ret_format) {
    *ret_format = json ? FORMAT_JSON : FORMAT_TEXT;
    if (text == NULL)
        return true;
    const unsigned found = text_choice_find(formats, text);
    if (found == UINT_MAX)
        return false;
    *ret_format = (enum check_format)found;
    return true;
}

static void write_report(struct cli *cli, const struct check_report *report,
                         enum check_format format, bool good) {
    switch (format) {
    case FORMAT_GITHUB:
        check_write_github(report->findings, &cli->out);
        return;
    case FORMAT_SARIF:
        check_write_sarif(report->findings, STATGATE_VERSION, &cli->out);
        return;
    case FORMAT_JSON:
        check_write_json(&cli->out, report);
        break;
    case FORMAT_TEXT:
        if (good)
            check_write_text(&cli->out, report);
        break;
    }
    mistakes_write(report->findings, &cli->err);
}

/* Print a line for each catalog, and nothing of invalid ones. */
static void write_fingerprints(struct cli *cli, const struct catalog_set *set) {
    char text[FINGERPRINT_TEXT_SIZE];
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        if (catalog->internal)
            continue;
        fingerprint_put(text, &catalog->fingerprint);
        strbuf_printf(&cli->out, "%s  %s  %s\n", text, catalog->service, catalog->file);
    }
}

/* ---- settings that are refused ---- */

/* The settings were refused before flags were known, so look for the format among the arguments. */
static enum check_format guess_format(int argc, char *const *argv) {
    enum check_format format = FORMAT_TEXT;
    for (int i = 1; i < argc && argv[i] != NULL; i++) {
        const bool behind = strcmp(argv[i], "--format") == 0 && i + 1 < argc;
        const char *text = behind                                  ? argv[i + 1]
                           : strncmp(argv[i], "--format=", 9) == 0 ? argv[i] + 9
                                                                   : NULL;
        if ((text != NULL || strcmp(argv[i], "--json") == 0) &&
            !read_format(text, text == NULL, &format))
            return FORMAT_TEXT;
    }
    return format;
}

/* Report refused settings. A mistake in a configuration file has a place, like one in a catalog. */
static int refused(struct cli *cli, int argc, char *const *argv, const char *why) {
    static const struct catalog_set no_set;
    static const struct endpoint_plan no_plan;
    struct messages errors;
    struct messages warnings;
    struct mistakes findings;
    mistakes_messages_init(&errors);
    mistakes_messages_init(&warnings);
    mistakes_messages_add(&errors, "%s", why);
    mistakes_find_setting(&findings, why);
    const struct check_report report = {.set = &no_set,
                                        .plan = &no_plan,
                                        .errors = &errors,
                                        .warnings = &warnings,
                                        .findings = &findings};
    if (findings.count == 1 && findings.items[0].file != NULL)
        write_report(cli, &report, guess_format(argc, argv), false);
    else
        (void)command_fail(cli, &check_command, CLI_USAGE, "%s", why);
    mistakes_done(&findings);
    mistakes_messages_done(&warnings);
    mistakes_messages_done(&errors);
    return CLI_USAGE;
}

/* ---- the command ---- */

/* Check the flags, and find the format. On failure, reports it and returns another code than
 * CLI_OK. */
static int read_flags(struct cli *cli, const struct settings *settings,
                      enum check_format *ret_format) {
    if (!read_format(settings->own[OWN_FORMAT], settings->own[OWN_JSON] != NULL, ret_format))
        return command_fail(cli, &check_command, CLI_USAGE,
                            "--format: \"%.80s\": must be one of text, json, github, sarif",
                            settings->own[OWN_FORMAT]);
    if (settings->words.count > 0 && settings->sources[SETTING_catalog] == SETTINGS_FLAG)
        return command_fail(cli, &check_command, CLI_USAGE,
                            "name catalogs as arguments or by --catalog, not both");
    return CLI_OK;
}

/* Ask the databases of the set. Returns the exit code. */
static int ask_databases(struct cli *cli, const struct catalog_set *set, struct messages *errors,
                         struct messages *warnings, struct check_connect *connect) {
    if (set->database_count > 0)
        return check_connect(cli, set, errors, warnings, connect);
    mistakes_messages_add(warnings, "--connect: no catalog declares databases");
    return CLI_OK;
}

static int run(struct cli *cli, const struct settings *settings) {
    enum check_format format;
    int code = read_flags(cli, settings, &format);
    if (code != CLI_OK)
        return code;
    struct catalogs catalogs;
    struct messages errors;
    struct messages warnings;
    mistakes_messages_init(&errors);
    mistakes_messages_init(&warnings);
    struct check_connect connect = {.database_count = 0};
    struct footprint memory = {0};
    const bool asked = settings->own[OWN_CONNECT] != NULL;
    const bool good = load(settings, &catalogs, &memory, &errors, &warnings);
    if (!good) /* refused settings bound no memory but that of series */
        memset(memory.parts, 0, sizeof memory.parts);
    code = good ? CLI_OK : CLI_USAGE;
    if (good && asked)
        code = ask_databases(cli, &catalogs.set, &errors, &warnings, &connect);
    struct mistakes findings;
    mistakes_find(&findings, &errors, &warnings, SIZE_MAX);
    const struct check_report report = {.set = &catalogs.set,
                                        .plan = &catalogs.plan,
                                        .errors = &errors,
                                        .warnings = &warnings,
                                        .connect = asked && good ? &connect : NULL,
                                        .memory = &memory,
                                        .findings = &findings,
                                        .width = cli->width};
    if (good && settings->own[OWN_FINGERPRINT] != NULL)
        write_fingerprints(cli, &catalogs.set);
    else
        write_report(cli, &report, format, good);
    mistakes_done(&findings);
    footprint_done(&memory);
    check_connect_done(&connect);
    mistakes_messages_done(&warnings);
    mistakes_messages_done(&errors);
    mistakes_catalogs_done(&catalogs);
    return code;
}

const struct command check_command = {
    .word = "check",
    .summary = "Check catalogs, and show how large everything can get.",
    .program =
        {.name = "statgate check",
         .usage = "[FLAG...] [CATALOG...]",
         .about =
             "Loads catalogs (files, or folders of *.json) as statgated does, and reports every "
             "mistake with file, line and column, up to 64 in each catalog. For valid ones it "
             "prints how many series and lines each family can have, their memory, which "
             "families max_series cuts, and what becomes of further series. Without arguments it "
             "takes the catalogs and endpoints of the settings, and checks the token files, the "
             "group and the socket folders that they name. With arguments, the configuration "
             "file counts only if --config names it. With --connect, the database prepares each "
             "query, and reports its columns, types and cost. Exit codes: 0 valid, even with "
             "warnings; 1 a database does not connect; 2 a catalog or the configuration is "
             "invalid, or a query does not fit.",
         .allowed = SETTING_BIT(config) | SETTING_BIT(catalog) | SETTING_BIT(history) |
                    SETTING_BIT(render_cache) | SETTING_BIT(include) | SETTING_BIT(exclude) |
                    SETTING_BIT(resource) | SETTING_BIT(scope_labels) |
                    SETTING_BIT(handler_metrics),
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate check\n"
                     "  statgate check packaging/catalogs/demo.json\n"
                     "  statgate check --fingerprint /etc/statgate/catalog.d\n"
                     "  statgate check --format github catalogs/*.json\n"
                     "  PGSERVICE=shop statgate check --connect shop.json\n"
                     "  statgate check --json /etc/statgate/catalog.d | jq .total.bound\n"},
    .refused = refused,
    .run = run,
};
