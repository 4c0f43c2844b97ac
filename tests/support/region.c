#include "region.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "assertions.h"

enum { PAGE = 4096 };

const unsigned char region_boot[OBJECT_BOOT_BYTES] = {1, 2, 3};

static bool reach(void *arg, uint64_t offset, uint64_t bytes) {
    struct region *region = arg;
    region->calls++;
    if (bytes > region->granted)
        return false;
    region->granted -= bytes;
    memset(region->reached + offset / PAGE, 1, (bytes + PAGE - 1) / PAGE);
    return mprotect(region->place.at + offset, bytes, PROT_READ | PROT_WRITE) == 0;
}

static unsigned char *map(uint64_t size, int protection) {
    void *at = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert(at != MAP_FAILED);
    return at;
}

void region_init(struct region *region, uint64_t size) {
    const uint64_t whole = (size + PAGE - 1) / PAGE * PAGE;
    *region = (struct region){.granted = UINT64_MAX};
    region->place = (struct object_place){
        .at = map(whole, PROT_NONE), .size = whole, .reach = reach, .arg = region};
    region->reached = calloc(whole / PAGE + 1, 1);
    cr_assert_not_null(region->reached);
}

void region_done(struct region *region) {
    if (region->place.at != NULL)
        munmap(region->place.at, region->place.size);
    free(region->reached);
    *region = (struct region){0};
}

unsigned char *region_copy(const struct region *region) {
    unsigned char *copy = map(region->place.size, PROT_READ | PROT_WRITE);
    for (uint64_t at = 0; at < region->place.size; at += PAGE)
        if (region->reached[at / PAGE])
            memcpy(copy + at, region->place.at + at, PAGE);
    return copy;
}

void region_drop(const struct region *region, unsigned char *copy) {
    munmap(copy, region->place.size);
}
