#include "statgate/gen/gen.h"

#include <string.h>
#include <strings.h>

#include "mistakes/mistakes.h"
#include "statgate/gen/header.h"
#include "statgate/gen/text.h"
#include "statgate/output.h"
#include "statgate/services.h"

enum { OWN_OUTPUT, OWN_PREFIX, OWN_COUNT };
enum { PREFIX_MAX = 64 };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_OUTPUT] = {"output", "FILE",
                    "Write to this file, in one step; one that holds the header already is left "
                    "alone."},
    [OWN_PREFIX] = {"prefix", "NAME", "What names begin with, in place of the service's name."},
};

static int refuse(struct cli *cli, const char *reason) {
    return command_fail(cli, &gen_command, CLI_USAGE, "%s", reason);
}

static bool is_identifier(const char *text) {
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return text[0] && (text[0] < '0' || text[0] > '9') && strlen(text) <= PREFIX_MAX &&
           text[strspn(text, bytes)] == '\0';
}

/* Whether the name begins like the client's own names. */
static bool is_clients(const char *name) {
    static const char own[] = "statgate";
    const size_t len = sizeof own - 1;
    return strncasecmp(name, own, len) == 0 && (name[len] == '\0' || name[len] == '_');
}

static int check_words(struct cli *cli, const struct settings *settings) {
    const struct settings_list *words = &settings->words;
    const char *prefix = settings->own[OWN_PREFIX];
    const char *output = settings->own[OWN_OUTPUT];
    if (words->count == 0 || strcmp(words->items[0], "c") != 0)
        return refuse(cli, "name the language and the catalog: statgate gen c CATALOG (c is the "
                           "only one; its header is C++, too)");
    if (words->count != 2)
        return refuse(cli, words->count < 2 ? "name a catalog: statgate gen c CATALOG"
                                            : "one catalog at a time, or a folder of them");
    if (output != NULL && !output[0])
        return refuse(cli, "--output: may not be empty");
    if (prefix != NULL && !is_identifier(prefix))
        return refuse(cli,
                      "--prefix: up to 64 letters, digits and underscores, the first not a digit");
    if (prefix != NULL && is_clients(prefix))
        return refuse(cli, "--prefix: names of statgate.h begin with statgate_");
    return CLI_OK;
}

/* Whether the service's functions would begin like the client's names. */
static bool service_is_clients(const char *service) {
    struct strbuf name;
    strbuf_init(&name);
    gen_put_identifier(&name, service);
    const bool is = is_clients(strbuf_cstr(&name));
    strbuf_done(&name);
    return is;
}

/* Check the services' names, which are used only without a prefix. */
static int check_services(struct cli *cli, const struct catalog_set *set, const char *prefix) {
    if (prefix != NULL && set->count > 1)
        return refuse(cli, "--prefix: these are several services, each with its own name");
    for (size_t i = 0; prefix == NULL && i < set->count; i++) {
        if (service_is_clients(set->catalogs[i]->service))
            return command_fail(cli, &gen_command, CLI_USAGE,
                                "%s: /service: names of statgate.h begin with statgate_; give "
                                "another one by --prefix",
                                set->catalogs[i]->file);
    }
    return CLI_OK;
}

static int deliver(struct cli *cli, const char *output, const struct strbuf *text) {
    struct error error;
    if (text->failed)
        return command_fail(cli, &gen_command, CLI_FAILURE, "out of memory");
    if (output == NULL)
        strbuf_put(&cli->out, text->data, text->len);
    else if (!output_write(output, text, &error))
        return command_fail(cli, &gen_command, CLI_FAILURE, "%s", error.text);
    return CLI_OK;
}

static int generate(struct cli *cli, const struct settings *settings,
                    const struct catalog_set *set) {
    const char *prefix = settings->own[OWN_PREFIX];
    const int code = check_services(cli, set, prefix);
    if (code != CLI_OK)
        return code;
    struct gen_plan plan;
    struct strbuf text;
    strbuf_init(&text);
    if (gen_plan_make(&plan, set, prefix))
        gen_write_header(&text, &plan);
    else
        text.failed = true;
    gen_plan_done(&plan);
    const int delivered = deliver(cli, settings->own[OWN_OUTPUT], &text);
    strbuf_done(&text);
    return delivered;
}

static int run(struct cli *cli, const struct settings *settings) {
    int code = check_words(cli, settings);
    if (code != CLI_OK)
        return code;
    struct catalog_set set;
    struct messages errors;
    const char *catalog = settings->words.items[1];
    const struct settings_list paths = {.items = &catalog, .count = 1};
    catalog_set_init(&set);
    mistakes_messages_init(&errors);
    code = CLI_USAGE;
    if (services_load(&paths, &set, &errors))
        code = generate(cli, settings, &set);
    mistakes_write_errors(&errors, &cli->err);
    mistakes_messages_done(&errors);
    catalog_set_done(&set);
    return code;
}

const struct command gen_command = {
    .word = "gen",
    .summary = "Write a C header with a function for each family of a catalog.",
    .program =
        {.name = "statgate gen",
         .usage = "c [FLAG...] CATALOG",
         .about =
             "Writes one header for C11 and C++17, to be used with statgate.h: for each family a "
             "function that adds, sets, observes or reports, and for each label with listed values "
             "an enum, so that a wrong value does not compile. Labels with a pattern, or with a "
             "list of the environment, are texts. Families of up to 1,024 combinations of listed "
             "values are prepared: a use costs about a nanosecond. The same catalog, prefix "
             "and version of statgate make the same bytes. Exit codes: 0 done, 1 not written, 2 a "
             "catalog is invalid.",
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate gen c shop.json > shop_metrics.h\n"
                     "  statgate gen c --output shop_metrics.h --prefix shop shop.json\n"},
    .run = run,
};
