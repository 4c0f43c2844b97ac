/*
 * tokens.h - the bearer tokens that endpoints and /debug name, kept from the start until the
 * listeners take them. A file that several of them name is read once.
 */
#ifndef STATGATE_STATGATED_TOKENS_H
#define STATGATE_STATGATED_TOKENS_H

#include "accepted/accepted.h"
#include "settings/settings.h"
#include "statgated/start_error.h"

struct tokens {
    const char *paths[ENDPOINTS_MAX + 1]; /**< borrowed from the settings; one is for /debug */
    char *texts[ENDPOINTS_MAX + 1];
    size_t count;
};

/** Read the files that the plan names into zeroed `tokens`; one that cannot be read as it was kept,
 * if it was (`kept` may be NULL), with a line in `refused`. False with *ret_error; call tokens_done
 * in any case. */
bool tokens_read(struct tokens *tokens, const struct endpoint_plan *plan,
                 const struct accepted *kept, struct messages *refused,
                 struct start_error *ret_error);
/** Add each token to the texts that are accepted now. False: out of memory. */
bool tokens_note(const struct tokens *tokens, const struct accepted *kept, int64_t now_ms,
                 struct accepted *to);
/** The token in this file, borrowed; NULL: none was read there. */
const char *tokens_find(const struct tokens *tokens, const char *path);
/** Overwrite and free them. Safe twice. */
void tokens_done(struct tokens *tokens);

#endif
