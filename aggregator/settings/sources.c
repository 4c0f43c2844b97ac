/* SPDX-License-Identifier: MIT */
/* sources.c - settings from arguments, the environment and the configuration file, in order. */
#include "settings/settings_private.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/text.h"

/* ---- args ----
 * flags and words, scanned before all other sources, so that --help works and the
 * configuration file is known, but applied after them.
 *
 * Flags: --name=value, --name value, --switch, --no-switch; -- ends them.
 */

/** A flag as given. */
struct setting_arg {
    const struct setting *setting;
    const char *text; /**< borrowed from argv, or static */
};
struct setting_args {
    struct setting_arg *items;
    size_t count;
};

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
    settings_list_add(&scan->settings->arena, &scan->settings->words, word);
    return SETTINGS_OK;
}

/* Collect flags in *ret_args; store words and the program's own flags in the settings. */
static enum settings_outcome settings_scan_args(struct settings *settings,
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
        flags = flags && !(scan.program->word_ends_flags && settings->words.count > 0);
        if (outcome != SETTINGS_OK)
            return outcome;
    }
    *ret_args = args;
    return SETTINGS_OK;
}

/* Apply the flags to the settings. */
static bool settings_from_args(struct settings *settings, const struct setting_args *args,
                               struct error *ret_error) {
    for (size_t i = 0; i < args->count; i++) {
        const struct setting_arg *arg = &args->items[i];
        char place[SETTING_NAME_BYTES + 2] = "--";
        setting_flag(arg->setting, place + 2);
        const struct setting_input input = {arg->setting, SETTINGS_FLAG, place};
        /* --catalog= sets an empty list; a later --catalog=PATH adds to it. */
        if (arg->setting->kind == KIND_PATHS && *arg->text == '\0')
            setting_clear(settings, &input);
        else if (!setting_set(settings, &input, arg->text, ret_error))
            return false;
    }
    return true;
}

/* ---- environment ----
 * settings from variables STATGATE_*.
 *
 * Other programs may use the prefix, too (Kubernetes sets STATGATE_PORT for a service of that
 * name), so an unknown variable is an error only if it looks like a misspelling.
 */

static const char prefix[] = "STATGATE_";

const char *settings_getenv(char *const *environment, const char *name) {
    const size_t len = strlen(name);
    for (char *const *entry = environment; *entry != NULL; entry++)
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return *entry + len + 1;
    return NULL;
}

/* The setting that this name of a variable (without prefix, `len` bytes) is meant to be, or
 * NULL. */
static const struct setting *meant(const char *name, size_t len, uint32_t allowed) {
    char lower[SETTING_NAME_BYTES];
    if (len >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    lower[len] = '\0';
    return setting_nearest(lower, allowed);
}

/* What the clients of other languages read, which may share an environment with the daemon. */
static const char *const clients_variables[] = {"STATGATE_LIBRARY",    "STATGATE_METRICS",
                                                "STATGATE_PROMETHEUS", "STATGATE_SERVICE",
                                                "STATGATE_STREAM",     "STATGATE_UPDOWN"};

static bool is_variable(const char *name, size_t len) {
    char variable[SETTING_NAME_BYTES];
    for (size_t i = 0; i < sizeof clients_variables / sizeof *clients_variables; i++)
        if (text_is(name, len, clients_variables[i]))
            return true;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (text_is(name, len, setting_variable(&setting_table[i], variable)))
            return true;
    return false;
}

static bool refuse_misspellings(const struct settings_program *program, char *const *environment,
                                struct error *error) {
    const size_t prefix_len = sizeof prefix - 1;
    for (char *const *entry = environment; *entry != NULL; entry++) {
        const size_t len = strcspn(*entry, "=");
        if (len <= prefix_len || strncmp(*entry, prefix, prefix_len) != 0 ||
            is_variable(*entry, len))
            continue;
        const struct setting *setting =
            meant(*entry + prefix_len, len - prefix_len, program->allowed);
        char variable[SETTING_NAME_BYTES];
        if (setting != NULL)
            return error_set(error, "%.*s: unknown setting; did you mean %s?", (int)len, *entry,
                             setting_variable(setting, variable));
    }
    return true;
}

/* Set items that are separated by colons; "" is an empty list. */
static bool set_items(struct settings *settings, const struct setting_input *input,
                      const char *text, struct error *error) {
    if (*text == '\0') {
        setting_clear(settings, input);
        return true;
    }
    char *item = arena_alloc(&settings->arena, strlen(text) + 1);
    for (const char *at = text;; at++) {
        const size_t len = strcspn(at, ":");
        memcpy(item, at, len);
        item[len] = '\0';
        if (!setting_set(settings, input, item, error))
            return false;
        at += len;
        if (*at == '\0')
            return true;
    }
}

/* Set the settings that the program allows from variables; a variable that looks like a misspelled
 * setting is refused. False with the variable and the reason; the settings may be half changed
 * then. */
static bool settings_from_environment(struct settings *settings,
                                      const struct settings_program *program,
                                      char *const *environment, struct error *ret_error) {
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if ((program->allowed >> i & 1) == 0)
            continue;
        const struct setting *setting = &setting_table[i];
        char variable[SETTING_NAME_BYTES];
        const char *text = settings_getenv(environment, setting_variable(setting, variable));
        if (text == NULL)
            continue;
        const struct setting_input input = {setting, SETTINGS_ENVIRONMENT, variable};
        const bool ok = setting->kind == KIND_PATHS
                            ? set_items(settings, &input, text, ret_error)
                            : setting_set(settings, &input, text, ret_error);
        if (!ok)
            return false;
    }
    return refuse_misspellings(program, environment, ret_error);
}

/* ---- parse: Applies the sources in order, and defaults that depend on the user. ---- */

struct settings_host settings_host_here(void) {
    return (struct settings_host){
        .uid = geteuid(), .environment = environ, .config_file = SETTINGS_CONFIG_FILE};
}

/* ---- defaults ---- */

static void default_socket(struct settings *settings, const struct settings_host *host, char *out,
                           size_t size) {
    const char *runtime = settings_getenv(host->environment, "XDG_RUNTIME_DIR");
    if (host->uid == 0) {
        (void)snprintf(out, size, "/run/statgate/statgate.sock");
    } else if (runtime != NULL && *runtime == '/') {
        (void)snprintf(out, size, "%s/statgate.sock", runtime);
    } else {
        (void)snprintf(out, size, "/tmp/statgate-%u/statgate.sock", (unsigned)host->uid);
        settings->socket_in_tmp = true;
    }
}

/* A missing file is fine; one that cannot be accessed becomes an error when it is read. */
static bool exists(const char *path) {
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool set_default(struct settings *settings, enum setting_id id, const char *text,
                        struct error *error) {
    char place[SETTING_NAME_BYTES + 16];
    (void)snprintf(place, sizeof place, "%s (default)", setting_table[id].name);
    const struct setting_input input = {&setting_table[id], SETTINGS_DEFAULT, place};
    return setting_set(settings, &input, text, error);
}

/* Set all defaults but those of sockets, which are worked out only when they are needed. */
static bool set_defaults(struct settings *settings, const struct settings_program *program,
                         const struct settings_host *host, struct error *error) {
    const bool file = (program->allowed & SETTING_BIT(config)) != 0 &&
                      (settings_file_is_kept(host, host->config_file) || exists(host->config_file));
    if (!set_default(settings, SETTING_config, file ? host->config_file : "", error))
        return false;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (setting_table[i].initial != NULL &&
            !set_default(settings, (enum setting_id)i, setting_table[i].initial, error))
            return false;
    if (!set_default(settings, SETTING_debug_listen, "", error))
        return false;
    settings->debug_listen = NULL;
    return true;
}

static bool set_default_socket(struct settings *settings, const struct settings_host *host,
                               struct error *error) {
    char path[PATH_MAX];
    if (settings->sources[SETTING_socket] != SETTINGS_DEFAULT)
        return true;
    default_socket(settings, host, path, sizeof path);
    return set_default(settings, SETTING_socket, path, error);
}

/* Set the default path of the control socket; "" if it would be too long for a socket. */
static bool set_default_control(struct settings *settings, struct error *error) {
    char path[PATH_MAX];
    const size_t len = strlen(settings->socket);
    const bool named = len > 5 && strcmp(settings->socket + len - 5, ".sock") == 0;
    if (settings->sources[SETTING_control] != SETTINGS_DEFAULT)
        return true;
    (void)snprintf(path, sizeof path, "%.*s.control", (int)(named ? len - 5 : len),
                   settings->socket);
    return set_default(settings, SETTING_control, settings_check_control(path) == NULL ? path : "",
                       error);
}

/* ---- all of it ---- */

/* Choose the configuration file: the last --config, else the variable, else the default. It becomes
 * the setting's value. */
static bool set_config(struct settings *settings, const struct settings_program *program,
                       const struct setting_args *args, const struct settings_host *host,
                       struct error *error) {
    const struct setting *setting = &setting_table[SETTING_config];
    const char *text = settings_getenv(host->environment, "STATGATE_CONFIG");
    if ((program->allowed & SETTING_BIT(config)) == 0)
        return true;
    if (text != NULL) {
        const struct setting_input input = {setting, SETTINGS_ENVIRONMENT, "STATGATE_CONFIG"};
        if (!setting_set(settings, &input, text, error))
            return false;
    }
    for (size_t i = 0; i < args->count; i++) {
        const struct setting_input input = {setting, SETTINGS_FLAG, "--config"};
        if (args->items[i].setting == setting &&
            !setting_set(settings, &input, args->items[i].text, error))
            return false;
    }
    return *settings->config == '\0' || settings_from_file(settings, host, error);
}

enum settings_outcome settings_parse(struct settings *ret_settings,
                                     const struct settings_program *program, int argc,
                                     char *const *argv, const struct settings_host *host,
                                     struct error *ret_error) {
    struct settings settings = {0};
    struct setting_args args;
    arena_init(&settings.arena);
    enum settings_outcome outcome =
        settings_scan_args(&settings, program, argc, argv, &args, ret_error);
    if (outcome == SETTINGS_OK &&
        !(set_defaults(&settings, program, host, ret_error) &&
          set_config(&settings, program, &args, host, ret_error) &&
          settings_from_environment(&settings, program, host->environment, ret_error) &&
          settings_from_args(&settings, &args, ret_error) &&
          ((program->allowed & SETTING_BIT(socket)) == 0 ||
           set_default_socket(&settings, host, ret_error)) &&
          (settings.socket == NULL || (program->allowed & SETTING_BIT(control)) == 0 ||
           set_default_control(&settings, ret_error)) &&
          settings_own_files_check(&settings, ret_error) &&
          settings_endpoints_finish(&settings, ret_error) &&
          settings_inputs_finish(&settings, ret_error)))
        outcome = SETTINGS_ERROR;
    if (outcome != SETTINGS_OK) {
        arena_done(&settings.arena);
        return outcome;
    }
    if (settings.debug_listen != NULL && *settings.debug_listen != '\0' &&
        strcmp(settings.debug_listen, settings.metrics_listen) == 0)
        settings.debug_listen = NULL;
    *ret_settings = settings;
    return SETTINGS_OK;
}
