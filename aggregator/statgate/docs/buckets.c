/* The section on buckets of histograms and quantiles of summaries. */
#include "base/terminal.h"
#include "statgate/docs/groups.h"
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

static void put_numbers(struct strbuf *out, const double *numbers, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        strbuf_puts(out, i == 0 ? "" : ", ");
        terminal_put_number(out, numbers[i]);
    }
}

void docs_write_buckets(struct strbuf *out, const struct catalog *catalog, int level) {
    struct docs_groups groups;
    docs_groups_init(&groups);
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const enum kind_items items = family->kind->items;
        if (items != ITEMS_BUCKETS && items != ITEMS_QUANTILES)
            continue;
        if (items == ITEMS_BUCKETS) {
            strbuf_puts(&groups.keys, "Buckets: ");
            put_numbers(&groups.keys, family->buckets, family->bucket_count);
            strbuf_puts(&groups.keys, ", +Inf");
            if (family->allow_negative)
                strbuf_puts(&groups.keys, "; negative values, too, so no `_sum`");
        } else {
            strbuf_puts(&groups.keys, "Quantiles: ");
            put_numbers(&groups.keys, family->quantiles, family->quantile_count);
            if (family_is_relayed(family)) {
                strbuf_puts(&groups.keys, ", as the process computes them");
            } else {
                strbuf_puts(&groups.keys, ", of the last ");
                docs_put_seconds(&groups.keys, family->window_ms);
                strbuf_puts(&groups.keys, ", within 1 %");
            }
        }
        docs_groups_add(&groups, family);
    }
    out->failed |= groups.keys.failed;
    if (groups.count > 0) {
        docs_put_heading(out, level, "Buckets and quantiles");
        strbuf_puts(out, "| Upper bounds, or quantiles | Series |\n|---|---|\n");
        docs_groups_write(&groups, out, SHORTEN_NOTHING);
    }
    docs_groups_done(&groups);
}
