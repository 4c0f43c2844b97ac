/*
 * json_breakers.c - /debug/breakers: attempts and circuit breakers, and why they are as they are.
 *
 * {"breakers":[
 *  {"service":"imgsrv","name":"imgsrv_background_job","labels":{"job":"publish"},
 *   "declared":"daemon","state":"half_open","since":1766533331507,"epoch":7,
 *   "consecutive_failures":5,"opened":1,"last_transition":{"at":1766533331507,"why":".."},
 *   "last_success":null,"last_error":1766533301507,"last_pid":4711},..],
 * "next":null}
 *
 * `declared` tells who runs the breaker; null: attempts are counted only, and there is no state.
 * `epoch` stands beside half_open. Times are Unix milliseconds; null: never, or unknown. The order
 * is that of the catalogs; a token stands for a machine's number, which is fixed while the daemon
 * runs.
 */
#include <stdlib.h>

#include "view/json_parts.h"
#include "view/page.h"
#include "view/view_private.h"

struct breaker_list {
    struct view view;
    struct view_source source;
    struct page page;
    struct json_writer json;
    size_t breaker; /* the next one */
    size_t written;
    bool begun;
    bool full;
};

/* ---- tokens: the number of the breaker to begin with ---- */

static void put_token(struct breaker_list *list) {
    struct strbuf text = {0};
    struct token_writer token;
    token_begin(&token, TOKEN_BREAKERS);
    token_add_number(&token, list->breaker);
    token_end(&token, &text);
    json_bytes(&list->json, text.data, text.len);
    if (text.failed)
        list->json.out->failed = true;
    strbuf_done(&text);
}

static bool resume(struct breaker_list *list, const char *after, const char **ret_error) {
    struct token_reader token;
    uint64_t breaker = 0;
    const bool fine = token_open(&token, after, TOKEN_BREAKERS) &&
                      token_next_number(&token, CATALOG_MACHINES_MAX, &breaker) &&
                      token_is_read(&token);
    if (!fine)
        *ret_error = token.raw.failed ? NULL : page_bad_after;
    token_done(&token);
    list->breaker = (size_t)breaker;
    return fine;
}

/* ---- writing ---- */

static const char *declared_text(const struct state_breaker *breaker) {
    if (breaker->family->attempts->breaker.reported)
        return "reported";
    return breaker->declared ? "daemon" : NULL;
}

static void put_time(struct json_writer *json, const char *key, int64_t real_ms) {
    json_key(json, key);
    if (real_ms == 0)
        json_text(json, NULL);
    else
        json_i64(json, real_ms);
}

static void put_transition(struct json_writer *json, const struct state_breaker *breaker) {
    json_key(json, "last_transition");
    if (!breaker->why) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_i64(json, "at", breaker->since_ms);
    json_member_text(json, "why", breaker->why);
    json_close(json, '}');
}

static void put_breaker(struct breaker_list *list, const struct state_breaker *breaker) {
    struct json_writer *json = &list->json;
    const char *declared = declared_text(breaker);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", breaker->family->catalog->service);
    json_member_text(json, "name", breaker->family->name);
    json_put_labels(json, list->source.store, breaker->family, breaker->series);
    json_member_text(json, "declared", declared);
    json_member_text(json, "state", declared ? breaker_state_text(breaker->state) : NULL);
    put_time(json, "since", declared ? breaker->since_ms : 0);
    if (declared && breaker->state == BREAKER_HALF_OPEN)
        json_member_u64(json, "epoch", breaker->epoch);
    json_member_u64(json, "consecutive_failures", breaker->consecutive_failures);
    json_member_u64(json, "opened", breaker->opened);
    put_transition(json, breaker);
    put_time(json, "last_success", breaker->last_success_ms);
    put_time(json, "last_error", breaker->last_error_ms);
    put_time(json, "last_pid", breaker->last_pid);
    json_close(json, '}');
}

static void put_end(struct breaker_list *list) {
    struct json_writer *json = &list->json;
    json_close(json, ']');
    json_line(json);
    json_key(json, "next");
    if (list->full)
        put_token(list);
    else
        json_text(json, NULL);
    json_close(json, '}');
    strbuf_putc(json->out, '\n');
}

/* ---- walking ---- */

static size_t breaker_count(const struct breaker_list *list) {
    return list->source.state ? state_breaker_count(list->source.state) : 0;
}

static enum view_state breakers_step(struct view *view, struct strbuf *out, size_t budget,
                                     struct store_time now) {
    struct breaker_list *list = (struct breaker_list *)view;
    struct slice slice = slice_begin(out, budget > 0 ? budget : 1);
    (void)now;
    list->json.out = out;
    if (!list->begun) {
        json_open(&list->json, '{');
        json_open_member(&list->json, "breakers", '[');
        list->begun = true;
    }
    for (; list->breaker < breaker_count(list); list->breaker++) {
        if (slice_is_spent(&slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        struct state_breaker breaker;
        state_breaker_at(list->source.state, list->breaker, &breaker);
        slice_spend(&slice, 1);
        if (!page_shows(&list->page, breaker.family))
            continue;
        if (list->written == list->page.limit) {
            list->full = true;
            break;
        }
        put_breaker(list, &breaker);
        list->written++;
        slice_spend(&slice, 15 + breaker.family->label_count);
    }
    put_end(list);
    return VIEW_DONE;
}

static void breakers_free(struct view *view) {
    free(view);
}

static bool has_attempts(const struct catalog_family *family) {
    return family->type == FAMILY_ATTEMPTS;
}

struct view *view_json_breakers(const struct view_source *source, const struct json_query *query,
                                const char **ret_error) {
    *ret_error = NULL;
    struct breaker_list *list = calloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->view = (struct view){.step = breakers_step, .free = breakers_free};
    list->source = *source;
    if (!page_check(source, query, has_attempts, &list->page, ret_error) ||
        (query->after && !resume(list, query->after, ret_error))) {
        view_free(&list->view);
        return NULL;
    }
    return &list->view;
}
