#include "status/status_text.h"

#include <stdio.h>

#include "store/series.h"

const char *status_text_age(char *out, size_t size, int64_t age_ms) {
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    enum { UNITS = sizeof units / sizeof *units };
    const int64_t age_s = age_ms > 0 ? age_ms / 1000 : 0;
    size_t first = 0;
    while (first + 1 < UNITS && age_s < units[first].seconds)
        first++;
    const int64_t rest_s = age_s % units[first].seconds;
    if (first + 1 < UNITS && rest_s >= units[first + 1].seconds)
        (void)snprintf(out, size, "%lld %s %lld %s", (long long)(age_s / units[first].seconds),
                       units[first].name, (long long)(rest_s / units[first + 1].seconds),
                       units[first + 1].name);
    else
        (void)snprintf(out, size, "%lld %s", (long long)(age_s / units[first].seconds),
                       units[first].name);
    return out;
}

const char *status_text_labels(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series) {
    size_t len = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < family->label_count && len + 1 < size; i++) {
        const struct catalog_value value =
            store_label_value(store, family, i, series_ids(family, series)[i]);
        const int more = snprintf(out + len, size - len, "%s%s=\"%.*s\"", i > 0 ? "," : "",
                                  family->labels[i].name, (int)value.len, value.text);
        len += more > 0 ? (size_t)more : 0;
    }
    return out;
}

const char *status_text_series(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series) {
    char labels[STATUS_LABELS_MAX];
    (void)status_text_labels(labels, sizeof labels, store, family, series);
    (void)snprintf(out, size, labels[0] != '\0' ? "%s{%s}" : "%s", family->name, labels);
    return out;
}

const char *status_text_who(char *out, size_t size, const struct who *who) {
    const char *comma = who->unit[0] != '\0' ? ", " : "";
    if (who->pid == 0)
        (void)snprintf(out, size, "an unknown process");
    else if (who->comm[0] == '\0')
        (void)snprintf(out, size, "process %d%s%s", (int)who->pid, comma, who->unit);
    else
        (void)snprintf(out, size, "%s (process %d%s%s)", who->comm, (int)who->pid, comma,
                       who->unit);
    return out;
}
