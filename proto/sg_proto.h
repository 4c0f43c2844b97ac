/* SPDX-License-Identifier: MIT */
/*
 * sg_proto.h - the wire format of statgate: DogStatsD text in Unix datagrams.
 *
 * The only parser of this format in the project. It splits a datagram into
 * lines, a line into spans, and spans into values and labels. It never copies,
 * never writes into the datagram and never allocates; every span points into the
 * caller's bytes and lives as long as they do. It knows nothing of catalogs: the
 * gate decides what a letter or a label means. PROTOCOL.md beside this file
 * describes the format for those who write clients.
 *
 *   name:value[:value...]|letter[|@rate][|#key:value,key][|T..][|c:..][|i:..][|q:h,s,l]
 *   ^^^^ ^^^^^^^^^^^^^^^^ ^^^^^^  ^^^^^   ^^^^^^^^^^^^^^                ^^^^   ^^^^^^^
 *   name values           letter  rate    tags                        instance report
 */
#ifndef SG_PROTO_H
#define SG_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Limits of a line, in bytes or items. Anything beyond them is SG_REJECT_TOO_LONG. */
enum {
    SG_LINE_MAX = 8192,       /**< a line without its newline */
    SG_NAME_MAX = 200,        /**< a metric name, a label key */
    SG_LABEL_VALUE_MAX = 200, /**< a label value */
    SG_LABELS_MAX = 32,       /**< labels of a line, valueless and ignored ones included */
    SG_INSTANCE_MAX = 64,     /**< the instance id of a job event; checked by machines */
    SG_DATAGRAM_MAX = 65536   /**< the receive buffer; a longer datagram is cut */
};

/** Why a sample was rejected. The list is sg_reject.def; 0 means "not rejected". */
enum sg_reject {
    SG_REJECT_NONE = 0,
#define SG_REJECT(id, label, text) SG_REJECT_##id,
#include "sg_reject.def"
#undef SG_REJECT
    SG_REJECT_COUNT
};

/** The value of the `reason` label, for example "bad_value"; "none" for SG_REJECT_NONE. Static. */
const char *sg_reject_label(enum sg_reject reason);
/** A sentence for people: what is wrong and what to do. Static. */
const char *sg_reject_text(enum sg_reject reason);

/** Bytes inside the caller's datagram; not terminated. `at` is NULL where a field is missing. */
struct sg_span {
    const char *at;
    size_t len;
};

/** Whether both spans have the same bytes. A missing field equals an empty one. */
static inline bool sg_span_same(struct sg_span a, struct sg_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/** Whether the span has the bytes of a terminated text. */
static inline bool sg_span_is(struct sg_span span, const char *text) {
    return sg_span_same(span, (struct sg_span){text, strlen(text)});
}

/** The metric types of the wire. */
enum sg_letter {
    SG_LETTER_C,  /**< `c`  increment */
    SG_LETTER_G,  /**< `g`  value or delta; the family decides */
    SG_LETTER_H,  /**< `h`  observation */
    SG_LETTER_D,  /**< `d`  observation */
    SG_LETTER_MS, /**< `ms` observation in milliseconds */
    SG_LETTER_S,  /**< `s`  set member */
    SG_LETTER_A,  /**< `a`  attempt */
    SG_LETTER_B,  /**< `b`  breaker report */
    SG_LETTER_J,  /**< `j`  job event */
    SG_LETTER_COUNT
};

/** The spelling on the wire, for example "ms". Static. */
const char *sg_letter_text(enum sg_letter letter);

enum sg_line_kind {
    SG_LINE_METRIC,
    SG_LINE_EVENT,        /**< `_e{..}`: framing was checked, nothing else is set */
    SG_LINE_SERVICE_CHECK /**< `_sc|..`: framing was checked, nothing else is set */
};

/** One parsed line. All spans point into the datagram. */
struct sg_line {
    struct sg_span text; /**< the whole line, without newline and trailing carriage return */
    enum sg_line_kind kind;
    enum sg_letter letter;
    struct sg_span name;     /**< 1..SG_NAME_MAX bytes, no newline, `:` or `|` */
    struct sg_span values;   /**< as sent: read with sg_values_next, or sg_words_next for a b j */
    struct sg_span tags;     /**< without the `#`; at == NULL when the line has none */
    struct sg_span instance; /**< `i:`; at == NULL when missing */
    double rate;             /**< (0,1]; 1 without `@`, and always 1 on `g` (ignored unread) */
    bool has_report;         /**< the line has a well-formed `q:`; a malformed one is ignored */
    uint64_t handle;         /**< q: the sender's handle */
    uint64_t sent;           /**< q: cumulative samples sent by this handle */
    uint64_t lost;           /**< q: cumulative samples lost by this handle */
};

/** Why and where a line or a part of it is refused. */
struct sg_fault {
    enum sg_reject reason;
    size_t offset; /**< byte offset from the start of the line */
};

/** Walks the lines of a datagram. */
struct sg_lines {
    const char *next;
    const char *end;
};

/** Starts a walk over `len` bytes at `data`, which are borrowed until the walk ends. */
void sg_lines_init(struct sg_lines *it, const char *data, size_t len);

/**
 * Gives the next line without its `\n` and one trailing `\r`; empty lines are skipped.
 * Returns false at the end; then ret_line is untouched. *ret_ended (may be NULL) is true if
 * a newline ended the line. The last line of a cut datagram, if it has no newline, is truncated.
 */
bool sg_lines_next(struct sg_lines *it, struct sg_span *ret_line, bool *ret_ended);

/**
 * Parses one line (without a newline, as from sg_lines_next). Returns SG_REJECT_NONE and fills
 * *ret_line, or returns the reason and fills *ret_fault (never both). It does not check values and
 * tags: sg_values_next and sg_tags_next do that, so that a known line costs no more than finding
 * its spans.
 */
enum sg_reject sg_line_parse(struct sg_span text, struct sg_line *ret_line,
                             struct sg_fault *ret_fault);

/**
 * Gives the next line and parses it: sg_lines_next and sg_line_parse in one, which takes one pass
 * for usual lines. Returns false at the end; then outputs are untouched. If the line is refused,
 * ret_fault->reason is not SG_REJECT_NONE, and only `text` of *ret_line is set.
 */
bool sg_lines_parse(struct sg_lines *it, struct sg_line *ret_line, bool *ret_ended,
                    struct sg_fault *ret_fault);

/**
 * Finds the last well-formed `q:` field of a line that sg_line_parse refused. The report is valid
 * all the same, and the sums of a datagram are right only with it. Returns false if there is none;
 * then outputs are untouched.
 */
bool sg_report_find(struct sg_span text, uint64_t *ret_handle, uint64_t *ret_sent,
                    uint64_t *ret_lost);

/** What a line of an attempt says beside its outcome. */
struct sg_attempt {
    double seconds; /**< `d:` how long it took; below 0: not said */
    bool marked;    /**< it has a `p:`: its client asked the breaker page */
    uint32_t mark;  /**< `p:` the epoch in which the page allowed the attempt; 0: in none */
    uint64_t count; /**< `n:` how many were denied; 1 without it */
};

enum { SG_EPOCH_MAX = (1 << 30) - 1 /**< epochs of a breaker run from 1 to here */ };

/**
 * Reads the fields `d:`, `p:` and `n:` of a line of letter `a`. If one is repeated, the last one
 * counts. Returns false, with the field in *ret_bad, if a duration is not a number of at least 0, a
 * mark not a whole number up to SG_EPOCH_MAX, or a count not one up to 2^32 - 1.
 */
bool sg_attempt_read(const struct sg_line *line, struct sg_attempt *ret_attempt,
                     struct sg_span *ret_bad);

/** What a line of a job says beside its event. */
struct sg_job {
    int32_t exit; /**< `x:` exit status of the command, 0 to 255; -N: signal N ended it */
    bool unowned; /**< `o:none` the job belongs to no process, whichever sends the line */
};

enum {
    SG_EXIT_UNSAID = INT32_MIN, /**< no `x:` */
    SG_SIGNAL_MAX = 64,
    SG_EXIT_MAX = 16 /**< bytes of the text, with the terminator */
};

/**
 * Reads the fields `x:` and `o:` of a line of letter `j`. If one is repeated, the last one counts.
 * Returns false, with the field in *ret_bad, if the first is neither a number up to 255 nor a
 * signal, as SIGKILL or SIG35, or if the second is not `none`.
 */
bool sg_job_read(const struct sg_line *line, struct sg_job *ret_job, struct sg_span *ret_bad);

/** The text of `x:` for an exit that was said: "3", "SIGKILL", "SIG35". */
void sg_exit_text(int32_t code, char ret_text[SG_EXIT_MAX]);

/** How many samples the line has: its packed values, empty ones included; 1 for `s`. */
size_t sg_line_samples(const struct sg_line *line);

/** Returns true and *ret_value if the line has just one value and it is a number. The number is the
 * same as from sg_values_next. */
bool sg_line_number(const struct sg_line *line, double *ret_value);

/** Walks packed values. */
struct sg_values {
    const char *next;
    const char *end;
    bool more;
};

void sg_values_init(struct sg_values *it, const struct sg_line *line);

/**
 * Gives the next number. Returns false at the end. Otherwise *ret_reason is SG_REJECT_NONE and
 * *ret_value a finite double, or *ret_reason is SG_REJECT_BAD_VALUE and *ret_value untouched;
 * *ret_text (may be NULL) is the item's bytes. Grammar: [+-]digits[.digits][e[+-]digits], with
 * nothing before or after it.
 */
bool sg_values_next(struct sg_values *it, double *ret_value, enum sg_reject *ret_reason,
                    struct sg_span *ret_text);

/** Gives the next item unchanged, for letters whose values are words (a b j). False at the end. */
bool sg_words_next(struct sg_values *it, struct sg_span *ret_word);

/** One label of a line. */
struct sg_tag {
    struct sg_span key;
    struct sg_span value; /**< at == NULL for a valueless tag; "k:" gives an empty value */
};

/** Walks the labels of a line. */
struct sg_tags {
    const char *next;
    const char *end;
    unsigned count;
    bool more;
};

/** Starts a walk over the tags span of a line (at == NULL: no tags). */
void sg_tags_init(struct sg_tags *it, struct sg_span tags);

/**
 * Gives the next label; empty items (`a:b,,c:d`) are skipped. Returns false at the end. If
 * *ret_reason is not SG_REJECT_NONE (malformed: empty key; too_long: key, value or count beyond its
 * limit), then `key` of *ret_tag has the offending bytes, and the walk must end.
 */
bool sg_tags_next(struct sg_tags *it, struct sg_tag *ret_tag, enum sg_reject *ret_reason);

/** Reads a text that must be one number of the wire's grammar. Returns true and *ret_value, or
 * false. */
bool sg_number_parse(const char *text, size_t len, double *ret_value);

#ifdef __cplusplus
}
#endif
#endif
