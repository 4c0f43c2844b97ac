#include "host/memory_room.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { FILE_MAX = PATH_MAX + 64 }; /* the folder of a group and a file name */

/* The files of a control group. Sizes are in bytes; a limit that is not a number means no limit. */
struct version {
    const char *folder; /* folder of its groups, below the root */
    const char *most;
    const char *used;
    const char *taken_back[3]; /* keys in memory.stat of memory that the kernel can take back */
};

static const struct version version_1 = {"/sys/fs/cgroup/memory",
                                         "memory.limit_in_bytes",
                                         "memory.usage_in_bytes",
                                         {"total_inactive_file", "total_active_file"}};
static const struct version version_2 = {"/sys/fs/cgroup",
                                         "memory.max",
                                         "memory.current",
                                         {"inactive_file", "active_file", "slab_reclaimable"}};

static uint64_t add(uint64_t a, uint64_t b) {
    return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

static bool read_number(const char *text, uint64_t *ret_number) {
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    if (end == text || errno != 0)
        return false;
    *ret_number = number;
    return true;
}

/* Read the number after a key at the start of a line; 0 if there is none. */
static uint64_t read_key(const char *path, const char *key) {
    char line[256];
    uint64_t number = 0;
    FILE *file = fopen(path, "re");
    const size_t len = strlen(key);
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, len) == 0 && strchr(": ", line[len]) != NULL &&
            read_number(line + len + 1, &number))
            break;
    if (file != NULL)
        (void)fclose(file);
    return number;
}

static bool read_file(const char *group, const char *name, uint64_t *ret_number) {
    char path[FILE_MAX];
    char line[64] = "";
    (void)snprintf(path, sizeof path, "%s/%s", group, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    const bool good = fgets(line, sizeof line, file) != NULL && read_number(line, ret_number);
    (void)fclose(file);
    return good;
}

/* The limit of one group, ignoring the groups above it. */
static uint64_t limit_of(const struct version *version, const char *group) {
    uint64_t most;
    return read_file(group, version->most, &most) ? most : UINT64_MAX;
}

/* Memory left in one group, ignoring the groups above it. */
static uint64_t room_of(const struct version *version, const char *group) {
    char path[FILE_MAX];
    uint64_t most;
    uint64_t used;
    if (!read_file(group, version->most, &most) || !read_file(group, version->used, &used))
        return UINT64_MAX;
    uint64_t room = most > used ? most - used : 0;
    (void)snprintf(path, sizeof path, "%s/memory.stat", group);
    for (size_t i = 0; i < 3 && version->taken_back[i] != NULL; i++)
        room = add(room, read_key(path, version->taken_back[i]));
    return room;
}

/* Reads a number of one group. */
typedef uint64_t (*group_fn)(const struct version *version, const char *group);

/* The least number of the group at this path and all groups above it. In a cgroup namespace the
 * topmost groups may not be visible. */
static uint64_t least_above(const struct version *version, const char *root, char *path,
                            group_fn read) {
    char group[PATH_MAX];
    uint64_t least = UINT64_MAX;
    for (char *end = path + strlen(path); end != NULL; end = strrchr(path, '/')) {
        *end = '\0';
        (void)snprintf(group, sizeof group, "%s%s%s", root, version->folder, path);
        const uint64_t number = read(version, group);
        least = number < least ? number : least;
    }
    return least;
}

/* The least number for a line of /proc/self/cgroup: number:controllers:path. */
static uint64_t least_of_line(const char *root, char *line, group_fn read) {
    char *controllers = strchr(line, ':');
    char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (path == NULL)
        return UINT64_MAX;
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    if (strcmp(line, "0:") == 0)
        return least_above(&version_2, root, path, read);
    return strcmp(controllers, ":memory") == 0 ? least_above(&version_1, root, path, read)
                                               : UINT64_MAX;
}

static uint64_t least_of_groups(const char *root, group_fn read) {
    char line[PATH_MAX];
    uint64_t least = UINT64_MAX;
    (void)snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const uint64_t number = least_of_line(root, line, read);
        least = number < least ? number : least;
    }
    if (file != NULL)
        (void)fclose(file);
    return least;
}

/* The smaller of what the host and what the groups report; 0 from the host means nothing. */
static uint64_t with_host(uint64_t host, uint64_t groups) {
    return host > 0 && host < groups ? host : groups;
}

static uint64_t read_host(const char *root, const char *key) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/proc/meminfo", root);
    return read_key(path, key) * 1024;
}

uint64_t memory_room(const char *root) {
    return add(with_host(read_host(root, "MemAvailable"), least_of_groups(root, room_of)),
               read_host(root, "SwapFree"));
}

uint64_t memory_room_limit(const char *root) {
    return with_host(add(read_host(root, "MemTotal"), read_host(root, "SwapTotal")),
                     least_of_groups(root, limit_of));
}

/* ---- limits of the process ---- */

static struct memory_room_space space_of(int resource, const char *setting, const char *key) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return (struct memory_room_space){.left = UINT64_MAX};
    const uint64_t used = read_key("/proc/self/status", key) * 1024;
    const uint64_t most = limit.rlim_cur;
    return (struct memory_room_space){
        .setting = setting, .most = most, .left = most > used ? most - used : 0};
}

struct memory_room_space memory_room_space(void) {
    const struct memory_room_space all = space_of(RLIMIT_AS, "LimitAS=, ulimit -v", "VmSize");
    const struct memory_room_space data = space_of(RLIMIT_DATA, "LimitDATA=, ulimit -d", "VmData");
    return data.left < all.left ? data : all;
}
