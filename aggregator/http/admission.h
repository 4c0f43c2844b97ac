/*
 * admission.h - whether a request is admitted: by the name in Host, then by token.
 */
#ifndef STATGATE_HTTP_ADMISSION_H
#define STATGATE_HTTP_ADMISSION_H

#include "http/http_private.h"

enum admission {
    ADMISSION_GRANTED,
    ADMISSION_HOST_UNKNOWN, /**< the request does not name this host: 421 */
    ADMISSION_NO_TOKEN,     /**< 401 */
};

/** Decide on a request whose target was read and whose page was found. Health checks are open to
 * all. */
enum admission admission_of(const struct http_request *request, enum route route);
/** Write a sentence for a request that does not name this host. */
void admission_write_host(struct strbuf *out, const struct http_request *request);
/** True if the request is for something that people look at, so that a browser may ask for a
 * password. */
bool admission_is_for_people(const struct http_request *request);

#endif
