/*
 * words.c - see words.h.
 */
#include "page/words.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/num.h"

void words_put_count(struct strbuf *out, uint64_t count) {
    char digits[NUM_TEXT_MAX];
    const size_t len = num_put_u64(digits, count);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            strbuf_putc(out, ',');
        strbuf_putc(out, digits[i]);
    }
}

/* Append a value below 1,000 with three significant digits, without trailing zeros. */
static void put_digits(struct strbuf *out, double value) {
    char text[32];
    const double size = fabs(value);
    const int places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    const int len = snprintf(text, sizeof text, "%.*f", places, value);
    size_t end = (size_t)len;
    while (places > 0 && text[end - 1] == '0')
        end--;
    if (text[end - 1] == '.')
        end--;
    strbuf_put(out, text, end);
}

/* Append the value divided by the largest step that leaves at least 1, and that step's word. */
static void put_stepped(struct strbuf *out, double value, double step, const char *const *words,
                        size_t count, const char *unit) {
    size_t i = 0;
    for (; i + 1 < count && fabs(value) >= (step < 1001 ? 999.5 : 1023.5); i++)
        value /= step;
    put_digits(out, value);
    if (*words[i] != '\0' || *unit != '\0')
        strbuf_printf(out, "%s%s%s", *words[i] != '\0' ? "\u00a0" : "", words[i], unit);
}

static bool put_odd(struct strbuf *out, double value) {
    if (isfinite(value))
        return false;
    strbuf_puts(out, isnan(value) ? "none" : value > 0 ? "+\u221e" : "\u2212\u221e");
    return true;
}

void words_put_short(struct strbuf *out, double value, const char *unit) {
    static const char *const words[] = {"", "k", "M", "G", "T"};
    if (put_odd(out, value))
        return;
    if (value != 0 && (fabs(value) < 0.005 || fabs(value) >= 1e15))
        strbuf_printf(out, "%.2g%s", value, unit);
    else
        put_stepped(out, value, 1000, words, sizeof words / sizeof words[0], unit);
}

void words_put_share(struct strbuf *out, double share) {
    if (share > 0 && share < 0.001)
        strbuf_puts(out, "&lt;\u00a00.1\u00a0%");
    else if (share < 1 && share > 0.999)
        strbuf_puts(out, "99.9\u00a0%");
    else {
        put_digits(out, round(share * 1000) / 10);
        strbuf_puts(out, "\u00a0%");
    }
}

void words_put_bytes(struct strbuf *out, double bytes) {
    static const char *const words[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    if (!put_odd(out, bytes))
        put_stepped(out, bytes, 1024, words, sizeof words / sizeof words[0], "");
}

static void put_small_span(struct strbuf *out, double seconds) {
    static const struct {
        double scale;
        const char *word;
    } steps[] = {{1, "s"}, {1e3, "ms"}, {1e6, "\u00b5s"}, {1e9, "ns"}};
    size_t i = 0;
    while (i < 3 && fabs(seconds) * steps[i].scale < 0.9995)
        i++;
    put_digits(out, seconds * steps[i].scale);
    strbuf_printf(out, "\u00a0%s", steps[i].word);
}

void words_put_span(struct strbuf *out, double seconds) {
    static const struct {
        uint64_t seconds;
        const char *word;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    if (put_odd(out, seconds))
        return;
    if (seconds == 0)
        strbuf_puts(out, "0\u00a0s");
    else if (fabs(seconds) < 60)
        put_small_span(out, seconds);
    else if (fabs(seconds) > 1e14)
        words_put_short(out, seconds, "\u00a0s"); /* a number of days would not be clearer */
    if (fabs(seconds) < 60 || fabs(seconds) > 1e14)
        return;
    if (seconds < 0)
        strbuf_puts(out, "\u2212");
    uint64_t rest = (uint64_t)llround(fabs(seconds));
    size_t i = 0;
    while (rest < units[i].seconds)
        i++;
    words_put_count(out, rest / units[i].seconds);
    strbuf_printf(out, "\u00a0%s", units[i].word);
    rest %= units[i].seconds;
    if (i < 3 && rest >= units[i + 1].seconds)
        strbuf_printf(out, " %u\u00a0%s", (unsigned)(rest / units[i + 1].seconds),
                      units[i + 1].word);
}

/* Append an RFC 3339 time in milliseconds. */
static void put_time(struct strbuf *out, int64_t ms) {
    const time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    char text[32];
    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return;
    strbuf_printf(out, "%s.%03dZ", text, (int)(ms - (int64_t)seconds * 1000));
}

/* Append a distance in whole seconds: the page is refreshed every two. */
static void put_distance(struct strbuf *out, int64_t ms) {
    const int64_t whole = (ms < 0 ? -ms : ms) / 1000;
    if (whole == 0) {
        strbuf_puts(out, "now");
        return;
    }
    if (ms < 0)
        strbuf_puts(out, "in ");
    words_put_span(out, (double)whole);
    if (ms > 0)
        strbuf_puts(out, " ago");
}

void words_put_ago(struct strbuf *out, int64_t then_ms, int64_t now_ms) {
    if (then_ms == 0) {
        strbuf_puts(out, "never");
        return;
    }
    strbuf_puts(out, "<time datetime=\"");
    put_time(out, then_ms);
    strbuf_puts(out, "\">");
    put_distance(out, now_ms - then_ms);
    strbuf_puts(out, "</time>");
}

/* Append a number; integers with commas. */
static void put_plain(struct strbuf *out, double value) {
    if (value != floor(value) || fabs(value) >= 1e15) {
        words_put_short(out, value, "");
        return;
    }
    if (value < 0)
        strbuf_puts(out, "\u2212");
    words_put_count(out, (uint64_t)fabs(value));
}

void words_put_value(struct strbuf *out, double value, const char *unit) {
    if (put_odd(out, value))
        return;
    if (unit != NULL && strcmp(unit, "seconds") == 0)
        words_put_span(out, value);
    else if (unit != NULL && strcmp(unit, "bytes") == 0)
        words_put_bytes(out, value);
    else
        put_plain(out, value);
}
