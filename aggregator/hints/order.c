#include "hints/order.h"

#include <string.h>

/* Whether the text sorts before the span, by bytes. */
static bool is_before(const char *text, struct sg_span span) {
    for (size_t i = 0; i < span.len; i++) {
        const unsigned char here = (unsigned char)text[i];
        const unsigned char there = (unsigned char)span.at[i];
        if (here != there)
            return here < there; /* also true at the end of the text */
    }
    return false;
}

typedef const char *(*text_fn)(const void *of, size_t index);

static size_t find(const void *of, size_t count, text_fn text_at, struct sg_span text) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (is_before(text_at(of, middle), text))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct order_window around(size_t place, size_t count) {
    const size_t from = place > ORDER_NEAR_MAX / 2 ? place - ORDER_NEAR_MAX / 2 : 0;
    const size_t to = from + ORDER_NEAR_MAX < count ? from + ORDER_NEAR_MAX : count;
    return (struct order_window){from, to};
}

static const char *family_at(const void *of, size_t index) {
    const struct catalog_set *set = of;
    return set->families[index]->name;
}

static const char *value_at(const void *of, size_t index) {
    const struct catalog_label *label = of;
    return label->values[index].text;
}

size_t order_of_family(const struct catalog_set *set, struct sg_span name) {
    return find(set, set->family_count, family_at, name);
}

struct order_window order_near_family(const struct catalog_set *set, struct sg_span name) {
    return around(order_of_family(set, name), set->family_count);
}

struct order_window order_near_value(const struct catalog_label *label, struct sg_span text) {
    return around(find(label, label->value_count, value_at, text), label->value_count);
}
