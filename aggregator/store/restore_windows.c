/* The windows of summaries of another process. */
#include <math.h>

#include "store/restore.h"
#include "store/window_private.h"

enum { COUNT_BITS = 60 /* of a count, so that some of them add up */ };

bool restore_windows_init(struct restoring *restore) {
    if (!image_find(restore->image, "window", OBJECT_NONE, OBJECT_NONE, &restore->subs) ||
        !image_find(restore->image, "window_page", OBJECT_NONE, OBJECT_NONE, &restore->page_table))
        return true;
    restore->pages = memory_array(restore->store->held.memory, restore->page_table.items / 64 + 1,
                                  sizeof *restore->pages);
    return restore->pages != NULL;
}

/* Is this page of the image nobody's so far? From now on it is somebody's. */
static bool claim_page(struct restoring *restore, uint64_t link) {
    const uint64_t page = link - 1;
    if (link == 0 || page >= restore->page_table.items ||
        (restore->pages[page / 64] >> page % 64 & 1) != 0)
        return false;
    restore->pages[page / 64] |= UINT64_C(1) << page % 64;
    return true;
}

/* No number has bins further out. */
static bool is_page_number(int32_t number) {
    const double most = 750 / log(GAMMA) / PAGE_BINS;
    return number >= -most && number <= most;
}

/* Returns how many observations the page has. */
static uint64_t count_page(const struct restoring *restore, uint64_t page) {
    const struct image_field bins = image_field(&restore->page_table, "bins", OBJECT_U32);
    uint64_t count = 0;
    for (uint32_t i = 0; i < PAGE_BINS; i++)
        count += image_integer(&restore->page_table, page, bins, i);
    return count;
}

static void take_bins(const struct restoring *restore, uint64_t page, struct window_page *to) {
    const struct image_field bins = image_field(&restore->page_table, "bins", OBJECT_U32);
    for (uint32_t i = 0; i < PAGE_BINS; i++)
        to->bins[i] = (uint32_t)image_integer(&restore->page_table, page, bins, i);
}

/* What has no page here goes astray, as it does when it is observed. */
static void take_page(struct restoring *restore, struct subwindow *sub, uint64_t link) {
    if (!claim_page(restore, link))
        return;
    const uint64_t page = link - 1;
    const struct image_field field = image_field(&restore->page_table, "number", OBJECT_I32);
    const int32_t number = (int32_t)image_integer(&restore->page_table, page, field, 0);
    const uint64_t count = count_page(restore, page);
    if (count == 0 || !is_page_number(number))
        return;
    const uint32_t place = window_page_place(restore->store, sub, number);
    const uint32_t own = sub->pages[place] == 0 ? window_take_page(restore->store, number) : 0;
    sub->count += count;
    if (own == 0) {
        sub->astray += count;
        return;
    }
    take_bins(restore, page, window_page_at(restore->store, own));
    sub->pages[place] = own;
    sub->page_count++;
}

static uint64_t read_count(const struct restoring *restore, uint64_t record, const char *name) {
    const struct image_field field = image_field(&restore->subs, name, OBJECT_U64);
    const uint64_t count = image_integer(&restore->subs, record, field, 0);
    return count >> COUNT_BITS == 0 ? count : 0;
}

static double read_bound(const struct restoring *restore, uint64_t record, const char *name) {
    return image_double(&restore->subs, record, image_field(&restore->subs, name, OBJECT_F64), 0);
}

/* Its turn and its bounds: false if it has passed, or cannot be. */
static bool read_ends(const struct restoring *restore, const struct catalog_family *family,
                      uint64_t record, struct subwindow *ret_sub) {
    const int64_t now = window_turn_at(family, restore->now);
    const int64_t turn = (int64_t)image_integer(&restore->subs, record,
                                                image_field(&restore->subs, "turn", OBJECT_I64), 0);
    const double min = read_bound(restore, record, "min");
    const double max = read_bound(restore, record, "max");
    *ret_sub = (struct subwindow){.turn = turn, .min = min, .max = max};
    return turn >= 0 && turn <= now && now - turn < SUBWINDOWS && isfinite(min) && isfinite(max) &&
           min <= max && (min >= 0 || family->allow_negative);
}

static void take_subwindow(struct restoring *restore, const struct catalog_family *family,
                           uint64_t record, struct subwindow *subs, int64_t *latest) {
    const struct image_field pages = image_field(&restore->subs, "pages", OBJECT_U32);
    struct subwindow sub;
    if (!read_ends(restore, family, record, &sub) ||
        (uint64_t)sub.turn % SUBWINDOWS != record % SUBWINDOWS)
        return;
    sub.zeros = read_count(restore, record, "zeros");
    sub.astray = read_count(restore, record, "astray");
    sub.count = sub.zeros + sub.astray;
    for (uint32_t i = 0; i < PAGES_EACH && i < pages.count; i++)
        take_page(restore, &sub, image_integer(&restore->subs, record, pages, i));
    if (sub.count == 0)
        return;
    subs[record % SUBWINDOWS] = sub;
    if (sub.turn > *latest)
        *latest = sub.turn;
}

void restore_window(struct restoring *restore, const struct catalog_family *family,
                    struct series *series, uint32_t number) {
    if (number == 0 || restore->pages == NULL)
        return;
    struct store *store = restore->store;
    const uint32_t own = series_summary(series)->window;
    for (uint32_t i = 0; i < SUBWINDOWS; i++)
        take_subwindow(restore, family, (uint64_t)(number - 1) * SUBWINDOWS + i,
                       window_subs(store, own), window_turn(store, own));
}
