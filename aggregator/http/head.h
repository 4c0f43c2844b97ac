/*
 * head.h - what the library lets pass in the head of a request, and another server on the way may read otherwise.
 * Private to http/.
 */
#ifndef STATGATE_HTTP_HEAD_H
#define STATGATE_HTTP_HEAD_H

#include "http/http_private.h"

/** A sentence for a 400 (RFC 9112, sections 3.2 and 6.3; static), or NULL. */
const char *head_fault(const struct http_request *request, const char *version);
/** Whether the head has bytes that the library does not show: behind a NUL it shows nothing more of a line, and a folded
 * line becomes one. */
bool head_hides_bytes(const struct http_request *request, const char *method, const char *version);

#endif
