/* SPDX-License-Identifier: MIT */
/* top_frame.c - a screen of statgate top: a few lines of figures, and the tables of the views, cut
 * to the window. */
#include "statgate/top/top_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "statgate/shown/shown_private.h"

/* ---- lines ---- */

/* The bytes of a text that fit into `columns`. */
static size_t fitting(const char *text, size_t len, size_t columns, size_t *ret_used) {
    size_t used = 0;
    size_t bytes = 0;
    while (bytes < len) {
        const struct columns_glyph glyph = terminal_columns_next(text + bytes, len - bytes);
        if (used + glyph.columns > columns)
            break;
        used += glyph.columns;
        bytes += glyph.len;
    }
    *ret_used = used;
    return bytes;
}

/* Append a line, cut to the window; there is none below the last row. */
static void put_line(struct frame *frame, enum frame_style style, const char *text, size_t len) {
    size_t used;
    if (frame->count == frame->rows)
        return;
    const size_t bytes = fitting(text, len, frame->columns, &used);
    terminal_put_visible(&frame->text, text, bytes);
    if (style == FRAME_BAR)
        strbuf_printf(&frame->text, "%*s", (int)(frame->columns - used), "");
    strbuf_putc(&frame->text, '\n');
    frame->styles[frame->count++] = (unsigned char)style;
}

static void put_text(struct frame *frame, enum frame_style style, const char *text) {
    put_line(frame, style, text, strlen(text));
}

void top_frame_init(struct frame *frame, size_t columns, size_t rows) {
    *frame =
        (struct frame){.columns = columns, .rows = rows < FRAME_ROWS_MAX ? rows : FRAME_ROWS_MAX};
    frame->styles = memory_array(frame->rows + 1, sizeof *frame->styles);
}

void top_frame_done(struct frame *frame) {
    free(frame->styles);
    strbuf_done(&frame->text);
    *frame = (struct frame){.columns = 0};
}

/* ---- the first lines ---- */

static void put_bar(struct frame *frame, const char *left, const char *right) {
    char text[FRAME_LINE_MAX];
    const size_t used = strlen(left) + strlen(right) + 2;
    const int pad = used <= frame->columns ? (int)(frame->columns - used + 1) : 0;
    (void)snprintf(text, sizeof text, " %s%*s%s", left, pad, "", pad > 0 ? right : "");
    put_text(frame, FRAME_BAR, text);
}

static void put_title(const struct top_data *data, struct frame *frame) {
    char left[400];
    char time[WORDS_MAX];
    char right[WORDS_MAX + 8];
    const char *host = json_jsonread_text(data->views[TOP_STATUS], "host", NULL);
    (void)snprintf(left, sizeof left, "statgate top  %.64s%s%.300s", host,
                   *host != '\0' ? "  " : "", data->place);
    (void)snprintf(right, sizeof right, "%s UTC", shown_words_time(time, data->now_ms));
    put_bar(frame, left, data->now_ms > 0 ? right : "");
}

/* The verdict on the daemon in one line. */
static void put_verdict(const struct top_data *data, struct frame *frame) {
    const json_t *status = data->views[TOP_STATUS];
    char text[600];
    char age[WORDS_MAX];
    const char *news = data->news != NULL ? data->news : "";
    const int64_t left_out = json_jsonread_i64(status, "problems_left_out", 0);
    const size_t problems = json_array_size(json_jsonread_list(status, "problems")) +
                            (left_out > 0 ? (size_t)left_out : 0);
    if (data->trouble != NULL) {
        (void)snprintf(text, sizeof text, " NO ANSWER for %s: %.500s",
                       terminal_duration(age, data->trouble_ms / 1000 * 1000), data->trouble);
        put_text(frame, FRAME_BAD, text);
    } else if (problems > 0) {
        (void)snprintf(text, sizeof text, " %zu problem%s  %s", problems, text_plural(problems),
                       news);
        put_text(frame, FRAME_BAD, text);
    } else {
        (void)snprintf(text, sizeof text, " %s  %s",
                       json_jsonread_bool(status, "ok", false) ? "OK" : "", news);
        put_text(frame, FRAME_GOOD, text);
    }
}

/* Append "   NAME VALUE" if it fits into the line. */
static void add_fact(const struct frame *frame, struct strbuf *line, const char *name,
                     const char *value) {
    if (line->len + 3 + strlen(name) + 1 + strlen(value) <= frame->columns)
        strbuf_printf(line, "%s%s %s", line->len > 0 ? "   " : " ", name, value);
}

static void put_rates(const struct top_data *data, struct frame *frame) {
    const json_t *status = data->views[TOP_STATUS];
    const json_t *queue = json_jsonread_member(status, "queue");
    struct strbuf line = {0};
    char text[2 * WORDS_MAX];
    char other[WORDS_MAX];
    add_fact(frame, &line, "samples",
             shown_words_rate(text, json_jsonread_number(status, "samples_per_s", -1)));
    add_fact(frame, &line, "rejected",
             shown_words_rate(text, json_jsonread_number(status, "rejected_per_s", -1)));
    add_fact(frame, &line, "folded",
             shown_words_rate(text, json_jsonread_number(status, "folded_per_s", -1)));
    add_fact(frame, &line, "lost",
             shown_words_short(text, (double)json_jsonread_i64(status, "lost", 0)));
    (void)snprintf(text, sizeof text, "%" PRId64 " of %s", json_jsonread_i64(queue, "most", 0),
                   shown_words_short(other, (double)json_jsonread_i64(queue, "capacity", 0)));
    add_fact(frame, &line, "queue", text);
    (void)snprintf(text, sizeof text, "%s of ",
                   shown_words_short(other, (double)json_jsonread_i64(status, "series", 0)));
    (void)shown_words_short(text + strlen(text),
                            (double)json_jsonread_i64(status, "series_bound", 0));
    add_fact(frame, &line, "series", text);
    put_line(frame, FRAME_STRONG, line.data, line.len);
    strbuf_done(&line);
}

static void put_process(const struct top_data *data, struct frame *frame) {
    const json_t *status = data->views[TOP_STATUS];
    const json_t *memory = json_jsonread_member(status, "memory");
    const int64_t bound = json_jsonread_i64(memory, "bound_bytes", 0);
    struct strbuf line = {0};
    struct strbuf bytes = {0};
    char text[WORDS_MAX];
    add_fact(frame, &line, "version", json_jsonread_text(status, "version", NULL));
    add_fact(frame, &line, "up",
             terminal_duration(text, (int64_t)json_jsonread_number(status, "uptime_s", 0) * 1000));
    add_fact(
        frame, &line, "catalogs",
        shown_words_ago(text, data->now_ms, json_jsonread_i64(status, "catalogs_loaded", 0), "-"));
    terminal_put_bytes(&bytes, (uint64_t)json_jsonread_i64(memory, "resident_bytes", 0));
    if (bound > 0) {
        strbuf_puts(&bytes, " of ");
        terminal_put_bytes(&bytes, (uint64_t)bound);
    }
    add_fact(frame, &line, "memory", strbuf_cstr(&bytes));
    put_line(frame, FRAME_PLAIN, line.data, line.len);
    strbuf_done(&line);
    strbuf_done(&bytes);
}

/* Samples per second as bars, the latest at the right. */
static void put_curve(const struct top_data *data, struct frame *frame) {
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const letters[] = {" ", "_", "_", ".", ".", "-", "-", "=", "#"};
    enum { LABEL = 30, LEAST = 20 };
    struct strbuf line = {0};
    char rate[WORDS_MAX];
    double most = 0;
    for (size_t i = 0; i < data->curve_count; i++)
        most = data->curve[i] > most ? data->curve[i] : most;
    const size_t room = frame->columns > LABEL ? frame->columns - LABEL : 0;
    const size_t first = data->curve_count > room ? data->curve_count - room : 0;
    for (size_t i = first; room >= LEAST && i < data->curve_count; i++) {
        const double share = most > 0 && data->curve[i] > 0 ? data->curve[i] / most : 0;
        const size_t level = share > 0 ? 1 + (size_t)(share * 7) : 0;
        strbuf_puts(&line, i == first ? " " : "");
        strbuf_puts(&line, (data->unicode ? blocks : letters)[level]);
    }
    if (line.len > 0)
        strbuf_printf(&line, " samples/s, at most %s", shown_words_short(rate, most));
    put_line(frame, FRAME_PLAIN, line.data, line.len);
    strbuf_done(&line);
}

/* ---- sections ---- */

struct rank {
    json_t *row;
    double first;
    double then;
};

static int compare(const void *a, const void *b) {
    const struct rank *x = a;
    const struct rank *y = b;
    if (x->first != y->first)
        return x->first < y->first ? 1 : -1;
    return (x->then < y->then) - (x->then > y->then);
}

/* The rows of a list, those with the greatest numbers first; a new reference. */
static json_t *sorted(const json_t *list, const char *first, const char *then) {
    const size_t count = json_array_size(list);
    struct rank *ranks = memory_array(count + 1, sizeof *ranks);
    json_t *rows = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array_get(list, i);
        ranks[i] = (struct rank){row, json_jsonread_number(row, first, 0),
                                 json_jsonread_number(row, then, 0)};
    }
    qsort(ranks, count, sizeof *ranks, compare);
    for (size_t i = 0; i < count; i++)
        json_array_append(rows, ranks[i].row);
    free(ranks);
    return rows;
}

static void put_problems(const struct shown_page *page, const struct top_data *data) {
    size_t index;
    json_t *problem;
    json_array_foreach(json_jsonread_list(data->views[TOP_STATUS], "problems"), index, problem) {
        strbuf_puts(page->out, index == 0 ? "Problems\n  ! " : "  ! ");
        shown_put_visible(page->out, problem, "text");
        strbuf_putc(page->out, '\n');
    }
}

static void put_family(struct strbuf *out, const struct shown_page *page, const json_t *row) {
    const bool known = json_jsonread_member(row, "family") != NULL;
    (void)page;
    strbuf_puts(out, json_jsonread_text(row, known ? "family" : "service", NULL));
}

/* As the command's, without the service, for which 80 columns have no room. */
static void put_rejected(const struct shown_page *page, const struct top_data *data) {
    static const struct column columns[] = {SHOWN("RATE", 'r', RATE, "rate"),
                                            SHOWN("COUNT", 'r', COUNT, "count"),
                                            SHOWN("REASON", 'l', TEXT, "reason"),
                                            SHOWN_BY("FAMILY", 'l', put_family),
                                            SHOWN("LABEL", 'l', TEXT, "label"),
                                            SHOWN("LAST", 'r', AGO, "last_seen"),
                                            SHOWN("SENDER", 'l', PROCESS, "last_sender"),
                                            SHOWN_END};
    json_t *rows =
        sorted(json_jsonread_list(data->views[TOP_REJECTIONS], "by_family"), "rate", "count");
    shown_put_rows(page, "Rejected", rows, columns);
    json_decref(rows);
}

static void put_breakers(const struct shown_page *page, const struct top_data *data) {
    json_t *rows = json_array();
    size_t index;
    json_t *breaker;
    json_array_foreach(json_jsonread_list(data->views[TOP_BREAKERS], "breakers"), index, breaker) {
        const char *state = json_jsonread_text(breaker, "state", NULL);
        if (*state != '\0' && strcmp(state, "closed") != 0)
            json_array_append(rows, breaker);
    }
    shown_put_rows(page, "Breakers that are not closed", rows, shown_breaker_columns);
    json_decref(rows);
}

const char *const top_sort_keys[TOP_SORT_COUNT] = {"rate", "samples", "rejected", "lost"};

static void put_senders(const struct shown_page *page, const struct top_data *data) {
    static const struct column columns[] = {
        SHOWN("RATE", 'r', RATE, "rate"),          SHOWN("PROCESS", 'l', PROCESS, NULL),
        SHOWN("SERVICE", 'l', TEXT, "service"),    SHOWN("SAMPLES", 'r', COUNT, "samples"),
        SHOWN("REJECTED", 'r', COUNT, "rejected"), SHOWN("LOST", 'r', COUNT, "lost"),
        SHOWN("LAST", 'r', AGO, "last_seen"),      SHOWN_END};
    static const char *const keys[] = {"pid", "uid", "first_seen", NULL};
    const json_t *list = json_jsonread_list(data->views[TOP_SENDERS], "senders");
    const json_t *before = json_jsonread_list(data->before[TOP_SENDERS], "senders");
    char heading[80];
    size_t index;
    json_t *sender;
    json_array_foreach((json_t *)(uintptr_t)list, index, sender) {
        const double rate =
            top_data_rate(data, sender, top_data_match(before, sender, keys), "samples");
        json_object_set_new(sender, "rate", json_real(rate));
    }
    (void)snprintf(heading, sizeof heading, "Senders by %s", top_sort_keys[data->sort]);
    json_t *rows = sorted(list, top_sort_keys[data->sort], "last_seen");
    shown_put_rows(page, heading, rows, columns);
    json_decref(rows);
}

static void put_help(struct frame *frame) {
    static const char *const lines[] = {"",
                                        "Keys",
                                        "  q  quit",
                                        "  p  pause, and go on",
                                        "  s  sort senders by the next column",
                                        "  ?  this help, and back",
                                        "  Ctrl-L  draw anew",
                                        "",
                                        "Elsewhere",
                                        "  statgate rejections  what to do about rejected lines",
                                        "  statgate jobs, queries, events  more of what is here"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        put_text(frame, FRAME_PLAIN, lines[i]);
}

enum { SECTIONS = 4, WORTH_ROWS = 3 };

static size_t lines_of(const struct strbuf *text) {
    size_t count = 0;
    for (size_t i = 0; i < text->len; i++)
        count += text->data[i] == '\n';
    return count;
}

/* Share `room` rows: each section with lines gets a few, then all get one in turn until none is
 * left. A blank line precedes each section. */
static void share_rows(const size_t *wants, size_t *gets, size_t room) {
    for (size_t i = 0; i < SECTIONS; i++) {
        const size_t least = wants[i] < WORTH_ROWS ? wants[i] : WORTH_ROWS;
        gets[i] = least > 0 && least + 1 <= room ? least : 0;
        room -= gets[i] > 0 ? gets[i] + 1 : 0;
    }
    for (bool more = true; more && room > 0;) {
        more = false;
        for (size_t i = 0; i < SECTIONS && room > 0; i++)
            if (gets[i] > 0 && gets[i] < wants[i]) {
                gets[i]++;
                room--;
                more = true;
            }
    }
}

/* Put the first lines of a section; if it has more, its heading says so. `heads`: lines above its
 * rows. */
static void put_section(struct frame *frame, const struct strbuf *text, size_t lines, size_t wants,
                        size_t heads) {
    const char *at = text->data;
    char heading[120];
    put_text(frame, FRAME_PLAIN, "");
    for (size_t i = 0; i < lines; i++) {
        const size_t len = strcspn(at, "\n");
        if (i == 0 && lines < wants) {
            (void)snprintf(heading, sizeof heading, "%.*s (%zu of %zu)", (int)len, at,
                           lines > heads ? lines - heads : 0, wants - heads);
            put_text(frame, FRAME_STRONG, heading);
        } else {
            put_line(frame,
                     i == 0         ? FRAME_STRONG
                     : at[2] == '!' ? FRAME_BAD
                                    : FRAME_PLAIN,
                     at, len);
        }
        at += len + 1;
    }
}

static void put_sections(const struct top_data *data, struct frame *frame) {
    static void (*const writers[SECTIONS])(const struct shown_page *, const struct top_data *) = {
        put_problems, put_rejected, put_breakers, put_senders};
    struct strbuf texts[SECTIONS] = {{0}};
    size_t wants[SECTIONS];
    size_t gets[SECTIONS];
    const size_t used = frame->count + 1; /* the bar at the bottom */
    for (size_t i = 0; i < SECTIONS; i++) {
        const struct shown_page page = {
            .out = &texts[i], .now_ms = data->now_ms, .width = frame->columns};
        writers[i](&page, data);
        wants[i] = lines_of(&texts[i]);
    }
    share_rows(wants, gets, frame->rows > used ? frame->rows - used : 0);
    for (size_t i = 0; i < SECTIONS; i++) {
        if (gets[i] > 0)
            put_section(frame, &texts[i], gets[i], wants[i], i == 0 ? 1 : 2);
        strbuf_done(&texts[i]);
    }
}

void top_frame_draw(const struct top_data *data, struct frame *frame) {
    put_title(data, frame);
    put_verdict(data, frame);
    put_rates(data, frame);
    put_process(data, frame);
    put_curve(data, frame);
    if (data->help)
        put_help(frame);
    else
        put_sections(data, frame);
    while (!data->once && frame->count + 1 < frame->rows)
        put_text(frame, FRAME_PLAIN, "");
    if (!data->once)
        put_bar(frame,
                data->paused ? "PAUSED: p resumes, q quits" : "q quit   p pause   s sort   ? help",
                "statgate rejections: what to do");
}

/* ---- to the terminal ---- */

/* Each row is set by itself, as terminals disagree about the width of what is not ASCII. */
void top_frame_write(const struct frame *frame, bool colours, struct strbuf *out) {
    static const char *const plain[] = {"0", "0;1", "0;2", "0", "0;1", "0;7"};
    static const char *const coloured[] = {"0", "0;1", "0;2", "0;32", "0;1;31", "0;7"};
    const char *at = frame->text.data;
    for (size_t row = 0; row < frame->count; row++) {
        const size_t len = strcspn(at, "\n");
        strbuf_printf(out, "\033[%zu;1H\033[%sm", row + 1,
                      (colours ? coloured : plain)[frame->styles[row]]);
        strbuf_put(out, at, len);
        strbuf_puts(out, "\033[0m");
        if (terminal_columns_of(at, len) < frame->columns) /* else it would erase the last column */
            strbuf_puts(out, "\033[K");
        at += len + 1;
    }
}
