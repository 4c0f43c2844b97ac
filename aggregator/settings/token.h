/*
 * token.h - reads a bearer token from a file.
 */
#ifndef STATGATE_SETTINGS_TOKEN_H
#define STATGATE_SETTINGS_TOKEN_H

#include "settings/settings.h"

enum { SETTINGS_TOKEN_MAX = 4096 };

/**
 * Read the token in a file: its only line, of visible ASCII. Returns a new string (free it with
 * settings_token_free), or NULL with `PATH: text` in *ret_error, which never quotes the file.
 * *ret_exposed is true if other users can read the file: worth a warning.
 */
char *settings_read_token(const char *path, bool *ret_exposed, struct error *ret_error);
/** Overwrite and free the token. NULL is fine. */
void settings_token_free(char *token);

#endif
