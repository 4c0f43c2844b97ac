/*
 * headers.h - reads the headers of a request from the HTTP library.
 */
#ifndef STATGATE_HTTP_HEADERS_H
#define STATGATE_HTTP_HEADERS_H

#include "http/http_private.h"
#include "http/negotiate.h"

/** The value of a header, the first if there are several; NULL: there is none. Valid until the
 * request is over. */
const char *headers_find(const struct http_request *request, const char *name);
/** Read Accept and Accept-Encoding, each of which may be on several lines. */
void headers_negotiate(const struct http_request *request, struct negotiation *ret_negotiation);

#endif
