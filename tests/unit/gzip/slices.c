/* SPDX-License-Identifier: MIT */
#include "slices.h"

#include <string.h>
#include <sys/mman.h>

#include "assertions.h"
#include "gzip/gzip.h"
#include "texts.h"

enum { PAGE = 4096 };

/* Memory between pages without access. */
struct fenced {
    char *map;
    size_t size;
    char *end;
};

static struct fenced fence(size_t len) {
    struct fenced fenced = {.size = (len + PAGE - 1) / PAGE * PAGE + (size_t)2 * PAGE};
    fenced.map =
        mmap(NULL, fenced.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(fenced.map != MAP_FAILED);
    fenced.end = fenced.map + fenced.size - PAGE;
    cr_assert(eq(int, mprotect(fenced.map, PAGE, PROT_NONE), 0));
    cr_assert(eq(int, mprotect(fenced.end, PAGE, PROT_NONE), 0));
    return fenced;
}

static void unfence(struct fenced *fenced) {
    munmap(fenced->map, fenced->size);
}

struct run {
    const struct slices *slices;
    struct gzip *gzip;
    struct fenced in;
    struct fenced out;
    uint64_t random;
};

static size_t choose(struct run *run, size_t most, size_t least) {
    return run->random == 0 ? most : least + text_random(&run->random) % (most + 1 - least);
}

/* One step; returns what it took of the input. */
static size_t step(struct run *run, const char *text, size_t left, enum gzip_state *ret_state,
                   struct strbuf *out) {
    const size_t wanted = choose(run, run->slices->in, 0);
    const size_t len = wanted < left ? wanted : left;
    const size_t room = choose(run, run->slices->out, 1);
    char *const in = run->in.end - len;
    char *const made = run->out.end - room;
    if (len > 0)
        memcpy(in, text, len);
    struct gzip_piece piece = {
        .in = in, .in_left = len, .last = len == left, .out = made, .out_left = room};
    *ret_state = gzip_step(run->gzip, &piece);
    const size_t taken = len - piece.in_left;
    cr_assert(eq(ptr, (void *)(uintptr_t)piece.in, (void *)(in + taken)));
    cr_assert(eq(ptr, (void *)piece.out, (void *)(made + room - piece.out_left)));
    cr_assert(le(sz, taken, GZIP_PIECE_BYTES), "no piece is longer than promised");
    strbuf_put(out, made, room - piece.out_left);
    memset(in, '#', len); /* it is the library's no more */
    return taken;
}

void slices_gzip(const struct strbuf *text, const struct slices *slices, struct strbuf *out) {
    struct run run = {.slices = slices,
                      .gzip = gzip_new(),
                      .in = fence(slices->in < text->len ? slices->in : text->len),
                      .out = fence(slices->out),
                      .random = slices->seed};
    size_t at = 0;
    size_t idle = 0;
    enum gzip_state state = GZIP_MORE;
    cr_assert(run.gzip != NULL);
    while (state == GZIP_MORE) {
        const size_t before = out->len;
        const size_t taken =
            step(&run, text->len > 0 ? text->data + at : NULL, text->len - at, &state, out);
        at += taken;
        idle = taken == 0 && out->len == before ? idle + 1 : 0;
        cr_assert(lt(sz, idle, 100), "it goes on");
    }
    cr_assert(eq(int, (int)state, (int)GZIP_ENDED));
    cr_expect(eq(sz, at, text->len));
    cr_expect(le(sz, gzip_bytes(run.gzip), GZIP_BYTES));
    gzip_free(run.gzip);
    unfence(&run.in);
    unfence(&run.out);
}
