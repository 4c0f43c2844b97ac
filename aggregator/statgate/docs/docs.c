#include "statgate/docs/docs.h"

#include <string.h>

#include "base/terminal.h"
#include "mistakes/mistakes.h"
#include "statgate/docs/difference.h"
#include "statgate/docs/page.h"
#include "statgate/output.h"
#include "statgate/services.h"

enum { OWN_CHECK, OWN_OUTPUT, OWN_TITLE, OWN_COUNT };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_CHECK] = {"check", "FILE",
                   "Write nothing, but fail when this file is not what would be written."},
    [OWN_OUTPUT] = {"output", "FILE",
                    "Write to this file, in one step; one that holds the page already is left "
                    "alone."},
    [OWN_TITLE] = {"title", "TEXT", "Title of the page, in place of the names of the services."},
};

/* ---- the command that renews a page ---- */

static void put_word(struct strbuf *out, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=@%+,";
    strbuf_putc(out, ' ');
    if (word[0] && word[strspn(word, plain)] == '\0') {
        strbuf_puts(out, word);
        return;
    }
    strbuf_putc(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            strbuf_puts(out, "'\\'");
        terminal_put_visible(out, word, 1);
    }
    strbuf_putc(out, '\'');
}

static void put_renewal(struct strbuf *out, const struct settings *settings, const char *file) {
    strbuf_puts(out, "statgate docs --output");
    put_word(out, file);
    if (settings->own[OWN_TITLE] != NULL) {
        strbuf_puts(out, " --title");
        put_word(out, settings->own[OWN_TITLE]);
    }
    if (settings->sources[SETTING_config] == SETTINGS_FLAG) {
        strbuf_puts(out, " --config");
        put_word(out, settings->config);
    }
    const bool by_flag = settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    for (size_t i = 0; by_flag && i < settings->catalog.count; i++) {
        strbuf_puts(out, " --catalog");
        put_word(out, settings->catalog.items[i]);
    }
    if (settings->words.count > 0 && settings->words.items[0][0] == '-')
        strbuf_puts(out, " --");
    for (size_t i = 0; i < settings->words.count; i++)
        put_word(out, settings->words.items[i]);
}

/* ---- comparing ---- */

static int check(struct cli *cli, const struct settings *settings, const struct strbuf *page) {
    const char *file = settings->own[OWN_CHECK];
    struct error error;
    struct strbuf found;
    strbuf_init(&found);
    const bool read = output_read(file, &found, &error);
    const bool same = read && found.len == page->len &&
                      (page->len == 0 || memcmp(found.data, page->data, page->len) == 0);
    if (!same) {
        if (read) {
            strbuf_printf(&cli->err, "statgate docs: %s is stale, from ", file);
            docs_put_difference(&cli->err, &found, page);
        } else {
            strbuf_printf(&cli->err, "statgate docs: %s\n", error.text);
        }
        strbuf_puts(&cli->err, "Write it again with: ");
        put_renewal(&cli->err, settings, file);
        strbuf_putc(&cli->err, '\n');
    }
    strbuf_done(&found);
    return same ? CLI_OK : CLI_FAILURE;
}

/* ---- the command ---- */

static int deliver(struct cli *cli, const struct settings *settings, const struct strbuf *page) {
    struct error error;
    if (page->failed)
        return command_fail(cli, &docs_command, CLI_FAILURE, "out of memory");
    if (settings->own[OWN_CHECK] != NULL)
        return check(cli, settings, page);
    if (settings->own[OWN_OUTPUT] == NULL)
        strbuf_put(&cli->out, page->data, page->len);
    else if (!output_write(settings->own[OWN_OUTPUT], page, &error))
        return command_fail(cli, &docs_command, CLI_FAILURE, "%s", error.text);
    return CLI_OK;
}

/* Write the page. Endpoints belong to the catalogs of the settings; for other catalogs they are
 * shown only if the configuration file was named. */
static void describe(struct strbuf *out, const struct settings *settings,
                     const struct catalog_set *set) {
    const bool whole =
        settings->words.count == 0 || settings->sources[SETTING_config] == SETTINGS_FLAG;
    const struct settings_endpoint rest = settings_default_endpoint(settings);
    const bool says_rest = whole && settings->sources[SETTING_metrics_listen] == SETTINGS_FILE &&
                           settings->metrics_listen[0];
    const struct docs_page page = {.catalogs = (const struct catalog *const *)set->catalogs,
                                   .count = set->count,
                                   .title = settings->own[OWN_TITLE],
                                   .endpoints = settings->endpoints,
                                   .endpoint_count = whole ? settings->endpoint_count : 0,
                                   .rest = says_rest ? &rest : NULL};
    docs_write(out, &page);
}

static int run(struct cli *cli, const struct settings *settings) {
    if (settings->words.count > 0 && settings->sources[SETTING_catalog] == SETTINGS_FLAG)
        return command_fail(cli, &docs_command, CLI_USAGE,
                            "name catalogs as arguments or by --catalog, not both");
    if (settings->own[OWN_CHECK] != NULL && settings->own[OWN_OUTPUT] != NULL)
        return command_fail(cli, &docs_command, CLI_USAGE, "either --check or --output, not both");
    for (int i = 0; i < OWN_COUNT; i++)
        if (settings->own[i] != NULL && !settings->own[i][0])
            return command_fail(cli, &docs_command, CLI_USAGE, "--%s: may not be empty",
                                own_flags[i].name);
    struct catalog_set set;
    struct messages errors;
    struct strbuf page;
    catalog_set_init(&set);
    mistakes_messages_init(&errors);
    strbuf_init(&page);
    int code = CLI_USAGE;
    if (services_load(settings->words.count > 0 ? &settings->words : &settings->catalog, &set,
                      &errors)) {
        describe(&page, settings, &set);
        code = deliver(cli, settings, &page);
    }
    mistakes_write_errors(&errors, &cli->err);
    strbuf_done(&page);
    mistakes_messages_done(&errors);
    catalog_set_done(&set);
    return code;
}

const struct command docs_command = {
    .word = "docs",
    .summary = "Write a reference page of what catalogs declare, as Markdown.",
    .program =
        {.name = "statgate docs",
         .usage = "[FLAG...] [CATALOG...]",
         .about =
             "Writes one Markdown page for people who query the metrics or send them: each "
             "series with its type, labels and meaning, by metric group; the values of labels; "
             "when a series exists; buckets and quantiles; examples of lines; bounds. Without "
             "arguments it takes the catalogs of the settings; several make one page. The same "
             "catalogs and endpoints make the same page, so --check finds one that is out of "
             "date. Exit codes: 0 done, 1 stale or not written, 2 a catalog is invalid.",
         .allowed = SETTING_BIT(config) | SETTING_BIT(catalog),
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate docs shop.json | less\n"
                     "  statgate docs --output METRICS.md shop.json\n"
                     "  statgate docs --check METRICS.md shop.json\n"},
    .run = run,
};
