/* SPDX-License-Identifier: MIT */
/* program.c - this program: its path, limits, threads, randomness, and room in memory. */
#include "host/program.h"

#include <errno.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* ---- entropy ----
 * getrandom(2). It returns up to 256 bytes completely or not at all; only the wait for
 * the kernel's first entropy, early in a boot, can be interrupted.
 */

bool host_entropy_u64(uint64_t *ret_value) {
    uint64_t value;
    ssize_t got;
    do
        got = getrandom(&value, sizeof value, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof value)
        return false;
    *ret_value = value;
    return true;
}

/* ---- thread ---- */

int host_thread_start(pthread_t *ret_thread, void *(*run)(void *), void *arg) {
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&thread, NULL, run, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        *ret_thread = thread;
    return -error;
}

int host_thread_start_detached(void *(*run)(void *), void *arg) {
    pthread_t thread = 0;
    const int result = host_thread_start(&thread, run, arg);
    if (result == 0)
        (void)pthread_detach(thread);
    return result;
}

/* ---- host memory room ---- */

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

uint64_t host_memory_room(const char *root) {
    return add(with_host(read_host(root, "MemAvailable"), least_of_groups(root, room_of)),
               read_host(root, "SwapFree"));
}

uint64_t host_memory_room_limit(const char *root) {
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

struct memory_room_space host_memory_room_space(void) {
    const struct memory_room_space all = space_of(RLIMIT_AS, "LimitAS=, ulimit -v", "VmSize");
    const struct memory_room_space data = space_of(RLIMIT_DATA, "LimitDATA=, ulimit -d", "VmData");
    return data.left < all.left ? data : all;
}

/* ---- program ---- */

/* ---- where it is ---- */

/* Whether the text is a path that is valid in other processes, rather than the name of an open
 * file. */
static bool is_path(const char *path) {
    return path != NULL && strchr(path, '/') != NULL && !text_begins(path, "/proc/") &&
           !text_begins(path, "/dev/fd/");
}

bool program_path(const char *argument, char *ret_path, size_t size) {
    const char *executed = (const char *)getauxval(AT_EXECFN); // NOLINT(performance-no-int-to-ptr)
    const char *path = is_path(executed) ? executed : argument;
    int len = -1;
    if (!is_path(path))
        return false;
    if (path[0] == '/') {
        len = snprintf(ret_path, size, "%s", path);
    } else {
        char *folder = getcwd(NULL, 0);
        if (folder != NULL)
            len = snprintf(ret_path, size, "%s/%s", folder, path);
        free(folder);
    }
    return len >= 0 && (size_t)len < size;
}

static size_t padded(size_t bytes) {
    return (bytes + 3) / 4 * 4;
}

/* Find the build id among ELF notes and write it in hexadecimal digits. */
static bool put_build_id(const unsigned char *notes, size_t bytes,
                         char ret_stamp[PROGRAM_STAMP_MAX]) {
    ElfW(Nhdr) note;
    while (bytes >= sizeof note) {
        memcpy(&note, notes, sizeof note);
        const unsigned char *name = notes + sizeof note;
        const size_t whole = sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
        if (whole > bytes)
            return false;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU" &&
            memcmp(name, "GNU", sizeof "GNU") == 0) {
            const unsigned char *id = name + padded(note.n_namesz);
            for (size_t i = 0; i < note.n_descsz && 2 * i + 3 <= PROGRAM_STAMP_MAX; i++)
                (void)snprintf(ret_stamp + 2 * i, 3, "%02x", id[i]);
            return note.n_descsz > 0;
        }
        notes += whole;
        bytes -= whole;
    }
    return false;
}

/* Read the build id of the first object, which is the program, and stop. */
static int read_build_id(struct dl_phdr_info *info, size_t size, void *arg) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        const uintptr_t at = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_NOTE && put_build_id((const unsigned char *)at, part->p_memsz,
                                                    arg)) // NOLINT(performance-no-int-to-ptr)
            break;
    }
    return 1;
}

void program_stamp(char ret_stamp[PROGRAM_STAMP_MAX]) {
    struct stat status;
    ret_stamp[0] = '\0';
    (void)dl_iterate_phdr(read_build_id, ret_stamp);
    if (ret_stamp[0] == '\0' && stat("/proc/self/exe", &status) == 0)
        (void)snprintf(ret_stamp, PROGRAM_STAMP_MAX, "%llu-%llu-%lld.%09ld",
                       (unsigned long long)status.st_dev, (unsigned long long)status.st_ino,
                       (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/* ---- starting it ---- */

/* Copy our environment and add one variable. NULL: out of memory. */
static char **surround(const char *variable) {
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **variables = calloc(count + 2, sizeof *variables);
    if (variables == NULL)
        return NULL;
    memcpy((void *)variables, (void *)environ, count * sizeof *variables);
    variables[count] = (char *)variable;
    return variables;
}

/* Reset signals to the state that a program expects at its start: none blocked, SIGPIPE not
 * ignored. */
static int prepare_signals(posix_spawnattr_t *attributes) {
    sigset_t none;
    sigset_t ignored;
    (void)sigemptyset(&none);
    (void)sigemptyset(&ignored);
    (void)sigaddset(&ignored, SIGPIPE);
    int result = posix_spawnattr_setflags(attributes,
                                          (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    if (result == 0)
        result = posix_spawnattr_setsigmask(attributes, &none);
    return result == 0 ? posix_spawnattr_setsigdefault(attributes, &ignored) : result;
}

static int prepare_files(posix_spawn_file_actions_t *actions, int fd) {
    int result = posix_spawn_file_actions_adddup2(actions, fd, PROGRAM_FD);
    return result == 0 ? posix_spawn_file_actions_addclosefrom_np(actions, PROGRAM_FD + 1) : result;
}

static int spawn(const struct program *program, char *const *variables,
                 posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                 pid_t *ret_pid) {
    int result = prepare_files(actions, program->fd);
    if (result == 0)
        result = prepare_signals(attributes);
    return result == 0 ? posix_spawn(ret_pid, program->path, actions, attributes,
                                     program->arguments, variables)
                       : result;
}

int program_start(const struct program *program, pid_t *ret_pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **variables = surround(program->variable);
    if (variables == NULL)
        return -ENOMEM;
    int result = posix_spawn_file_actions_init(&actions);
    if (result == 0) {
        result = posix_spawnattr_init(&attributes);
        if (result == 0) {
            result = spawn(program, variables, &actions, &attributes, ret_pid);
            (void)posix_spawnattr_destroy(&attributes);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    free((void *)variables);
    return -result;
}
