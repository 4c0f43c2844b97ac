#include "fetch/event_stream.h"

#include <stdio.h>

void event_stream_init(struct event_stream *stream) {
    *stream = (struct event_stream){.left_out = 0};
}

void event_stream_done(struct event_stream *stream) {
    strbuf_done(&stream->data);
    strbuf_done(&stream->line);
    strbuf_done(&stream->gathered);
}

/* End an event at an empty line. False: the event had no data. */
static bool dispatch(struct event_stream *stream) {
    const bool any = stream->gathered.len > 0;
    (void)snprintf(stream->id, sizeof stream->id, "%s", stream->next_id);
    strbuf_clear(&stream->data);
    if (stream->too_long)
        stream->left_out++;
    else if (any) /* without the newline after the last line */
        strbuf_put(&stream->data, stream->gathered.data, stream->gathered.len - 1);
    const bool whole = any && !stream->too_long && !stream->data.failed;
    strbuf_clear(&stream->gathered);
    stream->too_long = false;
    return whole;
}

static bool is_field(const char *line, size_t len, const char *name) {
    return len == strlen(name) && memcmp(line, name, len) == 0;
}

static void take_field(struct event_stream *stream, const char *line, size_t len) {
    const char *colon = memchr(line, ':', len);
    const size_t name_len = colon != NULL ? (size_t)(colon - line) : len;
    const char *value = colon != NULL ? colon + 1 : line + len;
    size_t value_len = (size_t)(line + len - value);
    if (value_len > 0 && value[0] == ' ') {
        value++;
        value_len--;
    }
    if (is_field(line, name_len, "data")) {
        if (stream->gathered.len + value_len < EVENT_STREAM_DATA_MAX) {
            strbuf_put(&stream->gathered, value, value_len);
            strbuf_putc(&stream->gathered, '\n');
        } else {
            stream->too_long = true;
        }
    } else if (is_field(line, name_len, "id") && memchr(value, '\0', value_len) == NULL &&
               value_len < EVENT_STREAM_ID_MAX) {
        (void)snprintf(stream->next_id, sizeof stream->next_id, "%.*s", (int)value_len, value);
    }
}

/* Take a complete line. True: an event is complete. */
static bool take_line(struct event_stream *stream) {
    bool event = false;
    if (stream->line.len == 0)
        event = dispatch(stream);
    else if (stream->line.len > EVENT_STREAM_DATA_MAX)
        stream->too_long = true;
    else
        take_field(stream, stream->line.data, stream->line.len);
    strbuf_clear(&stream->line);
    return event;
}

static bool take_byte(struct event_stream *stream, char c) {
    const bool behind_cr = stream->after_cr;
    stream->after_cr = c == '\r';
    if (c == '\n' && behind_cr)
        return false;
    if (c == '\r' || c == '\n')
        return take_line(stream);
    if (stream->line.len <= EVENT_STREAM_DATA_MAX)
        strbuf_putc(&stream->line, c);
    return false;
}

bool event_stream_next(struct event_stream *stream, struct strbuf *bytes) {
    for (size_t i = 0; i < bytes->len; i++)
        if (take_byte(stream, bytes->data[i])) {
            strbuf_consume(bytes, i + 1);
            return true;
        }
    strbuf_clear(bytes);
    return false;
}
