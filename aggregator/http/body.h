/*
 * body.h - the bytes of one answer, made piece by piece: slices of a view, gzipped in small steps.
 *
 * Each body_work() does one bounded piece of work: a slice of the view, which ends at a given time,
 * or the compression of at most GZIP_PIECE_BYTES. So the caller can decide after every piece
 * whether this loop turn has time for another. Knows no sockets and no HTTP.
 */
#ifndef STATGATE_HTTP_BODY_H
#define STATGATE_HTTP_BODY_H

#include "gzip/gzip.h"
#include "http/answer_memory.h"
#include "view/view.h"

enum body_state {
    BODY_READY, /**< bytes are ready to take */
    BODY_WORK,  /**< a piece of work is due */
    BODY_END,   /**< all bytes were taken */
    BODY_FAILED /**< out of memory; what was taken so far is incomplete */
};

struct body {
    struct answer_memory *memory; /**< the account that is charged */
    size_t held;                  /**< bytes charged to it */
    struct view *view;            /**< NULL when it was rendered to its end, and for plain text */
    size_t lent;                  /**< bytes of a text from `plain` that the view has taken */
    struct strbuf plain;          /**< rendered; from plain_at on not yet taken or compressed */
    size_t plain_at;
    struct strbuf compressed; /**< from compressed_at on not yet taken */
    size_t compressed_at;
    bool gzip;
    struct gzip *compressor; /**< NULL when all is compressed, and for plain text */
    bool squeezed;           /**< the body got less memory than it could have used */
    bool failed;
    uint64_t slices; /**< of the view so far */
    uint64_t taken;  /**< bytes taken so far */
};

/** An empty body; `body->plain` may be written to. The account is borrowed. */
void body_init(struct body *body, struct answer_memory *memory);
/** Free everything, the view included, and make the body empty with the same account. Safe to call
 * twice. */
void body_done(struct body *body);

/** Charge the account for the text written to `body->plain`. False: there is no room for it, and it
 * is longer than HTTP_ANSWER_LEAST, which any answer may take. */
bool body_written(struct body *body);

/**
 * Fill the body from a view, which it takes over. Without memory for `gzip` the body stays plain:
 * see body->gzip.
 */
void body_start(struct body *body, struct view *view, bool gzip);

enum body_state body_state(const struct body *body);
/**
 * Do one piece of work; only in state BODY_WORK. A slice consists of steps of VIEW_STEP_UNITS, at
 * least one, and ends at `end_ns` by uv_hrtime() or when it has enough bytes.
 */
void body_work(struct body *body, struct store_time now, uint64_t end_ns);
/** True if the next piece is a slice of the view, which takes longer than any other piece. */
bool body_slice_due(const struct body *body);
/** True if every byte of the answer is in memory: nothing is left to render or to compress. */
bool body_whole(const struct body *body);
/** All bytes not yet taken; only if body_whole(). Borrowed until body_done. */
const char *body_bytes(const struct body *body, size_t *ret_len);
/** Take at most `max` bytes; only in state BODY_READY. Returns how many. */
size_t body_take(struct body *body, char *out, size_t max);

#endif
