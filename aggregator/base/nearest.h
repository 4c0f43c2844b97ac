/* SPDX-License-Identifier: MIT */
/*
 * nearest.h - guesses which word a mistyped one was meant to be. Pure.
 */
#ifndef STATGATE_BASE_NEAREST_H
#define STATGATE_BASE_NEAREST_H

/** The word in `words` (ends with NULL) that differs from `word` only by a typo, or NULL if there
 * is none. The work is bounded: in a very long list of similar words only the first ones are
 * compared. */
const char *nearest_word(const char *word, const char *const *words);

/** Like nearest_word. If no word is that close, returns the shortest word that starts with `word`
 * followed by `_` or `-`: `bearer_token_file` for `bearer_token`. */
const char *nearest_word_or_longer(const char *word, const char *const *words);

#endif
