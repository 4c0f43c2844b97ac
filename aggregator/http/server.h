/*
 * server.h - the HTTP face: expositions for scrapers, JSON and a landing page for people, health for
 * supervisors.
 *
 * Runs on the caller's uv loop, without threads. A loop turn spends at most a quarter of a
 * millisecond on HTTP, shared by all connections; what does not fit waits for the next turn, so that
 * datagrams are read in between. An exposition of up to one slice is rendered at once and so shows
 * one instant; a longer one follows as the client reads it.
 *
 * What it answers is in routes.h; the addresses it takes in listen.h.
 */
#ifndef STATGATE_HTTP_SERVER_H
#define STATGATE_HTTP_SERVER_H

#include <uv.h>

#include "base/error.h"
#include "http/bounds.h"
#include "http/figures.h"
#include "http/options.h"
#include "http/source.h"

struct http_server;

/**
 * Open the listeners and serve. NULL with a message in ret_error that names the setting, the
 * address and what to do; nothing is open then, but `loop` must run once more so that closed handles
 * end. With no listener configured the server exists and does nothing.
 */
struct http_server *http_server_new(uv_loop_t *loop, const struct http_options *options,
                                    const struct http_source *source, struct error *ret_error);

/**
 * Stop: listeners close at once, answers under way get `grace_ms` to end, then all connections are
 * closed. `done(arg)` is called when the last uv handle is closed; the server is gone by then. Not
 * to be called from a source function. Call it once.
 */
void http_server_close(struct http_server *server, unsigned grace_ms, void (*done)(void *arg),
                       void *arg);

/** The grace of http_server_close is over now. Not after its `done`. */
void http_server_hurry(struct http_server *server);

/** Just before http_server_close: the listening sockets are another process's, so their paths stay, but of those for
 * which `stays` is false; NULL: all stay. Connections on which something was asked, or nothing yet, are answered within the grace; idle ones end at once. */
void http_server_leave(struct http_server *server, bool (*stays)(void *arg, int fd), void *arg);

/** Likewise, but only those that were passed to this process (http_options.kept), which does not start after all. */
void http_server_give_back(struct http_server *server);

/** How many listeners there are, one for each address (those of the endpoints in their order, then
 * that of /debug), and the address of each, as bound: "127.0.0.1:9464", "unix:/path". "" beyond. */
size_t http_server_listeners(const struct http_server *server);
void http_server_address(const struct http_server *server, size_t index, char *out, size_t size);
/** Its socket, borrowed: to be kept for the next process. -1: closed. */
struct unix_listener http_server_socket(const struct http_server *server, size_t index);
/** The listener of an endpoint's page, by its index in http_options; that of /debug for
 * `endpoint_count`. SIZE_MAX: nowhere. */
size_t http_server_listener_of(const struct http_server *server, size_t index);

/** True within a callback of the HTTP library, where work that belongs to the loop must not be done. */
bool http_server_is_inside(const struct http_server *server);

/** Also resets `busiest_turn_ns`. */
void http_server_figures(struct http_server *server, struct http_figures *ret_figures);

/** Of an endpoint, by its index in http_options. */
void http_server_endpoint(const struct http_server *server, size_t index,
                          struct http_endpoint_figures *ret_figures);

#endif
