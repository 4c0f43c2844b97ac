/*
 * event_stream.h - server-sent events (WHATWG HTML, 9.2), read in pieces as they come. Pure.
 */
#ifndef STATGATE_FETCH_EVENT_STREAM_H
#define STATGATE_FETCH_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum {
    EVENT_STREAM_DATA_MAX = 65536, /**< of an event; a longer one is left out, and counted */
    EVENT_STREAM_ID_MAX = 64
};

struct event_stream {
    char id[EVENT_STREAM_ID_MAX]; /**< of the last event that was complete; "": it had none */
    struct strbuf data;           /**< of the event at hand: valid after event_stream_next */
    size_t left_out;

    struct strbuf line;
    char next_id[EVENT_STREAM_ID_MAX];
    struct strbuf gathered;
    bool too_long;
    bool after_cr;
};

void event_stream_init(struct event_stream *stream);
void event_stream_done(struct event_stream *stream);
/** Take bytes from the front of `bytes` (which loses them) until an event is complete: true, and stream->data and
 * stream->id are its. False: all bytes are taken. */
bool event_stream_next(struct event_stream *stream, struct strbuf *bytes);

#endif
