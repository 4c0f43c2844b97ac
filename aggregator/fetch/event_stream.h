/*
 * event_stream.h - server-sent events (WHATWG HTML, 9.2), read in pieces as they arrive. Pure.
 */
#ifndef STATGATE_FETCH_EVENT_STREAM_H
#define STATGATE_FETCH_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum {
    EVENT_STREAM_DATA_MAX = 65536, /**< of an event; longer ones are left out, and counted */
    EVENT_STREAM_ID_MAX = 64
};

struct event_stream {
    char id[EVENT_STREAM_ID_MAX]; /**< of the last complete event; "": it had none */
    struct strbuf data;           /**< of the present event: valid after event_stream_next */
    size_t left_out;

    struct strbuf line;
    char next_id[EVENT_STREAM_ID_MAX];
    struct strbuf gathered;
    bool too_long;
    bool after_cr;
};

void event_stream_init(struct event_stream *stream);
void event_stream_done(struct event_stream *stream);
/** Consume bytes from the front of `bytes` until an event is complete: true, and stream->data and
 * stream->id are set. False: all bytes are consumed. */
bool event_stream_next(struct event_stream *stream, struct strbuf *bytes);

#endif
