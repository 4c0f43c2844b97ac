#include "statgate/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "breakers_jobs/breakers_jobs.h"

/* ---- checking ---- */

static bool fail(enum sg_reject reason, struct sg_span line, const char *at,
                 struct sg_fault *ret_fault) {
    *ret_fault = (struct sg_fault){.reason = reason, .offset = (size_t)(at - line.at)};
    return false;
}

static bool has_numbers(enum sg_letter letter) {
    return letter == SG_LETTER_C || letter == SG_LETTER_G || letter == SG_LETTER_H ||
           letter == SG_LETTER_D || letter == SG_LETTER_MS;
}

/* Whether the word may be accepted. Outcomes depend on the catalog, so any outcome may. */
static bool is_taken(enum sg_letter letter, struct sg_span word) {
    bool taken = letter == SG_LETTER_A && word.len > 0;
    for (int i = 0; letter == SG_LETTER_B && i < BREAKER_STATE_COUNT; i++)
        taken |= sg_span_is(word, catalog_breaker_state_text((enum breaker_state)i));
    enum job_event event;
    return taken || (letter == SG_LETTER_J && job_event_find(word, &event));
}

static bool has_words(enum sg_letter letter) {
    return letter == SG_LETTER_A || letter == SG_LETTER_B || letter == SG_LETTER_J;
}

/* Check the id: under any catalog, an event belongs to one job. */
static bool check_instance(const struct sg_line *line, struct sg_fault *ret_fault) {
    const struct sg_span id = line->instance;
    if (line->letter != SG_LETTER_J || (id.len > 0 && id.len <= SG_INSTANCE_MAX))
        return true;
    return id.len == 0 ? fail(SG_REJECT_MALFORMED, line->text, line->values.at, ret_fault)
                       : fail(SG_REJECT_TOO_LONG, line->text, id.at, ret_fault);
}

bool line_check(struct sg_span text, struct sg_fault *ret_fault) {
    struct sg_line line;
    if (sg_line_parse(text, &line, ret_fault) != SG_REJECT_NONE)
        return false;
    if (line.kind != SG_LINE_METRIC)
        return true;
    struct sg_values values;
    struct sg_span item;
    double value;
    enum sg_reject reason;
    sg_values_init(&values, &line);
    while (has_numbers(line.letter) && sg_values_next(&values, &value, &reason, &item))
        if (reason != SG_REJECT_NONE)
            return fail(reason, text, item.at, ret_fault);
    while (has_words(line.letter) && sg_words_next(&values, &item))
        if (!is_taken(line.letter, item))
            return fail(SG_REJECT_BAD_VALUE, text, item.at, ret_fault);
    if (!check_instance(&line, ret_fault))
        return false;
    struct sg_tags tags;
    struct sg_tag tag;
    sg_tags_init(&tags, line.tags);
    while (sg_tags_next(&tags, &tag, &reason))
        if (reason != SG_REJECT_NONE)
            return fail(reason, text, tag.key.at, ret_fault);
    return true;
}

/* ---- reading ---- */

struct reader {
    struct strbuf pending; /* bytes of an incomplete line */
    bool skipping;         /* skip the rest of a line that was cut */
    size_t number;
    line_fn on_line;
    void *arg;
};

static bool give(struct reader *reader, const char *at, size_t len) {
    reader->number++;
    if (len > 0 && at[len - 1] == '\r')
        len--;
    return len == 0 || reader->on_line(reader->arg, (struct sg_span){at, len}, reader->number);
}

/* Pass on the complete lines, and the beginning of a line that is too long. */
static bool give_lines(struct reader *reader) {
    struct strbuf *pending = &reader->pending;
    size_t start = 0;
    bool more = true;
    while (more && start < pending->len) {
        const char *at = pending->data + start;
        const size_t rest = pending->len - start;
        const char *end = memchr(at, '\n', rest);
        if (end == NULL && rest < LINES_MAX && !reader->skipping)
            break;
        size_t len = end != NULL ? (size_t)(end - at) : rest;
        start += end != NULL ? len + 1 : len;
        if (len > LINES_MAX)
            len = LINES_MAX;
        if (!reader->skipping)
            more = give(reader, at, len);
        reader->skipping = end == NULL;
    }
    strbuf_consume(pending, start);
    return more;
}

int lines_read(int fd, line_fn on_line, line_pause_fn on_pause, void *arg) {
    struct reader reader = {.on_line = on_line, .arg = arg};
    int result = 0;
    strbuf_init(&reader.pending);
    while (result == 0) {
        if (!strbuf_reserve(&reader.pending, LINES_MAX)) {
            result = -ENOMEM;
            break;
        }
        const ssize_t got = read(fd, reader.pending.data + reader.pending.len, LINES_MAX);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            result = -errno;
            break;
        }
        reader.pending.len += (size_t)got;
        if (got == 0 && !reader.skipping && reader.pending.len > 0)
            result = give(&reader, reader.pending.data, reader.pending.len) ? 0 : 1;
        else if (!give_lines(&reader))
            result = 1;
        if (result == 0 && !on_pause(arg))
            result = 1;
        if (got == 0)
            break;
    }
    strbuf_done(&reader.pending);
    return result;
}
