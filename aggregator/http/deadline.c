/*
 * deadline.c - see deadline.h.
 */
#include "http/deadline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t deadline_ms(const char *header) {
    char *end = NULL;
    /* strtod also accepts blanks, hex, "inf" and "nan". */
    if (header == NULL || header[0] == '\0' || header[strspn(header, "0123456789.eE+-")] != '\0')
        return DEADLINE_DEFAULT_MS;
    const double timeout_ms = strtod(header, &end) * 1000;
    if (*end != '\0' || !isfinite(timeout_ms) || timeout_ms <= 0)
        return DEADLINE_DEFAULT_MS;
    const double part_ms = timeout_ms / DEADLINE_MARGIN_PART;
    const double within_ms = timeout_ms - fmin(part_ms, DEADLINE_MARGIN_MS);
    return (uint64_t)fmin(fmax(within_ms, 1), DEADLINE_MOST_MS);
}
