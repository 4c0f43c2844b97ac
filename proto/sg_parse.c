/* SPDX-License-Identifier: MIT */
/* sg_parse.c - splits a datagram into lines, and a line into spans: in one pass, without copies or
 * allocations. */
#include "sg_proto.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sg_marks.h"
#include "sg_number.h"

/* ---- framing: the two kinds of line that are not metrics.
 *
 * Their contents are not used. They are checked far enough to distinguish a well-formed line, which
 * is ignored, from a broken one, which is rejected so that its sender can find out.
 */

static const char event_head[] = {'_', 'e', '{'};
static const char check_head[] = {'_', 's', 'c', '|'};

/* Whether the line starts as an event (`_e{`). A metric name may begin with `_e` and another
 * byte. */
static bool framing_is_event(struct sg_span text) {
    return text.len >= sizeof event_head && memcmp(text.at, event_head, sizeof event_head) == 0;
}

/* Whether the line starts as a service check (`_sc|`). */
static bool framing_is_check(struct sg_span text) {
    return text.len >= sizeof check_head && memcmp(text.at, check_head, sizeof check_head) == 0;
}

/* Reads one expected byte at *at, and moves *at past it. */
static bool take(struct sg_span text, size_t *at, char byte) {
    if (*at == text.len || text.at[*at] != byte)
        return false;
    ++*at;
    return true;
}

/* Reads decimal digits at *at, and moves *at past them. False for more than the length of a
 * line. */
static bool take_length(struct sg_span text, size_t *at, size_t *ret_len) {
    size_t pos = *at;
    size_t sum = 0;

    for (; pos != text.len && text.at[pos] >= '0' && text.at[pos] <= '9'; pos++) {
        sum = sum * 10 + (size_t)(text.at[pos] - '0');
        if (sum > SG_LINE_MAX)
            return false;
    }
    if (pos == *at)
        return false;
    *at = pos;
    *ret_len = sum;
    return true;
}

/*
 * Whether the text is `_e{TITLE_LEN,TEXT_LEN}:TITLE|TEXT[|...]`, with lengths in bytes. If not,
 * *ret_offset is where it is wrong: at a length that does not fit, or at the first wrong byte.
 */
static bool framing_event(struct sg_span text, size_t *ret_offset) {
    size_t at = sizeof event_head;
    size_t title_len;
    size_t text_len;
    size_t title_len_at = at;
    size_t text_len_at;

    if (!take_length(text, &at, &title_len) || !take(text, &at, ','))
        goto wrong;
    text_len_at = at;
    if (!take_length(text, &at, &text_len) || !take(text, &at, '}') || !take(text, &at, ':'))
        goto wrong;
    if (title_len > text.len - at) {
        at = title_len_at;
        goto wrong;
    }
    at += title_len;
    if (!take(text, &at, '|'))
        goto wrong;
    if (text_len > text.len - at) {
        at = text_len_at;
        goto wrong;
    }
    at += text_len;
    if (at == text.len || text.at[at] == '|')
        return true;
wrong:
    *ret_offset = at;
    return false;
}

/* Whether the text is `_sc|NAME|STATUS[|...]`, with status 0 to 3. If not, sets *ret_offset,
 * too. */
static bool framing_check(struct sg_span text, size_t *ret_offset) {
    const size_t name_at = sizeof check_head;
    const char *bar = memchr(text.at + name_at, '|', text.len - name_at);

    if (bar == NULL) {
        *ret_offset = text.len;
        return false;
    }
    if (bar == text.at + name_at) {
        *ret_offset = name_at;
        return false;
    }

    size_t status_at = (size_t)(bar - text.at) + 1;
    size_t behind = status_at + 1;
    if (status_at == text.len || text.at[status_at] < '0' || text.at[status_at] > '3' ||
        (behind != text.len && text.at[behind] != '|')) {
        *ret_offset = status_at;
        return false;
    }
    return true;
}

/* ---- lines ---- */

void sg_lines_init(struct sg_lines *it, const char *data, size_t len) {
    it->next = data;
    it->end = len != 0 ? data + len : data;
}

bool sg_lines_next(struct sg_lines *it, struct sg_span *ret_line, bool *ret_ended) {
    while (it->next != it->end) {
        const char *at = it->next;
        const char *newline = memchr(at, '\n', (size_t)(it->end - at));
        const char *stop = newline != NULL ? newline : it->end;

        it->next = stop + (newline != NULL);
        if (stop != at && stop[-1] == '\r')
            stop--;
        if (stop == at)
            continue;
        *ret_line = (struct sg_span){.at = at, .len = (size_t)(stop - at)};
        if (ret_ended != NULL)
            *ret_ended = newline != NULL;
        return true;
    }
    return false;
}

/* Walks the bars of a line: first those in the mask of its marks, then with memchr. */
struct bars {
    const char *rest; /* the first byte that the mask does not cover */
    const char *base;
    const char *end;
    uint64_t marks;
};

/* The first `byte`, or the end. Not inlined, so that short lines can use more registers. */
static __attribute__((noinline)) const char *search(const char *at, const char *end, char byte) {
    const char *hit = memchr(at, byte, (size_t)(end - at));
    return hit != NULL ? hit : end;
}

/* The next bar, or the end. */
static inline const char *bars_next(struct bars *it) {
    if (it->marks != 0) {
        const char *bar = it->base + __builtin_ctzll(it->marks);
        it->marks &= it->marks - 1;
        return bar;
    }
    if (it->rest == it->end)
        return it->end;

    const char *bar = search(it->rest, it->end, '|');
    it->rest = bar + (bar != it->end);
    return bar;
}

static inline struct sg_span span_between(const char *at, const char *end) {
    return (struct sg_span){.at = at, .len = (size_t)(end - at)};
}

/* The letters of one byte, each plus 1, so that 0 is "none". It is a table, because letters are
 * mixed and a jump on them would be mispredicted. */
static const unsigned char letter_of[UCHAR_MAX + 1] = {
    ['c'] = SG_LETTER_C + 1, ['g'] = SG_LETTER_G + 1, ['h'] = SG_LETTER_H + 1,
    ['d'] = SG_LETTER_D + 1, ['s'] = SG_LETTER_S + 1, ['a'] = SG_LETTER_A + 1,
    ['b'] = SG_LETTER_B + 1, ['j'] = SG_LETTER_J + 1,
};

/* The letter plus 1, or 0. */
static inline unsigned letter_parse(struct sg_span text) {
    if (text.len == 1)
        return letter_of[(unsigned char)text.at[0]];
    if (text.len == 2 && text.at[0] == 'm' && text.at[1] == 's')
        return SG_LETTER_MS + 1;
    return 0;
}

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

/* Reads digits of the base (10 or 16) up to a comma or the end: at least one, and a number of at
 * most 64 bits. */
static const char *count_parse(const char *at, const char *end, unsigned base,
                               uint64_t *ret_count) {
    const char *first = at;
    uint64_t sum = 0;

    for (; at != end && *at != ','; at++) {
        int digit = hex_digit(*at);
        if (digit < 0 || (unsigned)digit >= base || __builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, (unsigned)digit, &sum))
            return NULL;
    }
    if (at == first)
        return NULL;
    *ret_count = sum;
    return at;
}

struct report {
    bool present;
    uint64_t handle;
    uint64_t sent;
    uint64_t lost;
};

/* Reads `handle,sent,lost`. A report that is not well-formed is ignored, as an unknown field is. */
static void report_parse(struct sg_span text, struct report *ret_report) {
    const char *at = text.at;
    const char *end = text.at + text.len;
    struct report report = {.present = true};

    at = count_parse(at, end, 16, &report.handle);
    if (at == NULL || at == end)
        return;
    at = count_parse(at + 1, end, 10, &report.sent);
    if (at == NULL || at == end)
        return;
    at = count_parse(at + 1, end, 10, &report.lost);
    if (at != end)
        return;
    *ret_report = report;
}

static enum sg_reject refuse(enum sg_reject reason, size_t offset, struct sg_fault *ret_fault) {
    *ret_fault = (struct sg_fault){.reason = reason, .offset = offset};
    return reason;
}

/* Parses a line of a kind of which only the framing is checked. */
static enum sg_reject framed_parse(struct sg_span text, enum sg_line_kind kind,
                                   struct sg_line *ret_line, struct sg_fault *ret_fault) {
    size_t offset;
    bool framed =
        kind == SG_LINE_EVENT ? framing_event(text, &offset) : framing_check(text, &offset);

    if (!framed)
        return refuse(SG_REJECT_MALFORMED, offset, ret_fault);
    *ret_line = (struct sg_line){.text = text, .kind = kind, .rate = 1};
    return SG_REJECT_NONE;
}

/* Starts the walk of a line's bars with the mask of its marks. */
static inline struct bars bars_of(struct sg_span text, uint64_t marks) {
    const char *const end = text.at + text.len;
    return (struct bars){
        .rest = text.len > SG_MARKS_SPAN ? text.at + SG_MARKS_SPAN : end,
        .base = text.at,
        .end = end,
        .marks = marks,
    };
}

/* Finds the colon in `name:values|`. */
static inline enum sg_reject name_parse(struct sg_span text, uint64_t colons,
                                        const char *values_end, const char **ret_colon,
                                        struct sg_fault *ret_fault) {
    const char *const at = text.at;
    const char *colon = values_end;
    if (colons != 0)
        colon = at + __builtin_ctzll(colons);
    else if (values_end - at > SG_MARKS_SPAN)
        colon = search(at + SG_MARKS_SPAN, values_end, ':');
    if (colon >= values_end)
        return refuse(SG_REJECT_MALFORMED, (size_t)(values_end - at), ret_fault);
    if (colon == at)
        return refuse(SG_REJECT_MALFORMED, 0, ret_fault);
    if (colon - at > SG_NAME_MAX)
        return refuse(SG_REJECT_TOO_LONG, SG_NAME_MAX, ret_fault);
    if (values_end == at + text.len)
        return refuse(SG_REJECT_MALFORMED, text.len, ret_fault);
    *ret_colon = colon;
    return SG_REJECT_NONE;
}

/* The contents of the fields behind the letter. */
struct line_fields {
    struct sg_span tags;
    struct sg_span instance;
    struct report report;
    double rate;
};

static inline bool rate_parse(struct sg_span text, double *ret_rate) {
    return sg_number_parse(text.at, text.len, ret_rate) && *ret_rate > 0 && *ret_rate <= 1;
}

/* Whether the field begins with one letter and a colon, as `x:`. */
static inline bool has_colon(struct sg_span field) {
    return field.len >= 2 && field.at[1] == ':';
}

/* Reads a field that is not empty. False if it is a bad rate. */
static inline bool field_parse(struct sg_span field, unsigned letter, struct line_fields *fields) {
    const char *const end = field.at + field.len;
    switch (*field.at) {
    case '#':
        fields->tags = span_between(field.at + 1, end);
        return true;
    case '@':
        return letter == SG_LETTER_G + 1 ||
               rate_parse(span_between(field.at + 1, end), &fields->rate);
    case 'i':
        if (has_colon(field))
            fields->instance = span_between(field.at + 2, end);
        return true;
    case 'q':
        if (has_colon(field))
            report_parse(span_between(field.at + 2, end), &fields->report);
        return true;
    default: /* T, c:, e:, card: and all unknown fields are ignored */
        return true;
    }
}

/* Reads the fields from the bar on. If a field is repeated, the last one counts, as in the Datadog
 * agent. Returns the bad field, or NULL. */
static inline const char *fields_parse(const char *bar, struct bars *bars, unsigned letter,
                                       struct line_fields *ret_fields) {
    *ret_fields = (struct line_fields){.rate = 1};
    while (bar != bars->end) {
        const char *field = bar + 1;
        bar = bars_next(bars);
        if (field != bar && !field_parse(span_between(field, bar), letter, ret_fields))
            return field;
    }
    return NULL;
}

/* Parses `name:values|letter|field|...`. */
static inline enum sg_reject metric_parse(struct sg_span text, struct sg_line *ret_line,
                                          struct sg_fault *ret_fault) {
    const char *const at = text.at;
    const struct sg_marks marks = sg_marks_of(at, text.len);
    struct bars bars = bars_of(text, marks.bars);
    const char *values_end = bars_next(&bars);
    const char *colon;
    const enum sg_reject reason = name_parse(text, marks.colons, values_end, &colon, ret_fault);
    if (reason != SG_REJECT_NONE)
        return reason;
    const char *bar = bars_next(&bars);
    const unsigned letter = letter_parse(span_between(values_end + 1, bar));
    if (letter == 0)
        return refuse(SG_REJECT_MALFORMED, (size_t)(values_end - at) + 1, ret_fault);
    struct line_fields fields;
    const char *bad = fields_parse(bar, &bars, letter, &fields);
    if (bad != NULL)
        return refuse(SG_REJECT_BAD_RATE, (size_t)(bad - at) + 1, ret_fault);
    *ret_line = (struct sg_line){
        .text = text,
        .kind = SG_LINE_METRIC,
        .letter = (enum sg_letter)(letter - 1),
        .name = span_between(at, colon),
        .values = span_between(colon + 1, values_end),
        .tags = fields.tags,
        .instance = fields.instance,
        .rate = fields.rate,
        .has_report = fields.report.present,
        .handle = fields.report.handle,
        .sent = fields.report.sent,
        .lost = fields.report.lost,
    };
    return SG_REJECT_NONE;
}

enum sg_reject sg_line_parse(struct sg_span text, struct sg_line *ret_line,
                             struct sg_fault *ret_fault) {
    if (text.len == 0)
        return refuse(SG_REJECT_MALFORMED, 0, ret_fault);
    if (text.len > SG_LINE_MAX)
        return refuse(SG_REJECT_TOO_LONG, SG_LINE_MAX, ret_fault);
    if (*text.at == '_') {
        if (framing_is_event(text))
            return framed_parse(text, SG_LINE_EVENT, ret_line, ret_fault);
        if (framing_is_check(text))
            return framed_parse(text, SG_LINE_SERVICE_CHECK, ret_line, ret_fault);
    }
    return metric_parse(text, ret_line, ret_fault);
}

/* ---- both in one pass ---- */

/* The first bar or newline, or the end. The 16 bytes before the end may be read. */
static const char *find_cut(const char *at, const char *end) {
    for (; end - at >= 16; at += 16) {
        const uint64_t cuts = sg_cuts_16(at).cuts;
        if (cuts != 0)
            return at + __builtin_ctzll(cuts);
    }
    const uint64_t cuts = sg_cuts_16(end - 16).cuts >> (16 - (end - at));
    return cuts != 0 ? at + __builtin_ctzll(cuts) : end;
}

/* The byte of the lowest bit in a mask. */
static inline const char *first_of(const char *at, uint64_t marks) {
    return at + (unsigned)__builtin_ctzll(marks);
}

/* Finds the end of a line, by the mask of bars and newlines behind its second bar. */
static inline const char *plain_end(const char *at, const char *end, uint64_t marks) {
    if (marks != 0)
        return first_of(at, marks);
    return end - at <= SG_MARKS_SPAN ? end : find_cut(at + SG_MARKS_SPAN, end);
}

/* Parses a line of the usual form, `name:values|letter|#tags`, in which the tags begin within the
 * first SG_MARKS_SPAN bytes. Returns false, and changes nothing, if the line has another form, is
 * refused, or no line is left. */
static inline bool parse_plain(struct sg_lines *it, struct sg_line *ret_line, bool *ret_ended) {
    const char *const at = it->next;
    const char *const end = it->end;
    const size_t left = (size_t)(end - at);
    if (left < SG_CUTS_MIN || *at == '_')
        return false;

    const struct sg_cuts marks = sg_cuts_of(at, left);
    const uint64_t second = marks.cuts & (marks.cuts - 1);
    if (marks.colons == 0 || second == 0)
        return false;
    const char *colon = first_of(at, marks.colons);
    const char *values_end = first_of(at, marks.cuts);
    const char *bar = first_of(at, second);
    const unsigned letter = letter_parse(span_between(values_end + 1, bar));
    if (colon >= values_end || colon == at || *values_end != '|' || *bar != '|' || letter == 0 ||
        end - bar < 2 || bar[1] != '#')
        return false;

    const char *stop = plain_end(at, end, second & (second - 1));
    if ((stop != end && *stop != '\n') || stop[-1] == '\r' || stop - at > SG_LINE_MAX)
        return false;
    it->next = stop + (stop != end);
    *ret_ended = stop != end;
    /* Set one by one: compilers use `rep stos` for a struct that is mostly 0, which takes longer
     * than all the rest. */
    ret_line->text = span_between(at, stop);
    ret_line->kind = SG_LINE_METRIC;
    ret_line->letter = (enum sg_letter)(letter - 1);
    ret_line->name = span_between(at, colon);
    ret_line->values = span_between(colon + 1, values_end);
    ret_line->tags = span_between(bar + 2, stop);
    ret_line->instance = (struct sg_span){0};
    ret_line->rate = 1;
    ret_line->has_report = false;
    ret_line->handle = 0;
    ret_line->sent = 0;
    ret_line->lost = 0;
    return true;
}

/* Parses the next line, whatever its form. */
static __attribute__((noinline)) bool parse_next(struct sg_lines *it, struct sg_line *ret_line,
                                                 bool *ret_ended, struct sg_fault *ret_fault) {
    struct sg_span text;
    if (!sg_lines_next(it, &text, ret_ended))
        return false;
    ret_fault->reason = SG_REJECT_NONE;
    if (sg_line_parse(text, ret_line, ret_fault) != SG_REJECT_NONE)
        ret_line->text = text;
    return true;
}

bool sg_lines_parse(struct sg_lines *it, struct sg_line *ret_line, bool *ret_ended,
                    struct sg_fault *ret_fault) {
    if (!parse_plain(it, ret_line, ret_ended))
        return parse_next(it, ret_line, ret_ended, ret_fault);
    ret_fault->reason = SG_REJECT_NONE;
    return true;
}

bool sg_report_find(struct sg_span text, uint64_t *ret_handle, uint64_t *ret_sent,
                    uint64_t *ret_lost) {
    const char *stop = text.at + text.len;
    for (const char *at = stop; at-- != text.at;) {
        if (*at != '|')
            continue;
        struct report report = {0};
        if (stop - at >= 3 && at[1] == 'q' && at[2] == ':')
            report_parse(span_between(at + 3, stop), &report);
        if (report.present) {
            *ret_handle = report.handle;
            *ret_sent = report.sent;
            *ret_lost = report.lost;
            return true;
        }
        stop = at;
    }
    return false;
}

/* ---- fields of attempts and jobs ---- */

/* Walks the fields of a line from its end, so that the last of several counts. Fields are few and
 * an attempt or a job is rare beside a count: so these are looked for when they are wanted, and no
 * other line pays for them. */
struct fields {
    const char *begin; /* the end of the values */
    const char *at;    /* the end of the next field */
};

static struct fields fields_of(const struct sg_line *line) {
    return (struct fields){line->values.at + line->values.len, line->text.at + line->text.len};
}

/* The next field of a letter and a colon, with what is behind these; others are skipped. */
static bool fields_next(struct fields *fields, struct sg_span *ret_field,
                        struct sg_span *ret_text) {
    const char *stop = fields->at;
    for (const char *at = stop; at-- != fields->begin;) {
        if (*at != '|')
            continue;
        const struct sg_span field = span_between(at + 1, stop);
        stop = at;
        if (field.len < 2 || field.at[1] != ':')
            continue;
        fields->at = at;
        *ret_field = field;
        *ret_text = (struct sg_span){field.at + 2, field.len - 2};
        return true;
    }
    return false;
}

static bool whole_parse(struct sg_span text, uint32_t most, uint64_t *ret_number) {
    const char *end = text.at + text.len;
    return count_parse(text.at, end, 10, ret_number) == end && *ret_number <= most;
}

bool sg_attempt_read(const struct sg_line *line, struct sg_attempt *ret_attempt,
                     struct sg_span *ret_bad) {
    struct fields fields = fields_of(line);
    struct sg_span text;
    uint64_t mark = 0;
    bool timed = false;
    bool counted = false;
    *ret_attempt = (struct sg_attempt){.seconds = -1, .count = 1};
    while (fields_next(&fields, ret_bad, &text)) {
        bool good = true;
        if (*ret_bad->at == 'd' && !timed) {
            timed = true;
            good = sg_number_parse(text.at, text.len, &ret_attempt->seconds) &&
                   ret_attempt->seconds >= 0;
        } else if (*ret_bad->at == 'p' && !ret_attempt->marked) {
            ret_attempt->marked = true;
            good = whole_parse(text, SG_EPOCH_MAX, &mark);
            ret_attempt->mark = (uint32_t)mark;
        } else if (*ret_bad->at == 'n' && !counted) {
            counted = true;
            good = whole_parse(text, UINT32_MAX, &ret_attempt->count);
        }
        if (!good)
            return false;
    }
    return true;
}

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"},     {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL"},     {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"},     {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGXCPU, "SIGXCPU"},
    {SIGXFSZ, "SIGXFSZ"},     {SIGSYS, "SIGSYS"},   {SIGIO, "SIGIO"},     {SIGPROF, "SIGPROF"},
    {SIGVTALRM, "SIGVTALRM"},
};

void sg_exit_text(int32_t code, char ret_text[SG_EXIT_MAX]) {
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (-code == signals[i].number) {
            (void)snprintf(ret_text, SG_EXIT_MAX, "%s", signals[i].name);
            return;
        }
    (void)snprintf(ret_text, SG_EXIT_MAX, code < 0 ? "SIG%d" : "%d", code < 0 ? -code : code);
}

/* `x:`: an exit status, or a signal by its name or as SIG35. */
static bool exit_parse(struct sg_span text, int32_t *ret_exit) {
    uint64_t number = 0;
    if (text.len > 3 && memcmp(text.at, "SIG", 3) == 0) {
        for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
            if (sg_span_is(text, signals[i].name)) {
                *ret_exit = -signals[i].number;
                return true;
            }
        const struct sg_span digits = {text.at + 3, text.len - 3};
        const bool good = whole_parse(digits, SG_SIGNAL_MAX, &number) && number > 0;
        *ret_exit = -(int32_t)number;
        return good;
    }
    const bool good = whole_parse(text, 255, &number);
    *ret_exit = (int32_t)number;
    return good;
}

bool sg_job_read(const struct sg_line *line, struct sg_job *ret_job, struct sg_span *ret_bad) {
    struct fields fields = fields_of(line);
    struct sg_span text;
    bool owned = false;
    *ret_job = (struct sg_job){.exit = SG_EXIT_UNSAID};
    while (fields_next(&fields, ret_bad, &text)) {
        bool good = true;
        if (*ret_bad->at == 'x' && ret_job->exit == SG_EXIT_UNSAID) {
            good = exit_parse(text, &ret_job->exit);
        } else if (*ret_bad->at == 'o' && !owned) {
            owned = true;
            good = ret_job->unowned = sg_span_is(text, "none");
        }
        if (!good)
            return false;
    }
    return true;
}

/* ---- lists: packed values and labels ---- */

/* The end of a span. The `at` of a missing span is NULL, to which nothing may be added. */
static inline const char *end_of(struct sg_span span) {
    return span.len != 0 ? span.at + span.len : span.at;
}

static const char *find(const char *at, const char *end, char byte) {
    if (at == end)
        return end;
    const char *hit = memchr(at, byte, (size_t)(end - at));
    return hit != NULL ? hit : end;
}

size_t sg_line_samples(const struct sg_line *line) {
    size_t samples = 1;

    if (line->kind != SG_LINE_METRIC || line->letter == SG_LETTER_S)
        return 1;
    for (size_t i = 0; i < line->values.len; i++)
        samples += line->values.at[i] == ':';
    return samples;
}

void sg_values_init(struct sg_values *it, const struct sg_line *line) {
    it->next = line->values.at;
    it->end = end_of(line->values);
    it->more = line->kind == SG_LINE_METRIC;
}

/* Moves on to the item after the one that ends at `stop`. */
static inline void values_pass(struct sg_values *it, const char *stop) {
    it->more = stop != it->end;
    it->next = stop + it->more;
}

bool sg_values_next(struct sg_values *it, double *ret_value, enum sg_reject *ret_reason,
                    struct sg_span *ret_text) {
    const char *at = it->next;
    const char *end = it->end;
    const char *stop;

    if (!it->more)
        return false;
    *ret_reason = SG_REJECT_NONE;
    if (at != end && (at + 1 == end || at[1] == ':') && (unsigned char)(*at - '0') < 10) {
        /* The short way for one digit: most increments are 1. */
        *ret_value = *at - '0';
        stop = at + 1;
    } else {
        double value;
        if (sg_number_scan(at, end, &stop, &value) && (stop == end || *stop == ':')) {
            *ret_value = value;
        } else {
            *ret_reason = SG_REJECT_BAD_VALUE;
            stop = find(at, end, ':');
        }
    }
    if (ret_text != NULL)
        *ret_text = (struct sg_span){.at = at, .len = (size_t)(stop - at)};
    values_pass(it, stop);
    return true;
}

bool sg_words_next(struct sg_values *it, struct sg_span *ret_word) {
    if (!it->more)
        return false;

    const char *stop = find(it->next, it->end, ':');
    *ret_word = (struct sg_span){.at = it->next, .len = (size_t)(stop - it->next)};
    values_pass(it, stop);
    return true;
}

void sg_tags_init(struct sg_tags *it, struct sg_span tags) {
    it->next = tags.at;
    it->end = end_of(tags);
    it->count = 0;
    it->more = tags.len != 0;
}

/* Returns what is wrong with the tag, and in *ret_bytes the bytes that are wrong. */
static enum sg_reject tag_check(const struct sg_tag *tag, struct sg_span item, unsigned count,
                                struct sg_span *ret_bytes) {
    *ret_bytes = item;
    if (count > SG_LABELS_MAX)
        return SG_REJECT_TOO_LONG;
    if (tag->key.len == 0)
        return SG_REJECT_MALFORMED;
    if (tag->key.len > SG_NAME_MAX) {
        *ret_bytes = tag->key;
        return SG_REJECT_TOO_LONG;
    }
    if (tag->value.len > SG_LABEL_VALUE_MAX) {
        *ret_bytes = tag->value;
        return SG_REJECT_TOO_LONG;
    }
    return SG_REJECT_NONE;
}

bool sg_tags_next(struct sg_tags *it, struct sg_tag *ret_tag, enum sg_reject *ret_reason) {
    struct sg_span item = {0};

    while (it->more && item.len == 0) {
        const char *stop = find(it->next, it->end, ',');
        item = (struct sg_span){.at = it->next, .len = (size_t)(stop - it->next)};
        it->more = stop != it->end;
        it->next = stop + it->more;
    }
    if (item.len == 0)
        return false;
    it->count++;

    const char *end = item.at + item.len;
    const char *colon = find(item.at, end, ':');
    struct sg_tag tag = {.key = {.at = item.at, .len = (size_t)(colon - item.at)}};
    if (colon != end)
        tag.value = (struct sg_span){.at = colon + 1, .len = (size_t)(end - colon) - 1};

    struct sg_span bytes;
    *ret_reason = tag_check(&tag, item, it->count, &bytes);
    if (*ret_reason != SG_REJECT_NONE) {
        it->more = false;
        tag = (struct sg_tag){.key = bytes};
    }
    *ret_tag = tag;
    return true;
}

/* ---- words for people ---- */

static const struct {
    const char *label;
    const char *text;
} reasons[SG_REJECT_COUNT] = {
    [SG_REJECT_NONE] = {"none", "not rejected"},
#define SG_REJECT(id, label, text) [SG_REJECT_##id] = {label, text},
#include "sg_reject.def"
#undef SG_REJECT
};

static const char *const letters[SG_LETTER_COUNT] = {
    [SG_LETTER_C] = "c",   [SG_LETTER_G] = "g", [SG_LETTER_H] = "h",
    [SG_LETTER_D] = "d",   [SG_LETTER_S] = "s", [SG_LETTER_A] = "a",
    [SG_LETTER_MS] = "ms", [SG_LETTER_B] = "b", [SG_LETTER_J] = "j",
};

const char *sg_reject_label(enum sg_reject reason) {
    return (unsigned)reason < SG_REJECT_COUNT ? reasons[reason].label : "unknown";
}

const char *sg_reject_text(enum sg_reject reason) {
    return (unsigned)reason < SG_REJECT_COUNT ? reasons[reason].text : "unknown reason";
}

const char *sg_letter_text(enum sg_letter letter) {
    return (unsigned)letter < SG_LETTER_COUNT ? letters[letter] : "?";
}
