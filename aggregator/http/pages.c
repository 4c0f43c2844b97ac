/*
 * pages.c - see pages.h.
 */
#include "http/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ingress_fail(struct error *ret_error, const char *setting, const char *value,
                         const char *reason) {
    return error_set(ret_error, "%s: %s: %s", setting, value, reason);
}

static bool no_memory(struct error *ret_error) {
    return error_set(ret_error, "HTTP: out of memory");
}

/* Whether the token is empty: an empty token file must not leave its page open. */
static bool is_no_lock(const char *token) {
    return token != NULL && *token == '\0';
}

static bool refuse_empty_token(const char *setting, struct error *ret_error) {
    return error_set(ret_error, "%s: the token is empty; write one into its file, or name no file",
                     setting);
}

/* ---- listeners ---- */

/* The listener for this address, a new one if no setting named the address before; also for a port
 * that the kernel chooses. */
static struct listener *listener_for(struct http_server *server, const char *setting,
                                     const char *text, const struct listen_address *address) {
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        if (listen_address_same(&listener->wanted, address))
            return listener;
    }
    struct listener *listener = &server->listeners[server->listener_count++];
    listener->server = server;
    listener->socket.fd = -1;
    listener->setting = setting;
    listener->text = text;
    listener->wanted = *address;
    listener->table.pages = listener->paths;
    return listener;
}

static bool plan_page(struct http_server *server, const struct http_endpoint *from,
                      struct http_page *page, struct error *ret_error) {
    struct listen_address address;
    const char *reason = route_metrics_path_fault(from->path);
    if (reason != NULL)
        return ingress_fail(ret_error, from->setting, from->path, reason);
    if (is_no_lock(from->bearer_token))
        return refuse_empty_token(from->setting, ret_error);
    page->endpoint = from->endpoint;
    page->path = strdup(from->path);
    if (page->path == NULL || !bearer_token_copy(&page->token, from->bearer_token))
        return no_memory(ret_error);
    if (!listen_address_parse(from->listen, &address, &reason))
        return ingress_fail(ret_error, from->setting, from->listen, reason);
    if (address.kind == LISTEN_NONE)
        return true;
    struct listener *listener = listener_for(server, from->setting, from->listen, &address);
    for (const struct http_page *other = server->pages; other != page; other++)
        if (other->listener == listener && strcmp(other->path, from->path) == 0)
            return ingress_fail(ret_error, from->setting, from->path,
                                "another endpoint of this address has the same path");
    struct route_table *table = &listener->table;
    page->listener = listener;
    listener->paths[table->page_count] = page->path;
    listener->pages[table->page_count] = page;
    table->page_count++;
    return true;
}

/* Plan the listeners of /debug, the page for people, and the health checks. */
static bool plan_debug(struct http_server *server, const struct http_options *options,
                       struct error *ret_error) {
    const char *text = options->debug_listen != NULL ? options->debug_listen : "";
    const char *setting = options->debug_setting != NULL ? options->debug_setting : "debug_listen";
    struct listen_address address;
    const char *reason = NULL;
    if (!listen_address_parse(text, &address, &reason))
        return ingress_fail(ret_error, setting, text, reason);
    if (address.kind != LISTEN_NONE) {
        server->debug = listener_for(server, setting, text, &address);
        server->debug->table.parts = SERVES_HEALTH;
    } else {
        for (size_t i = 0; i < server->listener_count; i++)
            server->listeners[i].table.parts = SERVES_HEALTH;
        if (options->debug_listen == NULL && server->page_count > 0)
            server->debug = server->pages[0].listener;
    }
    /* Only the setting's name: clients that may not see /debug need not know its address. */
    if (server->debug != NULL) {
        server->debug->table.parts |= SERVES_DEBUG;
        server->debug_setting = options->debug_listen != NULL ? "debug_listen" : "metrics_listen";
    }
    return true;
}

bool pages_plan(struct http_server *server, const struct http_options *options,
                struct error *ret_error) {
    if (options->endpoint_count > ENDPOINTS_MAX)
        return error_set(ret_error, "HTTP: at most %d endpoints", (int)ENDPOINTS_MAX);
    if (is_no_lock(options->debug_token))
        return refuse_empty_token("HTTP", ret_error);
    server->pages = calloc(options->endpoint_count + 1, sizeof *server->pages);
    server->endpoints = calloc(options->endpoint_count + 1, sizeof *server->endpoints);
    server->listeners = calloc(options->endpoint_count + 1, sizeof *server->listeners);
    server->hosts = strdup(options->debug_hosts != NULL ? options->debug_hosts : "");
    if (server->pages == NULL || server->endpoints == NULL || server->listeners == NULL ||
        server->hosts == NULL || !bearer_token_copy(&server->token, options->debug_token))
        return no_memory(ret_error);
    server->page_count = options->endpoint_count;
    for (size_t i = 0; i < server->page_count; i++)
        if (!plan_page(server, &options->endpoints[i], &server->pages[i], ret_error))
            return false;
    return plan_debug(server, options, ret_error);
}

/* Describe the page's address, now that its listener is open. */
static bool describe(struct http_page *page, bool here, struct page_endpoint *ret_endpoint) {
    listen_address_text(&page->listener->socket.address, page->address, sizeof page->address);
    endpoint_put_services(&page->services, page->endpoint);
    *ret_endpoint = (struct page_endpoint){.address = page->address,
                                           .path = page->path,
                                           .services = strbuf_cstr(&page->services),
                                           .here = here};
    return !page->services.failed;
}

bool pages_opened(struct http_server *server, struct error *ret_error) {
    const struct http_source *source = &server->source;
    struct page_source *people = &server->people;
    *people = (struct page_source){.views = source->views,
                                   .version = source->version,
                                   .endpoints = server->endpoints,
                                   .try_line = source->try_line,
                                   .try_arg = source->arg};
    for (size_t i = 0; i < server->page_count; i++) {
        struct http_page *page = &server->pages[i];
        if (page->listener == NULL)
            continue;
        const bool here = page->listener == server->debug;
        if (!describe(page, here, &server->endpoints[people->endpoint_count++]))
            return no_memory(ret_error);
    }
    return true;
}

void pages_done(struct http_server *server) {
    for (size_t i = 0; i < server->page_count; i++) {
        free(server->pages[i].path);
        strbuf_done(&server->pages[i].services);
        bearer_token_done(&server->pages[i].token);
    }
    for (size_t i = 0; i < server->listener_count; i++)
        places_done(&server->listeners[i].places);
    bearer_token_done(&server->token);
    free(server->pages);
    free(server->endpoints);
    free(server->hosts);
    free(server->listeners);
}
