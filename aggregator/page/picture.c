/*
 * picture.c - see picture.h.
 */
#include "page/picture.h"

#include <math.h>

#include "base/num.h"

/* Append a length, rounded to a tenth. */
static void put_length(struct strbuf *out, double length) {
    char text[NUM_TEXT_MAX];
    strbuf_put(out, text, num_put_json(text, round(length * 10) / 10));
}

static void put_attribute(struct strbuf *out, const char *name, double length) {
    strbuf_printf(out, " %s=\"", name);
    put_length(out, length);
    strbuf_putc(out, '"');
}

/* ---- bars ---- */

void picture_put_bar(struct strbuf *out, double share, bool near) {
    const double width = share >= 0 && share <= 1 ? share * 100 : share > 1 ? 100 : 0;
    strbuf_printf(out,
                  "<svg class=\"bar%s\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\"><rect",
                  near ? " near" : "");
    /* Anything above 0 is at least visible. */
    put_attribute(out, "width", width > 0 && width < 1 ? 1 : width);
    strbuf_puts(out, " height=\"6\"/></svg>");
}

/* ---- curves ---- */

enum { CURVE_HEIGHT = 20 };

static double highest(const double *values, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i]) && values[i] > most)
            most = values[i];
    return most;
}

void picture_put_curve(struct strbuf *out, const char *class, const double *values, size_t count) {
    const double most = highest(values, count);
    strbuf_printf(out,
                  "<svg class=\"%s\" viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\"><path d=\"",
                  class, count > 1 ? count - 1 : 1, CURVE_HEIGHT);
    size_t drawn = 0; /* points since the last gap */
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            drawn = 0;
            continue;
        }
        strbuf_printf(out, "%s%zu ", drawn == 0 ? "M" : drawn == 1 ? "L" : " ", i);
        put_length(out, most > 0 ? CURVE_HEIGHT - 1 - values[i] / most * (CURVE_HEIGHT - 2)
                                 : CURVE_HEIGHT - 1);
        if (drawn++ == 0)
            strbuf_puts(out, "h0"); /* makes a single point visible */
    }
    strbuf_puts(out, "\"/></svg>");
}

/* ---- histograms ---- */

enum { HISTOGRAM_HEIGHT = 60, BUCKET_WIDTH = 10 };

static uint64_t tallest(const uint64_t *counts, size_t count) {
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = counts[i] > most ? counts[i] : most;
    return most;
}

/* Append one bucket of a path. */
static void put_bucket(struct strbuf *out, size_t index, double share) {
    const double height = share * HISTOGRAM_HEIGHT < 1 ? 1 : share * HISTOGRAM_HEIGHT;
    strbuf_printf(out, "M%zu %dV", index * BUCKET_WIDTH + 1, HISTOGRAM_HEIGHT);
    put_length(out, HISTOGRAM_HEIGHT - height);
    strbuf_printf(out, "h%dV%dz", BUCKET_WIDTH - 2, HISTOGRAM_HEIGHT);
}

/* Append buckets from `from` to before `to`, as one shape. */
static void put_buckets(struct strbuf *out, const char *class, const uint64_t *counts, size_t from,
                        size_t to, uint64_t most) {
    strbuf_printf(out, "<path class=\"%s\" d=\"", class);
    for (size_t i = from; i < to; i++)
        if (counts[i] > 0)
            put_bucket(out, i, (double)counts[i] / (double)most);
    strbuf_puts(out, "\"/>");
}

static void put_mark(struct strbuf *out, const struct picture_mark *mark) {
    if (!isfinite(mark->at))
        return;
    strbuf_puts(out, "<path class=\"mark\" d=\"M");
    put_length(out, mark->at * BUCKET_WIDTH);
    strbuf_printf(out, " 0V%d\"/>", HISTOGRAM_HEIGHT);
}

void picture_put_histogram(struct strbuf *out, const uint64_t *counts, size_t count,
                           const struct picture_mark *marks, size_t mark_count) {
    const uint64_t most = tallest(counts, count);
    strbuf_printf(out,
                  "<svg class=\"histogram\" viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\">",
                  count * BUCKET_WIDTH, HISTOGRAM_HEIGHT);
    put_buckets(out, "within", counts, 0, count - 1, most);
    put_buckets(out, "beyond", counts, count - 1, count, most);
    for (size_t i = 0; i < mark_count; i++)
        put_mark(out, &marks[i]);
    strbuf_puts(out, "</svg>");
}
