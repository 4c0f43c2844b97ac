#include "ingress/left.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/unix_socket.h"
#include "ingress/bound.h"

struct left {
    struct bound *bounds;
    size_t count;
    void (*found)(void *arg, const char *path);
    void *arg;
};

static size_t folder_len(const struct bound *bound) {
    return unix_socket_folder_len(bound->address.sun_path);
}

static bool is_in(const struct bound *bound, const char *folder, size_t len) {
    return folder_len(bound) == len && strncmp(bound->address.sun_path, folder, len) == 0;
}

static void look_at(const struct left *left, const char *path) {
    struct bound peer;
    if (bound_at(path, &peer) != 0)
        return;
    for (size_t i = 0; i < left->count; i++) {
        if (!bound_is(&peer, &left->bounds[i]))
            continue;
        left->found(left->arg, path);
        return;
    }
}

/* Examine a folder, given with its last slash; "": the working directory. */
static void look_into(const struct left *left, const char *folder, size_t len) {
    char path[UNIX_SOCKET_PATH_MAX + NAME_MAX];
    size_t looks = 0;
    (void)snprintf(path, sizeof path, "%.*s", (int)len, folder);
    DIR *dir = opendir(len > 0 ? path : ".");
    if (dir == NULL)
        return;
    for (const struct dirent *entry; looks < LEFT_LOOKS_MAX && (entry = readdir(dir)) != NULL;) {
        if (entry->d_type != DT_SOCK && entry->d_type != DT_UNKNOWN)
            continue;
        looks++;
        if (len + strlen(entry->d_name) >= UNIX_SOCKET_PATH_MAX)
            continue;
        (void)snprintf(path + len, sizeof path - len, "%s", entry->d_name);
        look_at(left, path);
    }
    (void)closedir(dir);
}

static void look(const struct left *left) {
    for (size_t i = 0; i < left->count; i++) {
        const char *folder = left->bounds[i].address.sun_path;
        const size_t len = folder_len(&left->bounds[i]);
        size_t before = 0;
        while (before < i && !is_in(&left->bounds[before], folder, len))
            before++;
        if (before == i)
            look_into(left, folder, len);
    }
}

void left_find(const int *fds, size_t count, void (*found)(void *arg, const char *path),
               void *arg) {
    struct left left = {
        .bounds = calloc(count + 1, sizeof *left.bounds), .found = found, .arg = arg};
    if (left.bounds == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        if (bound_read(fds[i], &left.bounds[left.count]) &&
            left.bounds[left.count].address.sun_path[0] != '\0')
            left.count++;
    look(&left);
    free(left.bounds);
}

bool left_leads(const char *path, int fd) {
    struct bound bound;
    struct bound peer;
    return bound_read(fd, &bound) && bound_at(path, &peer) == 0 && bound_is(&peer, &bound);
}
