/* SPDX-License-Identifier: MIT */
#include "gunzip.h"

#include <zlib.h>

#include "assertions.h"

void gunzip(const struct strbuf *in, struct strbuf *out) {
    z_stream inflater = {0};
    cr_assert(eq(int, inflateInit2(&inflater, 15 + 16), Z_OK));
    inflater.next_in = (Bytef *)in->data;
    inflater.avail_in = (uInt)in->len;
    int result = Z_OK;
    while (result == Z_OK) {
        cr_assert(strbuf_reserve(out, 1 << 20));
        inflater.next_out = (Bytef *)(out->data + out->len);
        inflater.avail_out = 1 << 20;
        result = inflate(&inflater, Z_NO_FLUSH);
        out->len += (1 << 20) - inflater.avail_out;
    }
    cr_assert(eq(int, result, Z_STREAM_END), "the gzip stream does not end");
    cr_assert(eq(uint, inflater.avail_in, 0), "bytes follow the gzip stream");
    inflateEnd(&inflater);
}
