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

/* ---- comparing ---- */

/* Compares a given token with the true one, byte by byte. */
struct token_comparison {
    const struct bearer_token *token;
    size_t len;
    volatile unsigned char differs;
};

static void compare_byte(struct token_comparison *given, unsigned char byte) {
    const struct bearer_token *token = given->token;
    given->differs |= (unsigned char)(byte ^ (unsigned char)token->text[given->len % token->len]);
    given->len++;
}

static bool is_same(const struct token_comparison *given) {
    return (given->len == given->token->len) & (given->differs == 0);
}

/* The text after the scheme in the header, or NULL if the scheme is another. */
static const char *after_scheme(const char *authorization, const char *scheme) {
    const size_t len = strlen(scheme);
    if (authorization == NULL || strncasecmp(authorization, scheme, len) != 0 ||
        authorization[len] != ' ')
        return NULL;
    return authorization + len + strspn(authorization + len, " ");
}

static bool is_bearer(const struct bearer_token *token, const char *authorization) {
    struct token_comparison given = {.token = token};
    const char *text = after_scheme(authorization, "Bearer");
    if (text == NULL)
        return false;
    for (; *text != '\0'; text++)
        compare_byte(&given, (unsigned char)*text);
    return is_same(&given);
}

/* ---- Basic (RFC 7617): the Base64 of USER:PASSWORD ---- */

static int base64_digit(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

static bool is_basic(const struct bearer_token *token, const char *authorization) {
    struct token_comparison given = {.token = token};
    const char *text = after_scheme(authorization, "Basic");
    bool in_password = false;
    unsigned bits = 0;
    unsigned held = 0;
    if (text == NULL)
        return false;
    for (int digit; (digit = base64_digit(*text)) >= 0; text++) {
        bits = (bits << 6 | (unsigned)digit) & 0xffffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        const unsigned char byte = (unsigned char)(bits >> held);
        if (in_password)
            compare_byte(&given, byte);
        in_password = in_password || byte == ':';
    }
    return text[strspn(text, "=")] == '\0' && in_password && is_same(&given);
}

bool bearer_token_admits(const struct bearer_token *token, const char *authorization) {
    return token->text == NULL || is_bearer(token, authorization);
}

bool bearer_token_admits_people(const struct bearer_token *token, const char *authorization) {
    return bearer_token_admits(token, authorization) || is_basic(token, authorization);
}
