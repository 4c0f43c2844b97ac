#include "view/pretty.h"

#include "base/json_pretty.h"
#include "view/slice.h"

/* Bytes of a slice of the inner view; indented it is about three times as long, which takes about
 * 0.2 ms. */
enum { INNER_BYTES = 64 << 10, GROWTH = 4 };

struct pretty {
    struct view view;
    const struct memory *memory;
    struct view *inner;
    struct json_pretty state;
};

static enum view_state pretty_step(struct view *view, struct strbuf *out, size_t budget,
                                   struct store_time now) {
    struct pretty *pretty = (struct pretty *)view;
    const size_t bytes = view->slice_bytes / GROWTH;
    struct strbuf plain;
    strbuf_init_in(&plain, pretty->memory);
    view_limit(pretty->inner, bytes > 0 && bytes < INNER_BYTES ? bytes : INNER_BYTES);
    const enum view_state state = view_step(pretty->inner, &plain, budget, now);
    json_pretty_put(&pretty->state, out, plain.data, plain.len);
    out->failed |= plain.failed;
    strbuf_done(&plain);
    return out->failed ? VIEW_DONE : state;
}

static void pretty_free(struct view *view) {
    struct pretty *pretty = (struct pretty *)view;
    view_free(pretty->inner);
    memory_release(pretty->memory, pretty);
}

struct view *pretty_view(const struct memory *memory, struct view *view) {
    struct pretty *pretty = view != NULL ? memory_alloc(memory, sizeof *pretty) : NULL;
    if (pretty == NULL) {
        view_free(view);
        return NULL;
    }
    *pretty = (struct pretty){
        .view = {.step = pretty_step, .free = pretty_free}, .memory = memory, .inner = view};
    return &pretty->view;
}

/* ---- a text ---- */

struct text_view {
    struct view view;
    const struct memory *memory;
    struct strbuf text;
    size_t at;
};

static enum view_state text_step(struct view *view, struct strbuf *out, size_t budget,
                                 struct store_time now) {
    struct text_view *text = (struct text_view *)view;
    const size_t most = view->slice_bytes > 0 ? view->slice_bytes : VIEW_SLICE_BYTES;
    const size_t rest = text->text.len - text->at;
    const size_t len = rest < most ? rest : most;
    (void)budget;
    (void)now;
    strbuf_put(out, text->text.data + text->at, len);
    text->at += len;
    return text->at == text->text.len || out->failed ? VIEW_DONE : VIEW_MORE;
}

static void text_free(struct view *view) {
    struct text_view *text = (struct text_view *)view;
    strbuf_done(&text->text);
    memory_release(text->memory, text);
}

struct view *pretty_text(const struct memory *memory, struct strbuf *text) {
    struct text_view *made = memory_alloc(memory, sizeof *made);
    if (made == NULL)
        return NULL;
    *made = (struct text_view){
        .view = {.step = text_step, .free = text_free}, .memory = memory, .text = *text};
    strbuf_init_in(text, text->memory);
    return &made->view;
}
