/*
 * headers.h - the headers of a request, as the HTTP library has them.
 */
#ifndef STATGATE_HTTP_HEADERS_H
#define STATGATE_HTTP_HEADERS_H

#include "http/http_private.h"
#include "http/negotiate.h"

/** The value of a header, the first if there are several; NULL: there is none. Valid until the request is over. */
const char *headers_find(const struct http_request *request, const char *name);
/** What Accept and Accept-Encoding say, each of which may come on several lines. */
void headers_negotiate(const struct http_request *request, struct negotiation *ret_negotiation);

#endif
