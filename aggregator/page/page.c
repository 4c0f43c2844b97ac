/* SPDX-License-Identifier: MIT */
/* page.c - the files of the page, by their path. */
#include "page/page.h"

#include <string.h>

const struct page_asset *page_asset(const char *path) {
    for (size_t i = 0; i < page_asset_count; i++)
        if (strcmp(path, page_assets[i].path) == 0)
            return &page_assets[i];
    return NULL;
}
