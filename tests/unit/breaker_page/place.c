/* SPDX-License-Identifier: MIT */
#include "place.h"
#include "assertions.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

char place_folder[64];
char place_page[96];
struct breakers place_breakers;

void place_init(void) {
    static char labels[] = "job=cas-promotion|publish";
    (void)snprintf(place_folder, sizeof place_folder, "/tmp/statgate-page-XXXXXX");
    cr_assert(mkdtemp(place_folder) != NULL);
    (void)snprintf(place_page, sizeof place_page, "%s/statgate.breakers", place_folder);
    breakers_init(&place_breakers);
    struct catalog *catalog = breakers_service(&place_breakers, "imgsrv", NULL);
    breakers_declare(&place_breakers, catalog, "background_job", NULL, labels);
    breakers_ready(&place_breakers);
}

/* Calls `fn`, if there is one, with each path in the folder. */
static size_t walk(int (*fn)(const char *path)) {
    size_t count = 0;
    DIR *dir = opendir(place_folder);
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        (void)snprintf(path, sizeof path, "%s/%s", place_folder, entry->d_name);
        if (fn)
            (void)fn(path);
    }
    if (dir)
        closedir(dir);
    return count;
}

void place_done(void) {
    walk(remove);
    rmdir(place_folder);
    breakers_done(&place_breakers);
}

size_t place_names(void) {
    return walk(NULL);
}

struct stat place_stat(const char *path) {
    struct stat status;
    cr_assert(eq(int, lstat(path, &status), 0));
    return status;
}

const struct sg_breaker_page *reader_map(const char *path) {
    struct stat status;
    void *at = MAP_FAILED;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && status.st_size == (off_t)sizeof(struct sg_breaker_page))
        at = mmap(NULL, sizeof(struct sg_breaker_page), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

void reader_unmap(const struct sg_breaker_page *page) {
    munmap((void *)page, sizeof *page);
}

const struct sg_breaker_page_slot *reader_find(const struct sg_breaker_page *page, uint64_t tag) {
    for (uint32_t at = sg_breaker_page_home(tag); page->slots[at].tag != 0;
         at = (at + 1) % SG_BREAKER_PAGE_SLOTS)
        if (page->slots[at].tag == tag)
            return &page->slots[at];
    return NULL;
}

uint64_t reader_tag(const char *name, const char *label, const char *other) {
    uint64_t sum = sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, name);
    sum += label ? sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, label) : 0;
    sum += other ? sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, other) : 0;
    return sg_breaker_page_tag(sum);
}

size_t reader_entries(const struct sg_breaker_page *page) {
    size_t count = 0;
    for (size_t i = 0; i < SG_BREAKER_PAGE_SLOTS; i++)
        count += page->slots[i].tag != 0;
    return count;
}
