#include "statgate/top/data.h"

double data_rate(const struct top_data *data, const json_t *now, const json_t *before,
                 const char *key) {
    const int64_t count = jsonread_i64(now, key, -1);
    const int64_t former = jsonread_i64(before, key, -1);
    if (data->between_ms <= 0 || count < 0 || former < 0 || count < former)
        return -1;
    return (double)(count - former) * 1000 / (double)data->between_ms;
}

static bool same(const json_t *a, const json_t *b, const char *const *keys) {
    for (; *keys != NULL; keys++) {
        const json_t *x = jsonread_member(a, *keys);
        const json_t *y = jsonread_member(b, *keys);
        if (x != y && !json_equal(x, y))
            return false;
    }
    return true;
}

const json_t *data_match(const json_t *list, const json_t *item, const char *const *keys) {
    size_t index;
    json_t *other;
    json_array_foreach((json_t *)(uintptr_t)list, index,
                       other) if (same(item, other, keys)) return other;
    return NULL;
}
