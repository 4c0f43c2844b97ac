/* Flags: --name=value, --name value, --switch, --no-switch; -- ends them. */
#include "settings/args.h"

#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "settings/value.h"

/* The position of the scan in argv. */
struct scan {
    struct settings *settings;
    const struct settings_program *program;
    int argc;
    char *const *argv;
    int next;
    struct setting_args *args;
    struct error *error;
};

/* The index of the program's own flag with this name, or -1. */
static int find_own(const struct settings_program *program, const char *name, size_t len) {
    for (int i = 0; program->own != NULL && program->own[i].name != NULL; i++)
        if (text_is(name, len, program->own[i].name))
            return i;
    return -1;
}

/* The program's own flag of which this could be a misspelling, or NULL. */
static const char *nearest_own(const struct settings_program *program, const char *name,
                               size_t len) {
    enum { OWN_MAX = 16 };
    const char *names[OWN_MAX + 1];
    char written[SETTING_NAME_BYTES] = "";
    size_t count = 0;
    if (len >= sizeof written)
        return NULL;
    memcpy(written, name, len);
    while (program->own != NULL && count < OWN_MAX && program->own[count].name != NULL) {
        names[count] = program->own[count].name;
        count++;
    }
    names[count] = NULL;
    return nearest_word(written, names);
}

static enum settings_outcome refuse_unknown(const struct scan *scan, const char *flag,
                                            const char *name, size_t len) {
    char written[SETTING_NAME_BYTES] = "";
    if (len < sizeof written) {
        memcpy(written, name, len);
        for (size_t i = 0; i < len; i++)
            if (written[i] == '-')
                written[i] = '_';
    }
    const struct setting *near = setting_nearest(written, scan->program->allowed);
    const struct setting *exact = setting_find(name, len);
    const char *own = nearest_own(scan->program, name, len);
    char other[SETTING_NAME_BYTES];
    const int shown = (int)strcspn(flag, "=");
    if (exact != NULL && (scan->program->allowed >> setting_id(exact) & 1) == 0)
        error_set(scan->error, "%.*s: %s does not take this flag; see %s --help", shown, flag,
                  scan->program->name, scan->program->name);
    else if (own != NULL)
        error_set(scan->error, "%.*s: unknown flag; did you mean --%s?", shown, flag, own);
    else if (near != NULL)
        error_set(scan->error, "%.*s: unknown flag; did you mean --%s?", shown, flag,
                  setting_flag(near, other));
    else
        error_set(scan->error, "%.*s: unknown flag; see %s --help", shown, flag,
                  scan->program->name);
    return SETTINGS_ERROR;
}

/* The value of a flag, after its `=` or in the next argument; NULL with the error if there is
 * none. */
static const char *scan_value(struct scan *scan, const char *flag, const char *given,
                              const char *argument) {
    if (given != NULL)
        return given;
    const char *next = scan->next < scan->argc ? scan->argv[scan->next] : NULL;
    if (next == NULL || strncmp(next, "--", 2) == 0) {
        error_set(scan->error, "%s: needs a value: %s=%s", flag, flag, argument);
        return NULL;
    }
    scan->next++;
    return next;
}

static enum settings_outcome scan_own(struct scan *scan, const char *flag, int index,
                                      const char *value) {
    const struct settings_own_flag *own = &scan->program->own[index];
    if (own->argument == NULL && value != NULL) {
        error_set(scan->error, "--%s: takes no value", own->name);
        return SETTINGS_ERROR;
    }
    value = own->argument == NULL ? "on" : scan_value(scan, flag, value, own->argument);
    if (value == NULL)
        return SETTINGS_ERROR;
    scan->settings->own[index] = arena_strndup(&scan->settings->arena, value, strlen(value));
    if (scan->settings->own[index] == NULL) {
        error_no_memory(scan->error);
        return SETTINGS_ERROR;
    }
    return SETTINGS_OK;
}

static void keep(struct scan *scan, const struct setting *setting, const char *text) {
    scan->args->items[scan->args->count++] = (struct setting_arg){setting, text};
}

/* Scan a flag, which has its dashes. */
static enum settings_outcome scan_flag(struct scan *scan, const char *flag) {
    if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0)
        return SETTINGS_HELP;
    if (strcmp(flag, "--version") == 0 || strcmp(flag, "-V") == 0)
        return SETTINGS_VERSION;
    const char *name = flag + strspn(flag, "-");
    const size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    if (name - flag != 2 || memchr(name, '_', len) != NULL)
        return refuse_unknown(scan, flag, name, len);

    const int own = find_own(scan->program, name, len);
    if (own >= 0)
        return scan_own(scan, flag, own, value);
    const struct setting *setting = setting_find(name, len);
    if (setting == NULL && len > 3 && strncmp(name, "no-", 3) == 0 && value == NULL) {
        setting = setting_find(name + 3, len - 3);
        if (setting != NULL && setting->kind != KIND_SWITCH)
            setting = NULL;
        value = "off";
    }
    if (setting == NULL || (scan->program->allowed >> setting_id(setting) & 1) == 0)
        return refuse_unknown(scan, flag, name, len);
    if (setting->kind == KIND_SWITCH) {
        keep(scan, setting, value == NULL ? "on" : value);
        return SETTINGS_OK;
    }
    value = scan_value(scan, flag, value, setting->argument);
    if (value == NULL)
        return SETTINGS_ERROR;
    keep(scan, setting, value);
    return SETTINGS_OK;
}

/* People name the family without the flag. */
static bool takes_family(const struct settings_program *program) {
    for (size_t i = 0; program->own != NULL && program->own[i].name != NULL; i++)
        if (strcmp(program->own[i].name, "family") == 0)
            return true;
    return false;
}

static enum settings_outcome scan_word(struct scan *scan, const char *word) {
    if (!scan->program->takes_words) {
        const char *takes = takes_family(scan->program) ? "; did you mean --family=" : "";
        error_set(scan->error, "%.200s: not a flag%s%.200s; see %s --help", word, takes,
                  *takes != '\0' ? word : "", scan->program->name);
        return SETTINGS_ERROR;
    }
    if (!settings_list_add(&scan->settings->arena, &scan->settings->words, word)) {
        error_no_memory(scan->error);
        return SETTINGS_ERROR;
    }
    return SETTINGS_OK;
}

enum settings_outcome settings_scan_args(struct settings *settings,
                                         const struct settings_program *program, int argc,
                                         char *const *argv, struct setting_args *ret_args,
                                         struct error *ret_error) {
    struct setting_args args = {
        .items = arena_array(&settings->arena, (size_t)argc + 1, sizeof *args.items)};
    struct scan scan = {settings, program, argc, argv, 1, &args, ret_error};
    size_t own = 0;
    while (program->own != NULL && program->own[own].name != NULL)
        own++;
    settings->own = arena_array(&settings->arena, own + 1, sizeof *settings->own);
    if (args.items == NULL || settings->own == NULL) {
        error_no_memory(ret_error);
        return SETTINGS_ERROR;
    }
    bool flags = true;
    while (scan.next < argc) {
        const char *text = argv[scan.next++];
        enum settings_outcome outcome = SETTINGS_OK;
        if (flags && strcmp(text, "--") == 0)
            flags = false;
        else if (flags && text[0] == '-' && text[1] != '\0')
            outcome = scan_flag(&scan, text);
        else
            outcome = scan_word(&scan, text);
        if (outcome != SETTINGS_OK)
            return outcome;
    }
    *ret_args = args;
    return SETTINGS_OK;
}

bool settings_from_args(struct settings *settings, const struct setting_args *args,
                        struct error *ret_error) {
    for (size_t i = 0; i < args->count; i++) {
        const struct setting_arg *arg = &args->items[i];
        char place[SETTING_NAME_BYTES + 2] = "--";
        setting_flag(arg->setting, place + 2);
        const struct setting_input input = {arg->setting, SETTINGS_FLAG, place};
        /* --catalog= sets an empty list; a later --catalog=PATH adds to it. */
        const bool ok = arg->setting->kind == KIND_PATHS && *arg->text == '\0'
                            ? setting_clear(settings, &input, ret_error)
                            : setting_set(settings, &input, arg->text, ret_error);
        if (!ok)
            return false;
    }
    return true;
}
