#include "host/mapped.h"

#include <stdint.h>
#include <sys/mman.h>

enum { FRONT = 64, PAGE = 4096 };

/* In front of a piece. */
struct front {
    size_t bytes; /* of the mapping */
};

static struct front *front_of(void *piece) {
    return (struct front *)(void *)((unsigned char *)piece - FRONT);
}

static void *piece_of(struct front *front, size_t bytes) {
    front->bytes = bytes;
    return (unsigned char *)front + FRONT;
}

/* Bytes of the mapping for a piece of `size` bytes; 0 if there are too many. */
static size_t mapping_bytes(size_t size) {
    return size <= SIZE_MAX - FRONT - PAGE ? (size + FRONT + PAGE - 1) / PAGE * PAGE : 0;
}

static void *mapped_alloc(void *arg, size_t size) {
    (void)arg;
    const size_t bytes = mapping_bytes(size);
    void *at = bytes > 0
                   ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                   : MAP_FAILED;
    return at != MAP_FAILED ? piece_of(at, bytes) : NULL;
}

static void *mapped_resize(void *arg, void *piece, size_t size) {
    (void)arg;
    struct front *front = front_of(piece);
    const size_t bytes = mapping_bytes(size);
    if (bytes == front->bytes)
        return piece;
    void *at = bytes > 0 ? mremap(front, front->bytes, bytes, MREMAP_MAYMOVE) : MAP_FAILED;
    return at != MAP_FAILED ? piece_of(at, bytes) : NULL;
}

static void mapped_release(void *arg, void *piece) {
    (void)arg;
    struct front *front = front_of(piece);
    (void)munmap(front, front->bytes);
}

const struct memory *mapped_memory(void) {
    static const struct memory mapped = {
        .alloc = mapped_alloc, .resize = mapped_resize, .release = mapped_release};
    return &mapped;
}
