/*
 * answer_debug.h - the answers below /debug: JSON views, the stream of events, and documents that
 * the source writes in one piece.
 */
#ifndef STATGATE_HTTP_ANSWER_DEBUG_H
#define STATGATE_HTTP_ANSWER_DEBUG_H

#include "http/http_private.h"

/** Queue the answer of a route below /debug; 404 if this server has no content for the route.
 * MHD_NO ends the connection. */
enum MHD_Result answer_debug(struct http_request *request, enum route route);

#endif
