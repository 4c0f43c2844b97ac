#include "statgate/top/collect.h"

#include <string.h>

#include "host/clock.h"
#include "statgate/shown/asking.h"

enum { TIMEOUT_MS = 5000, NEWS_MS = 60000 };

static const char *const targets[TOP_VIEW_COUNT] = {[TOP_STATUS] = "/debug/status",
                                                    [TOP_SENDERS] = "/debug/senders?limit=1000",
                                                    [TOP_REJECTIONS] =
                                                        "/debug/rejections?limit=250",
                                                    [TOP_BREAKERS] = "/debug/breakers?limit=250"};

void collect_init(struct top_collect *collect, const struct where *where, int64_t interval_ns,
                  int64_t now_ns) {
    *collect = (struct top_collect){.where = where, .interval_ns = interval_ns, .due_ns = now_ns};
    collect->data.place = where->text;
}

static void drop(const json_t **views) {
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        json_decref((json_t *)(uintptr_t)views[i]);
        views[i] = NULL;
    }
}

static void drop_next(struct top_collect *collect) {
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        json_decref(collect->next[i]);
        collect->next[i] = NULL;
    }
}

void collect_done(struct top_collect *collect) {
    fetch_free(collect->fetch);
    drop_next(collect);
    drop(collect->data.views);
    drop(collect->data.before);
}

/* ---- a round ---- */

static void begin(struct top_collect *collect, size_t view, int64_t now_ns) {
    const struct fetch_request request = {.address = &collect->where->address,
                                          .target = targets[view],
                                          .token = collect->where->token,
                                          .body_max = ASKING_JSON_MAX};
    collect->view = view;
    collect->until_ns = now_ns + (int64_t)TIMEOUT_MS * 1000000;
    collect->fetch = fetch_start(&request);
}

static void wait(struct top_collect *collect, int64_t now_ns) {
    fetch_free(collect->fetch);
    collect->fetch = NULL;
    collect->due_ns += collect->interval_ns;
    if (collect->due_ns < now_ns)
        collect->due_ns = now_ns + collect->interval_ns;
}

static enum collect_event give_up(struct top_collect *collect, const struct trouble *trouble,
                                  int64_t now_ns) {
    (void)trouble_explain(trouble, collect->where, &collect->trouble);
    if (collect->trouble_ns == 0)
        collect->trouble_ns = now_ns;
    drop_next(collect);
    wait(collect, now_ns);
    collect_refresh(collect, now_ns);
    return COLLECT_TROUBLE;
}

static void tell(struct top_collect *collect, const char *text, int64_t now_ns) {
    (void)error_set(&collect->news, "%s", text);
    collect->news_ns = now_ns;
}

/* Compare with the last round, to notice another or a restarted daemon. */
static void compare(struct top_collect *collect, int64_t now_ns) {
    const json_t *total = jsonread_member(collect->next[TOP_SENDERS], "total");
    const json_t *former = jsonread_member(collect->data.views[TOP_SENDERS], "total");
    const int64_t started_ms = jsonread_i64(collect->next[TOP_STATUS], "started", 0);
    const bool fell = jsonread_i64(total, "samples", 0) < jsonread_i64(former, "samples", 0);
    const bool other = collect->started_ms != 0 && started_ms != collect->started_ms;
    if (fell)
        tell(collect, "another daemon answers: counts began again", now_ns);
    else if (other)
        tell(collect, "the daemon was replaced; counts go on", now_ns);
    else if (collect->trouble_ns != 0 && collect->last_ns != 0)
        tell(collect, "the daemon is back", now_ns);
    collect->started_ms = started_ms;
}

static void add_to_curve(struct top_data *data) {
    const json_t *total = jsonread_member(data->views[TOP_SENDERS], "total");
    const json_t *before = jsonread_member(data->before[TOP_SENDERS], "total");
    const double rate = data_rate(data, total, before, "samples");
    if (data->curve_count == TOP_CURVE_MAX)
        memmove(data->curve, data->curve + 1, --data->curve_count * sizeof *data->curve);
    if (data->between_ms > 0)
        data->curve[data->curve_count++] = rate;
}

static enum collect_event finish(struct top_collect *collect, int64_t now_ns) {
    struct top_data *data = &collect->data;
    compare(collect, now_ns);
    drop(data->before);
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        data->before[i] = data->views[i];
        data->views[i] = collect->next[i];
        collect->next[i] = NULL;
    }
    data->between_ms = collect->last_ns != 0 ? (now_ns - collect->last_ns) / 1000000 : 0;
    data->now_ms = collect->next_ms;
    collect->last_ns = now_ns;
    collect->trouble_ns = 0;
    add_to_curve(data);
    wait(collect, now_ns);
    collect_refresh(collect, now_ns);
    return COLLECT_NEW;
}

/* Whether the view may be missing: an older daemon may lack it, except for the senders. Without
 * these, no statgated answers, or it refuses us. */
static bool may_lack(const struct top_collect *collect, const struct trouble *trouble) {
    return trouble->state == FETCH_DONE && trouble->status == 404 && collect->view != TOP_SENDERS;
}

static enum collect_event take(struct top_collect *collect, enum fetch_state state,
                               int64_t now_ns) {
    struct strbuf *body = fetch_body(collect->fetch);
    struct error wrong;
    const struct trouble trouble = {.state = state,
                                    .error = fetch_error(collect->fetch),
                                    .status = fetch_head(collect->fetch)->status,
                                    .target = targets[collect->view],
                                    .body = strbuf_cstr(body),
                                    .body_len = body->len};
    if (!trouble_is_none(&trouble) && !may_lack(collect, &trouble))
        return give_up(collect, &trouble, now_ns);
    if (trouble_is_none(&trouble)) {
        collect->next[collect->view] = jsonread_parse(body->data, body->len, &wrong);
        collect->next_ms = asking_date(fetch_head(collect->fetch)->date, clock_real_ms());
    }
    fetch_free(collect->fetch);
    collect->fetch = NULL;
    if (collect->view + 1 == TOP_VIEW_COUNT)
        return finish(collect, now_ns);
    begin(collect, collect->view + 1, now_ns);
    return COLLECT_NOTHING;
}

enum collect_event collect_step(struct top_collect *collect, int64_t now_ns) {
    if (collect->fetch == NULL) {
        if (now_ns >= collect->due_ns)
            begin(collect, 0, now_ns);
        return COLLECT_NOTHING;
    }
    const enum fetch_state state = fetch_step(collect->fetch);
    if (state == FETCH_UNDER_WAY && now_ns < collect->until_ns)
        return COLLECT_NOTHING;
    return take(collect, state, now_ns);
}

int collect_fd(const struct top_collect *collect) {
    return collect->fetch != NULL ? fetch_fd(collect->fetch) : -1;
}

short collect_events(const struct top_collect *collect) {
    return collect->fetch != NULL ? fetch_events(collect->fetch) : 0;
}

int64_t collect_until_ns(const struct top_collect *collect) {
    return collect->fetch != NULL ? collect->until_ns : collect->due_ns;
}

void collect_refresh(struct top_collect *collect, int64_t now_ns) {
    struct top_data *data = &collect->data;
    data->trouble = collect->trouble_ns != 0 ? collect->trouble.text : NULL;
    data->trouble_ms = collect->trouble_ns != 0 ? (now_ns - collect->trouble_ns) / 1000000 : 0;
    if (collect->news_ns != 0 && now_ns - collect->news_ns > (int64_t)NEWS_MS * 1000000)
        collect->news_ns = 0;
    data->news = collect->news_ns != 0 ? collect->news.text : NULL;
}
