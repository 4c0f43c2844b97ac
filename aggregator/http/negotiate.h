/*
 * negotiate.h - content negotiation by Accept and Accept-Encoding. Pure.
 *
 * Two formats are offered, `application/openmetrics-text; version=1.0.0` and
 * `text/plain; version=0.0.4`. The rules, from RFC 9110 section 12.5 and Prometheus' "Scrape
 * protocol content negotiation":
 *
 *   - Of the ranges that match a format, the most specific gives its quality: one with the version
 *     before one without, then a wildcard for the subtype, then a wildcard for both (also written
 *     as a lone asterisk).
 *   - The format of higher quality wins. At equal quality a named format beats one that only a
 *     wildcard matches, and of two named ones the first wins.
 *   - 0.0.4 when nothing decides: a bare wildcard, no header, nothing acceptable. Never 406.
 *   - OpenMetrics 0.0.1, the draft's version that scrapers still list, is answered with 1.0.0, as
 *     the Java and Python client libraries do: no parser distinguishes them. Other versions do not
 *     match.
 *   - An item that is not a media range, or has no readable quality, is skipped.
 */
#ifndef STATGATE_HTTP_NEGOTIATE_H
#define STATGATE_HTTP_NEGOTIATE_H

#include <stdbool.h>
#include <stdint.h>

#include "view/view.h"

/** How well a client's ranges match one of the formats; private. */
struct negotiated {
    uint8_t rank;         /**< specificity; 0 = no range matched */
    uint16_t quality;     /**< thousandths */
    unsigned order;       /**< position among all ranges */
    const char *escaping; /**< a scheme to name in the answer, or NULL; static */
};

/** The state of one request's negotiation. */
struct negotiation {
    struct negotiated openmetrics;
    struct negotiated text;
    unsigned order;
    bool html;   /**< text/html is named and not refused */
    bool events; /**< text/event-stream is named and not refused */
    int gzip;    /**< qualities in thousandths, -1 = not named */
    int identity;
    int any_coding;
};

void negotiate_init(struct negotiation *negotiation);
/** Add an Accept header. Call it for each such header line. */
void negotiate_accept(struct negotiation *negotiation, const char *value);
/** Add an Accept-Encoding header. Call it for each such header line. */
void negotiate_encoding(struct negotiation *negotiation, const char *value);

/**
 * The format of the answer. *ret_escaping is the escaping scheme to name in the Content-Type, or
 * NULL: a scheme is named only if it was asked for together with OpenMetrics 1.0.0, and only if it
 * does not change names. All names have only legacy characters; `dots` would double their
 * underscores.
 */
enum exposition_format negotiate_format(const struct negotiation *negotiation,
                                        const char **ret_escaping);
/** True if the client accepts gzip and does not prefer the plain body. */
bool negotiate_gzip(const struct negotiation *negotiation);

#endif
