/* Walks the families and series of an exposition; the same for both text formats. */
#include "view/frame_build.h"
#include "view/slice.h"
#include "view/target_info.h"

struct exposition {
    struct view view;
    struct view_source source;
    struct exposition_options options;
    size_t family; /* index of the present family in the list of the page */
    bool started;  /* the target's info was written */
    bool walking;  /* the cursor is open */
    bool framed;   /* the family's metadata was written */
    struct store_cursor cursor;
    struct frame frame;
};

const char *exposition_content_type(enum exposition_format format) {
    return format == EXPOSITION_OPENMETRICS
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

static int compare_name(const char *terminated, const char *name, size_t len) {
    const int order = strncmp(terminated, name, len);
    return order == 0 && terminated[len] != '\0' ? 1 : order;
}

/* True if a family of this name is on the page. */
static bool shows_name(const struct exposition *ex, const char *name, size_t len) {
    const struct endpoint_page *page = ex->options.page;
    size_t low = 0;
    size_t high = page->family_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (compare_name(page->families[middle]->name, name, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < page->family_count && compare_name(page->families[low]->name, name, len) == 0;
}

/*
 * In OpenMetrics the family of a counter X_total is X, and so is that of an info X_info. If a
 * family X exists, or if the name lacks this suffix, the family can only be shown under the name of
 * its sample, X_total, with type unknown. This depends only on declarations, not on which families
 * have series, so that a family's type is stable.
 */
static bool is_typed(const struct exposition *ex, const struct catalog_family *family) {
    const char *suffix = family->kind->suffix;
    const size_t suffix_len = strlen(suffix);
    const size_t len = strlen(family->name);
    if (suffix_len == 0)
        return true;
    return len > suffix_len && strcmp(family->name + len - suffix_len, suffix) == 0 &&
           !shows_name(ex, family->name, len - suffix_len);
}

/* Sort the family's series and open the cursor. False if the slice ended before all were sorted. */
static bool begin_family(struct exposition *ex, const struct catalog_family *family,
                         struct slice *slice) {
    if (!slice_settle(slice, ex->source.store, family))
        return false;
    store_cursor_open(ex->source.store, &ex->cursor, family);
    ex->walking = true;
    ex->framed = false;
    return true;
}

/* Work units of building a frame: metadata, and the text around each label and in each tail. */
static size_t frame_units(const struct frame *frame) {
    enum { FAMILY_UNITS = 5, TAILS_A_UNIT = 2 };
    return FAMILY_UNITS + frame->family->label_count + frame->tail_count / TAILS_A_UNIT;
}

/* Build the frame and write the metadata, before the first series: a family without series is not
 * shown. */
static void begin_lines(struct exposition *ex, const struct catalog_family *family,
                        struct slice *slice) {
    ex->framed = true;
    const struct frame_options options = {.format = ex->options.format,
                                          .typed = is_typed(ex, family),
                                          .page = ex->options.page,
                                          .cache = ex->source.texts};
    if (!frame_build(&ex->frame, family, &options)) {
        slice->out->failed = true;
        return;
    }
    frame_put_metadata(&ex->frame, slice->out);
    slice_spend(slice, frame_units(&ex->frame));
}

/* False if the slice ended before the family did. */
static bool walk_family(struct exposition *ex, const struct catalog_family *family,
                        struct slice *slice, struct store_time now) {
    struct store *store = ex->source.store;
    frame_forget(&ex->frame);
    while (!slice_is_spent(slice)) {
        const struct series *series = store_cursor_next(store, &ex->cursor, now);
        slice_spend(slice, ex->cursor.units);
        if (series == NULL) {
            store_cursor_close(store, &ex->cursor);
            ex->walking = false;
            return true;
        }
        if (!ex->framed)
            begin_lines(ex, family, slice);
        if (slice->out->failed)
            return false;
        slice_spend(slice,
                    frame_put_series(&ex->frame, store, &ex->cursor, series, now, slice->out));
    }
    return false;
}

static enum view_state exposition_step(struct view *view, struct strbuf *out, size_t budget,
                                       struct store_time now) {
    struct exposition *ex = (struct exposition *)view;
    const struct endpoint_page *page = ex->options.page;
    struct slice slice = slice_begin(view, out, budget);
    render_cache_tidy(ex->source.texts, now);
    if (!ex->started)
        target_info_put(out, &page->target, ex->options.format);
    ex->started = true;
    for (; ex->family < page->family_count; ex->family++, slice_spend(&slice, 1)) {
        const struct catalog_family *family = page->families[ex->family];
        if (slice_is_spent(&slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        if (!ex->walking && !begin_family(ex, family, &slice))
            return VIEW_MORE;
        if (!walk_family(ex, family, &slice, now))
            return out->failed ? VIEW_DONE : VIEW_MORE;
    }
    if (ex->options.format == EXPOSITION_OPENMETRICS)
        strbuf_puts(out, "# EOF\n");
    return VIEW_DONE;
}

static void exposition_free(struct view *view) {
    struct exposition *ex = (struct exposition *)view;
    store_cursor_close(ex->source.store, &ex->cursor);
    frame_done(&ex->frame);
    memory_release(ex->source.memory, ex);
}

struct view *view_exposition(const struct view_source *source,
                             const struct exposition_options *options) {
    struct exposition *ex = memory_alloc(source->memory, sizeof *ex);
    if (ex == NULL)
        return NULL;
    ex->view = (struct view){.step = exposition_step, .free = exposition_free};
    ex->source = *source;
    ex->options = *options;
    frame_init(&ex->frame, source->memory);
    return &ex->view;
}
