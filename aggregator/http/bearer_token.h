/*
 * bearer_token.h - a secret that a request needs for a page.
 */
#ifndef STATGATE_HTTP_BEARER_TOKEN_H
#define STATGATE_HTTP_BEARER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

struct bearer_token {
    char *text; /**< NULL: open, no token is needed */
    size_t len;
};

/** Copy a token; NULL: open. False: out of memory. */
bool bearer_token_copy(struct bearer_token *ret_token, const char *text);
/** Overwrite and free it. Safe on a zeroed struct. */
void bearer_token_done(struct bearer_token *token);
/** True if the page is open, or if an Authorization header (NULL: there is none) has the token. The
 * time this takes depends only on the header, not on how much of it is right. */
bool bearer_token_admits(const struct bearer_token *token, const char *authorization);
/** The same, but the token may also be the password of any user (Basic), because browsers can ask
 * for that. */
bool bearer_token_admits_people(const struct bearer_token *token, const char *authorization);

#endif
