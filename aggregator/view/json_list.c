#include "view/json_list.h"

/* ---- the cursor ---- */

static void put_next(struct json_list *list) {
    struct json_writer *json = &list->json;
    json_line(json);
    json_key(json, "next");
    if (list->full)
        json_bytes(json, list->next.data, list->next.len);
    else
        json_text(json, NULL);
    json_close(json, '}');
    strbuf_putc(json->out, '\n');
    if (list->next.failed)
        json->out->failed = true;
}

static enum view_state list_step(struct view *view, struct strbuf *out, size_t budget,
                                 struct store_time now) {
    struct json_list *list = (struct json_list *)view;
    struct slice slice = slice_begin(view, out, budget);
    list->json.out = out;
    if (!list->begun)
        list->kind->begin(list);
    list->begun = true;
    if (!list->kind->write(list, &slice, now))
        return out->failed ? VIEW_DONE : VIEW_MORE;
    put_next(list);
    return VIEW_DONE;
}

static void list_free(struct view *view) {
    struct json_list *list = (struct json_list *)view;
    if (list->kind->done != NULL)
        list->kind->done(list);
    strbuf_done(&list->next);
    page_token_done(&list->after);
    memory_release(list->source.memory, list);
}

/* ---- making one ---- */

static bool resume(struct json_list *list, const char *after, const char **ret_error) {
    if (page_token_open(&list->after, list->source.memory, after, list->kind->list) &&
        list->kind->resume(list, &list->after) && page_token_is_read(&list->after))
        return true;
    *ret_error = list->after.raw.failed ? NULL : page_token_refusal;
    return false;
}

struct view *json_list_new(const struct json_list_kind *kind, const struct view_source *source,
                           const struct json_query *query, const char **ret_error) {
    *ret_error = NULL;
    struct json_list *list = memory_alloc(source->memory, kind->size);
    if (list == NULL)
        return NULL;
    list->view = (struct view){.step = list_step, .free = list_free};
    list->kind = kind;
    list->source = *source;
    strbuf_init_in(&list->next, source->memory);
    if (!json_selection_check(source, query, kind->shows, &list->selection, ret_error) ||
        (query->after != NULL && !resume(list, query->after, ret_error))) {
        view_free(&list->view);
        return NULL;
    }
    return &list->view;
}

/* ---- tokens ---- */

void json_list_begin_token(struct json_list *list, struct page_token_writer *ret_token) {
    strbuf_clear(&list->next);
    page_token_begin(ret_token, list->source.memory, list->kind->list);
}

void json_list_set_number(struct json_list *list, uint64_t number) {
    struct page_token_writer token;
    json_list_begin_token(list, &token);
    page_token_add_number(&token, number);
    page_token_end(&token, &list->next);
}
