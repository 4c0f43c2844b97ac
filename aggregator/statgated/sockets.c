/* SPDX-License-Identifier: MIT */
/* sockets.c - the sockets on which the daemon hears: datagrams, HTTP, tokens of endpoints. */
#include "statgated/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/listen_address.h"
#include "host/procinfo.h"

/* ---- tokens ---- */

/* The token in this file, borrowed; NULL: none was read there. */
static const char *tokens_find(const struct tokens *tokens, const char *path) {
    for (size_t i = 0; i < tokens->count; i++)
        if (strcmp(tokens->paths[i], path) == 0)
            return tokens->texts[i];
    return NULL;
}

/* Where tokens come from, and where it is said that a file is refused. */
struct token_source {
    const struct config_texts *kept;
    struct messages *refused;
};

static char *copy_kept(const struct token_source *from, const char *path, const char *place,
                       const struct error *wrong) {
    const struct config_text *text = active_config_find(from->kept, CONFIG_TOKEN, "", path);
    if (text == NULL)
        return NULL;
    diagnostics_messages_add(from->refused, "%s: %s", place, wrong->text);
    return memory_strndup(text->text, text->len);
}

static bool read_token(struct tokens *tokens, const char *path, const char *place,
                       const struct token_source *from, struct start_error *ret_error) {
    bool exposed = false;
    struct error wrong;
    if (*path == '\0' || tokens_find(tokens, path) != NULL)
        return true;
    char *text = settings_read_token(path, &exposed, &wrong);
    if (text == NULL)
        text = copy_kept(from, path, place, &wrong);
    if (text == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s: %s", place, wrong.text);
    if (exposed)
        log_write(LOG_LEVEL_WARN, "http", "%s can be read by others; chmod 600 it", path);
    tokens->paths[tokens->count] = path;
    tokens->texts[tokens->count++] = text;
    return true;
}

bool tokens_read(struct tokens *tokens, const struct endpoint_plan *plan,
                 const struct config_texts *kept, struct messages *refused,
                 struct start_error *ret_error) {
    const struct token_source from = {kept, refused};
    for (size_t i = 0; i < plan->count; i++)
        if (!read_token(tokens, plan->places[i].bearer_token_file, plan->places[i].token_place,
                        &from, ret_error))
            return false;
    return read_token(tokens, settings_debug_access_token_file(plan),
                      settings_debug_access_token_place(plan), &from, ret_error);
}

void tokens_note(const struct tokens *tokens, const struct config_texts *kept, int64_t now_ms,
                 struct config_texts *to) {
    for (size_t i = 0; i < tokens->count; i++) {
        const struct config_text *before =
            active_config_find(kept, CONFIG_TOKEN, "", tokens->paths[i]);
        const bool same = before != NULL && strcmp(before->text, tokens->texts[i]) == 0;
        active_config_add(to, &(struct config_text){.kind = CONFIG_TOKEN,
                                                    .name = tokens->paths[i],
                                                    .of = "",
                                                    .text = tokens->texts[i],
                                                    .len = strlen(tokens->texts[i]),
                                                    .since_ms = same ? before->since_ms : now_ms});
    }
}

void tokens_done(struct tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++)
        settings_token_free(tokens->texts[i]);
    tokens->count = 0;
}

/* ---- stale paths ---- */

/* Add a path with its lock. */
static void add(struct stale_paths *stale_paths, const char *path, struct unix_socket_file file,
                int lock) {
    char *own = memory_strndup(path, strlen(path));
    stale_paths->items =
        memory_resize(stale_paths->items, stale_paths->count + 1, sizeof *stale_paths->items);
    stale_paths->items[stale_paths->count++] = (struct stale_path){own, file, lock};
}

static struct unix_socket_file file_at(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0
               ? (struct unix_socket_file){.device = status.st_dev, .inode = status.st_ino}
               : (struct unix_socket_file){0};
}

/* After a daemon that lives: the paths whose locks it passed and that no socket of ours took.
 * `fds` are its sockets that are not at one of our paths. */
static void stale_paths_by_locks(struct stale_paths *stale_paths, struct inherited *inherited,
                                 const int *fds, size_t count) {
    char name[INHERITED_NAME_MAX];
    int lock;
    while ((lock = host_inherited_take_kept(inherited, INHERITED_LOCK, name)) >= 0) {
        const char *path = name + strlen(INHERITED_LOCK);
        struct unix_socket_file file = {0};
        for (size_t i = 0; i < count && file.inode == 0; i++)
            if (ingress_stale_leads(path, fds[i]))
                file = file_at(path);
        add(stale_paths, path, file, lock);
    }
}

static void remove_one(struct stale_path *item) {
    if (item->file.inode != 0 && unix_socket_in_place(item->path, &item->file))
        (void)unlink(item->path);
    breaker_page_remove(item->path);
    host_path_lock_release(item->path, item->lock);
    item->lock = -1;
}

/* Remove what is left at the paths, unless another daemon uses them. */
static void stale_paths_remove(struct stale_paths *stale_paths) {
    for (size_t i = 0; i < stale_paths->count; i++)
        remove_one(&stale_paths->items[i]);
    stale_paths_done(stale_paths);
}

void stale_paths_done(struct stale_paths *stale_paths) {
    for (size_t i = 0; i < stale_paths->count; i++) {
        if (stale_paths->items[i].lock >= 0)
            (void)close(stale_paths->items[i].lock);
        free(stale_paths->items[i].path);
    }
    free(stale_paths->items);
    *stale_paths = (struct stale_paths){0};
}

/* ---- listeners ---- */

/* ---- opening ---- */

static void log_endpoint(const struct daemon *daemon, size_t index) {
    const size_t listener = http_server_listener_of(daemon->http, index);
    char address[LISTEN_TEXT_MAX];
    struct strbuf services;
    if (daemon->plan.places[index].closed_by != NULL)
        log_write(LOG_LEVEL_LOG, "http", "%s is closed: %s is not set in this daemon's environment",
                  daemon->plan.options[index].name, daemon->plan.places[index].closed_by);
    if (listener == SIZE_MAX)
        return;
    strbuf_init(&services);
    http_server_address(daemon->http, listener, address, sizeof address);
    endpoint_put_services(&services, &daemon->plan.endpoints.items[index]);
    log_write(LOG_LEVEL_LOG, "http", "serving %s on %s: %s", daemon->plan.places[index].path,
              address, strbuf_cstr(&services));
    strbuf_done(&services);
}

static void log_listeners(const struct daemon *daemon) {
    const size_t debug = http_server_listener_of(daemon->http, daemon->plan.count);
    char address[LISTEN_TEXT_MAX];
    for (size_t i = 0; i < daemon->plan.count; i++)
        log_endpoint(daemon, i);
    if (debug != SIZE_MAX && debug != http_server_listener_of(daemon->http, 0)) {
        http_server_address(daemon->http, debug, address, sizeof address);
        log_write(LOG_LEVEL_LOG, "http", "serving /debug on %s", address);
    }
    if (http_server_listeners(daemon->http) == 0)
        log_write(LOG_LEVEL_LOG, "http", "no listener: metrics_listen is empty");
}

static void open_handlers(struct daemon *daemon) {
    const struct endpoint_plan *plan = &daemon->plan;
    daemon->inputs.handlers = memory_array(plan->count, sizeof *daemon->inputs.handlers);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->options[i].handler != NULL)
            daemon->inputs.handlers[daemon->inputs.handler_count++].catalog =
                plan->options[i].handler;
}

/* ---- sockets that outlive the process ---- */

static void keep(struct daemon *daemon) {
    for (size_t i = 0; i < http_server_listeners(daemon->http); i++) {
        const struct unix_listener sock = http_server_socket(daemon->http, i);
        fdstore_listeners_keep(&daemon->fdstore, INHERITED_HTTP, &sock);
    }
}

/* ---- the server ---- */

static struct http_endpoint endpoint_at(const struct daemon *daemon, size_t index) {
    const struct endpoint_place *place = &daemon->plan.places[index];
    return (struct http_endpoint){.setting = place->listen_place,
                                  .listen = place->listen,
                                  .path = place->path,
                                  .bearer_token =
                                      tokens_find(&daemon->tokens, place->bearer_token_file),
                                  .endpoint = &daemon->plan.endpoints.items[index]};
}

/* Append the host names under which /debug answers: this host's own, and those of the settings. */
static void put_hosts(struct strbuf *out, const struct daemon *daemon) {
    host_own_names_read(out);
    strbuf_printf(out, "%s%s", out->len > 0 ? "," : "", daemon->settings->debug_hosts);
}

static struct http_server *open_server(struct daemon *daemon, const struct http_source *source,
                                       struct fdstore_listeners *kept, struct error *ret_error) {
    const struct endpoint_plan *plan = &daemon->plan;
    struct http_endpoint endpoints[ENDPOINTS_MAX];
    struct strbuf hosts;
    strbuf_init(&hosts);
    put_hosts(&hosts, daemon);
    for (size_t i = 0; i < plan->count; i++)
        endpoints[i] = endpoint_at(daemon, i);
    const struct http_options options = {
        .endpoints = endpoints,
        .endpoint_count = plan->count,
        .debug_listen = daemon->settings->debug_listen,
        .debug_setting = settings_place(daemon->settings, SETTING_debug_listen),
        .debug_token = tokens_find(&daemon->tokens, settings_debug_access_token_file(plan)),
        .debug_hosts = strbuf_cstr(&hosts),
        .kept = kept->sockets,
        .kept_count = kept->count};
    struct http_server *server = http_server_new(&daemon->loop, &options, source, ret_error);
    strbuf_done(&hosts);
    return server;
}

bool listeners_open(struct daemon *daemon, const struct http_source *source,
                    struct inherited *inherited, struct start_error *ret_error) {
    struct fdstore_listeners kept;
    struct error why;
    open_handlers(daemon);
    fdstore_listeners_find(&kept, inherited, INHERITED_HTTP);
    daemon->http = open_server(daemon, source, &kept, &why);
    tokens_done(&daemon->tokens);
    fdstore_listeners_settle(&kept, &daemon->fdstore);
    if (daemon->http == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why.text);
    keep(daemon);
    log_listeners(daemon);
    return true;
}

/* ---- what handlers report ---- */

void listeners_read_handlers(struct daemon *daemon) {
    const struct endpoint_plan *plan = &daemon->plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct http_endpoint_figures figures;
        if (plan->options[i].handler == NULL)
            continue;
        http_server_endpoint(daemon->http, i, &figures);
        struct self_metrics_handler *handler = &daemon->inputs.handlers[count++];
        handler->codes[SELF_HANDLER_200] = figures.answers[HTTP_CODE_200];
        handler->codes[SELF_HANDLER_500] = figures.answers[HTTP_CODE_500];
        handler->codes[SELF_HANDLER_503] = figures.answers[HTTP_CODE_503];
        handler->in_flight = figures.in_flight;
    }
}

/* ---- sockets ---- */

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

/* Anyone who may write to the folder could trigger these lines at will. */

static void on_bound(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    log_rarely(LOG_LEVEL_WARN, "ingress",
               "%s was removed or replaced: bound again; senders that were connected are read on",
               listener->path);
}

static void on_lost(void *arg, const char *why) {
    (void)arg;
    log_rarely(LOG_LEVEL_ERROR, "ingress",
               "a socket's path no longer leads to this daemon, and cannot be bound again: %s",
               why);
}

static void sockets_on_found(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    log_rarely(LOG_LEVEL_LOG, "ingress", "%s leads to this daemon again", listener->path);
}

int sockets_watch_paths(struct daemon *daemon) {
    const struct path_watch_hooks hooks = {
        .bound = on_bound, .lost = on_lost, .found = sockets_on_found, .arg = daemon};
    return ingress_path_watch_new(&daemon->loop, daemon->ingress, &hooks, &daemon->path_watch);
}

/* ---- sockets that outlive the process ---- */

void sockets_opened(void *arg, const struct ingress_listener *listener) {
    struct daemon *daemon = arg;
    char name[INGRESS_NAME_MAX];
    if (!ingress_listen_name(listener, name))
        return;
    if (listener->kept)
        fdstore_found(&daemon->fdstore, name, INHERITED_SOCKET, listener->fd);
    else
        fdstore_add_named(&daemon->fdstore, name, listener->fd);
}

void sockets_closed(void *arg, const struct ingress_listener *listener) {
    struct daemon *daemon = arg;
    fdstore_drop(&daemon->fdstore, listener->fd);
}

/* ---- what is left of others ---- */

/* Close kept sockets that no service has now. After a daemon that lives, its paths that are not
 * ours are stale; one that died does not say which they were. */
static void find_given_up(struct daemon *daemon, struct inherited *inherited) {
    const size_t most = ingress_count(daemon->ingress) + inherited->count;
    int *strays = memory_array(most + 1, sizeof *strays); /* sockets at none of our paths */
    size_t count = 0;
    char name[INHERITED_NAME_MAX];
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        struct ingress_view view;
        ingress_at(daemon->ingress, i, &view);
        if (view.listener->kind == INGRESS_UNIX && view.listener->kept &&
            view.listener->file.inode == 0)
            strays[count++] = view.listener->fd;
    }
    const size_t first_unused = count;
    for (int fd; (fd = host_inherited_take_kept(inherited, INHERITED_SOCKET, name)) >= 0;) {
        strays[count++] = fd;
        fdstore_found(&daemon->fdstore, name, INHERITED_SOCKET, -1);
    }
    if (daemon->restore.handed)
        stale_paths_by_locks(&daemon->stale_paths, inherited, strays, count);
    for (size_t i = first_unused; i < count; i++)
        (void)close(strays[i]);
    free(strays);
}

/* ---- opening ---- */

/* Open the sockets that an earlier process still read for senders connected to them. */
static void open_old(struct daemon *daemon, const struct ingress_listen_options *options,
                     gate_scope scope) {
    struct ingress_listener listener;
    while (ingress_listen_former(options, &listener))
        if (ingress_add_former(daemon->ingress, &listener, scope) != 0)
            ingress_listen_close(&listener);
}

/* Say who has the path, and how its values continue here. */
static bool fail_to_open(const struct daemon *daemon, const char *path, const char *why,
                         struct start_error *ret_error) {
    int error;
    const pid_t other =
        !daemon->restore.handed && unix_socket_look(path, SOCK_DGRAM, &error) == UNIX_SOCKET_TAKEN
            ? breaker_page_writer(path)
            : 0;
    if (other <= 0 || kill(other, 0) != 0)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why);
    return start_error_fail(
        ret_error, SETTINGS_EXIT_FAILURE,
        "%s; process %d uses it: `kill %d` stops it, and its values are restored "
        "here if both have the same --state-file",
        why, (int)other, (int)other);
}

static bool open_one(struct daemon *daemon, const struct ingress_listen_options *options,
                     const struct catalog *service, struct start_error *ret_error) {
    struct ingress_listener listener;
    struct error why;
    if (!ingress_listen_open(options, &listener, &why))
        return fail_to_open(daemon, options->path, why.text, ret_error);
    const int result =
        ingress_add(daemon->ingress, &listener, service != NULL ? service->index + 1 : 0);
    if (result != 0) {
        ingress_listen_close(&listener);
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s: %s", options->path,
                                strerror(-result));
    }
    ingress_path_watch_add(daemon->path_watch, ingress_count(daemon->ingress) - 1, options);
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
    open_old(daemon, shared, 0);
    for (size_t i = 0; i < set->count; i++) {
        if (set->catalogs[i]->socket == NULL)
            continue;
        const struct ingress_listen_options own = options_of(*shared, set->catalogs[i]);
        open_old(daemon, &own, set->catalogs[i]->index + 1);
    }
    return true;
}

/* ---- inputs ---- */

/* Say who can send there, whom nobody would expect. */
static void log_input(const struct input_plan *plan) {
    struct strbuf services;
    strbuf_init(&services);
    settings_input_put_services(&services, plan);
    log_write(LOG_LEVEL_LOG, "ingress", "receiving on %s for %s: %s", plan->input->listen,
              strbuf_cstr(&services),
              plan->input->udp
                  ? "every program on this host can send there, as nobody in particular"
                  : "whoever may write to the socket can send");
    strbuf_done(&services);
}

static bool open_input(struct daemon *daemon, size_t index,
                       const struct ingress_input_options *options,
                       struct unix_listener *ret_socket, struct start_error *ret_error) {
    struct ingress_listener listener;
    struct error why;
    if (!ingress_input_open(options, &listener, &why))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why.text);
    *ret_socket = (struct unix_listener){.fd = listener.fd, .file = listener.file};
    const int result =
        ingress_add(daemon->ingress, &listener, gate_scope_of_input(&daemon->set, index));
    if (result != 0) {
        ingress_listen_close(&listener);
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s: %s", options->listen,
                                strerror(-result));
    }
    log_input(&daemon->plan.inputs[index]);
    return true;
}

static void tell_gate(struct daemon *daemon) {
    const struct endpoint_plan *plan = &daemon->plan;
    struct gate_input inputs[INGRESS_INPUTS_MAX];
    for (size_t i = 0; i < plan->input_count; i++)
        inputs[i] = (struct gate_input){.services = plan->inputs[i].services,
                                        .service_count = plan->inputs[i].service_count,
                                        .anonymous = plan->inputs[i].input->udp,
                                        .statsd_gauges = plan->inputs[i].input->statsd_gauges};
    gate_set_inputs(daemon->gate, inputs, plan->input_count);
}

/* Open the inputs, on kept sockets where there are some. */
static bool open_inputs(struct daemon *daemon, struct inherited *inherited, gid_t group,
                        struct start_error *ret_error) {
    const struct endpoint_plan *plan = &daemon->plan;
    struct unix_listener sockets[INGRESS_INPUTS_MAX];
    struct fdstore_listeners kept;
    bool good = true;
    tell_gate(daemon);
    fdstore_listeners_find(&kept, inherited, INHERITED_INPUT);
    for (size_t i = 0; good && i < plan->input_count; i++) {
        const struct ingress_input_options options = {.listen = plan->inputs[i].input->listen,
                                                      .place = plan->inputs[i].input->place,
                                                      .mode = daemon->settings->socket_mode,
                                                      .group = group,
                                                      .kept = kept.sockets,
                                                      .kept_count = kept.count};
        good = open_input(daemon, i, &options, &sockets[i], ret_error);
    }
    fdstore_listeners_settle(&kept, &daemon->fdstore);
    for (size_t i = 0; good && i < plan->input_count; i++)
        fdstore_listeners_keep(&daemon->fdstore, INHERITED_INPUT, &sockets[i]);
    return good;
}

/* List the paths of all sockets. The sockets' options borrow the list as long as the paths are
 * watched. */
static size_t list_paths(struct daemon *daemon) {
    const struct catalog_set *set = &daemon->set;
    size_t count = 0;
    daemon->socket_paths = memory_array(set->count + 1, sizeof *daemon->socket_paths);
    daemon->socket_paths[count++] = daemon->settings->socket;
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->socket != NULL)
            daemon->socket_paths[count++] = set->catalogs[i]->socket;
    return count;
}

bool sockets_open(struct daemon *daemon, struct inherited *inherited,
                  struct start_error *ret_error) {
    const struct settings *settings = daemon->settings;
    gid_t group = INGRESS_GROUP_KEEP;
    if (!read_group(settings, &group, ret_error))
        return false;
    const size_t path_count = list_paths(daemon);
    const struct ingress_listen_options shared = {.path = settings->socket,
                                                  .setting =
                                                      settings_place(settings, SETTING_socket),
                                                  .name = "statgate",
                                                  .inherited = inherited,
                                                  .inherit_unnamed = true,
                                                  .paths = daemon->socket_paths,
                                                  .path_count = path_count,
                                                  .bind_now = daemon->restore.handed,
                                                  .folder_mode = folder_mode(settings),
                                                  .mode = settings->socket_mode,
                                                  .group = group,
                                                  .depth = (uint32_t)settings->queue_depth,
                                                  .deep_queue = settings->deep_queue};
    struct error left;
    if (!open_all(daemon, &shared, ret_error) || !open_inputs(daemon, inherited, group, ret_error))
        return false;
    find_given_up(daemon, inherited);
    if (host_inherited_left(inherited, &left))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", left.text);
    return true;
}

void sockets_settle(struct daemon *daemon) {
    ingress_set_socket_perms(daemon->ingress);
    stale_paths_remove(&daemon->stale_paths);
}
