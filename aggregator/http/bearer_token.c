/*
 * bearer_token.c - see bearer_token.h.
 */
#include "http/bearer_token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool bearer_token_copy(struct bearer_token *ret_token, const char *text) {
    if (text == NULL)
        return true;
    ret_token->text = strdup(text);
    ret_token->len = strlen(text);
    return ret_token->text != NULL;
}

void bearer_token_done(struct bearer_token *token) {
    if (token->text != NULL)
        explicit_bzero(token->text, token->len);
    free(token->text);
    *token = (struct bearer_token){0};
}

static bool matches(const struct bearer_token *token, const char *authorization) {
    static const char scheme[] = "Bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *given = authorization + sizeof scheme - 1;
    while (*given == ' ')
        given++;
    const size_t len = strlen(given);
    volatile unsigned char differs = len == token->len ? 0 : 1;
    for (size_t i = 0; i < len; i++)
        differs |= (unsigned char)(given[i] ^ token->text[i % token->len]);
    return differs == 0;
}

bool bearer_token_admits(const struct bearer_token *token, const char *authorization) {
    return token->text == NULL || matches(token, authorization);
}
