/*
 * pages.h - where pages of metrics are: one listener for each address, with the pages that share it,
 * and a token for each page.
 */
#ifndef STATGATE_HTTP_PAGES_H
#define STATGATE_HTTP_PAGES_H

#include "base/error.h"
#include "http/http_private.h"
#include "http/options.h"

/** Copy the options, and decide which listeners there are and what each serves; opens nothing. False
 * with a message; what was copied is for pages_done then, too. */
bool pages_plan(struct http_server *server, const struct http_options *options,
                struct error *ret_error);
/** The listeners are open: note where the pages are, for the landing page. False with a message. */
bool pages_opened(struct http_server *server, struct error *ret_error);
/** Free what pages_plan made. */
void pages_done(struct http_server *server);

#endif
