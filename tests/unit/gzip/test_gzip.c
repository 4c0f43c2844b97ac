/* SPDX-License-Identifier: MIT */
/* All implementations: zlib's inflate gives back the text, whatever the slices. */
#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "assertions.h"
#include "gunzip.h"
#include "gzip/gzip.h"
#include "shortage.h"
#include "slices.h"
#include "texts.h"

enum { PIECE = GZIP_PIECE_BYTES };

static struct strbuf text;
static struct strbuf packed;
static struct strbuf plain;

static void open_buffers(void) {
    strbuf_init(&text);
    strbuf_init(&packed);
    strbuf_init(&plain);
}

static void close_buffers(void) {
    strbuf_done(&text);
    strbuf_done(&packed);
    strbuf_done(&plain);
}

TestSuite(gzip, .init = open_buffers, .fini = close_buffers);

static uint32_t little_endian(const char *at) {
    const unsigned char *bytes = (const unsigned char *)at;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Of the text, in such slices. */
static void check(const struct slices *slices) {
    strbuf_clear(&packed);
    strbuf_clear(&plain);
    slices_gzip(&text, slices, &packed);
    cr_assert(ge(sz, packed.len, 18));
    cr_expect(eq(int, memcmp(packed.data, "\x1f\x8b\x08", 3), 0));
    gunzip(&packed, &plain);
    cr_assert(eq(sz, plain.len, text.len));
    cr_assert(text.len == 0 || memcmp(plain.data, text.data, text.len) == 0);
    const uLong crc =
        text.len == 0 ? crc32(0, NULL, 0) : crc32_z(0, (const Bytef *)text.data, text.len);
    cr_expect(eq(u32, little_endian(packed.data + packed.len - 8), (uint32_t)crc));
    cr_expect(eq(u32, little_endian(packed.data + packed.len - 4), (uint32_t)text.len));
}

static void make(enum text_kind kind, uint64_t seed, size_t len) {
    strbuf_clear(&text);
    text_make(kind, seed, len, &text);
}

Test(gzip, a_text_of_any_length_is_one_member) {
    static const size_t lengths[] = {0,
                                     1,
                                     2,
                                     257,
                                     258,
                                     259,
                                     32767,
                                     32768,
                                     99999,
                                     PIECE - 1,
                                     PIECE,
                                     PIECE + 1,
                                     3000000,
                                     (size_t)2 * PIECE - 1,
                                     (size_t)2 * PIECE,
                                     (size_t)2 * PIECE + 1,
                                     (size_t)16 * PIECE};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int kind = 0; kind < TEXT_KINDS; kind++) {
            make((enum text_kind)kind, 1, lengths[i]);
            check(&(struct slices){.in = SIZE_MAX, .out = PIECE});
            check(&(struct slices){.in = PIECE, .out = PIECE});
        }
}

Test(gzip, output_may_be_taken_byte_by_byte) {
    for (int kind = 0; kind < TEXT_KINDS; kind++) {
        make((enum text_kind)kind, 2, 5000);
        check(&(struct slices){.in = SIZE_MAX, .out = 1});
        check(&(struct slices){.in = 1, .out = 100});
        check(&(struct slices){.in = 1, .out = 1});
    }
}

Test(gzip, random_slices_make_no_difference, .timeout = 300) {
    uint64_t random = 3;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        const size_t most = (size_t)1 << (text_random(&random) % 18 + 1);
        const size_t room = (size_t)1 << (text_random(&random) % 16 + 4);
        const size_t len = text_random(&random) % (40 * most < 1500000 ? 40 * most : 1500000);
        make((enum text_kind)(seed % TEXT_KINDS), seed, len);
        check(&(struct slices){.in = most, .out = room, .seed = seed});
    }
}

Test(gzip, streams_do_not_mix) {
    struct gzip *one = gzip_new();
    struct gzip *other = gzip_new();
    char out[2][4096];
    struct gzip_piece pieces[2];
    for (int i = 0; i < 2; i++)
        pieces[i] = (struct gzip_piece){.out = out[i], .out_left = sizeof out[i]};
    for (int i = 0; i < 3; i++) {
        pieces[0].in = "one";
        pieces[1].in = "other";
        pieces[0].in_left = 3;
        pieces[1].in_left = 5;
        pieces[0].last = pieces[1].last = i == 2;
        cr_expect(eq(int, (int)gzip_step(one, &pieces[0]), (int)(i == 2 ? GZIP_ENDED : GZIP_MORE)));
        cr_expect(
            eq(int, (int)gzip_step(other, &pieces[1]), (int)(i == 2 ? GZIP_ENDED : GZIP_MORE)));
    }
    strbuf_put(&packed, out[1], sizeof out[1] - pieces[1].out_left);
    gunzip(&packed, &plain);
    cr_expect(eq(str, (char *)strbuf_cstr(&plain), "otherotherother"));
    gzip_free(one);
    gzip_free(other);
}

Test(gzip, a_stream_can_be_given_up_at_any_time) {
    static char out[PIECE];
    make(TEXT_LINES, 4, 3000000);
    for (size_t steps = 0; steps < 40; steps += 3) {
        struct gzip *gzip = gzip_new();
        struct gzip_piece piece = {.in = text.data, .in_left = text.len};
        for (size_t i = 0; i < steps; i++) {
            piece.out = out;
            piece.out_left = sizeof out;
            cr_expect(eq(int, (int)gzip_step(gzip, &piece), (int)GZIP_MORE));
        }
        gzip_free(gzip);
    }
    gzip_free(NULL);
}

Test(gzip, an_exposition_becomes_much_smaller) {
    make(TEXT_LINES, 5, 3000000);
    check(&(struct slices){.in = SIZE_MAX, .out = PIECE});
    cr_expect(lt(sz, packed.len, text.len / 5));
}

Test(gzip, without_memory_there_is_no_stream) {
    long granted = -1;
    struct gzip *gzip = NULL;
    while (gzip == NULL) {
        shortage_begin(++granted);
        gzip = gzip_new();
        if (gzip == NULL)
            cr_expect(eq(long, shortage_end(), 0), "what it had is freed");
    }
    gzip_free(gzip);
    cr_expect(eq(long, shortage_end(), 0));
    cr_expect(lt(long, 0, granted));
}

Test(gzip, it_says_by_which_library_it_works) {
    const size_t len = strlen(GZIP_EXPECTED);
    cr_expect(eq(int, strncmp(gzip_library(), GZIP_EXPECTED " ", len + 1), 0));
    cr_expect(lt(sz, len + 1, strlen(gzip_library())));
}
