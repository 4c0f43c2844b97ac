/* Restores the windows of summaries of another process. */
#include <math.h>

#include "store/restore_private.h"
#include "store/window_private.h"

enum { COUNT_BITS = 60 /* most bits of a count, so that sums of counts do not overflow */ };

static void find_fields(struct restore_windows *from) {
    from->turn = image_field(&from->subs, "turn", OBJECT_I64);
    from->zeros = image_field(&from->subs, "zeros", OBJECT_U64);
    from->astray = image_field(&from->subs, "astray", OBJECT_U64);
    from->min = image_field(&from->subs, "min", OBJECT_F64);
    from->max = image_field(&from->subs, "max", OBJECT_F64);
    from->links = image_field(&from->subs, "pages", OBJECT_U32);
    from->number = image_field(&from->pages, "number", OBJECT_I32);
    from->bins = image_field(&from->pages, "bins", OBJECT_U32);
}

bool restore_windows_begin(struct store_restoring *restore) {
    struct restore_windows *from = &restore->windows;
    uint64_t words = from->taken_words;
    if (!image_find(restore->image, "window", OBJECT_NONE, OBJECT_NONE, &from->subs) ||
        !image_find(restore->image, "window_page", OBJECT_NONE, OBJECT_NONE, &from->pages))
        return true;
    find_fields(from);
    if (!restore_room(restore->store->held.memory, &from->taken, &words, from->pages.items / 64 + 1,
                      sizeof *from->taken))
        return false;
    from->taken_words = words;
    memset(from->taken, 0, words * sizeof *from->taken);
    return true;
}

/* Mark a page of the image as taken. False: it does not exist, or already belongs to a window. */
static bool claim_page(struct restore_windows *from, uint64_t link) {
    const uint64_t page = link - 1;
    if (link == 0 || page >= from->pages.items || (from->taken[page / 64] >> page % 64 & 1) != 0)
        return false;
    from->taken[page / 64] |= UINT64_C(1) << page % 64;
    return true;
}

/* Whether a page of this number can exist: no double is in a bin further out. */
static bool is_page_number(int32_t number) {
    const double most = 750 / log(GAMMA) / PAGE_BINS;
    return number >= -most && number <= most;
}

/* Read the bins of a page. Returns how many observations it has. */
static uint64_t read_bins(const struct restore_windows *from, uint64_t page,
                          uint32_t ret_bins[PAGE_BINS]) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < PAGE_BINS; i++) {
        ret_bins[i] = (uint32_t)image_integer(&from->pages, page, from->bins, i);
        count += ret_bins[i];
    }
    return count;
}

/* Copy a page. If there is no page for it here, its observations count as astray, as when they are
 * observed without a page. */
static void take_page(struct store_restoring *restore, struct subwindow *sub, uint64_t link) {
    struct restore_windows *from = &restore->windows;
    uint32_t bins[PAGE_BINS];
    if (!claim_page(from, link))
        return;
    const int32_t number = (int32_t)image_integer(&from->pages, link - 1, from->number, 0);
    const uint64_t count = read_bins(from, link - 1, bins);
    if (count == 0 || !is_page_number(number))
        return;
    const uint32_t place = window_page_place(restore->store, sub, number);
    const uint32_t own = sub->pages[place] == 0 ? window_take_page(restore->store, number) : 0;
    sub->count += count;
    if (own == 0) {
        restore->windows.again |= sub->pages[place] == 0;
        sub->astray += count;
        return;
    }
    memcpy(window_page_at(restore->store, own)->bins, bins, sizeof bins);
    sub->pages[place] = own;
    sub->page_count++;
}

static uint64_t read_count(const struct restore_windows *from, uint64_t record,
                           struct image_field field) {
    const uint64_t count = image_integer(&from->subs, record, field, 0);
    return count >> COUNT_BITS == 0 ? count : 0;
}

/* Shift a turn, which counts eighths of the window on the monotonic clock. If times are shifted by
 * a fraction of an eighth, the sub-window is treated as older than it is, so that no observation
 * older than the window counts. */
static int64_t moved_turn(const struct image *image, const struct catalog_family *family,
                          int64_t turn) {
    const int64_t length = window_turn_length(family);
    const int64_t shift = image->mono_shift_ms;
    int64_t moved;
    const int64_t turns = shift / length - (shift % length < 0);
    return __builtin_add_overflow(turn, turns, &moved) ? INT64_MAX : moved;
}

/* Whether a sub-window is older than the window, within it, or in the future. */
enum when { WHEN_PASSED, WHEN_COVERED, WHEN_TO_COME };

static enum when when_of(const struct store_restoring *restore, const struct catalog_family *family,
                         int64_t turn) {
    const int64_t now = window_turn_at(family, restore->now);
    if (turn > now)
        return WHEN_TO_COME;
    return turn > now - SUBWINDOWS ? WHEN_COVERED : WHEN_PASSED;
}

/* Read a sub-window of this turn, without pages. False if it is not valid. */
static bool read_subwindow(const struct restore_windows *from, const struct catalog_family *family,
                           uint64_t record, int64_t turn, struct subwindow *ret_sub) {
    const double min = image_double(&from->subs, record, from->min, 0);
    const double max = image_double(&from->subs, record, from->max, 0);
    const uint64_t zeros = read_count(from, record, from->zeros);
    const uint64_t astray = read_count(from, record, from->astray);
    *ret_sub = (struct subwindow){.turn = turn,
                                  .min = min,
                                  .max = max,
                                  .zeros = zeros,
                                  .astray = astray,
                                  .count = zeros + astray};
    return isfinite(min) && isfinite(max) && min <= max && (min >= 0 || family->allow_negative);
}

/* Copy a sub-window. Returns whether the copy is as in the image: before the last step, a
 * sub-window may still be in the future. */
static bool take_subwindow(struct store_restoring *restore, const struct catalog_family *family,
                           uint64_t record, struct subwindow *subs, int64_t *latest) {
    const struct restore_windows *from = &restore->windows;
    const int64_t former = (int64_t)image_integer(&from->subs, record, from->turn, 0);
    const int64_t turn = moved_turn(restore->image, family, former);
    const enum when when = when_of(restore, family, turn);
    struct subwindow sub;
    if (when != WHEN_COVERED || (uint64_t)former % SUBWINDOWS != record % SUBWINDOWS ||
        !read_subwindow(from, family, record, turn, &sub))
        return when != WHEN_TO_COME;
    for (uint32_t i = 0; i < PAGES_EACH && i < from->links.count; i++)
        take_page(restore, &sub, image_integer(&from->subs, record, from->links, i));
    if (sub.count == 0)
        return true;
    subs[(uint64_t)turn % SUBWINDOWS] = sub;
    if (turn > *latest)
        *latest = turn;
    return true;
}

/* Copy a window. Returns whether the copy is as in the image. */
static bool take_window(struct store_restoring *restore, const struct catalog_family *family,
                        struct series *series, uint32_t number) {
    struct store *store = restore->store;
    const uint32_t own = series_summary(series)->window;
    bool whole = true;
    if (number == 0 || restore->windows.taken == NULL)
        return true;
    for (uint32_t i = 0; i < SUBWINDOWS; i++)
        whole &= take_subwindow(restore, family, (uint64_t)(number - 1) * SUBWINDOWS + i,
                                window_subs(store, own), window_turn(store, own));
    return whole;
}

static uint64_t read_total(const struct restore_source *source, uint64_t record) {
    return image_integer(&source->table, record, source->fields.count, 0);
}

/* The other process increases the count of a series after it has written all else of an
 * observation. So a copy is complete if the count did not change meanwhile, and remains valid until
 * it does. */
void restore_window(struct store_restoring *restore, const struct restore_source *source,
                    uint64_t record, struct series *series, bool made) {
    struct series_summary *summary = (struct series_summary *)(void *)(series + 1);
    const uint64_t total = read_total(source, record);
    if (!made) {
        if (restore_bit(source->whole, record) && summary->count == total)
            return;
        restore_window_empty(restore->store, series);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    const uint64_t number = image_integer(&source->table, record, source->fields.window, 0);
    const bool whole = take_window(restore, source->family, series, (uint32_t)number);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    summary->count = total;
    restore_bit_set(source->whole, record, whole && read_total(source, record) == total);
}

void restore_window_empty(struct store *store, struct series *series) {
    struct series_summary *summary = (struct series_summary *)(void *)(series + 1);
    window_clear(store, summary->window);
    summary->count = 0;
}

static void each_window(struct store_restoring *restore,
                        void (*act)(struct store_restoring *restore,
                                    const struct restore_source *source, uint64_t record)) {
    for (size_t i = 0; i < restore->store->set->family_count; i++) {
        const struct restore_source *source = &restore->sources[i];
        for (uint64_t record = 0; source->whole != NULL && record < source->seen_max; record++)
            if (source->seen[record].place != 0)
                act(restore, source, record);
    }
}

static struct series *series_of(const struct restore_source *source, uint64_t record) {
    return slab_series(source->sf, source->seen[record].place - 1);
}

static void empty(struct store_restoring *restore, const struct restore_source *source,
                  uint64_t record) {
    restore_window_empty(restore->store, series_of(source, record));
    undo_commit(restore->store->undo);
}

static void take_again(struct store_restoring *restore, const struct restore_source *source,
                       uint64_t record) {
    restore_window(restore, source, record, series_of(source, record), true);
    undo_commit(restore->store->undo);
}

void restore_windows_again(struct store_restoring *restore) {
    if (restore->windows.taken == NULL) /* there are none */
        return;
    memset(restore->windows.taken, 0,
           restore->windows.taken_words * sizeof *restore->windows.taken);
    each_window(restore, empty);
    each_window(restore, take_again);
}
