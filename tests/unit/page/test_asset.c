/* SPDX-License-Identifier: MIT */
/* The files of the page, as the build embeds them. */
#include "assertions.h"

#include <stdio.h>
#include <string.h>

#include "page/page.h"

static void expect_file(const char *path, const char *file) {
    static char bytes[1 << 20];
    const struct page_asset *asset = page_asset(path);
    cr_assert(asset != NULL, "%s", path);
    FILE *in = fopen(file, "rb");
    cr_assert(in != NULL, "%s", file);
    const size_t size = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    cr_assert(eq(sz, asset->len, size));
    cr_expect(memcmp(asset->bytes, bytes, size) == 0);
}

Test(page_asset, files_are_embedded_byte_by_byte) {
    cr_expect(eq(sz, page_asset_count, 6));
    for (size_t i = 0; i < page_asset_count; i++) {
        char file[256];
        snprintf(file, sizeof file, "../aggregator/page/assets/%s",
                 page_assets[i].path + strlen("/-/"));
        expect_file(page_assets[i].path, file);
        for (size_t j = 0; j < i; j++)
            cr_expect(ne(str, (char *)page_assets[i].etag, (char *)page_assets[j].etag));
    }
    cr_expect(page_asset("/-/") == NULL);
    cr_expect(page_asset("/-/statgate") == NULL);
}
