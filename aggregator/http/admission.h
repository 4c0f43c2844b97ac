/*
 * admission.h - who is answered: by the name in Host, then by token.
 */
#ifndef STATGATE_HTTP_ADMISSION_H
#define STATGATE_HTTP_ADMISSION_H

#include "http/http_private.h"

enum admission {
    ADMISSION_GRANTED,
    ADMISSION_HOST_UNKNOWN, /**< it does not name this host: 421 */
    ADMISSION_NO_TOKEN,     /**< 401 */
};

/** Decide on a request whose target was read and whose page was found. A health check is for everybody. */
enum admission admission_of(const struct http_request *request, enum route route);
/** A sentence on a request that does not name this host. */
void admission_write_host(struct strbuf *out, const struct http_request *request);
/** True if the request is for what people look at, and so lets a browser ask for a password. */
bool admission_is_for_people(const struct http_request *request);

#endif
