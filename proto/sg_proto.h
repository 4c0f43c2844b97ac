/*
 * sg_proto.h - the wire format of statgate: DogStatsD text in Unix datagrams.
 *
 * The one parser of the project. It splits a datagram into lines, a line into
 * spans, and spans into values and labels. It never copies, never writes into
 * the datagram and never allocates; every span points into the caller's bytes
 * and lives as long as they do. It knows nothing of catalogs: what a letter or
 * a label means is decided by the gate. The format is described for writers of
 * clients in PROTOCOL.md beside this file.
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

/** Limits of a line, in bytes or items. What is beyond them is SG_REJECT_TOO_LONG. */
enum {
    SG_LINE_MAX = 8192,       /**< a line without its newline */
    SG_NAME_MAX = 200,        /**< a metric name, a label key */
    SG_LABEL_VALUE_MAX = 200, /**< a label value */
    SG_LABELS_MAX = 32,       /**< labels of a line, valueless and ignored ones included */
    SG_INSTANCE_MAX = 64,     /**< the instance id of a job event; judged by whoever takes it */
    SG_DATAGRAM_MAX = 65536   /**< the receive buffer; of a longer datagram the rest is cut */
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

/** The same bytes. A missing field is like an empty one. */
static inline bool sg_span_same(struct sg_span a, struct sg_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/** The bytes of a terminated text. */
static inline bool sg_span_is(struct sg_span span, const char *text) {
    return sg_span_same(span, (struct sg_span){text, strlen(text)});
}

/** The metric types of the wire. */
enum sg_letter {
    SG_LETTER_C,  /**< `c`  increment */
    SG_LETTER_G,  /**< `g`  value or delta, as the family says */
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
    SG_LINE_SERVICE_CHECK /**< `_sc|..`: likewise */
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
    bool has_report;         /**< `q:` was there and well-formed; a malformed one is ignored */
    uint64_t handle;         /**< q: the sender's handle */
    uint64_t sent;           /**< q: cumulative samples sent by this handle */
    uint64_t lost;           /**< q: cumulative samples lost by this handle */
};

/** Where and why a line or a part of it is refused. */
struct sg_fault {
    enum sg_reject reason;
    size_t offset; /**< byte offset from the start of the line */
};

/** Walks the lines of a datagram. */
struct sg_lines {
    const char *next;
    const char *end;
};

/** Start on `len` bytes at `data`; borrowed until the walk ends. */
void sg_lines_init(struct sg_lines *it, const char *data, size_t len);

/**
 * The next line without its `\n` and one trailing `\r`; empty lines are skipped.
 * Returns false at the end; ret_line is untouched then. *ret_ended (may be NULL) is
 * true if a newline ended the line: the unended last line of a cut datagram is truncated.
 */
bool sg_lines_next(struct sg_lines *it, struct sg_span *ret_line, bool *ret_ended);

/**
 * Parse one line (no newline in it, as from sg_lines_next). Returns SG_REJECT_NONE and fills
 * *ret_line, or returns the reason and fills *ret_fault (never both). Numbers of values and tags
 * are not looked at here: sg_values_next and sg_tags_next do that, so that a known line costs
 * no more than its spans.
 */
enum sg_reject sg_line_parse(struct sg_span text, struct sg_line *ret_line,
                             struct sg_fault *ret_fault);

/**
 * The next line, parsed: sg_lines_next and sg_line_parse in one, which takes one pass for a line as most
 * are. Returns false at the end; outputs are untouched then. Of a line that is refused ret_fault->reason
 * is not SG_REJECT_NONE, and only `text` of *ret_line is set.
 */
bool sg_lines_parse(struct sg_lines *it, struct sg_line *ret_line, bool *ret_ended,
                    struct sg_fault *ret_fault);

/**
 * The last well-formed `q:` field of a line that sg_line_parse refused: what its sender reports is
 * true all the same, and a datagram's sums close only with it. False when there is none; outputs
 * untouched.
 */
bool sg_report_find(struct sg_span text, uint64_t *ret_handle, uint64_t *ret_sent,
                    uint64_t *ret_lost);

/** How many samples the line stands for: its packed values, empty ones included; 1 for `s`. */
size_t sg_line_samples(const struct sg_line *line);

/** True and *ret_value if the line has one value, and that is a number; the same as sg_values_next says. */
bool sg_line_number(const struct sg_line *line, double *ret_value);

/** Walks packed values. */
struct sg_values {
    const char *next;
    const char *end;
    bool more;
};

void sg_values_init(struct sg_values *it, const struct sg_line *line);

/**
 * The next number. Returns false at the end. Otherwise *ret_reason is SG_REJECT_NONE and *ret_value
 * a finite double, or *ret_reason is SG_REJECT_BAD_VALUE and *ret_value untouched; *ret_text (may
 * be NULL) is the item's bytes. Grammar: [+-]digits[.digits][e[+-]digits], nothing around it.
 */
bool sg_values_next(struct sg_values *it, double *ret_value, enum sg_reject *ret_reason,
                    struct sg_span *ret_text);

/** The next item as it is, for letters whose values are words (a b j). False at the end. */
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

/** Start on the tags span of a line (at == NULL: no tags). */
void sg_tags_init(struct sg_tags *it, struct sg_span tags);

/**
 * The next label; empty items (`a:b,,c:d`) are skipped. Returns false at the end. When *ret_reason
 * is not SG_REJECT_NONE (malformed: empty key; too_long: key, value or count beyond its limit),
 * *ret_tag holds the offending bytes in `key` and the walk must end.
 */
bool sg_tags_next(struct sg_tags *it, struct sg_tag *ret_tag, enum sg_reject *ret_reason);

/** The number grammar of the wire on its own: true and *ret_value, or false. */
bool sg_number_parse(const char *text, size_t len, double *ret_value);

#ifdef __cplusplus
}
#endif
#endif
