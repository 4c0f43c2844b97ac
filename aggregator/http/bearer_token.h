/*
 * bearer_token.h - a secret that opens a page.
 */
#ifndef STATGATE_HTTP_BEARER_TOKEN_H
#define STATGATE_HTTP_BEARER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

struct bearer_token {
    char *text; /**< NULL: open */
    size_t len;
};

/** Copy a token; NULL: open. False: out of memory. */
bool bearer_token_copy(struct bearer_token *ret_token, const char *text);
/** Overwrite and free it. Safe on a zeroed struct. */
void bearer_token_done(struct bearer_token *token);
/** True when the token is open, or when it is in an Authorization header (NULL: there is none). How
 * long that takes depends on the header alone, not on how much of it is right. */
bool bearer_token_admits(const struct bearer_token *token, const char *authorization);
/** The same; it may also be the password of any user (Basic), which is what browsers can ask for. */
bool bearer_token_admits_people(const struct bearer_token *token, const char *authorization);

#endif
