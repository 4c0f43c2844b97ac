#include "statgated/sockets.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/log.h"
#include "host/unix_socket.h"
#include "settings/settings.h"

static bool read_group(const struct settings *settings, gid_t *ret_group,
                       struct start_error *ret_error) {
    struct error why;
    uint32_t group;
    if (!settings_socket_group(settings, &group, &why))
        return start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s", why.text);
    *ret_group = group == SETTINGS_GROUP_KEEP ? INGRESS_GROUP_KEEP : (gid_t)group;
    return true;
}

/* The folder of a default path is created if it is missing; a folder that the user names must
 * exist. */
static mode_t folder_mode(const struct settings *settings) {
    if (settings->sources[SETTING_socket] != SETTINGS_DEFAULT)
        return 0;
    return settings->socket_in_tmp ? 0700 : 0755;
}

static void log_socket(const struct ingress_listener *listener, const char *service) {
    log_write(LOG_LEVEL_LOG, "ingress", "receiving on %s%s%s (queue %u, %s)", listener->path,
              service != NULL ? " for " : "", service != NULL ? service : "", listener->queue_depth,
              ingress_queue_source_text(listener->queue_source));
    if (listener->queue_depth > 0 && listener->queue_depth < INGRESS_QUEUE_LEAST)
        log_write(LOG_LEVEL_WARN, "ingress",
                  "%s holds only %u datagrams, bursts will be lost: %s; raise it with sysctl -w "
                  "net.unix.max_dgram_qlen=2048 before the start",
                  listener->path, listener->queue_depth, listener->queue_why);
}

/* ---- paths that are lost and found ---- */

/* Anyone who may write to the folder could trigger this message at will, so it is limited. */
static struct log_limit path_limit = LOG_LIMIT(8, 60000);

static void on_bound(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    log_limited(&path_limit, LOG_LEVEL_WARN, "ingress",
                "%s was removed or replaced: bound again; senders that were connected are read on",
                listener->path);
}

static void on_lost(void *arg, const char *why) {
    (void)arg;
    log_limited(&path_limit, LOG_LEVEL_ERROR, "ingress",
                "a path does not lead to us, and cannot be bound again: %s", why);
}

static void on_found(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    log_limited(&path_limit, LOG_LEVEL_LOG, "ingress", "%s is ours again", listener->path);
}

int sockets_watch_paths(struct daemon *daemon) {
    const struct path_watch_hooks hooks = {
        .bound = on_bound, .lost = on_lost, .found = on_found, .arg = daemon};
    return ingress_path_watch_new(memory_heap(), &daemon->loop, daemon->ingress, &hooks,
                                  &daemon->path_watch);
}

/* ---- sockets that outlive the process ---- */

void sockets_opened(void *arg, const struct ingress_listener *listener) {
    struct daemon *daemon = arg;
    char name[INGRESS_NAME_MAX];
    if (!ingress_listen_name(listener, name))
        return;
    if (listener->kept)
        handover_found(&daemon->handover, name, INHERITED_SOCKET, listener->fd);
    else
        handover_add_named(&daemon->handover, name, listener->fd);
}

void sockets_closed(void *arg, const struct ingress_listener *listener) {
    struct daemon *daemon = arg;
    handover_drop(&daemon->handover, listener->fd);
}

/* ---- what is left of others ---- */

/* Sockets that are not at one of our paths. */
struct strays {
    int *fds;
    size_t count;
    size_t first_unused; /* sockets from here on are unused: their services have none now */
};

static void find_unused(struct daemon *daemon, struct inherited *inherited, struct strays *strays) {
    char name[INHERITED_NAME_MAX];
    int fd;
    strays->first_unused = strays->count;
    while ((fd = inherited_take_kept(inherited, INHERITED_SOCKET, name)) >= 0) {
        strays->fds[strays->count++] = fd;
        handover_found(&daemon->handover, name, INHERITED_SOCKET, -1);
    }
}

static void find_strays(struct daemon *daemon, struct inherited *inherited, struct strays *strays) {
    struct ingress_view view;
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        ingress_at(daemon->ingress, i, &view);
        if (view.listener->kept && view.listener->file.inode == 0)
            strays->fds[strays->count++] = view.listener->fd;
    }
    find_unused(daemon, inherited, strays);
}

static bool find_given_up(struct daemon *daemon, struct inherited *inherited,
                          struct start_error *ret_error) {
    const size_t most = ingress_count(daemon->ingress) + inherited->count;
    struct strays strays = {.fds = calloc(most + 1, sizeof *strays.fds)};
    if (strays.fds == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
    find_strays(daemon, inherited, &strays);
    if (daemon->takeover.handed)
        given_up_by_locks(&daemon->given_up, inherited, strays.fds, strays.count);
    else
        given_up_by_sockets(&daemon->given_up, strays.fds, strays.count);
    for (size_t i = strays.first_unused; i < strays.count; i++)
        (void)close(strays.fds[i]);
    free(strays.fds);
    return true;
}

/* ---- opening ---- */

/* Open the sockets that an earlier process still read for senders connected to them. */
static void open_former(struct daemon *daemon, const struct ingress_listen_options *options,
                        gate_scope scope) {
    struct ingress_listener listener;
    while (ingress_listen_former(options, &listener))
        if (ingress_add_former(daemon->ingress, &listener, scope) != 0)
            ingress_listen_close(&listener);
}

/* Say who has the path, and how its values go on here. */
static bool fail_to_open(const struct daemon *daemon, const char *path, const char *why,
                         struct start_error *ret_error) {
    int error;
    const pid_t other =
        !daemon->takeover.handed && unix_socket_look(path, SOCK_DGRAM, &error) == UNIX_SOCKET_TAKEN
            ? breaker_page_writer(path)
            : 0;
    if (other <= 0 || kill(other, 0) != 0)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why);
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                            "%s; process %d has it: `kill %d` stops it, and its values go on here "
                            "if both have the same --state-file",
                            why, (int)other, (int)other);
}

static bool open_one(struct daemon *daemon, const struct ingress_listen_options *options,
                     const struct catalog *service, struct start_error *ret_error) {
    struct ingress_listener listener;
    struct error why;
    if (!ingress_listen_open(options, &listener, &why))
        return fail_to_open(daemon, options->path, why.text, ret_error);
    int result = ingress_add(daemon->ingress, &listener, service != NULL ? service->index + 1 : 0);
    if (result != 0)
        ingress_listen_close(&listener);
    else
        result =
            ingress_path_watch_add(daemon->path_watch, ingress_count(daemon->ingress) - 1, options);
    if (result != 0)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s: %s", options->path,
                                strerror(-result));
    log_socket(&listener, service != NULL ? service->service : NULL);
    return true;
}

/* The options of a service's socket, derived from those of the shared socket. */
static struct ingress_listen_options options_of(struct ingress_listen_options options,
                                                const struct catalog *service) {
    options.path = service->socket;
    options.setting = service->file;
    options.name = service->service;
    options.inherit_unnamed = false;
    options.folder_mode = 0;
    return options;
}

/* The path watch knows sockets by their index, so former sockets are opened last. */
static bool open_all(struct daemon *daemon, const struct ingress_listen_options *shared,
                     struct start_error *ret_error) {
    const struct catalog_set *set = &daemon->set;
    if (!open_one(daemon, shared, NULL, ret_error))
        return false;
    for (size_t i = 0; i < set->count; i++) {
        if (set->catalogs[i]->socket == NULL)
            continue;
        const struct ingress_listen_options own = options_of(*shared, set->catalogs[i]);
        if (!open_one(daemon, &own, set->catalogs[i], ret_error))
            return false;
    }
    open_former(daemon, shared, 0);
    for (size_t i = 0; i < set->count; i++) {
        if (set->catalogs[i]->socket == NULL)
            continue;
        const struct ingress_listen_options own = options_of(*shared, set->catalogs[i]);
        open_former(daemon, &own, set->catalogs[i]->index + 1);
    }
    return true;
}

/* List the paths of all sockets. The sockets' options borrow the list as long as the paths are
 * watched. */
static bool list_paths(struct daemon *daemon, size_t *ret_count, struct start_error *ret_error) {
    const struct catalog_set *set = &daemon->set;
    size_t count = 0;
    daemon->socket_paths = calloc(set->count + 1, sizeof *daemon->socket_paths);
    if (daemon->socket_paths == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
    daemon->socket_paths[count++] = daemon->settings->socket;
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->socket != NULL)
            daemon->socket_paths[count++] = set->catalogs[i]->socket;
    *ret_count = count;
    return true;
}

bool sockets_open(struct daemon *daemon, struct inherited *inherited,
                  struct start_error *ret_error) {
    const struct settings *settings = daemon->settings;
    gid_t group = INGRESS_GROUP_KEEP;
    size_t path_count = 0;
    if (!read_group(settings, &group, ret_error) || !list_paths(daemon, &path_count, ret_error))
        return false;
    const struct ingress_listen_options shared = {.path = settings->socket,
                                                  .setting =
                                                      settings_place(settings, SETTING_socket),
                                                  .name = "statgate",
                                                  .inherited = inherited,
                                                  .inherit_unnamed = true,
                                                  .paths = daemon->socket_paths,
                                                  .path_count = path_count,
                                                  .bind_now = daemon->takeover.handed,
                                                  .folder_mode = folder_mode(settings),
                                                  .mode = settings->socket_mode,
                                                  .group = group,
                                                  .depth = (uint32_t)settings->queue_depth,
                                                  .deep_queue = settings->deep_queue};
    struct error left;
    if (!open_all(daemon, &shared, ret_error) || !find_given_up(daemon, inherited, ret_error))
        return false;
    if (inherited_left(inherited, &left))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", left.text);
    return true;
}

void sockets_settle(struct daemon *daemon) {
    ingress_dress(daemon->ingress);
    given_up_remove(&daemon->given_up);
}
