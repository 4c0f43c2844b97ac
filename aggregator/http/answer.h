/*
 * answer.h - chooses the answer to each request, by method, token and route.
 */
#ifndef STATGATE_HTTP_ANSWER_H
#define STATGATE_HTTP_ANSWER_H

#include "http/http_private.h"

/** Examine a request whose head and body have arrived, and queue the answer, or suspend the
 * request, which is then examined again. MHD_NO ends the connection. */
enum MHD_Result answer_request(struct http_request *request, const char *method);
/** Answer a request whose head is invalid: 400 with this sentence. The library then closes the
 * connection. */
enum MHD_Result answer_head_refused(struct http_request *request, const char *fault);
/** Answer a request whose body will not be read. The library then closes the connection. */
enum MHD_Result answer_body_refused(struct http_request *request, const char *method);

#endif
