/* Endpoints over HTTP: their addresses and tokens, and what their handlers tell of themselves. */
#include <stdlib.h>
#include <string.h>

#include "base/listen_address.h"
#include "host/log.h"
#include "settings/token.h"
#include "statgated/daemon.h"

/* ---- tokens ---- */

static const char *find_token(const struct daemon_tokens *tokens, const char *path) {
    for (size_t i = 0; i < tokens->count; i++)
        if (strcmp(tokens->paths[i], path) == 0)
            return tokens->texts[i];
    return NULL;
}

static bool read_token(struct daemon_tokens *tokens, const struct endpoint_place *place,
                       struct daemon_error *ret_error) {
    const char *path = place->bearer_token_file;
    bool exposed = false;
    struct settings_error wrong;
    if (*path == '\0' || find_token(tokens, path))
        return true;
    char *text = settings_read_token(path, &exposed, &wrong);
    if (!text)
        return daemon_fail(ret_error, SETTINGS_EXIT_USAGE, "%s: %s", place->token_place,
                           wrong.text);
    if (exposed)
        log_write(LOG_LEVEL_WARN, "http", "%s can be read by others; chmod 600 it", path);
    tokens->paths[tokens->count] = path;
    tokens->texts[tokens->count++] = text;
    return true;
}

bool daemon_read_tokens(struct daemon *daemon, struct daemon_error *ret_error) {
    const struct endpoint_plan *plan = &daemon->plan;
    for (size_t i = 0; i < plan->count; i++)
        if (!read_token(&daemon->tokens, &plan->places[i], ret_error))
            return false;
    return true;
}

void daemon_forget_tokens(struct daemon *daemon) {
    for (size_t i = 0; i < daemon->tokens.count; i++)
        settings_token_free(daemon->tokens.texts[i]);
    daemon->tokens.count = 0;
}

/* ---- opening ---- */

/* "imgforge, statgate"; cut where there are many. */
static void put_services(struct strbuf *out, const struct endpoint *endpoint) {
    enum { SHOWN = 16 };
    for (size_t i = 0; i < endpoint->service_count && i < SHOWN; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", endpoint->services[i]->service);
    if (endpoint->service_count > SHOWN)
        strbuf_printf(out, " and %zu more", endpoint->service_count - SHOWN);
    if (endpoint->service_count == 0)
        strbuf_puts(out, "no service");
}

static void tell_endpoint(const struct daemon *daemon, size_t index) {
    const size_t listener = http_server_listener_of(daemon->http, index);
    char address[LISTEN_TEXT_MAX];
    struct strbuf services;
    if (listener == SIZE_MAX)
        return;
    strbuf_init(&services);
    http_server_address(daemon->http, listener, address, sizeof address);
    put_services(&services, &daemon->plan.endpoints.items[index]);
    log_write(LOG_LEVEL_LOG, "http", "serving %s on %s: %s", daemon->plan.places[index].path,
              address, strbuf_cstr(&services));
    strbuf_done(&services);
}

static void tell(const struct daemon *daemon) {
    const size_t debug = http_server_listener_of(daemon->http, daemon->plan.count);
    char address[LISTEN_TEXT_MAX];
    for (size_t i = 0; i < daemon->plan.count; i++)
        tell_endpoint(daemon, i);
    if (debug != SIZE_MAX && debug != http_server_listener_of(daemon->http, 0)) {
        http_server_address(daemon->http, debug, address, sizeof address);
        log_write(LOG_LEVEL_LOG, "http", "serving /debug on %s", address);
    }
    if (http_server_listeners(daemon->http) == 0)
        log_write(LOG_LEVEL_LOG, "http", "no listener: metrics_listen is empty");
}

static bool open_handlers(struct daemon *daemon, struct daemon_error *ret_error) {
    const struct endpoint_plan *plan = &daemon->plan;
    daemon->handlers = calloc(plan->count, sizeof *daemon->handlers);
    if (!daemon->handlers)
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
    daemon->inputs.handlers = daemon->handlers;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->options[i].handler)
            daemon->handlers[daemon->inputs.handler_count++].catalog = plan->options[i].handler;
    return true;
}

bool daemon_open_http(struct daemon *daemon, const struct http_source *source,
                      struct daemon_error *ret_error) {
    const struct endpoint_plan *plan = &daemon->plan;
    struct http_endpoint endpoints[ENDPOINTS_MAX];
    if (!open_handlers(daemon, ret_error))
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct endpoint_place *place = &plan->places[i];
        endpoints[i] = (struct http_endpoint){
            .setting = place->listen_place,
            .listen = place->listen,
            .path = place->path,
            .bearer_token = find_token(&daemon->tokens, place->bearer_token_file),
            .endpoint = &plan->endpoints.items[i]};
    }
    /* /debug has the default endpoint's token. */
    const struct http_options options = {.endpoints = endpoints,
                                         .endpoint_count = plan->count,
                                         .debug_listen = daemon->settings->debug_listen,
                                         .debug_setting =
                                             settings_place(daemon->settings, SETTING_debug_listen),
                                         .bearer_token = endpoints[0].bearer_token};
    char why[HTTP_ERROR_MAX];
    daemon->http = http_server_new(&daemon->loop, &options, source, why, sizeof why);
    daemon_forget_tokens(daemon);
    if (!daemon->http)
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why);
    tell(daemon);
    return true;
}

/* ---- what handlers tell ---- */

void daemon_read_handlers(struct daemon *daemon) {
    const struct endpoint_plan *plan = &daemon->plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct http_endpoint_figures figures;
        if (!plan->options[i].handler)
            continue;
        http_server_endpoint(daemon->http, i, &figures);
        struct self_handler *handler = &daemon->handlers[count++];
        handler->codes[SELF_HANDLER_200] = figures.answers[HTTP_CODE_200];
        handler->codes[SELF_HANDLER_500] = figures.answers[HTTP_CODE_500];
        handler->codes[SELF_HANDLER_503] = figures.answers[HTTP_CODE_503];
        handler->in_flight = figures.in_flight;
    }
}
