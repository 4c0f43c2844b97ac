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
    expect_file("/-/statgate.css", "../aggregator/page/assets/statgate.css");
    expect_file("/-/statgate.js", "../aggregator/page/assets/statgate.js");
    cr_expect(ne(str, (char *)page_asset("/-/statgate.css")->etag,
                 (char *)page_asset("/-/statgate.js")->etag));
    cr_expect(page_asset("/-/") == NULL);
    cr_expect(page_asset("/-/statgate") == NULL);
}
