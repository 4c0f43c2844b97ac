/* SPDX-License-Identifier: MIT */
/* program.c - this program: its path, memory, threads and randomness. */
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
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
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

/* ---- memory ---- */

bool host_memory_can_map(uint64_t bytes) {
    if (bytes == 0)
        return true;
    void *piece = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return piece != MAP_FAILED && munmap(piece, bytes) == 0;
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

/* Copy our environment and add one variable. */
static char **surround(const char *variable) {
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **variables = memory_array(count + 2, sizeof *variables);
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
