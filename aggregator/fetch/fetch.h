/* SPDX-License-Identifier: MIT */
/*
 * fetch.h - one request over HTTP/1.1, step by step.
 *
 * Only fetch_wait blocks: whoever has other descriptors to watch polls fetch_fd for fetch_events
 * and calls fetch_step. A connection serves one request. The body is buffered up to a cap; the
 * reader of a stream removes bytes as they arrive (strbuf_consume).
 */
#ifndef STATGATE_FETCH_FETCH_H
#define STATGATE_FETCH_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/listen_address.h"
#include "base/strbuf.h"

/* ---- address: reads the address of a server, as people write it.
 *
 *   127.0.0.1:9464   [::1]:9464   localhost:9464   metrics.example.org:9464   unix:/run/x/http.sock
 *
 * A leading http:// and a trailing / are ignored. An address on which a server listens at every
 * interface (0.0.0.0, ::) means this host.
 */

enum { FETCH_ADDRESSES_MAX = 4, FETCH_HOST_MAX = 280 };

struct fetch_address {
    char host[FETCH_HOST_MAX];                         /**< for the header Host, and for messages */
    struct listen_address places[FETCH_ADDRESSES_MAX]; /**< to try in this order */
    unsigned count;
};

/** Read an address; a name is looked up, which may take a while. False with a sentence that does
 * not repeat the text. */
bool fetch_address_find(const char *text, struct fetch_address *ret_address,
                        struct error *ret_error);

/** The address of a Unix socket at a path, which may be relative. False: it is too long. */
bool fetch_address_unix(const char *path, struct fetch_address *ret_address);

/* ---- response: an HTTP/1.1 response, read in pieces as they arrive (RFC 9112). Pure.
 *
 * The length of the body comes from chunks, Content-Length, or the end of the connection. Interim
 * responses (1xx) are skipped. Anything that a proxy could read differently is refused: two
 * lengths, a coding other than chunked, a sign or a blank in a number.
 */

enum {
    FETCH_LINE_MAX = 8192,  /**< bytes of a line of the head, or of a line between chunks */
    FETCH_HEAD_MAX = 32768, /**< bytes of all lines before the body */
    FETCH_WORD_MAX = 64     /**< bytes of a header's value that are kept; longer ones are cut */
};

enum fetch_progress {
    FETCH_MORE, /**< the response continues */
    FETCH_WHOLE,
    FETCH_BAD /**< not a response, or one that no one should send */
};

/** All fields but the first group are private. */
struct fetch_response {
    unsigned status; /**< 0: not read yet */
    bool head_read;  /**< the fields here are final */
    char content_type[FETCH_WORD_MAX];
    char date[FETCH_WORD_MAX];

    int part;
    bool chunked;
    bool has_length;
    uint64_t left;     /* bytes left of the body, or of the chunk */
    size_t head_bytes; /* bytes of the head so far */
    size_t line_len;
    char line[FETCH_LINE_MAX];
};

void fetch_response_init(struct fetch_response *response);
/** Take bytes, and append those of the body. Bytes after a complete response are ignored. */
enum fetch_progress fetch_response_take(struct fetch_response *response, const char *bytes,
                                        size_t len, struct strbuf *body);
/** The connection has ended: returns FETCH_WHOLE or FETCH_BAD. */
enum fetch_progress fetch_response_end(struct fetch_response *response);

enum fetch_state {
    FETCH_UNDER_WAY,
    FETCH_DONE,        /**< the response is complete */
    FETCH_NOBODY,      /**< no connection could be made; fetch_error has the reason */
    FETCH_CUT,         /**< the connection ended before the response did */
    FETCH_NO_RESPONSE, /**< what arrived is not HTTP */
    FETCH_TOO_LARGE    /**< more than body_max */
};

struct fetch_request {
    const struct fetch_address *address; /**< borrowed until fetch_free */
    const char *target;                  /**< "/debug/series?limit=5" */
    bool post;                           /**< POST without a body, instead of GET */
    const char *token;                   /**< for `Authorization: Bearer`; NULL: none */
    size_t body_max;                     /**< most bytes of the body to buffer at a time */
};

struct fetch;

/** Begin a request. */
struct fetch *fetch_start(const struct fetch_request *request);
/** Close the connection and free the request; NULL is fine. */
void fetch_free(struct fetch *fetch);

/** What to poll for while the request is under way. */
int fetch_fd(const struct fetch *fetch);
short fetch_events(const struct fetch *fetch);
/** Continue as far as possible without waiting. */
enum fetch_state fetch_step(struct fetch *fetch);
/** Continue until the request is no longer under way; FETCH_UNDER_WAY: the time is over. */
enum fetch_state fetch_wait(struct fetch *fetch, int64_t until_ns);

/** The head, and the part of the body, received so far. */
const struct fetch_response *fetch_head(const struct fetch *fetch);
struct strbuf *fetch_body(struct fetch *fetch);
/** The errno for FETCH_NOBODY and FETCH_CUT, or 0. */
int fetch_error(const struct fetch *fetch);

#endif
