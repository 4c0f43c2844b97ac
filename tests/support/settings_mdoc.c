/* SPDX-License-Identifier: MIT */
#include "settings_mdoc.h"

#include <string.h>

#include "settings/settings_private.h"

enum { ROFF_COLUMNS = 76 };

/* Writes text for roff: backslashes escaped, no control character at the start of a line, short
 * lines, and each sentence on a line of its own, as mandoc requires. */
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

static void write_setting(struct strbuf *out, const struct setting *setting) {
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
    put_roff(out, setting->shown != NULL ? setting->shown : setting->initial);
}

static void write_group(struct strbuf *out, enum setting_group group) {
    strbuf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", setting_group_title(group));
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (setting_table[i].group == group && setting_table[i].help != NULL)
            write_setting(out, &setting_table[i]);
    strbuf_puts(out, ".El\n");
}

void settings_mdoc_write(struct strbuf *out) {
    for (int group = 0; group < GROUP_COUNT; group++)
        write_group(out, (enum setting_group)group);
}
