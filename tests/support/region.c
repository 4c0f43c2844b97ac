/* SPDX-License-Identifier: MIT */
#include "region.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assertions.h"

enum { PAGE = 4096 };

const unsigned char region_boot[OBJECT_BOOT_BYTES] = {1, 2, 3};

static void reach(void *arg, uint64_t offset, uint64_t bytes) {
    struct region *region = arg;
    region->calls++;
    memset(region->reached + offset / PAGE, 1, (bytes + PAGE - 1) / PAGE);
    cr_assert(eq(int, mprotect(region->place.at + offset, bytes, PROT_READ | PROT_WRITE), 0));
}

static unsigned char *map(uint64_t size, int protection, int flags, int fd) {
    void *at = mmap(NULL, size, protection, flags | MAP_NORESERVE, fd, 0);
    cr_assert(at != MAP_FAILED);
    return at;
}

static int make_file(uint64_t size) {
    const int fd = memfd_create("region", MFD_CLOEXEC);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, ftruncate(fd, (off_t)size), 0));
    return fd;
}

void region_init(struct region *region, uint64_t size) {
    const uint64_t whole = (size + PAGE - 1) / PAGE * PAGE;
    *region = (struct region){.fd = make_file(whole)};
    region->place = (struct object_place){.at = map(whole, PROT_NONE, MAP_SHARED, region->fd),
                                          .size = whole,
                                          .reach = reach,
                                          .arg = region};
    region->reached = calloc(whole / PAGE + 1, 1);
    cr_assert(region->reached != NULL);
}

void region_done(struct region *region) {
    if (region->place.at != NULL) {
        munmap(region->place.at, region->place.size);
        (void)close(region->fd);
    }
    free(region->reached);
    *region = (struct region){0};
}

unsigned char *region_copy(const struct region *region) {
    unsigned char *copy =
        map(region->place.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (uint64_t at = 0; at < region->place.size; at += PAGE)
        if (region->reached[at / PAGE])
            memcpy(copy + at, region->place.at + at, PAGE);
    return copy;
}

unsigned char *region_look(const struct region *region) {
    return map(region->place.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, region->fd);
}

void region_drop(const struct region *region, unsigned char *copy) {
    munmap(copy, region->place.size);
}
