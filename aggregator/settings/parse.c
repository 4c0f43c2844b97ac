/* Applies the sources in order, and defaults that depend on the user. */
#include "settings/parse.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "settings/args.h"
#include "settings/environment.h"
#include "settings/file.h"
#include "settings/file_endpoints.h"
#include "settings/own_files.h"
#include "settings/value.h"

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
    return set_default(settings, SETTING_control, check_control(path) == NULL ? path : "", error);
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
          own_files_check(&settings, ret_error) && file_endpoints_finish(&settings, ret_error)))
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
