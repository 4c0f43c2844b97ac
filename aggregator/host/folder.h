/*
 * folder.h - the folder of a socket in one of the default places.
 */
#ifndef STATGATE_HOST_FOLDER_H
#define STATGATE_HOST_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Make sure that `path` is a folder fit for a socket: made with exactly `mode` if it is missing
 * (not its parents). One that exists must be a real folder, not a symbolic link. If `mode` gives
 * nothing to others (0700, a folder in /tmp) it must also be ours and give nothing to others, else
 * someone may have put it there to catch our senders.
 *
 * False with a sentence in ret_error (cut to error_size) when it is not.
 */
bool folder_prepare(const char *path, mode_t mode, char *ret_error, size_t error_size);

#endif
