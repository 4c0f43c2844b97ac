#include "machines/ranked.h"

#include <stdlib.h>

static int by_rank(const void *a, const void *b) {
    const struct ranked *left = a;
    const struct ranked *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->record < right->record ? -1 : left->record > right->record;
}

/* Collect the records to sort, at most `most`: a process that is still running may have changed
 * them since they were counted. Returns whether they are already sorted. */
static bool fill(const struct former_records *records, ranked_fn *rank_of, const uint64_t *but,
                 struct ranked *order, size_t most, size_t *ret_count) {
    bool sorted = true;
    size_t count = 0;
    uint64_t rank;
    for (uint64_t i = 0; i < records->table.items && count < most; i++) {
        if (ranked_is(but, i) || !rank_of(records, i, &rank))
            continue;
        sorted = sorted && (count == 0 || order[count - 1].rank <= rank);
        order[count++] = (struct ranked){rank, i};
    }
    *ret_count = count;
    return sorted;
}

struct ranked *ranked_all(const struct memory *memory, const struct former_records *records,
                          ranked_fn *rank_of, const uint64_t *but, size_t *ret_count) {
    uint64_t rank;
    size_t most = 0;
    for (uint64_t i = 0; i < records->table.items; i++)
        most += !ranked_is(but, i) && rank_of(records, i, &rank);
    struct ranked *order = memory_array(memory, most + 1, sizeof *order);
    *ret_count = 0;
    if (order != NULL && !fill(records, rank_of, but, order, most, ret_count))
        qsort(order, *ret_count, sizeof *order, by_rank);
    return order;
}
