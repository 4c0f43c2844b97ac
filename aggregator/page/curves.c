/*
 * curves.c - see curves.h.
 */
#include "page/curves.h"

#include <math.h>

#include "page/picture.h"
#include "page/words.h"

enum { CELL_POINTS = 60, WIDE_POINTS = 144 };

/* Reduce a curve to at most `most` points, per second unless it is a level. Each is the greatest of
 * the points it replaces, since people look for peaks. Returns the number of points. */
static size_t thin(const struct history_points *points, bool is_level, size_t most,
                   double *ret_values) {
    const size_t each = (points->count + most - 1) / most;
    const size_t count = points->count / each;
    const double seconds = is_level ? 1 : points->step_ms / 1000.0;
    for (size_t i = 0; i < count; i++) {
        double value = NAN;
        for (size_t at = i * each; at < (i + 1) * each; at++)
            if (points->values[at] != HISTORY_UNKNOWN)
                value = fmax(isnan(value) ? 0 : value, points->values[at] / seconds);
        ret_values[i] = value;
    }
    return count;
}

static void put_points(struct strbuf *out, const char *class, const struct history_points *points,
                       bool is_level, size_t most) {
    double values[WIDE_POINTS];
    picture_put_curve(out, class, values, thin(points, is_level, most, values));
}

/* ---- cells ---- */

static void put_cell(struct strbuf *out, const struct history_points *points, bool has_rate,
                     double rate, double folded) {
    strbuf_puts(out, "<td class=\"n flow\">");
    put_points(out, "spark", points, false, CELL_POINTS);
    strbuf_puts(out, " <span>");
    if (has_rate)
        words_put_short(out, rate, "/s");
    if (folded > 0) {
        strbuf_puts(out, ", ");
        words_put_short(out, folded, "/s folded");
    }
    strbuf_puts(out, "</span></td>");
}

void curves_put_service_cell(struct strbuf *out, const struct history *history, int service) {
    struct history_points points;
    double rate = 0;
    if (history == NULL)
        return;
    if (!history_service_curve(history, service, HISTORY_SAMPLES, HISTORY_SHORT, &points)) {
        strbuf_puts(out, "<td></td>");
        return;
    }
    const bool has_rate = history_service_rate(history, service, HISTORY_SAMPLES, &rate);
    put_cell(out, &points, has_rate, rate, 0);
}

/* Add the points of a curve of the same times. */
static void add_points(struct history_points *points, const struct history_points *more) {
    for (uint32_t i = 0; i < points->count; i++)
        if (points->values[i] != HISTORY_UNKNOWN && more->values[i] != HISTORY_UNKNOWN)
            points->values[i] += more->values[i];
}

void curves_put_family_cell(struct strbuf *out, const struct history *history,
                            const struct catalog_family *family) {
    struct history_points points;
    struct history_points folds;
    double rate = 0;
    double folded = 0;
    if (history == NULL)
        return;
    if (!history_family_curve(history, family, HISTORY_FAMILY_ACCEPTED, HISTORY_SHORT, &points)) {
        strbuf_puts(out, "<td></td>");
        return;
    }
    const bool has_rate = history_family_rate(history, family, HISTORY_FAMILY_ACCEPTED, &rate);
    if (history_family_curve(history, family, HISTORY_FAMILY_FOLDED, HISTORY_SHORT, &folds))
        add_points(&points, &folds);
    (void)history_family_rate(history, family, HISTORY_FAMILY_FOLDED, &folded);
    put_cell(out, &points, has_rate, rate + folded, folded);
}

/* ---- large ones ---- */

static double peak_of(const struct history_points *points, bool is_level) {
    double values[WIDE_POINTS];
    double most = NAN;
    const size_t count = thin(points, is_level, WIDE_POINTS, values);
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            most = fmax(isnan(most) ? 0 : most, values[i]);
    return most;
}

/* Append a curve, with its span and its peak in words. */
static void put_span(struct strbuf *out, const struct history_points *points, bool is_level,
                     const char *span) {
    const double peak = peak_of(points, is_level);
    strbuf_puts(out, "<div class=\"span\">");
    put_points(out, "curve", points, is_level, WIDE_POINTS);
    strbuf_printf(out, "<p class=\"quiet\">%s", span);
    if (!isnan(peak)) {
        strbuf_puts(out, ", at most ");
        words_put_short(out, peak, is_level ? "" : "/s");
    }
    strbuf_puts(out, "</p></div>");
}

static void open_curves(struct strbuf *out, const char *name, bool has_rate, double rate,
                        bool is_level) {
    strbuf_printf(out, "<div class=\"curves\"><h3>%s", name);
    if (has_rate) {
        strbuf_puts(out, " <span>");
        words_put_short(out, rate, is_level ? "" : "/s");
        strbuf_puts(out, "</span>");
    }
    strbuf_puts(out, "</h3>");
}

/* Returns false if the service takes no samples, or nothing happened in a day. */
static bool has_curve(const struct history *history, int service, enum history_curve curve) {
    struct history_points points;
    if (!history_service_curve(history, service, curve, HISTORY_SHORT, &points))
        return false;
    if (peak_of(&points, true) > 0)
        return true;
    return history_service_curve(history, service, curve, HISTORY_LONG, &points) &&
           peak_of(&points, true) > 0;
}

static void put_curve(struct strbuf *out, const struct history *history, int service,
                      enum history_curve curve) {
    struct history_points points;
    double rate = 0;
    const bool is_level = curve == HISTORY_SENDERS;
    const bool has_rate = history_service_rate(history, service, curve, &rate);
    open_curves(out, history_curve_text(curve), has_rate, rate, is_level);
    if (history_service_curve(history, service, curve, HISTORY_SHORT, &points))
        put_span(out, &points, is_level, "5 min");
    if (history_service_curve(history, service, curve, HISTORY_LONG, &points))
        put_span(out, &points, is_level, "a day");
    strbuf_puts(out, "</div>\n");
}

size_t curves_put_service(struct strbuf *out, const struct history *history, int service) {
    enum { UNITS = 200 };
    const char *comma = "<p class=\"quiet\">Nothing in the last day: ";
    bool has[HISTORY_CURVE_COUNT];
    if (history == NULL)
        return 0;
    strbuf_puts(out, "<div class=\"lately\">\n");
    for (int curve = 0; curve < HISTORY_CURVE_COUNT; curve++) {
        has[curve] = has_curve(history, service, (enum history_curve)curve);
        if (has[curve])
            put_curve(out, history, service, (enum history_curve)curve);
    }
    strbuf_puts(out, "</div>\n");
    for (int curve = 0; curve < HISTORY_CURVE_COUNT; curve++)
        if (!has[curve]) {
            strbuf_printf(out, "%s%s", comma, history_curve_text((enum history_curve)curve));
            comma = ", ";
        }
    strbuf_puts(out, *comma == ',' ? ".</p>\n" : "");
    return (size_t)UNITS * HISTORY_CURVE_COUNT;
}

/* Append one curve of a family. False: it has none. */
static bool put_family_curve(struct strbuf *out, const struct history *history,
                             const struct catalog_family *family, enum history_family_curve curve) {
    static const char *const titles[] = {"accepted samples", "folded samples"};
    struct history_points points;
    double rate = 0;
    if (!history_family_curve(history, family, curve, HISTORY_SHORT, &points))
        return false;
    const bool has_rate = history_family_rate(history, family, curve, &rate);
    open_curves(out, titles[curve], has_rate, rate, false);
    put_span(out, &points, false, "5 min");
    if (history_family_curve(history, family, curve, HISTORY_LONG, &points))
        put_span(out, &points, false, "a day");
    strbuf_puts(out, "</div>");
    return true;
}

size_t curves_put_family(struct strbuf *out, const struct history *history,
                         const struct catalog_family *family) {
    enum { UNITS = 120 };
    struct history_points points;
    if (history == NULL ||
        !history_family_curve(history, family, HISTORY_FAMILY_ACCEPTED, HISTORY_SHORT, &points))
        return 0;
    strbuf_puts(out, "<div class=\"lately\">\n");
    for (int curve = 0; curve < HISTORY_FAMILY_CURVE_COUNT; curve++)
        (void)put_family_curve(out, history, family, (enum history_family_curve)curve);
    strbuf_puts(out, "</div>\n");
    return UNITS;
}
