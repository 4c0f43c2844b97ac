/*
 * response.h - gives an answer to the HTTP library: headers, and the body as it is made.
 *
 * All functions that return enum MHD_Result queue the one response of the request; MHD_NO ends the
 * connection.
 */
#ifndef STATGATE_HTTP_RESPONSE_H
#define STATGATE_HTTP_RESPONSE_H

#include "http/http_private.h"

#define RESPONSE_TEXT "text/plain; charset=utf-8"
#define RESPONSE_HTML "text/html; charset=utf-8"
#define RESPONSE_JSON "application/json"

/** Headers beyond the usual ones; NULL: absent. Borrowed for the call. */
struct response_headers {
    const char *type;
    const char *vary;
    const char *allow;
    const char *authenticate;
    const char *or_authenticate; /**< a second WWW-Authenticate */
    const char *etag;
    const char *caching; /**< Cache-Control */
};
#define RESPONSE_NO_STORE "no-store"

/** Queue the request's body, whether it is complete or still being made. */
enum MHD_Result response_queue(struct http_request *request, unsigned code,
                               const struct response_headers *headers);
/** Queue the bytes that this reader gives, until it ends. */
enum MHD_Result response_stream(struct http_request *request, MHD_ContentReaderCallback reader,
                                const struct response_headers *headers);
/** Queue the text in the body's buffer as the whole body; compressed if `gzip` and there is memory
 * for it. */
enum MHD_Result response_bytes(struct http_request *request, bool gzip,
                               const struct response_headers *headers);
/** Queue the text in the body's buffer. */
enum MHD_Result response_written(struct http_request *request, unsigned code,
                                 const struct response_headers *headers);
/** Queue the document of a view, which is taken over; compressed if `gzip` and there is memory for
 * it. Makes the first slice; a body that is then complete is sent with its length. */
enum MHD_Result response_view(struct http_request *request, unsigned code, struct view *view,
                              bool gzip, const struct response_headers *headers);
/** Queue a sentence, below /debug as JSON. */
enum MHD_Result response_sentence(struct http_request *request, unsigned code, const char *text);
/** The same; the headers' type and caching are set here. */
enum MHD_Result response_sentence_with(struct http_request *request, unsigned code,
                                       const char *text, const struct response_headers *more);
/** 404, with a list of the paths. */
enum MHD_Result response_not_found(struct http_request *request);
/** 500. */
enum MHD_Result response_no_memory(struct http_request *request);
/** 503: no memory for a document that cannot be made in smaller pieces. */
enum MHD_Result response_no_room(struct http_request *request);

/** Suspend the request until a turn has time for it. */
void response_defer(struct http_request *request);

#endif
