/*
 * asset_private.h - the files of assets/, embedded by the build. Private to page/.
 */
#ifndef STATGATE_PAGE_ASSET_PRIVATE_H
#define STATGATE_PAGE_ASSET_PRIVATE_H

#include "page/page.h"

extern const struct page_asset page_assets[];
extern const size_t page_asset_count;

#endif
