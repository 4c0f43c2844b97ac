/*
 * http_private.h - the structs that the server's files share: the server with its listeners, their
 * pages and connections, and a request from its first line to its last byte.
 */
#ifndef STATGATE_HTTP_PRIVATE_H
#define STATGATE_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <uv.h>

#include "http/bearer_token.h"
#include "http/body.h"
#include "http/bounds.h"
#include "http/figures.h"
#include "http/listen.h"
#include "http/places.h"
#include "http/routes.h"
#include "http/source.h"
#include "http/turn.h"
#include "page/page.h"
#include "view/event_filter.h"

struct listener;

/** The address of an endpoint's page, and of the pages of its services below it. */
struct http_page {
    const struct endpoint *endpoint;
    char *path;
    struct bearer_token token;
    struct listener *listener;     /**< NULL: nowhere */
    char address[LISTEN_TEXT_MAX]; /**< of the listener, as bound */
    struct strbuf services;        /**< names of the services */
    struct http_endpoint_figures figures;
};

/** The progress of a follower of events. */
struct http_follow {
    struct event_filter filter;
    uint64_t id;      /**< it was sent the events up to this one */
    uint64_t said_ms; /**< when something was last sent to it */
    bool waits;       /**< its connection is suspended */
    bool gone;        /**< its client is gone: it ends */
};

/** One request. Owned by the HTTP library's client context. */
struct http_request {
    struct turn_waiter turn; /**< first, so that the turn's queue points to requests */
    struct listener *listener;
    struct MHD_Connection *connection;
    struct http_place *place;
    struct http_request *wait_next; /**< in server->waiting */
    struct http_request *wait_before;
    struct http_page *page;            /**< the requested page; its answer is counted there */
    const struct endpoint_page *shown; /**< scrape: the families and options to show */
    void *collecting;                  /**< the source's handle while it waits */
    bool admitted;                     /**< counted in the page's in_flight */
    bool waiting;                      /**< in server->waiting; its connection is suspended */
    bool collected;                    /**< the source was asked; it is asked once */
    bool given_up;                     /**< the client went away while it waited */
    bool begun;                        /**< its head was examined */
    bool answered;                     /**< a response is queued */
    bool head;                         /**< its method is HEAD */
    bool too_long;                     /**< the target was too long, and was not kept */
    bool hides_bytes;                  /**< its head has bytes that are not shown (head.h) */
    bool scrape;                       /**< an exposition: report it */
    bool gzip;
    unsigned code;
    const char *fault;   /**< what is wrong with the target, or NULL */
    size_t target_bytes; /**< length of the target as received */
    uint64_t since_ns;
    uint64_t work_ns;
    uint64_t discarded; /**< bytes of its body */
    enum exposition_format format;
    struct http_follow follow;
    struct body body;
    struct target target;
    char text[]; /**< the target's text */
};

/** One address. */
struct listener {
    struct http_server *server;
    struct MHD_Daemon *daemon; /**< NULL when closed */
    struct listen_socket socket;
    struct listen_address wanted;
    const char *setting; /**< for messages while it opens: setting and text of the options */
    const char *text;
    struct route_table table;
    const char *paths[ENDPOINTS_MAX]; /**< of `pages`, for the table */
    struct http_page *pages[ENDPOINTS_MAX];
    bool pending; /**< the library wants to run again without an event */
    bool watched; /**< `poll` and `timer` are open */
    bool open;    /**< `backlog` is open */
    bool paused;  /**< no connection is accepted until there is a place */
    uv_poll_t poll;
    uv_timer_t timer;
    uv_poll_t backlog; /**< of the listening socket */
    struct http_places places;
};

struct http_server {
    uv_loop_t *loop;
    struct http_source source;
    struct http_page *pages; /**< by the index in http_options */
    size_t page_count;
    struct bearer_token token; /**< for /debug and the landing page */
    char *hosts;               /**< names under which these may be requested */
    struct page_source people; /**< what the landing page reads; its arrays are the server's */
    struct page_endpoint *endpoints;
    struct listener *debug;    /**< NULL: nowhere */
    const char *debug_setting; /**< the setting with its address, for a 404 elsewhere; static */
    unsigned connections_max;
    uint64_t request_ms;
    uint64_t answer_ms;
    uint64_t idle_ms;
    struct turn turn;
    struct stopwatch watch; /**< of the callbacks that answer */
    struct answer_memory memory;
    struct http_request *waiting; /**< requests that wait for the source, newest first */
    uv_prepare_t prepare;         /**< begins a turn: calls `on_turn` */
    uv_prepare_cb on_turn;
    uv_idle_t idle; /**< keeps the loop from sleeping while work waits */
    void (*on_sweep)(struct http_server *server); /**< what else is due each second */
    uv_timer_t sweep;           /**< ends slow connections; while closing, the grace */
    uv_timer_t retry;           /**< for paused listeners */
    size_t handles;             /**< open uv handles */
    struct listener *listeners; /**< as many as pages, and one more */
    size_t listener_count;
    struct http_figures figures;
    struct http_request *followers[HTTP_FOLLOWERS_MAX]; /**< NULL: a free place */
    bool happened; /**< there are events that were not sent to followers yet */
    bool closing;
    bool leaving; /**< another process takes over the listening sockets */
    bool stopped;
    void (*done)(void *arg);
    void *done_arg;
};

#endif
