/*
 * negotiate.c - see negotiate.h. Walks the header once, and copies nothing.
 */
#include "http/negotiate.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A piece of a header. */
struct piece {
    const char *text;
    size_t len;
};

/* Words of these headers are case-insensitive. */
static bool piece_is(struct piece piece, const char *text) {
    return piece.len == strlen(text) && strncasecmp(piece.text, text, piece.len) == 0;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static struct piece trim(struct piece piece) {
    while (piece.len > 0 && is_blank(piece.text[0])) {
        piece.text++;
        piece.len--;
    }
    while (piece.len > 0 && is_blank(piece.text[piece.len - 1]))
        piece.len--;
    return piece;
}

/* The bytes up to `separator`, which does not count within quoted strings; *rest moves after it.
 * False at the end. */
static bool next_part(const char **rest, char separator, const char *end, struct piece *ret_part) {
    const char *at = *rest;
    if (at == NULL)
        return false;
    bool quoted = false;
    for (; at < end; at++) {
        if (quoted && *at == '\\' && at + 1 < end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && *at == separator)
            break;
    }
    *ret_part = trim((struct piece){*rest, (size_t)(at - *rest)});
    *rest = at < end ? at + 1 : NULL;
    return true;
}

/* A parameter's name and value, without quotes. Escaped quotes in a value are kept: no value that
 * we look for has one. */
static bool split_parameter(struct piece part, struct piece *ret_name, struct piece *ret_value) {
    const char *equals = memchr(part.text, '=', part.len);
    if (equals == NULL)
        return false;
    *ret_name = trim((struct piece){part.text, (size_t)(equals - part.text)});
    struct piece value =
        trim((struct piece){equals + 1, (size_t)(part.text + part.len - equals - 1)});
    if (value.len >= 2 && value.text[0] == '"' && value.text[value.len - 1] == '"')
        value = (struct piece){value.text + 1, value.len - 2};
    *ret_value = value;
    return true;
}

/* Read "0.5", "1", and ".2" (Java's HttpURLConnection) in thousandths, without further digits; -1:
 * not a quality. */
static int parse_quality(struct piece text) {
    int whole = 0;
    int thousandths = 0;
    int unit = 100;
    size_t i = 0;
    bool digits = false;
    for (; i < text.len && text.text[i] >= '0' && text.text[i] <= '9'; i++) {
        whole = whole > 0 || text.text[i] > '0' ? 1 : 0;
        digits = true;
    }
    if (i < text.len && text.text[i] == '.') {
        for (i++; i < text.len && text.text[i] >= '0' && text.text[i] <= '9'; i++) {
            thousandths += unit * (text.text[i] - '0');
            unit /= 10;
            digits = true;
        }
    }
    if (!digits || i != text.len)
        return -1;
    return whole > 0 ? 1000 : thousandths;
}

/* ---- Accept ---- */

enum rank { RANK_NONE, RANK_ANY, RANK_TYPE, RANK_DRAFT, RANK_NAMED, RANK_VERSION };

/* One media range with the parameters that matter. */
struct range {
    struct piece type; /* "application/openmetrics-text" */
    struct piece version;
    struct piece escaping;
    int quality;
};

static bool parse_range(struct piece item, struct range *ret_range) {
    const char *rest = item.text;
    const char *end = item.text + item.len;
    struct range range = {.quality = 1000};
    if (!next_part(&rest, ';', end, &range.type) || range.type.len == 0)
        return false;
    struct piece part;
    while (next_part(&rest, ';', end, &part)) {
        struct piece name;
        struct piece value;
        if (!split_parameter(part, &name, &value))
            continue;
        if (piece_is(name, "q"))
            range.quality = parse_quality(value);
        else if (piece_is(name, "version"))
            range.version = value;
        else if (piece_is(name, "escaping"))
            range.escaping = value;
    }
    *ret_range = range;
    return range.quality >= 0;
}

static enum rank openmetrics_rank(const struct range *range) {
    if (piece_is(range->type, "application/openmetrics-text")) {
        if (range->version.len == 0)
            return RANK_NAMED;
        if (piece_is(range->version, "1.0.0"))
            return RANK_VERSION;
        return piece_is(range->version, "0.0.1") ? RANK_DRAFT : RANK_NONE;
    }
    return piece_is(range->type, "application/*") ? RANK_TYPE : RANK_NONE;
}

static enum rank text_rank(const struct range *range) {
    if (piece_is(range->type, "text/plain")) {
        if (range->version.len == 0)
            return RANK_NAMED;
        return piece_is(range->version, "0.0.4") ? RANK_VERSION : RANK_NONE;
    }
    return piece_is(range->type, "text/*") ? RANK_TYPE : RANK_NONE;
}

static const char *known_escaping(struct piece escaping) {
    /* Both spellings of the first scheme are in use; the answer repeats the requested one. */
    static const char *const schemes[] = {"allow-utf-8", "allow-utf8", "underscores", "values"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (piece_is(escaping, schemes[i]))
            return schemes[i];
    return NULL;
}

static void offer(struct negotiated *best, enum rank rank, const struct range *range,
                  unsigned order) {
    if (rank == RANK_NONE || rank < best->rank ||
        (rank == best->rank && range->quality <= best->quality))
        return;
    *best = (struct negotiated){
        .rank = (uint8_t)rank,
        .quality = (uint16_t)range->quality,
        .order = order,
        .escaping = rank == RANK_VERSION ? known_escaping(range->escaping) : NULL,
    };
}

void negotiate_init(struct negotiation *negotiation) {
    *negotiation = (struct negotiation){.gzip = -1, .identity = -1, .any_coding = -1};
}

void negotiate_accept(struct negotiation *negotiation, const char *value) {
    const char *rest = value;
    const char *end = value + strlen(value);
    struct piece item;
    while (next_part(&rest, ',', end, &item)) {
        struct range range;
        if (!parse_range(item, &range))
            continue;
        /* Some Java clients send a lone `*` for any type. */
        const bool any = piece_is(range.type, "*/*") || piece_is(range.type, "*");
        const unsigned order = negotiation->order++;
        offer(&negotiation->openmetrics, any ? RANK_ANY : openmetrics_rank(&range), &range, order);
        offer(&negotiation->text, any ? RANK_ANY : text_rank(&range), &range, order);
        if (piece_is(range.type, "text/html") && range.quality > 0)
            negotiation->html = true;
        if (piece_is(range.type, "text/event-stream") && range.quality > 0)
            negotiation->events = true;
    }
}

enum exposition_format negotiate_format(const struct negotiation *negotiation,
                                        const char **ret_escaping) {
    const struct negotiated *om = &negotiation->openmetrics;
    const struct negotiated *text = &negotiation->text;
    bool openmetrics;
    if (om->quality == 0 || text->quality == 0) {
        openmetrics = om->quality > 0;
    } else if (om->quality != text->quality) {
        openmetrics = om->quality > text->quality;
    } else if (om->rank >= RANK_DRAFT && text->rank >= RANK_DRAFT) {
        openmetrics = om->order < text->order;
    } else {
        openmetrics = om->rank > text->rank;
    }
    *ret_escaping = openmetrics ? om->escaping : NULL;
    return openmetrics ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT;
}

/* ---- Accept-Encoding ---- */

void negotiate_encoding(struct negotiation *negotiation, const char *value) {
    const char *rest = value;
    const char *end = value + strlen(value);
    struct piece item;
    while (next_part(&rest, ',', end, &item)) {
        struct range coding;
        if (!parse_range(item, &coding))
            continue;
        int *quality = NULL;
        /* x-gzip is the same coding (RFC 9110 section 8.4.1.3). */
        if (piece_is(coding.type, "gzip") || piece_is(coding.type, "x-gzip"))
            quality = &negotiation->gzip;
        else if (piece_is(coding.type, "identity"))
            quality = &negotiation->identity;
        else if (piece_is(coding.type, "*"))
            quality = &negotiation->any_coding;
        if (quality != NULL && coding.quality > *quality)
            *quality = coding.quality;
    }
}

bool negotiate_gzip(const struct negotiation *negotiation) {
    const int gzip = negotiation->gzip >= 0 ? negotiation->gzip : negotiation->any_coding;
    /* If not named, identity is acceptable but not preferred: a client that names gzip wants it. */
    return gzip > 0 && gzip >= negotiation->identity;
}
