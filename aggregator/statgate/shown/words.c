#include "statgate/shown/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/num.h"

const char *words_duration(char out[WORDS_MAX], int64_t ms) {
    const int64_t s = ms / 1000;
    if (ms < 0)
        (void)snprintf(out, WORDS_MAX, "0 s");
    else if (ms < 9950 && ms % 1000 != 0)
        (void)snprintf(out, WORDS_MAX, ms < 95 ? "%.3f s" : "%.1f s", (double)ms / 1000);
    else if (s < 120)
        (void)snprintf(out, WORDS_MAX, "%" PRId64 " s", s);
    else if (s < 7200)
        (void)snprintf(out, WORDS_MAX, "%" PRId64 " min", s / 60);
    else if (s < 172800)
        (void)snprintf(out, WORDS_MAX, "%" PRId64 " h", s / 3600);
    else
        (void)snprintf(out, WORDS_MAX, "%" PRId64 " d", s / 86400);
    return out;
}

const char *words_took(char out[WORDS_MAX], double seconds) {
    const double ms = seconds * 1000;
    if (!(ms >= 0))
        return "-";
    if (ms >= 1000)
        return words_duration(out, (int64_t)ms);
    if (ms < 0.005) /* a daemon that gives whole milliseconds shows this as 0 */
        return "less than 1 ms";
    (void)snprintf(out, WORDS_MAX,
                   ms >= 9.95    ? "%.0f ms"
                   : ms >= 0.095 ? "%.1f ms"
                                 : "%.2f ms",
                   ms);
    return out;
}

const char *words_ago(char out[WORDS_MAX], int64_t now_ms, int64_t at_ms, const char *never) {
    if (at_ms <= 0)
        return never;
    if (now_ms - at_ms < 1000) /* the daemon's time has whole seconds */
        return "now";
    (void)words_duration(out, (now_ms - at_ms) / 1000 * 1000);
    (void)snprintf(out + strlen(out), WORDS_MAX - strlen(out), " ago");
    return out;
}

const char *words_short(char out[WORDS_MAX], double value) {
    static const char units[] = "kMGTPE";
    size_t unit = 0;
    if (value < 10000) {
        (void)snprintf(out, WORDS_MAX, "%.0f", value);
        return out;
    }
    for (value /= 1000; value >= 999.5 && unit + 2 < sizeof units; unit++)
        value /= 1000;
    (void)snprintf(out, WORDS_MAX, value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
    return out;
}

const char *words_rate(char out[WORDS_MAX], double rate) {
    char text[WORDS_MAX];
    if (!(rate >= 0))
        return "-";
    if (rate > 0 && rate < 10)
        (void)snprintf(out, WORDS_MAX, "%.2g/s", rate);
    else
        (void)snprintf(out, WORDS_MAX, "%.20s/s", words_short(text, rate));
    return out;
}

const char *words_time(char out[WORDS_MAX], int64_t at_ms) {
    const time_t at = (time_t)(at_ms / 1000);
    struct tm tm;
    if (at_ms <= 0 || gmtime_r(&at, &tm) == NULL)
        return "-";
    (void)strftime(out, WORDS_MAX, "%Y-%m-%d %H:%M:%S", &tm);
    return out;
}

const char *words_number(char out[WORDS_MAX], double value) {
    char text[NUM_TEXT_MAX];
    const size_t len = num_put_go(text, value);
    if (value == rint(value) && fabs(value) < 1e15)
        (void)snprintf(out, WORDS_MAX, "%.0f", value);
    else if (len > 14 && fabs(value) >= 1e5 && fabs(value) < 1e15) /* a timestamp, or a large sum */
        (void)snprintf(out, WORDS_MAX, "%.3f", value);
    else if (len > 14)
        (void)snprintf(out, WORDS_MAX, "%.6g", value);
    else
        (void)snprintf(out, WORDS_MAX, "%.*s", (int)len, text);
    return out;
}

static void put_value(struct strbuf *out, const json_t *value) {
    const char *text = json_string_value(value);
    const size_t len = json_string_length(value);
    strbuf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\' || text[i] == '\n')
            strbuf_putc(out, '\\');
        strbuf_putc(out, text[i] == '\n' ? 'n' : text[i]);
    }
    strbuf_putc(out, '"');
}

void words_labels(struct strbuf *out, const json_t *labels) {
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)(uintptr_t)labels, key, value) {
        strbuf_printf(out, "%s%s=", count++ == 0 ? "{" : ",", key);
        put_value(out, value);
    }
    if (count > 0)
        strbuf_putc(out, '}');
}

void words_process(struct strbuf *out, const json_t *process) {
    size_t len;
    const char *comm = jsonread_text(process, "comm", &len);
    const char *unit = jsonread_text(process, "unit", NULL);
    const int64_t pid = jsonread_i64(process, "pid", -1);
    if (process == NULL || (pid <= 0 && len == 0)) {
        strbuf_puts(out, pid == 0 ? "another pid namespace" : "-");
        return;
    }
    strbuf_put(out, comm, len);
    if (pid > 0)
        strbuf_printf(out, len > 0 ? " (%" PRId64 ")" : "%" PRId64, pid);
    if (*unit != '\0')
        strbuf_printf(out, " in %s", unit);
}
