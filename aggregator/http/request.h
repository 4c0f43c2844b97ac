/*
 * request.h - the life of a request in the HTTP library: made when its first line is read, examined
 * when its head is complete, answered when its body is complete (if it has one), and freed when the
 * library is done with it.
 */
#ifndef STATGATE_HTTP_REQUEST_H
#define STATGATE_HTTP_REQUEST_H

#include "http/http_private.h"

/** Handlers of the HTTP library; `arg` is the listener, the request is the client context. */
void *request_new(void *arg, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *arg, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **context);
void request_over(void *arg, struct MHD_Connection *connection, void **context,
                  enum MHD_RequestTerminationCode how);

#endif
