/*
 * folder.h - the folder of a socket in one of the default places.
 */
#ifndef STATGATE_HOST_FOLDER_H
#define STATGATE_HOST_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/**
 * Make sure that `path` is a folder fit for a socket: made with exactly `mode` if it is missing
 * (not its parents). One that exists must be a real folder, not a symbolic link. If `mode` gives
 * nothing to others (0700, a folder in /tmp) it must also be ours and give nothing to others, else
 * someone may have put it there to catch our senders.
 *
 * False with a sentence in ret_error when it is not.
 */
bool folder_prepare(const char *path, mode_t mode, struct error *ret_error);

#endif
