/*
 * document.c - the settings told to people: --help, Markdown, mdoc(7). All from the one table, so
 * that they cannot disagree with what is accepted.
 */
#include <string.h>

#include "settings/table.h"

static bool is_shown(const struct setting *setting, const struct settings_program *program) {
    return setting->help != NULL && (program->allowed >> setting_id(setting) & 1) != 0;
}

static const char *shown_default(const struct setting *setting) {
    if (setting->shown != NULL)
        return setting->shown;
    return setting->initial;
}

/* True when a group has a setting to show. */
static bool has_group(enum setting_group group, const struct settings_program *program) {
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (setting_table[i].group == group && is_shown(&setting_table[i], program))
            return true;
    return false;
}

/* Calls `write` for each setting to show, and `head` before each group. */
static void walk(struct strbuf *out, const struct settings_program *program,
                 void (*head)(struct strbuf *, const char *title),
                 void (*write)(struct strbuf *, const struct setting *),
                 void (*foot)(struct strbuf *)) {
    for (int g = 0; g < GROUP_COUNT; g++) {
        const enum setting_group group = (enum setting_group)g;
        if (!has_group(group, program))
            continue;
        head(out, setting_group_title(group));
        for (size_t i = 0; i < SETTING_COUNT; i++)
            if (setting_table[i].group == group && is_shown(&setting_table[i], program))
                write(out, &setting_table[i]);
        foot(out);
    }
}

void settings_write_version(struct strbuf *out, const struct settings_program *program) {
    strbuf_printf(out, "%s %s\n", program->name, STATGATE_VERSION);
}

/* ---- help ---- */

enum { COLUMNS = 79, TEXT_INDENT = 8 };

/* Words at an indent, broken before the last column; ends the line. */
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

static void head_help(struct strbuf *out, const char *title) {
    strbuf_printf(out, "\n%s\n", title);
}

static void foot_nothing(struct strbuf *out) {
    (void)out;
}

static void write_help(struct strbuf *out, const struct setting *setting) {
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
                  shown_default(setting));
    put_wrapped(out, strbuf_cstr(&text), TEXT_INDENT);
    out->failed = out->failed || text.failed;
    strbuf_done(&text);
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

/* What the file alone can hold. */
static void write_endpoints_help(struct strbuf *out) {
    strbuf_puts(out,
                "\nEndpoints\n"
                "  \"endpoints\": [{\"listen\": \"0.0.0.0:9600\", \"services\": [\"shop\"]}]\n");
    put_wrapped(
        out,
        "Further pages of metrics, in the configuration file only: an array of up to 63 "
        "objects. listen and services are needed; a service that an endpoint names leaves "
        "the default one. path, bearer_token_file, include, exclude, resource, "
        "scope_labels, handler_metrics, openmetrics and created come from the settings where an "
        "endpoint does not say them. Endpoints may share an address if their paths differ. "
        "Relative paths in the file begin at its folder.",
        TEXT_INDENT);
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
    walk(out, program, head_help, write_help, foot_nothing);
    if ((program->allowed & SETTING_BIT(metrics_path)) != 0)
        write_endpoints_help(out);
    strbuf_puts(out, "\nHelp\n  -h, --help\n        Print this text.\n"
                     "  -V, --version\n        Print the version.\n");
    if (program->examples != NULL)
        strbuf_printf(out, "\nExamples\n%s", program->examples);
}

/* ---- Markdown ---- */

/* Text in a table cell: a bar would end it. */
static void put_cell(struct strbuf *out, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '|')
            strbuf_putc(out, '\\');
        strbuf_putc(out, *text);
    }
}

static void head_markdown(struct strbuf *out, const char *title) {
    strbuf_printf(out,
                  "### %s\n\n| flag | environment | file | default | meaning |\n"
                  "| --- | --- | --- | --- | --- |\n",
                  title);
}

static void foot_markdown(struct strbuf *out) {
    strbuf_putc(out, '\n');
}

static void write_markdown(struct strbuf *out, const struct setting *setting) {
    char name[SETTING_NAME_BYTES];
    strbuf_printf(out, "| `--%s", setting_flag(setting, name));
    put_cell(out, setting->kind == KIND_SWITCH ? "[=on|off]" : "=");
    if (setting->kind != KIND_SWITCH)
        put_cell(out, setting->argument);
    strbuf_printf(out, "` | `%s` | ", setting_variable(setting, name));
    if (setting_id(setting) != SETTING_config)
        strbuf_printf(out, "`\"%s\"`", setting->name);
    strbuf_puts(out, setting->shown == NULL ? " | `" : " | ");
    put_cell(out, shown_default(setting));
    strbuf_puts(out, setting->shown == NULL ? "` | " : " | ");
    put_cell(out, setting->help);
    strbuf_puts(out, " |\n");
}

void settings_write_markdown(struct strbuf *out, const struct settings_program *program) {
    walk(out, program, head_markdown, write_markdown, foot_markdown);
}

/* ---- mdoc ---- */

enum { ROFF_COLUMNS = 76 };

/* Text for roff: backslashes doubled, no control character where a line begins with one, lines
 * short, and each sentence on a line of its own, as mandoc asks. */
static void put_roff(struct strbuf *out, const char *text) {
    size_t column = 0;
    char before = '\n';
    for (; *text != '\0'; text++) {
        if (before == '\n' && (*text == '.' || *text == '\''))
            strbuf_puts(out, "\\&");
        const bool breaks = *text == ' ' && (strchr(".?!", before) != NULL ||
                                             column + strcspn(text + 1, " ") >= ROFF_COLUMNS);
        before = breaks ? '\n' : *text;
        column = breaks ? 0 : column + 1;
        if (*text == '\\')
            strbuf_puts(out, "\\e");
        else
            strbuf_putc(out, before);
    }
    strbuf_putc(out, '\n');
}

static void head_mdoc(struct strbuf *out, const char *title) {
    strbuf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", title);
}

static void foot_mdoc(struct strbuf *out) {
    strbuf_puts(out, ".El\n");
}

static void write_mdoc(struct strbuf *out, const struct setting *setting) {
    char name[SETTING_NAME_BYTES];
    strbuf_printf(out, ".It Fl -%s", setting_flag(setting, name));
    if (setting->kind == KIND_SWITCH) {
        strbuf_puts(out, " Ns Oo = Ns Cm on Ns | Ns Cm off Oc\n");
    } else if (setting->kind == KIND_CHOICE) {
        strbuf_puts(out, " Ns =");
        const char *before = " Ns Cm ";
        for (const char *at = setting->argument; *at != '\0'; at += *at == '|' ? 1 : 0) {
            const size_t len = strcspn(at, "|");
            strbuf_puts(out, before);
            strbuf_put(out, at, len);
            before = " Ns | Ns Cm ";
            at += len;
        }
        strbuf_putc(out, '\n');
    } else {
        strbuf_printf(out, " Ns = Ns Ar %s\n", setting->argument);
    }
    put_roff(out, setting->help);
    strbuf_printf(out, "Environment:\n.Ev %s .\nDefault:\n", setting_variable(setting, name));
    put_roff(out, shown_default(setting));
}

void settings_write_mdoc(struct strbuf *out, const struct settings_program *program) {
    walk(out, program, head_mdoc, write_mdoc, foot_mdoc);
}
