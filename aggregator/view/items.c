#include "view/items.h"

#include <math.h>

#include "base/num.h"
#include "view/escape.h"

/* OpenMetrics writes `le` and `quantile` as canonical numbers, text 0.0.4 as Go does. */
static void put_number(struct strbuf *out, enum exposition_format format, double number) {
    char text[NUM_TEXT_MAX];
    strbuf_put(out, text,
               format == EXPOSITION_OPENMETRICS ? num_put_om_canonical(text, number)
                                                : num_put_go(text, number));
}

void item_put_bucket(struct strbuf *out, enum exposition_format format,
                     const struct catalog_family *family, uint32_t item) {
    put_number(out, format, item < family->bucket_count ? family->buckets[item] : INFINITY);
}

void item_put_quantile(struct strbuf *out, enum exposition_format format,
                       const struct catalog_family *family, uint32_t item) {
    put_number(out, format, family->quantiles[item]);
}

void item_put_state(struct strbuf *out, enum exposition_format format,
                    const struct catalog_family *family, uint32_t item) {
    const struct catalog_value *state = &family->state_label->values[item];
    (void)format;
    escape_label(out, state->text, state->len);
}
