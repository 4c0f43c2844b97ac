/*
 * answer_people.h - the answers for people: the page at /, as HTML or as text, and the files that
 * it loads.
 */
#ifndef STATGATE_HTTP_ANSWER_PEOPLE_H
#define STATGATE_HTTP_ANSWER_PEOPLE_H

#include "http/http_private.h"

/** Queue the page. MHD_NO ends the connection. */
enum MHD_Result answer_people_page(struct http_request *request);
/** Queue the file of the page at the request's path, which must exist. */
enum MHD_Result answer_people_asset(struct http_request *request);

#endif
