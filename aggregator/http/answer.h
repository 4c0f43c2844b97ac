/*
 * answer.h - what each request is answered with: by method, token and route.
 */
#ifndef STATGATE_HTTP_ANSWER_H
#define STATGATE_HTTP_ANSWER_H

#include "http/http_private.h"

/** Look at a request whose head and body are here, and queue the answer, or suspend the request, to
 * be looked at again. MHD_NO ends the connection. */
enum MHD_Result answer_request(struct http_request *request, const char *method);
/** Answer a request whose head is at fault: 400 with this sentence. The library closes the
 * connection after it. */
enum MHD_Result answer_head_refused(struct http_request *request, const char *fault);
/** Answer a request whose body will not be read, likewise. */
enum MHD_Result answer_body_refused(struct http_request *request, const char *method);

#endif
