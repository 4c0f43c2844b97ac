/*
 * response.h - an HTTP/1.1 response, read in pieces as they arrive (RFC 9112). Pure.
 *
 * The length of the body comes from chunks, Content-Length, or the end of the connection. Interim
 * responses (1xx) are skipped. Anything that a proxy could read differently is refused: two
 * lengths, a coding other than chunked, a sign or a blank in a number.
 */
#ifndef STATGATE_FETCH_RESPONSE_H
#define STATGATE_FETCH_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum {
    FETCH_LINE_MAX = 8192,  /**< bytes of a line of the head, or of a line between chunks */
    FETCH_HEAD_MAX = 32768, /**< bytes of all lines before the body */
    FETCH_WORD_MAX = 64     /**< bytes of a header's value that are kept; longer ones are cut */
};

enum fetch_progress {
    FETCH_MORE, /**< the response continues */
    FETCH_WHOLE,
    FETCH_BAD /**< not a response, or one that nobody should send */
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

#endif
