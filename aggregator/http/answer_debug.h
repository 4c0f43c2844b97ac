/*
 * answer_debug.h - the answers below /debug: views of JSON, the stream of events, and what the source writes at once.
 */
#ifndef STATGATE_HTTP_ANSWER_DEBUG_H
#define STATGATE_HTTP_ANSWER_DEBUG_H

#include "http/http_private.h"

/** Queue the answer of a route below /debug; 404 for one that has none here. MHD_NO ends the connection. */
enum MHD_Result answer_debug(struct http_request *request, enum route route);

#endif
