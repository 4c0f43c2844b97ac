#include "settings/help.h"

#include <string.h>

#include "settings/endpoint_keys.h"
#include "settings/table.h"
#include "version/version.h"

static bool is_shown(const struct setting *setting, const struct settings_program *program) {
    return setting->help != NULL && (program->allowed >> setting_id(setting) & 1) != 0;
}

void settings_write_version(struct strbuf *out, const struct settings_program *program) {
    const char *no_git = strcmp(version_commit, "unknown") == 0 ? ", built without git" : "";
    strbuf_printf(out, "%s %s\ncommit %s%s\nbuilt with %s\n", program->name, STATGATE_VERSION,
                  version_commit, no_git, version_features);
}

enum { COLUMNS = 79, TEXT_INDENT = 8 };

/* Write words at an indent, broken before the last column; ends the line. */
static void put_wrapped(struct strbuf *out, const char *text, size_t indent) {
    size_t column = 0;
    for (const char *at = text + strspn(text, " "); *at != '\0'; at += strspn(at, " ")) {
        const size_t len = strcspn(at, " ");
        if (column > 0 && column + 1 + len > COLUMNS) {
            strbuf_putc(out, '\n');
            column = 0;
        }
        if (column == 0) {
            for (; column < indent; column++)
                strbuf_putc(out, ' ');
        } else {
            strbuf_putc(out, ' ');
            column++;
        }
        strbuf_put(out, at, len);
        column += len;
        at += len;
    }
    strbuf_putc(out, '\n');
}

static void write_setting(struct strbuf *out, const struct setting *setting) {
    char name[SETTING_NAME_BYTES];
    struct strbuf text;
    strbuf_printf(out, "  --%s", setting_flag(setting, name));
    if (setting->kind == KIND_SWITCH)
        strbuf_puts(out, "[=on|off]\n");
    else
        strbuf_printf(out, "=%s\n", setting->argument);

    put_wrapped(out, setting->help, TEXT_INDENT);
    strbuf_init(&text);
    strbuf_printf(&text, "[%s, default: %s]", setting_variable(setting, name),
                  setting->shown != NULL ? setting->shown : setting->initial);
    put_wrapped(out, strbuf_cstr(&text), TEXT_INDENT);
    out->failed = out->failed || text.failed;
    strbuf_done(&text);
}

/* Write the settings of a group, with its title if there is one to show. */
static void write_group(struct strbuf *out, const struct settings_program *program,
                        enum setting_group group) {
    bool begun = false;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];
        if (setting->group != group || !is_shown(setting, program))
            continue;
        if (!begun)
            strbuf_printf(out, "\n%s\n", setting_group_title(group));
        begun = true;
        write_setting(out, setting);
    }
}

static void write_own_help(struct strbuf *out, const struct settings_program *program) {
    const struct settings_own_flag *own = program->own;
    if (own == NULL || own->name == NULL)
        return;
    strbuf_puts(out, "\nFlags\n");
    for (; own->name != NULL; own++) {
        strbuf_printf(out, "  --%s%s%s\n", own->name, own->argument == NULL ? "" : "=",
                      own->argument == NULL ? "" : own->argument);
        put_wrapped(out, own->help, TEXT_INDENT);
    }
}

/* List the keys of an endpoint that have a default: "path, include and created". */
static void put_inherited(struct strbuf *out) {
    const char *before = "";
    for (const struct endpoint_key *key = endpoint_keys; key->name != NULL; key++) {
        if (key->id == SETTING_metrics_listen)
            continue;
        strbuf_printf(out, "%s%s", before, key->name);
        before = key[1].name != NULL && key[2].name == NULL ? " and " : ", ";
    }
}

/* Describe the keys that only the file can have. */
static void write_endpoints_help(struct strbuf *out) {
    strbuf_puts(out,
                "\nEndpoints\n"
                "  \"endpoints\": [{\"listen\": \"0.0.0.0:9600\", \"services\": [\"shop\"]}]\n");
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text,
                "Further pages of metrics, in the configuration file only: an array of up to 63 "
                "objects. listen and services are needed; a service that an endpoint names leaves "
                "the default one. ");
    put_inherited(&text);
    strbuf_puts(&text,
                " come from the settings where an endpoint does not say them. Endpoints may share "
                "an address if their paths differ. Relative paths in the file start from its "
                "folder.");
    put_wrapped(out, strbuf_cstr(&text), TEXT_INDENT);
    out->failed = out->failed || text.failed;
    strbuf_done(&text);
}

void settings_write_help(struct strbuf *out, const struct settings_program *program) {
    strbuf_printf(out, "Usage: %s %s\n\n", program->name, program->usage);
    put_wrapped(out, program->about, 0);
    write_own_help(out, program);
    if (program->allowed != 0) {
        strbuf_putc(out, '\n');
        put_wrapped(
            out,
            "A setting has one name everywhere: --metrics-listen, STATGATE_METRICS_LISTEN, and "
            "\"metrics_listen\" in the configuration file. A flag beats the environment, the "
            "environment the file, the file the default; of a flag given twice the last counts.",
            0);
    }
    for (int group = 0; group < GROUP_COUNT; group++)
        write_group(out, program, (enum setting_group)group);
    if ((program->allowed & SETTING_BIT(metrics_path)) != 0)
        write_endpoints_help(out);
    strbuf_puts(out, "\nHelp\n  -h, --help\n        Print this text.\n"
                     "  -V, --version\n        Print the version.\n");
    if (program->examples != NULL)
        strbuf_printf(out, "\nExamples\n%s", program->examples);
}
