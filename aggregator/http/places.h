/*
 * places.h - the connections of one listener: how many there may be, and which one makes way for
 * another. Pure: the caller passes the time, and closes what must be closed.
 *
 * A listener serves `most` requests at a time, of which `scrapes` are left to expositions, and
 * holds as many connections. Up to `spare` more are accepted while fewer than `spare` have an
 * incomplete request, so that a health check is answered even if all `most` are slow. After that, a
 * connection makes way: the oldest without a complete request, else one whose client does not take
 * its answer.
 */
#ifndef STATGATE_HTTP_PLACES_H
#define STATGATE_HTTP_PLACES_H

#include <stdbool.h>
#include <stdint.h>

enum place_state {
    PLACE_FREE,
    PLACE_OPENED,   /**< no request yet; perhaps part of a first line has arrived */
    PLACE_KEPT,     /**< the same, after an answer */
    PLACE_HEAD,     /**< the first line has arrived, the rest has not */
    PLACE_COMPLETE, /**< head and body have arrived; until the answer is taken */
    PLACE_LEAVING   /**< the connection is being closed */
};

/** One connection. */
struct http_place {
    enum place_state state;
    int fd;
    bool follows;       /**< its answer has no end and no time limit */
    bool serving;       /**< counts as one of the `most` requests; health checks do not */
    bool other;         /**< the same, and it is no exposition */
    bool handed;        /**< bytes of the answer wait for the client */
    uint64_t since_ms;  /**< opened, first line of the request, or end of the last answer */
    uint64_t handed_ms; /**< since when, if `handed` */
};

/** Limits of the connections of a listener. */
struct http_places_limits {
    unsigned most;     /**< connections, and requests that are served */
    unsigned scrapes;  /**< of these requests, those that only expositions may be */
    unsigned spare;    /**< further connections; a number above `most` has no effect */
    unsigned leaving;  /**< connections that are being closed */
    unsigned stall_ms; /**< a client that takes nothing of its answer for this time has stalled */
};

struct http_places {
    struct http_places_limits limits;
    struct http_place *all;
    unsigned count;      /**< of `all`: the sum of the limits */
    unsigned taken;      /**< not free */
    unsigned open;       /**< neither free nor leaving */
    unsigned incomplete; /**< of the open ones, without a complete request */
    unsigned serving;
    unsigned others; /**< of those that are served, requests that are no expositions */
};

/** False: out of memory. */
bool places_init(struct http_places *places, const struct http_places_limits *limits);
void places_done(struct http_places *places);

/**
 * True if one more connection may be accepted. *ret_leaver is the place that must be left for it
 * (see places_leave), or NULL. False: requests that are served have all places, or too many
 * connections are being closed.
 */
bool places_admit(const struct http_places *places, uint64_t now_ms,
                  struct http_place **ret_leaver);
/** Take a place for a new connection. NULL: no place is free. */
struct http_place *places_take(struct http_places *places, int fd, uint64_t now_ms);
/** Free the place of a connection that is closed. */
void places_free(struct http_places *places, struct http_place *place);
/** Mark a connection that is about to be closed: it no longer counts, but keeps its place until
 * places_free. */
void places_leave(struct http_places *places, struct http_place *place);
/** The oldest connection without a complete request; NULL: there is none. */
struct http_place *places_oldest_incomplete(const struct http_places *places);

/* ---- a request's way ---- */

void places_head(struct http_places *places, struct http_place *place, uint64_t now_ms);
void places_complete(struct http_places *places, struct http_place *place);
/**
 * Count the request as one of the `most` that are served, or, unless it is for an exposition
 * (`scrape`), as one of those that scrapes leave. True: it is served until places_over. *ret_leaver
 * is the place that must be left for it, that of the served client that has stalled for the longest
 * time, or NULL. A scrape never makes way for another request.
 */
bool places_serve(struct http_places *places, struct http_place *place, bool scrape,
                  uint64_t now_ms, struct http_place **ret_leaver);
/** The answer was taken, or the request ended without one. */
void places_over(struct http_places *places, struct http_place *place, uint64_t now_ms);
/** Bytes of the answer wait for the client. */
void place_handed(struct http_place *place, uint64_t now_ms);
/** The client has taken all bytes so far; the server works on more. */
void place_working(struct http_place *place);

#endif
