/*
 * pages.h - the addresses of pages of metrics: one listener for each address, with the pages that
 * share it, and a token for each page.
 */
#ifndef STATGATE_HTTP_PAGES_H
#define STATGATE_HTTP_PAGES_H

#include "base/error.h"
#include "http/http_private.h"
#include "http/options.h"

/** Copy the options, and decide which listeners there are and which pages each serves; opens
 * nothing. False with a message; pages_done frees the copies in that case, too. */
bool pages_plan(struct http_server *server, const struct http_options *options,
                struct error *ret_error);
/** After the listeners are open: note the addresses of the pages, for the landing page. False with
 * a message. */
bool pages_opened(struct http_server *server, struct error *ret_error);
/** Free the memory that pages_plan allocated. */
void pages_done(struct http_server *server);

#endif
