#include "statgate/top/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statgate/shown/words.h"

enum { ORDER_MAX = 1000 };

/* An item of a list with its sort keys; greater keys come first. */
struct row_rank {
    const json_t *item;
    double first;
    double then;
};

struct row_order {
    struct row_rank items[ORDER_MAX];
    size_t count;
    size_t left_out;
};

static void order_add(struct row_order *order, const json_t *item, double first, double then) {
    if (order->count < ORDER_MAX)
        order->items[order->count++] = (struct row_rank){item, first, then};
    else
        order->left_out++;
}

static int compare(const void *a, const void *b) {
    const struct row_rank *x = a;
    const struct row_rank *y = b;
    if (x->first != y->first)
        return x->first < y->first ? 1 : -1;
    return (x->then < y->then) - (x->then > y->then);
}

static void order_sort(struct row_order *order) {
    qsort(order->items, order->count, sizeof order->items[0], compare);
}

static void put_text(struct section *section, const json_t *object, const char *key) {
    size_t len;
    const char *text = jsonread_text(object, key, &len);
    strbuf_put(&section->text, len > 0 ? text : "-", len > 0 ? len : 1);
    section_end_cell(section);
}

static void put_count(struct section *section, const json_t *object, const char *key) {
    char text[WORDS_MAX];
    section_cell(section, words_short(text, (double)jsonread_i64(object, key, 0)));
}

static void put_ago(const struct top_data *data, struct section *section, const json_t *object,
                    const char *key) {
    char text[WORDS_MAX];
    section_cell(section, words_ago(text, data->now_ms, jsonread_i64(object, key, 0), "-"));
}

static void put_rate(struct section *section, double rate) {
    char text[WORDS_MAX];
    section_cell(section, words_rate(text, rate));
}

static void put_process(struct section *section, const json_t *process) {
    words_process(&section->text, process);
    section_end_cell(section);
}

/* ---- problems ---- */

size_t rows_problems_left_out(const struct top_data *data) {
    const int64_t count = jsonread_i64(data->views[TOP_STATUS], "problems_left_out", 0);
    return count > 0 ? (size_t)count : 0;
}

void rows_problems(const struct top_data *data, struct section *section) {
    section_init(section, "NEEDS YOU", "w", NULL);
    size_t index;
    json_t *problem;
    json_array_foreach(jsonread_list(data->views[TOP_STATUS], "problems"), index,
                       problem) if (section_begin_row(section, GRID_BAD)) {
        strbuf_puts(&section->text, "! ");
        put_text(section, problem, "text");
    }
    section->count += rows_problems_left_out(data);
}

/* ---- rejections ---- */

static double refused_rate(const struct top_data *data, const json_t *row) {
    static const char *const keys[] = {"service", "family", "label", "reason", NULL};
    const json_t *before = jsonread_list(data->before[TOP_REJECTIONS], "by_family");
    const double known = jsonread_number(row, "rate", -1);
    if (known >= 0)
        return known;
    return data_rate(data, row, data_match(before, row, keys), "count");
}

static void put_refused(const struct top_data *data, struct section *section, const json_t *row,
                        double rate) {
    if (!section_begin_row(section, rate > 0 ? GRID_BAD : GRID_PLAIN))
        return;
    put_rate(section, rate);
    put_count(section, row, "count");
    put_text(section, row, "reason");
    if (jsonread_member(row, "family") != NULL)
        put_text(section, row, "family");
    else
        put_text(section, row, "service");
    put_text(section, row, "label");
    put_ago(data, section, row, "last_seen");
    put_process(section, jsonread_member(row, "last_sender"));
}

void rows_refused(const struct top_data *data, struct section *section) {
    static const char *const heads[] = {"RATE",  "COUNT", "REASON", "FAMILY",
                                        "LABEL", "LAST",  "SENDER"};
    struct row_order *order = calloc(1, sizeof *order);
    size_t index;
    json_t *row;
    section_init(section, "REFUSED", "rrlwlrw", heads);
    json_array_foreach(jsonread_list(data->views[TOP_REJECTIONS], "by_family"), index,
                       row) if (order != NULL)
        order_add(order, row, refused_rate(data, row), (double)jsonread_i64(row, "count", 0));
    for (size_t i = 0; order != NULL && i < order->count; i++) {
        if (i == 0)
            order_sort(order);
        put_refused(data, section, order->items[i].item, order->items[i].first);
    }
    free(order);
}

/* ---- senders ---- */

static double sender_rate(const struct top_data *data, const json_t *sender) {
    static const char *const keys[] = {"pid", "uid", "first_seen", NULL};
    const json_t *before = jsonread_list(data->before[TOP_SENDERS], "senders");
    return data_rate(data, sender, data_match(before, sender, keys), "samples");
}

static bool has_gone(const json_t *sender) {
    return json_is_false(json_object_get(sender, "alive"));
}

static enum grid_style style_of(const json_t *sender) {
    if (has_gone(sender))
        return GRID_FAINT;
    return jsonread_i64(sender, "lost", 0) > 0 ? GRID_WARNING : GRID_PLAIN;
}

/* Put the service that it sends for, and how many others there are. */
static void put_services(struct section *section, const json_t *sender) {
    const int64_t services = jsonread_i64(sender, "services", 0);
    char text[WORDS_MAX];
    if (services <= 1) {
        put_text(section, sender, "service");
        return;
    }
    (void)snprintf(text, sizeof text, "%s +%" PRId64, jsonread_text(sender, "service", NULL) ?: "-",
                   services - 1);
    section_cell(section, text);
}

static void put_sender(const struct top_data *data, struct section *section,
                       const struct row_rank *ranked) {
    const json_t *sender = ranked->item;
    if (!section_begin_row(section, style_of(sender)))
        return;
    put_rate(section, ranked->first);
    put_process(section, sender);
    put_services(section, sender);
    put_count(section, sender, "samples");
    put_count(section, sender, "rejected");
    put_count(section, sender, "lost");
    if (has_gone(sender))
        section_cell(section, "gone");
    else
        put_ago(data, section, sender, "last_seen");
}

void rows_senders(const struct top_data *data, struct section *section) {
    static const char *const heads[] = {"RATE",     "PROCESS", "SERVICE", "SAMPLES",
                                        "REJECTED", "LOST",    "LAST"};
    struct row_order *order = calloc(1, sizeof *order);
    size_t index;
    json_t *sender;
    section_init(section, "SENDERS", "rwlrrrr", heads);
    json_array_foreach(jsonread_list(data->views[TOP_SENDERS], "senders"), index,
                       sender) if (order != NULL)
        order_add(order, sender, sender_rate(data, sender),
                  (double)jsonread_i64(sender, "last_seen", 0));
    for (size_t i = 0; order != NULL && i < order->count; i++) {
        if (i == 0)
            order_sort(order);
        put_sender(data, section, &order->items[i]);
    }
    free(order);
}

/* ---- breakers ---- */

static enum grid_style style_of_state(const char *state) {
    if (strcmp(state, "open") == 0)
        return GRID_BAD;
    return strcmp(state, "half_open") == 0 ? GRID_WARNING : GRID_PLAIN;
}

/* Put the state, and how long the cool-down still lasts. */
static void put_state(const struct top_data *data, struct section *section, const json_t *breaker) {
    char text[WORDS_MAX];
    const int64_t ends = jsonread_i64(breaker, "cooldown_ends", 0);
    strbuf_puts(&section->text, jsonread_text(breaker, "state", NULL));
    if (ends > data->now_ms)
        strbuf_printf(&section->text, ", %s left", words_duration(text, ends - data->now_ms));
    section_end_cell(section);
}

static void put_breaker(const struct top_data *data, struct section *section,
                        const json_t *breaker) {
    const json_t *transition = jsonread_member(breaker, "last_transition");
    if (!section_begin_row(section, style_of_state(jsonread_text(breaker, "state", NULL))))
        return;
    put_state(data, section, breaker);
    strbuf_puts(&section->text, jsonread_text(breaker, "name", NULL));
    words_labels(&section->text, jsonread_member(breaker, "labels"));
    section_end_cell(section);
    put_ago(data, section, breaker, "since");
    put_count(section, breaker, "consecutive_failures");
    put_process(section, jsonread_member(breaker, "opened_by"));
    put_text(section, transition, "why");
}

static bool is_in(const json_t *breaker, const char *state) {
    return strcmp(jsonread_text(breaker, "state", NULL), state) == 0;
}

void rows_breakers(const struct top_data *data, bool closed, struct section *section) {
    static const char *const heads[] = {"STATE",    "BREAKER",   "CHANGED",
                                        "FAILURES", "OPENED BY", "WHY"};
    static const char *const states[] = {"open", "half_open", "closed"};
    const json_t *breakers = jsonread_list(data->views[TOP_BREAKERS], "breakers");
    size_t index;
    json_t *breaker;
    section_init(section, closed ? "BREAKERS" : "BREAKERS THAT ARE NOT CLOSED", "lwrrwx", heads);
    for (size_t rank = 0; rank < (closed ? 3 : 2); rank++)
        json_array_foreach((json_t *)(uintptr_t)breakers, index,
                           breaker) if (is_in(breaker, states[rank]))
            put_breaker(data, section, breaker);
}

size_t rows_count_breakers(const struct top_data *data, size_t *ret_open) {
    const json_t *breakers = jsonread_list(data->views[TOP_BREAKERS], "breakers");
    size_t index;
    size_t all = 0;
    size_t open = 0;
    json_t *breaker;
    json_array_foreach((json_t *)(uintptr_t)breakers, index, breaker) {
        all += jsonread_member(breaker, "state") != NULL;
        open += is_in(breaker, "open") || is_in(breaker, "half_open");
    }
    *ret_open = open;
    return all;
}
