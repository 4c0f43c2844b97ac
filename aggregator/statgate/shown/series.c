/* statgate series: each series with its value. */
#include <inttypes.h>
#include <string.h>

#include "base/terminal.h"
#include "base/text.h"
#include "statgate/shown/page.h"
#include "statgate/shown/words.h"

/* ---- a value in a cell ---- */

/* Quantiles as "p50 0.3, p99 1.2", from {"0.5": .., ..} of a histogram or [{"quantile",
 * "value"}, ..] of a summary. */
static void put_quantile(struct strbuf *out, double quantile, double value) {
    char text[WORDS_MAX];
    char percent[WORDS_MAX];
    strbuf_printf(out, ", p%s %s", words_number(percent, quantile * 100),
                  words_number(text, value));
}

static void put_quantiles(struct strbuf *out, const json_t *quantiles) {
    const char *key;
    json_t *item;
    size_t index;
    static const char *const shown[] = {"0.5", "0.9", "0.99"};
    static const double numbers[] = {0.5, 0.9, 0.99};
    for (size_t i = 0; i < 3 && json_is_object(quantiles); i++)
        if (jsonread_member(quantiles, shown[i]) != NULL)
            put_quantile(out, numbers[i], jsonread_number(quantiles, shown[i], 0));
    json_array_foreach((json_t *)(uintptr_t)quantiles, index, item)
        put_quantile(out, jsonread_number(item, "quantile", 0), jsonread_number(item, "value", 0));
    (void)key;
}

/* Put a histogram or summary: the number of observations, their mean and quantiles. */
static void put_observations(struct strbuf *out, const json_t *series) {
    char text[WORDS_MAX];
    const int64_t count = jsonread_i64(series, "count", -1);
    const double sum = jsonread_number(series, "sum", 0);
    if (count >= 0)
        strbuf_printf(out, "%" PRId64 " observation%s", count, text_plural((uint64_t)count));
    else
        strbuf_puts(out, "quantiles only");
    if (count > 0)
        strbuf_printf(out, ", mean %s", words_number(text, sum / (double)count));
    if (count != 0)
        put_quantiles(out, jsonread_member(series, "quantiles"));
}

static void put_value(struct table *table, const json_t *series) {
    struct strbuf out = {0};
    char text[WORDS_MAX];
    const json_t *value = jsonread_member(series, "value");
    if (json_object_get(series, "count") != NULL)
        put_observations(&out, series);
    else if (json_is_string(value) && jsonread_number(series, "value", 0) == 0)
        strbuf_put(&out, json_string_value(value), json_string_length(value));
    else if (value != NULL)
        strbuf_puts(&out, words_number(text, jsonread_number(series, "value", 0)));
    else
        strbuf_puts(&out, "-");
    table_text(table, out.data, out.len);
    strbuf_done(&out);
}

/* ---- rows ---- */

static void put_series(const struct shown_page *page, struct table *table, const json_t *family,
                       const json_t *series) {
    char text[WORDS_MAX];
    page_labelled(table, jsonread_text(family, "name", NULL), series);
    page_text(table, family, "type");
    put_value(table, series);
    table_cell(table, "%s", words_rate(text, jsonread_number(series, "rate", -1)));
    page_ago(table, page, series, "written");
}

/* Put the series of a family. Returns how many the view has. */
static size_t put_family(const struct shown_page *page, struct table *table, const json_t *family) {
    const json_t *list = jsonread_list(family, "series");
    size_t index;
    json_t *series;
    json_array_foreach((json_t *)(uintptr_t)list, index, series)
        put_series(page, table, family, series);
    return json_array_size(list);
}

static void put_service(const struct shown_page *page, const json_t *service) {
    static const char *const heads[] = {"SERIES", "TYPE", "VALUE", "RATE", "WRITTEN"};
    const json_t *families = jsonread_list(service, "families");
    struct table table;
    struct strbuf heading = {0};
    size_t index;
    size_t empty = 0;
    size_t count = 0;
    json_t *family;
    table_init(&table, "lllrr");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)families, index, family) {
        const size_t here = put_family(page, &table, family);
        empty += here == 0;
        count += here;
    }
    size_t len;
    const char *name = jsonread_text(service, "service", &len);
    terminal_put_visible(&heading, name, len);
    strbuf_printf(&heading, ": %zu series", count);
    if (empty > 0)
        strbuf_printf(&heading, ", and %zu famil%s without any", empty, empty == 1 ? "y" : "ies");
    if (count == 0)
        strbuf_printf(page->out, "%s%s\n", page->out->len > 0 ? "\n" : "", strbuf_cstr(&heading));
    page_put_table(page, strbuf_cstr(&heading), &table);
    strbuf_done(&heading);
}

void shown_series(const struct shown_page *page) {
    const json_t *services = jsonread_list(page->root, "services");
    size_t index;
    json_t *service;
    json_array_foreach((json_t *)(uintptr_t)services, index, service) put_service(page, service);
    if (json_array_size(services) == 0)
        strbuf_puts(page->out, "no series\n");
}
