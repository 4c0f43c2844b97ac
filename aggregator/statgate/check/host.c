#include "statgate/check/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "settings/settings.h"

/* ---- tokens ---- */

/* Whether no earlier endpoint names this file: it is reported once, as the daemon reads it once. */
static bool is_new(const struct endpoint_plan *plan, size_t count, const char *path) {
    bool is_new = *path != '\0';
    for (size_t i = 0; i < count; i++)
        is_new = is_new && strcmp(plan->places[i].bearer_token_file, path) != 0;
    return is_new;
}

static void check_token(const char *path, const char *place, struct messages *errors,
                        struct messages *warnings) {
    struct error wrong;
    bool exposed = false;
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0 && errno == EACCES) {
        mistakes_messages_add(
            warnings,
            "%s: %s: user %u may not read it, so it was not checked; the user of statgated "
            "must be able to",
            place, path, (unsigned)geteuid());
        return;
    }
    char *token = settings_read_token(path, &exposed, &wrong);
    if (token == NULL)
        mistakes_messages_add(errors, "%s: %s", place, wrong.text);
    else if (exposed)
        mistakes_messages_add(warnings, "%s: %s can be read by others; chmod 600 it", place, path);
    settings_token_free(token);
}

static void check_tokens(const struct endpoint_plan *plan, struct messages *errors,
                         struct messages *warnings) {
    for (size_t i = 0; i < plan->count; i++) {
        const struct endpoint_place *place = &plan->places[i];
        if (is_new(plan, i, place->bearer_token_file))
            check_token(place->bearer_token_file, place->token_place, errors, warnings);
    }
    const char *path = settings_debug_access_token_file(plan);
    if (is_new(plan, plan->count, path))
        check_token(path, settings_debug_access_token_place(plan), errors, warnings);
}

/* ---- sockets ---- */

static void check_folder(const char *place, const char *socket, struct messages *warnings) {
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
    struct stat status;
    const char *slash = strrchr(socket, '/');
    const size_t len = slash != NULL ? (size_t)(slash - socket) : 0;
    if (len == 0 || len >= sizeof folder)
        return; /* in the root or working folder; too long paths were refused before */
    memcpy(folder, socket, len);
    folder[len] = '\0';
    const bool found = stat(folder, &status) == 0;
    if (!found && (errno == ENOENT || errno == ENOTDIR))
        mistakes_messages_add(
            warnings,
            "%s: the folder %s is missing, and statgated would not start: make it, let the "
            "unit make it (RuntimeDirectory), or set another path",
            place, folder);
    else if (found && !S_ISDIR(status.st_mode))
        mistakes_messages_add(warnings, "%s: %s is no folder; set another path", place, folder);
}

static void check_sockets(const struct settings *settings, const struct catalog_set *set,
                          struct messages *warnings) {
    struct error why;
    uint32_t group;
    if (!settings_socket_group(settings, &group, &why))
        mistakes_messages_add(warnings, "%s", why.text);
    /* The daemon makes the folder of a default path itself. */
    if (settings->sources[SETTING_socket] != SETTINGS_DEFAULT)
        check_folder(settings_place(settings, SETTING_socket), settings->socket, warnings);
    if (settings->sources[SETTING_control] != SETTINGS_DEFAULT && *settings->control != '\0')
        check_folder(settings_place(settings, SETTING_control), settings->control, warnings);
    for (size_t i = 0; i < set->count; i++) {
        char place[ERROR_BYTES];
        if (set->catalogs[i]->socket == NULL)
            continue;
        (void)snprintf(place, sizeof place, "%s: /socket", set->catalogs[i]->file);
        check_folder(place, set->catalogs[i]->socket, warnings);
    }
}

bool check_host(const struct settings *settings, const struct catalog_set *set,
                struct messages *errors, struct messages *warnings) {
    const size_t before = errors->count;
    struct endpoint_plan plan;
    if (!settings_endpoint_plan_init(&plan, settings, true))
        mistakes_messages_add(errors, "out of memory");
    else
        check_tokens(&plan, errors, warnings);
    settings_endpoint_plan_done(&plan);
    check_sockets(settings, set, warnings);
    return errors->count == before;
}
