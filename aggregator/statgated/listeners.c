#include "statgated/listeners.h"

#include <stdlib.h>
#include <string.h>

#include "base/listen_address.h"
#include "endpoint/endpoint.h"
#include "host/log.h"
#include "host/own_names.h"
#include "settings/settings.h"
#include "statgated/kept_listeners.h"

/* ---- opening ---- */

static void log_endpoint(const struct daemon *daemon, size_t index) {
    const size_t listener = http_server_listener_of(daemon->http, index);
    char address[LISTEN_TEXT_MAX];
    struct strbuf services;
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

static bool open_handlers(struct daemon *daemon, struct start_error *ret_error) {
    const struct endpoint_plan *plan = &daemon->plan;
    daemon->handlers = calloc(plan->count, sizeof *daemon->handlers);
    if (daemon->handlers == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
    daemon->inputs.handlers = daemon->handlers;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->options[i].handler != NULL)
            daemon->handlers[daemon->inputs.handler_count++].catalog = plan->options[i].handler;
    return true;
}

/* ---- sockets that outlive the process ---- */

static void keep(struct daemon *daemon) {
    for (size_t i = 0; i < http_server_listeners(daemon->http); i++) {
        const struct unix_listener sock = http_server_socket(daemon->http, i);
        kept_listeners_keep(&daemon->handover, INHERITED_HTTP, &sock);
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
    own_names_read(out);
    strbuf_printf(out, "%s%s", out->len > 0 ? "," : "", daemon->settings->debug_hosts);
}

static struct http_server *open_server(struct daemon *daemon, const struct http_source *source,
                                       struct kept_listeners *kept, struct error *ret_error) {
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
    struct kept_listeners kept;
    struct error why;
    if (!open_handlers(daemon, ret_error))
        return false;
    kept_listeners_find(&kept, inherited, INHERITED_HTTP);
    daemon->http = open_server(daemon, source, &kept, &why);
    tokens_done(&daemon->tokens);
    kept_listeners_settle(&kept, &daemon->handover);
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
        struct self_metrics_handler *handler = &daemon->handlers[count++];
        handler->codes[SELF_HANDLER_200] = figures.answers[HTTP_CODE_200];
        handler->codes[SELF_HANDLER_500] = figures.answers[HTTP_CODE_500];
        handler->codes[SELF_HANDLER_503] = figures.answers[HTTP_CODE_503];
        handler->in_flight = figures.in_flight;
    }
}
