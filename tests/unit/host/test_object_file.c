/* SPDX-License-Identifier: MIT */
/* Memory that outlives the process, and what is refused as such. */
#include "host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"
#include "place.h"

enum { SIZE = 1 << 20, BLOCK = 65536 };

TestSuite(object_file, .init = place_make, .fini = place_remove, .timeout = 300);

static struct object_file make(void) {
    struct object_file file;
    struct error error;
    cr_assert(host_object_file_make(SIZE, &file, &error), "%s", error.text);
    return file;
}

static uint64_t memory_of(int fd) {
    struct stat status;
    cr_assert(eq(int, fstat(fd, &status), 0));
    return (uint64_t)status.st_blocks * 512;
}

Test(object_file, has_memory_only_where_it_was_reached) {
    struct object_file file = make();
    cr_expect(eq(u64, file.size, SIZE));
    const uint64_t before = memory_of(file.fd);
    cr_expect(le(u64, before, 4096), "the page with which it tried whether it can be given any");
    host_object_file_reach(&file, BLOCK, BLOCK);
    cr_expect(eq(u64, memory_of(file.fd), before + BLOCK));
    memset(file.at + BLOCK, 1, BLOCK);
    host_object_file_reach(&file, BLOCK, BLOCK);
    cr_expect(eq(int, file.at[BLOCK], 1), "what was written stays");
    cr_expect(eq(u64, memory_of(file.fd), before + BLOCK));
    host_object_file_close(&file);
    host_object_file_close(&file);
}

Test(object_file, ends_the_process_where_there_is_no_memory, .exit_code = 1) {
    struct object_file file = make();
    host_object_file_reach(&file, SIZE, BLOCK);
}

Test(object_file, keeps_changes_of_its_reader_private) {
    struct object_file file = make();
    struct object_file reader;
    struct error error;
    host_object_file_reach(&file, 0, BLOCK);
    cr_assert(host_object_file_open(fcntl(file.fd, F_DUPFD_CLOEXEC, 0), &reader, &error));
    reader.at[0] = 'x';
    cr_expect(eq(int, file.at[0], 0));
    host_object_file_close(&reader);
    host_object_file_close(&file);
}

static void expect_refused(int fd, const char *reason) {
    struct object_file file;
    struct error error = {0};
    cr_expect(not(host_object_file_open(fd, &file, &error)));
    cr_expect(eq(str, error.text, (char *)(uintptr_t)reason));
    cr_expect(eq(int, file.fd, -1));
    cr_expect(ge(int, fcntl(fd, F_GETFD), 0), "the descriptor is still ours");
    close(fd);
}

Test(object_file, is_not_opened_if_it_could_shrink) {
    const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    cr_assert(eq(int, ftruncate(fd, SIZE), 0));
    expect_refused(fd, "object: it could shrink while it is read");
}

Test(object_file, is_not_opened_if_it_is_a_file_or_socket) {
    static const char not_memory[] = "object: the descriptor is not of memory";
    expect_refused(open(place_path("f"), O_RDWR | O_CREAT | O_CLOEXEC, 0600), not_memory);
    expect_refused(open("/dev/zero", O_RDWR | O_CLOEXEC), not_memory);
    int ends[2];
    cr_assert(eq(int, pipe2(ends, O_CLOEXEC), 0));
    close(ends[1]);
    expect_refused(ends[0], not_memory);
}

Test(object_file, is_not_opened_if_it_is_empty) {
    const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    cr_assert(eq(int, fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0));
    expect_refused(fd, "object: it is empty");
}

static int make_with_limit(int resource, uint64_t size, const char *reason) {
    const struct rlimit limit = {.rlim_cur = 1 << 16, .rlim_max = 1 << 16};
    struct object_file file;
    struct error error = {0};
    if (setrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return 2;
    return host_object_file_make(size, &file, &error) || strcmp(error.text, reason) != 0;
}

static int with_small_files(void *arg) {
    (void)arg;
    (void)signal(SIGXFSZ, SIG_IGN); /* as the daemon does */
    return make_with_limit(
        RLIMIT_FSIZE, SIZE,
        "object: cannot be sized (ftruncate): File too large; raise the limit of file sizes "
        "(LimitFSIZE=, ulimit -f)");
}

static int with_small_space(void *arg) {
    (void)arg;
    return make_with_limit(
        RLIMIT_AS, SIZE,
        "object: cannot be mapped (mmap): Cannot allocate memory; give it more memory "
        "(MemoryMax=, ulimit -v), or smaller catalogs (statgate check)");
}

Test(object_file, is_not_made_beyond_the_limits_of_the_process) {
    cr_expect(eq(int, in_child(with_small_files, NULL), 0));
    cr_expect(eq(int, in_child(with_small_space, NULL), 0));
}

static int without_descriptors(void *arg) {
    const struct rlimit limit = {0};
    struct object_file file;
    struct error error = {0};
    (void)arg;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 2;
    return host_object_file_make(SIZE, &file, &error) ||
           strcmp(error.text, "object: cannot be made (memfd_create): Too many open files; raise "
                              "the limit of open "
                              "files (LimitNOFILE=, ulimit -n)") != 0;
}

Test(object_file, is_not_made_without_a_descriptor) {
    cr_expect(eq(int, in_child(without_descriptors, NULL), 0));
}

Test(object_file, knows_the_boot) {
    unsigned char boot[OBJECT_FILE_BOOT_BYTES];
    struct error error;
    char expected[64] = "";
    cr_assert(host_object_file_boot(boot, &error), "%s", error.text);
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    cr_assert(file != NULL);
    cr_assert(fgets(expected, sizeof expected, file) != NULL);
    (void)fclose(file);
    char text[64];
    (void)snprintf(text, sizeof text,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\n",
                   boot[0], boot[1], boot[2], boot[3], boot[4], boot[5], boot[6], boot[7], boot[8],
                   boot[9], boot[10], boot[11], boot[12], boot[13], boot[14], boot[15]);
    cr_expect(eq(str, text, expected));
}
