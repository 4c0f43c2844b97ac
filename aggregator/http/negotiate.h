/*
 * negotiate.h - what a client asks for in Accept and Accept-Encoding. Pure.
 *
 * Two formats are offered, `application/openmetrics-text; version=1.0.0` and `text/plain;
 * version=0.0.4`. The rules, from RFC 9110 section 12.5 and Prometheus' "Scrape protocol content
 * negotiation":
 *
 *   - Of the ranges that match a format, the most specific one gives its quality: with the version,
 * without one, `type/` and `*`, both `*`.
 *   - The format of higher quality wins. At equal quality a named format beats one that only a
 * wildcard matches, and of two named ones the first wins.
 *   - 0.0.4 when nothing decides: a bare wildcard, no header, nothing acceptable. Never 406.
 *   - OpenMetrics 0.0.1, the draft's version that scrapers still list, is answered with 1.0.0, as
 * the Java and Python client libraries do: no parser tells them apart. Other versions are not
 * matched.
 *   - An item that is no media range, or has no readable quality, is passed over.
 */
#ifndef STATGATE_HTTP_NEGOTIATE_H
#define STATGATE_HTTP_NEGOTIATE_H

#include <stdbool.h>
#include <stdint.h>

#include "view/view.h"

/** How well a client's ranges match one of our formats; private. */
struct negotiated {
    uint8_t rank;         /**< specificity; 0 = no range matched */
    uint16_t quality;     /**< thousandths */
    unsigned order;       /**< place among all ranges */
    const char *escaping; /**< a scheme to name in the answer, or NULL; static */
};

/** The state of one request's negotiation. */
struct negotiation {
    struct negotiated openmetrics;
    struct negotiated text;
    unsigned order;
    bool html; /**< text/html is named and not refused */
    int gzip;  /**< qualities in thousandths, -1 = not named */
    int identity;
    int any_coding;
};

void negotiate_init(struct negotiation *negotiation);
/** Take in an Accept header. Call once for each such header line. */
void negotiate_accept(struct negotiation *negotiation, const char *value);
/** Take in an Accept-Encoding header, likewise. */
void negotiate_encoding(struct negotiation *negotiation, const char *value);

/**
 * The format to answer with. *ret_escaping is the escaping scheme to name in the Content-Type, or
 * NULL: only what was asked for together with OpenMetrics 1.0.0 is named, and only a scheme under
 * which names stay as they are. Names are of the legacy set here, which `dots` would change (it
 * doubles underscores).
 */
enum exposition_format negotiate_format(const struct negotiation *negotiation,
                                        const char **ret_escaping);
/** True when the body may be, and is best, gzipped. */
bool negotiate_gzip(const struct negotiation *negotiation);

#endif
