/* SPDX-License-Identifier: MIT */
/* view.c - what all views share: lists, pages of a list, selections, texts that could not be read.
 */
#include "view/view_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/num.h"
#include "base/rfc3339.h"
#include "sg_proto.h"

/* ---- view ---- */

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

/* ---- since ---- */

static const int64_t UNIX_MS_LEAST =
    INT64_C(100000000000); /* in 1973; a time in seconds reaches it in the year 5138 */

/* Read digits as a number. False: there is no digit, or the number is too large. */
static bool read_number(const char **at, int64_t *ret_number) {
    const char *from = *at;
    int64_t number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if (__builtin_mul_overflow(number, INT64_C(10), &number) ||
            __builtin_add_overflow(number, (int64_t)(**at - '0'), &number))
            return false;
    *ret_number = number;
    return *at != from;
}

static int64_t read_unit(const char **at) {
    static const struct {
        const char *text;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t len = strlen(units[i].text);
        if (strncmp(*at, units[i].text, len) == 0) {
            *at += len;
            return units[i].ms;
        }
    }
    return 0;
}

static bool read_duration(const char *text, int64_t *ret_ms) {
    int64_t sum = 0;
    do {
        int64_t number;
        if (!read_number(&text, &number))
            return false;
        const int64_t unit = read_unit(&text);
        if (unit == 0 || __builtin_mul_overflow(number, unit, &number) ||
            __builtin_add_overflow(sum, number, &sum))
            return false;
    } while (*text != '\0');
    *ret_ms = sum;
    return true;
}

/* Whether a number without unit is Unix milliseconds. `5`, or a time in seconds, is not: no one
 * means a moment of 1970. */
static bool is_unix_ms(int64_t number) {
    return number == 0 || number >= UNIX_MS_LEAST;
}

bool view_since_read(const char *text, int64_t now_ms, int64_t *ret_ms) {
    const char *end = text;
    int64_t ms;
    if (read_number(&end, &ms) && *end == '\0') {
        if (!is_unix_ms(ms))
            return false;
        *ret_ms = ms;
        return true;
    }
    if (rfc3339_read(text, &ms)) {
        *ret_ms = ms > 0 ? ms : 0;
        return true;
    }
    if (!read_duration(text, &ms))
        return false;
    *ret_ms = now_ms > ms ? now_ms - ms : 0;
    return true;
}

/* ---- json list ---- */

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
    free(list->search);
    strbuf_done(&list->next);
    view_page_token_done(&list->after);
    free(list);
}

/* ---- making one ---- */

static bool resume(struct json_list *list, const char *after, const char **ret_error) {
    if (view_page_token_open(&list->after, after, list->kind->list) &&
        list->kind->resume(list, &list->after) && view_page_token_is_read(&list->after))
        return true;
    *ret_error = view_page_token_refusal;
    return false;
}

struct view *view_json_list_new(const struct json_list_kind *kind, const struct view_source *source,
                                const struct json_query *query, const char **ret_error) {
    *ret_error = NULL;
    struct json_list *list = memory_alloc(kind->size);
    list->view = (struct view){.step = list_step, .free = list_free};
    list->kind = kind;
    list->source = *source;
    strbuf_init(&list->next);
    const bool taken =
        view_json_selection_check(source, query, kind->shows, &list->selection, ret_error);
    if (taken && query->search != NULL)
        list->search = memory_strndup(query->search, strlen(query->search));
    if (taken && (query->after == NULL || resume(list, query->after, ret_error)))
        return &list->view;
    view_free(&list->view);
    return NULL;
}

/* ---- tokens ---- */

void view_json_list_begin_token(struct json_list *list, struct page_token_writer *ret_token) {
    strbuf_clear(&list->next);
    view_page_token_begin(ret_token, list->kind->list);
}

void view_json_list_set_number(struct json_list *list, uint64_t number) {
    struct page_token_writer token;
    view_json_list_begin_token(list, &token);
    view_page_token_add_number(&token, number);
    view_page_token_end(&token, &list->next);
}

/* ---- page token ---- */

const char view_page_token_refusal[] = "after: not a next of this list";

/* More than the texts of any series take. */
enum { PAGE_TOKEN_BYTES_MAX = 1 << 20 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void view_page_token_begin(struct page_token_writer *writer, enum page_token_list list) {
    strbuf_init(&writer->raw);
    strbuf_putc(&writer->raw, (char)list);
}

void view_page_token_add(struct page_token_writer *writer, const char *text, size_t len) {
    strbuf_putc(&writer->raw, (char)(len >> 8 & 0xff));
    strbuf_putc(&writer->raw, (char)(len & 0xff));
    strbuf_put(&writer->raw, text, len);
}

void view_page_token_add_number(struct page_token_writer *writer, uint64_t number) {
    char digits[NUM_TEXT_MAX];
    view_page_token_add(writer, digits, num_put_u64(digits, number));
}

void view_page_token_add_family(struct page_token_writer *writer,
                                const struct catalog_family *family) {
    const char *service = family->catalog->service;
    view_page_token_add(writer, service, strlen(service));
    view_page_token_add(writer, family->name, strlen(family->name));
}

void view_page_token_end(struct page_token_writer *writer, struct strbuf *out) {
    const unsigned char *bytes = (const unsigned char *)writer->raw.data;
    const size_t len = writer->raw.len;
    for (size_t i = 0; i < len; i += 3) {
        const size_t here = len - i < 3 ? len - i : 3;
        uint32_t word = 0;
        for (size_t j = 0; j < 3; j++)
            word = word << 8 | (j < here ? bytes[i + j] : 0);
        for (size_t j = 0; j <= here; j++)
            strbuf_putc(out, alphabet[word >> (18 - 6 * j) & 63]);
    }
    strbuf_done(&writer->raw);
}

static int sextet(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

/* Strict: no padding, and no unused bits set, so that the same texts always have the same token. */
static bool decode(const char *text, size_t len, struct strbuf *out) {
    if (len % 4 == 1)
        return false;
    uint32_t word = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        const int value = sextet(text[i]);
        if (value < 0)
            return false;
        word = (word << 6 | (uint32_t)value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            strbuf_putc(out, (char)(word >> bits & 0xff));
        }
    }
    return (word & ((1u << bits) - 1)) == 0;
}

bool view_page_token_open(struct page_token_reader *reader, const char *after,
                          enum page_token_list list) {
    strbuf_init(&reader->raw);
    reader->at = 1;
    const size_t len = strnlen(after, PAGE_TOKEN_BYTES_MAX + 1);
    return len <= PAGE_TOKEN_BYTES_MAX && decode(after, len, &reader->raw) && reader->raw.len > 0 &&
           reader->raw.data[0] == (char)list;
}

bool view_page_token_next(struct page_token_reader *reader, const char **ret_text,
                          size_t *ret_len) {
    const size_t rest = reader->raw.len - reader->at;
    if (rest < 2)
        return false;
    const unsigned char *at = (const unsigned char *)reader->raw.data + reader->at;
    const size_t len = (size_t)at[0] << 8 | at[1];
    if (rest - 2 < len)
        return false;
    *ret_text = reader->raw.data + reader->at + 2;
    *ret_len = len;
    reader->at += 2 + len;
    return true;
}

bool view_page_token_next_number(struct page_token_reader *reader, uint64_t max,
                                 uint64_t *ret_number) {
    const char *text;
    size_t len;
    uint64_t number = 0;
    if (!view_page_token_next(reader, &text, &len) || len == 0 || (len > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++) {
        const unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    if (number > max)
        return false;
    *ret_number = number;
    return true;
}

const struct catalog_family *view_page_token_next_family(struct page_token_reader *reader,
                                                         const struct catalog_set *set) {
    const char *text;
    size_t len;
    if (!view_page_token_next(reader, &text, &len))
        return NULL;
    const struct catalog *service = catalog_set_find(set, text, len);
    if (service == NULL || !view_page_token_next(reader, &text, &len))
        return NULL;
    return catalog_family_find(service, text, len);
}

bool view_page_token_is_read(const struct page_token_reader *reader) {
    return reader->at == reader->raw.len;
}

void view_page_token_done(struct page_token_reader *reader) {
    strbuf_done(&reader->raw);
}

/* ---- json selection ---- */

enum { NEAREST_MAX = 1000 /* names among which a mistyped one is looked for */ };

/* What a query is read with, and into. */
struct reading {
    const struct view_source *source;
    json_family_fn shows;
    int64_t now_ms;
    struct json_selection *selection;
    const char *error; /* of a reader that says it itself */
};

static bool read_number_below(const char *text, int64_t end, int64_t *ret_number) {
    return read_number(&text, ret_number) && *text == '\0' && *ret_number < end;
}

static bool read_limit(struct reading *reading, const char *text) {
    int64_t limit;
    if (!read_number_below(text, JSON_LIMIT_MAX + 1, &limit) || limit == 0)
        return false;
    reading->selection->limit = (size_t)limit;
    return true;
}

static bool read_reason(struct reading *reading, const char *text) {
    int *reason = &reading->selection->reason;
    for (*reason = SG_REJECT_NONE + 1; *reason < SG_REJECT_COUNT; (*reason)++)
        if (strcmp(text, sg_reject_label((enum sg_reject) * reason)) == 0)
            return true;
    return false;
}

static bool read_pid(struct reading *reading, const char *text) {
    int64_t pid;
    if (!read_number_below(text, INT64_C(1) << 31, &pid))
        return false;
    reading->selection->pid = (int32_t)pid;
    return true;
}

static bool read_since(struct reading *reading, const char *text) {
    return view_since_read(text, reading->now_ms, &reading->selection->since_ms);
}

static bool read_kind(struct reading *reading, const char *text) {
    enum event_kind kind;
    if (!event_kind_find(text, &kind))
        return false;
    reading->selection->kind = (int)kind;
    return true;
}

static bool read_span(struct reading *reading, const char *text) {
    enum history_span *span = &reading->selection->span;
    for (*span = 0; *span < HISTORY_SPAN_COUNT; (*span)++)
        if (strcmp(text, history_span_text(*span)) == 0)
            return true;
    return false;
}

/* Any text will do: it is only compared. */
static bool read_search(struct reading *reading, const char *text) {
    (void)reading;
    (void)text;
    return true;
}

static bool read_order(struct reading *reading, const char *text) {
    reading->selection->by_trouble = true;
    return strcmp(text, "trouble") == 0;
}

/* The list itself reads the token. */
static bool read_after(struct reading *reading, const char *text) {
    (void)text;
    return !reading->selection->by_trouble;
}

/* Refuse a name with the nearest of those that exist, in a text that is valid until the next. */
static bool refuse_name(struct reading *reading, const char *sentence, const char *word,
                        const char **names) {
    static char said[256];
    const char *near = nearest_word(word, names);
    reading->error = sentence;
    if (near != NULL) {
        (void)snprintf(said, sizeof said, "%s; did you mean %.180s?", sentence, near);
        reading->error = said;
    }
    return false;
}

static bool read_service(struct reading *reading, const char *text) {
    const struct catalog_set *set = reading->source->set;
    const char *names[NEAREST_MAX + 1];
    size_t count = 0;
    reading->selection->service = catalog_set_find(set, text, strlen(text));
    if (reading->selection->service != NULL)
        return true;
    for (size_t i = 0; i < set->count && count < NEAREST_MAX; i++)
        names[count++] = set->catalogs[i]->service;
    names[count] = NULL;
    return refuse_name(reading, "service: no such service", text, names);
}

/* Find the name as a string of a catalog that declares it. */
static bool read_family(struct reading *reading, const char *text) {
    const struct catalog_set *set = reading->source->set;
    const struct catalog *service = reading->selection->service;
    const char *names[NEAREST_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if ((service != NULL && family->catalog != service) ||
            (reading->shows != NULL && !reading->shows(family)))
            continue;
        reading->selection->family = family->name;
        if (strcmp(family->name, text) == 0)
            return true;
        if (count < NEAREST_MAX)
            names[count++] = family->name;
    }
    names[count] = NULL;
    return refuse_name(reading, "family: no such family", text, names);
}

bool view_json_selection_check(const struct view_source *source, const struct json_query *query,
                               json_family_fn shows, struct json_selection *ret_selection,
                               const char **ret_error) {
    const struct {
        const char *text;
        bool (*read)(struct reading *reading, const char *text);
        const char *must;
    } parameters[] = {
#define PARAMETER(field, name, reader, must) {query->field, reader, name ": " must},
#include "view/parameters.def"
#undef PARAMETER
    };
    struct json_selection selection = {.limit = JSON_LIMIT_DEFAULT, .pid = -1, .kind = -1};
    struct reading reading = {
        .source = source, .shows = shows, .now_ms = query->now_ms, .selection = &selection};
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (parameters[i].text != NULL && !parameters[i].read(&reading, parameters[i].text)) {
            *ret_error = reading.error != NULL ? reading.error : parameters[i].must;
            return false;
        }
    *ret_selection = selection;
    return true;
}

bool view_json_selection_has(const struct json_selection *selection,
                             const struct catalog_family *family) {
    return (selection->service == NULL || selection->service == family->catalog) &&
           (selection->family == NULL || strcmp(selection->family, family->name) == 0);
}

/* ---- json spelled ---- */

static struct sg_span span_of(const char *text) {
    return (struct sg_span){text, strlen(text)};
}

static bool is_name(enum ledger_spelling which) {
    return which == LEDGER_UNKNOWN_NAMES;
}

static struct hints_group group_of(const struct ledger_spelled *item, enum ledger_spelling which,
                                   bool hidden) {
    struct hints_group group = {
        .family = item->family, .reason = item->reason, .folded = !is_name(which)};
    if (item->family != NULL && item->label >= 0)
        group.label = span_of(item->family->labels[item->label].name);
    if (is_name(which))
        group.reason = SG_REJECT_UNKNOWN_FAMILY;
    if (!hidden)
        group.value = (struct sg_span){item->text, item->len};
    return group;
}

static void put_spelled(struct json_list *list, const struct ledger_spelled *item,
                        enum ledger_spelling which) {
    struct json_writer *json = &list->json;
    const bool hidden = list->source.hides_texts;
    struct hints_group group = group_of(item, which, hidden);
    view_advice_find_line(&list->source, &group);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", item->service != NULL ? item->service->service : NULL);
    if (!is_name(which)) {
        json_member_text(json, "family", item->family != NULL ? item->family->name : NULL);
        json_member_text(json, "label",
                         group.label.at != NULL ? item->family->labels[item->label].name : NULL);
        json_member_text(json, "reason", sg_reject_label(item->reason));
    }
    json_key(json, is_name(which) ? "name" : "value");
    if (hidden)
        json_text(json, NULL);
    else
        json_bytes(json, item->text, item->len);
    json_member_u64(json, "count", item->count);
    json_member_u64(json, "error", item->error);
    view_advice_put_times(json, item->rate, item->first_ms, item->last_ms, item->sender);
    view_advice_put(json, &list->source, &group);
    json_close(json, '}');
}

static bool shows(const struct json_list *list, const struct ledger_spelled *item,
                  enum ledger_spelling which) {
    const struct json_selection *wanted = &list->selection;
    const int reason = is_name(which) ? SG_REJECT_UNKNOWN_FAMILY : (int)item->reason;
    return (wanted->service == NULL || wanted->service == item->service) &&
           (wanted->family == NULL ||
            (item->family != NULL && strcmp(wanted->family, item->family->name) == 0)) &&
           (wanted->reason == SG_REJECT_NONE || wanted->reason == reason) &&
           json_selection_has_pid(wanted, item->sender != NULL ? item->sender->pid : 0) &&
           json_selection_has_time(wanted, item->last_ms);
}

bool view_json_spelled_write(struct json_spelled *spelled, struct json_list *list,
                             enum ledger_spelling which, struct slice *slice,
                             struct store_time now) {
    const struct ledger *ledger = list->source.ledger;
    if (!spelled->begun)
        spelled->count = ledger_spelled_order(ledger, which, spelled->places);
    spelled->begun = true;
    for (; spelled->at < spelled->count && spelled->written < list->selection.limit;
         spelled->at++) {
        struct ledger_spelled item;
        if (slice_is_spent(slice))
            return false;
        slice_spend(slice, 1);
        if (!ledger_spelled(ledger, which, spelled->places[spelled->at], now.real_ms, &item) ||
            !shows(list, &item, which))
            continue;
        put_spelled(list, &item, which);
        spelled->written++;
        slice_spend(slice, ADVICE_UNITS);
    }
    return true;
}

void view_json_spelled_put_left_out(struct json_writer *json, const struct ledger *ledger) {
    static const char *const keys[] = {[LEDGER_UNKNOWN_NAMES] = "unknown_names",
                                       [LEDGER_UNKNOWN_LABELS] = "unknown_labels",
                                       [LEDGER_FOLDED_VALUES] = "folded_values"};
    json_open_member(json, "left_out", '{');
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        json_member_u64(json, keys[i], ledger_spelled_left_out(ledger, (enum ledger_spelling)i));
    json_close(json, '}');
}
