/*
 * server.h - the HTTP server: expositions for scrapers, JSON and a landing page for people, health
 * checks for supervisors.
 *
 * Runs on the caller's uv loop, without threads. A loop turn spends at most a quarter of a
 * millisecond on HTTP, shared by all connections; more work waits for the next turn, so that
 * datagrams are read in between. An exposition that fits into one turn is rendered at once and so
 * shows one instant; a longer one is rendered as the client reads it.
 *
 * Its paths are in routes.h, the form of addresses in listen.h.
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
 * Open the listeners and serve. On failure NULL, with a message in ret_error that names the
 * setting, the address and what to do; nothing is then open, but `loop` must run once more so that
 * closed handles end. Without any listener the server exists and does nothing.
 */
struct http_server *http_server_new(uv_loop_t *loop, const struct http_options *options,
                                    const struct http_source *source, struct error *ret_error);

/**
 * Stop: listeners close at once, answers under way get `grace_ms` to end, then all connections are
 * closed. `done(arg)` is called when the last uv handle is closed; the server is then already
 * freed. Call it once, and not from a function of the source.
 */
void http_server_close(struct http_server *server, unsigned grace_ms, void (*done)(void *arg),
                       void *arg);

/** End the grace of http_server_close now. Must not be called after its `done`. */
void http_server_hurry(struct http_server *server);

/** Called just before http_server_close: leave the listening sockets to another process, so that
 * the files of Unix sockets stay, except of sockets for which `stays` returns false; NULL: all
 * stay. Connections with a request, or that had none so far, are answered within the grace;
 * connections that are idle after an answer end at once. */
void http_server_leave(struct http_server *server, bool (*stays)(void *arg, int fd), void *arg);

/** The same, but only for sockets that were passed to this process (http_options.kept): its start
 * has failed. */
void http_server_give_back(struct http_server *server);

/** How many listeners there are, one for each address (those of the endpoints in their order, then
 * that of /debug), and the address of each, as bound: "127.0.0.1:9464", "unix:/path". "" beyond. */
size_t http_server_listeners(const struct http_server *server);
void http_server_address(const struct http_server *server, size_t index, char *out, size_t size);
/** The socket of a listener, borrowed, to be kept for the next process. -1: closed. */
struct unix_listener http_server_socket(const struct http_server *server, size_t index);
/** The listener of an endpoint's page, by the endpoint's index in http_options; for
 * `endpoint_count` the listener of /debug. SIZE_MAX: none. */
size_t http_server_listener_of(const struct http_server *server, size_t index);

/** True within a callback of the HTTP library, where work of the loop must not be done. */
bool http_server_is_inside(const struct http_server *server);

/** Also resets `busiest_turn_ns`. */
void http_server_figures(struct http_server *server, struct http_figures *ret_figures);
/** Of these figures, how often memory was short. */
uint64_t http_server_no_memory(const struct http_server *server);

/** The counts of an endpoint, by its index in http_options. */
void http_server_endpoint(const struct http_server *server, size_t index,
                          struct http_endpoint_figures *ret_figures);

#endif
