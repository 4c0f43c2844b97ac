/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "assertions.h"

char place_folder[64];

void place_make(void) {
    (void)snprintf(place_folder, sizeof place_folder, "/tmp/statgate-test-XXXXXX");
    cr_assert(mkdtemp(place_folder) != NULL, "mkdtemp: %s", strerror(errno));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void place_remove(void) {
    (void)nftw(place_folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *place_path(const char *name) {
    static char paths[4][sizeof((struct sockaddr_un *)0)->sun_path];
    static size_t next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", place_folder, name);
    return path;
}
