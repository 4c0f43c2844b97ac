/*
 * folder.h - checks or makes the folder of a socket in one of the default places.
 */
#ifndef STATGATE_HOST_FOLDER_H
#define STATGATE_HOST_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/**
 * Make sure that `path` is a safe folder for a socket. If it is missing, make it with exactly
 * `mode` (but not its parents). If it exists, it must be a real folder, not a symbolic link. If
 * `mode` gives others no access (0700, for a folder in /tmp), an existing folder must also belong
 * to this user and give others no access, because someone else may have put it there to intercept
 * samples.
 *
 * Returns false with a sentence in ret_error if the folder is not safe.
 */
bool folder_prepare(const char *path, mode_t mode, struct error *ret_error);

#endif
