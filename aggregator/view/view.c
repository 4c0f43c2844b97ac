#include "view/slice.h"

enum view_state view_step(struct view *view, struct strbuf *out, size_t budget,
                          struct store_time now) {
    return view->step(view, out, budget, now);
}

void view_limit(struct view *view, size_t bytes) {
    view->slice_bytes = bytes;
}

void view_free(struct view *view) {
    if (view != NULL)
        view->free(view);
}
