/*
 * head.h - refuses request heads that the HTTP library accepts, but that another server on the way
 * may read differently. Private to http/.
 */
#ifndef STATGATE_HTTP_HEAD_H
#define STATGATE_HTTP_HEAD_H

#include "http/http_private.h"

/** A sentence for a 400 (RFC 9112, sections 3.2, 5.1 and 6.3; static), or NULL. */
const char *head_fault(const struct http_request *request, const char *version);
/** Whether the head has bytes that the library does not show: it shows nothing of a line after a
 * NUL, and joins a folded line. */
bool head_hides_bytes(const struct http_request *request, const char *method, const char *version);

#endif
