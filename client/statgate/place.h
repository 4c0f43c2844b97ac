/* SPDX-License-Identifier: MIT */
/*
 * place.h - the paths at which the daemon's socket may be.
 */
#ifndef STATGATE_CLIENT_PLACE_H
#define STATGATE_CLIENT_PLACE_H

#include "handle.h"

#define STATGATE_PLACES_     3u
#define STATGATE_PATH_BYTES_ sizeof(((struct sockaddr_un *)0)->sun_path)

/*
 * The path for users without a runtime directory. Anyone can create names in /tmp, so the folder
 * must belong to the caller or to root, and nobody else may have write permission.
 */
static inline bool statgate_tmp_place_(char *ret_path) {
    char path[STATGATE_PATH_BYTES_];
    uid_t uid = geteuid();
    int folder =
        snprintf(path, sizeof path, "%s/statgate-%lu", STATGATE_TMP_FOLDER, (unsigned long)uid);
    if (folder < 0 || (size_t)folder + sizeof "/statgate.sock" > sizeof path) {
        return false;
    }
    struct stat is;
#if !defined(__GLIBC__) || (defined(_POSIX_C_SOURCE) && _POSIX_C_SOURCE >= 200112L)
    int found = lstat(path, &is);
#else
    int found = stat(path, &is); /* -std=c11 hides lstat; then the kernel refuses links of other
                                    users (fs.protected_symlinks) */
#endif
    if (found != 0 || !S_ISDIR(is.st_mode) || (is.st_uid != uid && is.st_uid != 0) ||
        (is.st_mode & (mode_t)(S_IWGRP | S_IWOTH)) != 0) {
        return false;
    }
    memcpy(ret_path, path, (size_t)folder);
    memcpy(ret_path + folder, "/statgate.sock", sizeof "/statgate.sock");
    return true;
}

/*
 * The socket's path at `place`, from 1 to STATGATE_PLACES_; places are tried in this order. Returns
 * false if this handle does not look there.
 */
static inline bool statgate_place_(const struct statgate *sg, unsigned place, char *ret_path) {
    const char *path = sg->path;
    if (sg->fixed && place != 2) {
        return false;
    }
    if (place == 3) {
        return statgate_tmp_place_(ret_path);
    }
    if (place == 1) {
        path = STATGATE_SYSTEM_SOCKET;
    }
    size_t len = strlen(path);
    if (len == 0 || len >= STATGATE_PATH_BYTES_) {
        return false;
    }
    memcpy(ret_path, path, len + 1);
    return true;
}

#endif
