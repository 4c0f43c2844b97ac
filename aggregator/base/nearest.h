/*
 * nearest.h - the word that a mistyped one was probably meant to be. Pure.
 */
#ifndef STATGATE_BASE_NEAREST_H
#define STATGATE_BASE_NEAREST_H

/** The word of `words` (ended by NULL) that differs from `word` by a slip of the pen only, or NULL.
 * Among very many that are alike only the first ones are compared: it never takes long. */
const char *nearest_word(const char *word, const char *const *words);

/** The same; else the shortest of which `word` is the first part, before a `_` or `-`:
 * `bearer_token` for `bearer_token_file`. */
const char *nearest_word_or_longer(const char *word, const char *const *words);

#endif
