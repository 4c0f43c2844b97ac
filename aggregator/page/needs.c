/* What needs somebody. */
#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"

bool page_write_needs(struct page *page, struct slice *slice, struct store_time now) {
    (void)page;
    (void)slice;
    (void)now;
    return true;
}
