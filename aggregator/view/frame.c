#include "view/frame.h"

#include <math.h>

#include "base/num.h"
#include "view/escape.h"

_Static_assert(FRAME_SLACK <= (int)RENDER_TEXT_SLACK, "kept texts are read in the same blocks");

void frame_init(struct frame *frame, const struct memory *memory) {
    *frame = (struct frame){.memory = memory};
    strbuf_init_in(&frame->text, memory);
    strbuf_init_in(&frame->prefix, memory);
}

void frame_done(struct frame *frame) {
    const struct memory *memory = frame->memory;
    strbuf_done(&frame->text);
    strbuf_done(&frame->prefix);
    memory_release(memory, frame->label_opens);
    memory_release(memory, frame->tails);
    memory_release(memory, frame->quantiles);
    memory_release(memory, frame->ids);
    memory_release(memory, frame->label_at);
    *frame = (struct frame){0};
}

void frame_forget(struct frame *frame) {
    frame->has_series = false;
}

/* Both formats write integers below this as digits only. */
#define PLAIN_BELOW 1000000

/* Whether the value is written as digits only; not -0, which has a sign. */
static inline bool is_plain(double value) {
    return value >= 0 && value < PLAIN_BELOW && value == (double)(uint32_t)value && !signbit(value);
}

/* Change the prefix from that of the last series to that of this one. */
static void put_together(struct frame *frame, const struct store *store,
                         const struct series *series) {
    const struct catalog_family *family = frame->family;
    const uint32_t *ids = series_ids(family, series);
    struct strbuf *prefix = &frame->prefix;
    uint32_t label = 0;
    if (frame->has_series) {
        while (label < family->label_count && ids[label] == frame->ids[label])
            label++;
        prefix->len = label < family->label_count ? frame->label_at[label] : frame->prefix_labels;
    } else {
        prefix->len = frame->name_len;
    }
    for (; label < family->label_count; label++) {
        const struct frame_piece open = frame->label_opens[label];
        const struct catalog_value value = store_label_value(store, family, label, ids[label]);
        frame->ids[label] = ids[label];
        frame->label_at[label] = prefix->len;
        strbuf_put(prefix, frame->text.data + open.at, open.len);
        if (value.plain)
            strbuf_put(prefix, value.text, value.len);
        else
            escape_label(prefix, value.text, value.len);
    }
    frame->prefix_labels = prefix->len;
    if (!frame->tails_follow)
        strbuf_put(prefix, frame->text.data + frame->close.at, frame->close.len);
    frame->has_series = strbuf_reserve(prefix, FRAME_SLACK);
}

static void set_line(struct frame *frame, const char *line, size_t len) {
    frame->line = line;
    frame->line_len = len;
    frame->labels_end = frame->tails_follow ? len : len - frame->close.len;
}

/* Set frame->line for the series that the cursor returned last, from the kept text or by building
 * it. False: out of memory. */
static bool set_series(struct frame *frame, const struct store *store,
                       const struct store_cursor *cursor, const struct series *series) {
    const struct render_walk *walk = &frame->walk;
    frame->kept = NULL;
    if (walk->cache != NULL) {
        render_cache_expect(walk, cursor->next_place);
        frame->kept = render_cache_find(walk, cursor->place, series);
    }
    if (frame->kept != NULL) {
        set_line(frame, frame->kept->text, frame->kept->len);
        return true;
    }
    put_together(frame, store, series);
    if (!frame->has_series)
        return false;
    if (walk->cache != NULL)
        render_cache_add(walk, cursor->place, series, frame->prefix.data, frame->prefix.len,
                         !is_plain(series->value));
    set_line(frame, frame->prefix.data, frame->prefix.len);
    return true;
}

/* The following functions write where frame_put_series made room, in whole blocks, because calling
 * memcpy for each short text takes longer than copying it. The next text overwrites the bytes
 * written beyond the end. */
static inline char *put_bytes(char *at, const char *bytes, size_t len) {
    for (size_t done = 0; done < len; done += FRAME_SLACK)
        memcpy(at + done, bytes + done, FRAME_SLACK);
    return at + len;
}

static inline char *put_piece(char *at, const struct frame *frame, struct frame_piece piece) {
    return put_bytes(at, frame->text.data + piece.at, piece.len);
}

/* `NAME{labels,le="0.5"} ` */
static char *put_tail(char *at, const struct frame *frame, uint32_t tail) {
    at = put_bytes(at, frame->line, frame->line_len);
    return put_piece(at, frame, frame->tails[tail]);
}

/* `NAME_sum{labels} ` */
static char *put_opening(char *at, const struct frame *frame, struct frame_piece name) {
    at = put_piece(at, frame, name);
    at = put_bytes(at, frame->line + frame->name_len, frame->labels_end - frame->name_len);
    return put_piece(at, frame, frame->close);
}

static inline char *put_integer(char *at, uint64_t number) {
    if (number < 10)
        *at++ = (char)('0' + number);
    else
        at += num_put_u64(at, number);
    *at++ = '\n';
    return at;
}

/* A count: an integer in OpenMetrics; text 0.0.4 writes counts like all other numbers. */
static inline char *put_count(char *at, const struct frame *frame, uint64_t count) {
    if (count < PLAIN_BELOW || frame->format == EXPOSITION_OPENMETRICS)
        return put_integer(at, count);
    at += num_put_go(at, (double)count);
    *at++ = '\n';
    return at;
}

static size_t put_double(char *at, const struct frame *frame, double value) {
    return frame->format == EXPOSITION_OPENMETRICS ? num_put_om(at, value) : num_put_go(at, value);
}

static inline char *put_value(char *at, const struct frame *frame, double value) {
    if (is_plain(value))
        return put_integer(at, (uint32_t)value);
    at += put_double(at, frame, value);
    *at++ = '\n';
    return at;
}

/* The value of the series, copied from the cache if its text is kept there. 0 is never kept, so -0,
 * which compares equal, does not match a kept number. */
static inline char *put_series_value(char *at, const struct frame *frame, double value) {
    struct render_text *kept = frame->kept;
    if (kept == NULL || kept->number_len == RENDER_NO_NUMBER || is_plain(value))
        return put_value(at, frame, value);
    struct render_number *number = render_text_number(kept);
    if (kept->number_len == 0 || number->value != value) {
        number->value = value;
        kept->number_len = (uint8_t)put_double(number->text, frame, value);
    }
    memcpy(at, number->text, sizeof number->text);
    at += kept->number_len;
    *at++ = '\n';
    return at;
}

/* Unix seconds with up to three decimals, never in exponent form. */
static char *put_timestamp(char *at, int64_t real_ms) {
    const uint64_t size_ms = real_ms < 0 ? 0 - (uint64_t)real_ms : (uint64_t)real_ms;
    if (real_ms < 0)
        *at++ = '-';
    at += num_put_u64(at, size_ms / 1000);
    uint64_t rest = size_ms % 1000;
    if (rest > 0)
        *at++ = '.';
    for (uint64_t unit = 100; rest > 0; unit /= 10) {
        *at++ = (char)('0' + rest / unit);
        rest %= unit;
    }
    *at++ = '\n';
    return at;
}

char *frame_put_buckets(char *at, struct frame *frame, const struct store *store,
                        const struct series *series, struct store_time now, size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    const uint64_t *counts = series_buckets(series);
    uint64_t cumulative = 0;
    for (uint32_t i = 0; i < frame->tail_count; i++) {
        cumulative += counts[i];
        at = put_count(put_tail(at, frame, i), frame, cumulative);
    }
    if (frame->has_total)
        at = put_series_value(put_opening(at, frame, frame->sum), frame, series->value);
    if (frame->has_count)
        at = put_count(put_opening(at, frame, frame->count), frame, cumulative);
    return at;
}

char *frame_put_quantiles(char *at, struct frame *frame, const struct store *store,
                          const struct series *series, struct store_time now, size_t *ret_units) {
    if (store_quantiles(store, frame->family, series, now, frame->quantiles, ret_units))
        for (uint32_t i = 0; i < frame->tail_count; i++)
            at = put_value(put_tail(at, frame, i), frame, frame->quantiles[i]);
    at = put_series_value(put_opening(at, frame, frame->sum), frame, series->value);
    return put_count(put_opening(at, frame, frame->count), frame, series_summary(series)->count);
}

/* A count that a process sent is stored as a double; OpenMetrics requires an integer. */
static char *put_relayed_count(char *at, const struct frame *frame, double count) {
    const double exact_max = 9007199254740992.0; /* 2^53 */
    if (count >= 0 && count <= exact_max && count == (double)(uint64_t)count)
        return put_count(at, frame, (uint64_t)count);
    return put_value(at, frame, count);
}

/* Items that the process did not send are left out. */
char *frame_put_relayed(char *at, struct frame *frame, const struct store *store,
                        const struct series *series, struct store_time now, size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    const struct series_relayed *relayed = series_relayed(series);
    for (uint32_t i = 0; i < frame->tail_count; i++)
        if (relayed->present >> (RELAYED_QUANTILES + i) & 1)
            at = put_value(put_tail(at, frame, i), frame, relayed->items[RELAYED_QUANTILES + i]);
    if (relayed->present >> RELAYED_SUM & 1)
        at = put_value(put_opening(at, frame, frame->sum), frame, relayed->items[RELAYED_SUM]);
    if (relayed->present >> RELAYED_COUNT & 1)
        at = put_relayed_count(put_opening(at, frame, frame->count), frame,
                               relayed->items[RELAYED_COUNT]);
    return at;
}

char *frame_put_states(char *at, struct frame *frame, const struct store *store,
                       const struct series *series, struct store_time now, size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    for (uint32_t i = 0; i < frame->tail_count; i++)
        at = put_count(put_tail(at, frame, i), frame, series->value == (double)i);
    return at;
}

char *frame_put_value(char *at, struct frame *frame, const struct store *store,
                      const struct series *series, struct store_time now, size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    at = put_bytes(at, frame->line, frame->line_len);
    return put_series_value(at, frame, series->value);
}

size_t frame_put_series(struct frame *frame, const struct store *store,
                        const struct store_cursor *cursor, const struct series *series,
                        struct store_time now, struct strbuf *out) {
    size_t more_units = 0;
    if (!set_series(frame, store, cursor, series)) {
        out->failed = true;
        return 0;
    }
    const size_t room = frame->lines * (frame->longest_line + frame->line_len) + FRAME_SLACK;
    if (!strbuf_reserve(out, room))
        return 0;
    char *at = out->data + out->len;
    at = frame->put_numbers(at, frame, store, series, now, &more_units);
    if (frame->has_created)
        at = put_timestamp(put_opening(at, frame, frame->created), series->created_ms);
    out->len = (size_t)(at - out->data);
    return frame->lines + more_units;
}
