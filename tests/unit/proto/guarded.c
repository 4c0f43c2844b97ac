/* SPDX-License-Identifier: MIT */
#include "guarded.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded guarded_new(size_t len) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guarded memory = {.len = (len + page) / page * page};

    memory.map_len = memory.len + 2 * page;
    memory.map =
        mmap(NULL, memory.map_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory.map == MAP_FAILED)
        abort();
    memory.at = memory.map + page;
    if (mprotect(memory.at, memory.len, PROT_READ | PROT_WRITE) != 0)
        abort();
    return memory;
}

void guarded_free(struct guarded *memory) {
    munmap(memory->map, memory->map_len);
}

static const char *place(char *to, const char *bytes, size_t len) {
    if (len != 0)
        memcpy(to, bytes, len);
    return to;
}

const char *guarded_at_end(struct guarded *memory, const char *bytes, size_t len) {
    return place(memory->at + memory->len - len, bytes, len);
}

const char *guarded_at_start(struct guarded *memory, const char *bytes, size_t len) {
    return place(memory->at, bytes, len);
}

void guarded_read_only(struct guarded *memory) {
    if (mprotect(memory->at, memory->len, PROT_READ) != 0)
        abort();
}
