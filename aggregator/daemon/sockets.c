/* The sockets that senders write to: the shared one, and those of services that have their own. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "ingress/folder.h"
#include "sys/log.h"

static bool read_group(const struct settings *settings, gid_t *ret_group,
                       struct daemon_error *ret_error) {
    char why[SETUP_ERROR_MAX];
    uint32_t group;
    if (!setup_socket_group(settings, &group, why, sizeof why))
        return daemon_fail(ret_error, SETTINGS_EXIT_USAGE, "%s", why);
    *ret_group = group == SETUP_GROUP_KEEP ? INGRESS_GROUP_KEEP : (gid_t)group;
    return true;
}

/* The folder of a default place is made when it is missing; a folder that the user names must
 * exist. */
static bool prepare_folder(const struct settings *settings, struct daemon_error *ret_error) {
    if (settings->sources[SETTING_socket] != SETTINGS_DEFAULT)
        return true;
    char folder[INGRESS_PATH_MAX];
    char why[INGRESS_ERROR_MAX];
    const char *slash = strrchr(settings->socket, '/');
    const size_t len = slash ? (size_t)(slash - settings->socket) : 0;
    if (len == 0 || len >= sizeof folder)
        return true;
    memcpy(folder, settings->socket, len);
    folder[len] = '\0';
    if (!ingress_prepare_folder(folder, settings->socket_in_tmp ? 0700 : 0755, why, sizeof why))
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s: %s",
                           settings_place(settings, SETTING_socket), why);
    return true;
}

static void tell(const struct ingress_listener *listener, const char *service) {
    log_write(LOG_LEVEL_LOG, "ingress", "receiving on %s%s%s (queue %u, %s)", listener->path,
              service ? " for " : "", service ? service : "", listener->queue_depth,
              queue_source_text(listener->queue_source));
    if (listener->queue_depth > 0 && listener->queue_depth < INGRESS_QUEUE_LEAST)
        log_write(LOG_LEVEL_WARN, "ingress",
                  "%s holds only %u datagrams, bursts will be lost: %s; raise it with sysctl -w "
                  "net.unix.max_dgram_qlen=2048 before the start",
                  listener->path, listener->queue_depth, listener->queue_why);
}

static bool open_one(struct daemon *daemon, const struct ingress_listen_options *options,
                     const struct catalog *service, struct daemon_error *ret_error) {
    struct ingress_listener listener;
    char why[INGRESS_ERROR_MAX];
    if (!ingress_listen_open(options, &listener, why))
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why);
    const int result = ingress_add(daemon->ingress, &listener, service ? service->index + 1 : 0);
    if (result != 0) {
        ingress_listen_close(&listener);
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s: %s", options->path,
                           strerror(-result));
    }
    tell(&listener, service ? service->service : NULL);
    return true;
}

bool daemon_open_sockets(struct daemon *daemon, struct inherited *inherited,
                         struct daemon_error *ret_error) {
    const struct settings *settings = daemon->settings;
    gid_t group = INGRESS_GROUP_KEEP;
    if (!read_group(settings, &group, ret_error) || !prepare_folder(settings, ret_error))
        return false;
    struct ingress_listen_options options = {.path = settings->socket,
                                             .setting = settings_place(settings, SETTING_socket),
                                             .name = "statgate",
                                             .inherited = inherited,
                                             .inherit_unnamed = true,
                                             .mode = settings->socket_mode,
                                             .group = group,
                                             .depth = (uint32_t)settings->queue_depth,
                                             .deep_queue = settings->deep_queue};
    bool good = open_one(daemon, &options, NULL, ret_error);
    for (size_t i = 0; good && i < daemon->set.count; i++) {
        const struct catalog *catalog = daemon->set.catalogs[i];
        if (!catalog->socket)
            continue;
        options.path = catalog->socket;
        options.setting = catalog->file;
        options.name = catalog->service;
        options.inherit_unnamed = false;
        good = open_one(daemon, &options, catalog, ret_error);
    }
    char left[INHERITED_ERROR_MAX];
    if (good && inherited_left(inherited, left))
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", left);
    return good;
}
