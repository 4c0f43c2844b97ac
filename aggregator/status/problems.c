#include "status/problems.h"

#include <stdlib.h>

static const char *const kinds[STATUS_KIND_COUNT] = {
#define KIND(name, text) [STATUS_##name] = (text),
#include "status/kinds.def"
#undef KIND
};

const char *status_kind_text(enum status_kind kind) {
    return kinds[kind];
}

static void put(struct status_problems *problems, size_t at, const struct status_problem *problem) {
    problems->items[at] = *problem;
    problems->of_kind[problem->kind]++;
}

static enum status_kind most_frequent(const struct status_problems *problems) {
    int most = 0;
    for (int i = 1; i < STATUS_KIND_COUNT; i++)
        if (problems->of_kind[i] > problems->of_kind[most])
            most = i;
    return (enum status_kind)most;
}

static struct status_problem *least_of(struct status_problems *problems, enum status_kind kind) {
    struct status_problem *least = NULL;
    for (size_t i = 0; i < problems->count; i++) {
        struct status_problem *item = &problems->items[i];
        if (item->kind == kind && (least == NULL || item->count < least->count))
            least = item;
    }
    return least;
}

/* Choose the problem that gives way to a new one. NULL: the new one itself has no place. */
static struct status_problem *leaver_for(struct status_problems *problems,
                                         const struct status_problem *problem) {
    if (problems->of_kind[problem->kind] < STATUS_PROBLEMS_RESERVED)
        return least_of(problems, most_frequent(problems));
    struct status_problem *least = least_of(problems, problem->kind);
    return least->count < problem->count ? least : NULL;
}

void problems_add(struct status_problems *problems, const struct status_problem *problem) {
    if (problems->count < STATUS_PROBLEMS_MAX) {
        put(problems, problems->count++, problem);
        return;
    }
    struct status_problem *leaver = leaver_for(problems, problem);
    problems->left_out++;
    if (leaver == NULL)
        return;
    problems->of_kind[leaver->kind]--;
    put(problems, (size_t)(leaver - problems->items), problem);
}

void problems_remove(struct status_problems *problems, size_t at) {
    problems->of_kind[problems->items[at].kind]--;
    problems->items[at] = problems->items[--problems->count];
}

struct status_problem *problems_find(struct status_problems *problems, enum status_kind kind,
                                     uint64_t key) {
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].kind == kind && problems->items[i].key == key)
            return &problems->items[i];
    return NULL;
}

static int compare(const void *left, const void *right) {
    const struct status_problem *a = left;
    const struct status_problem *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->count < b->count) - (a->count > b->count);
}

void problems_sort(struct status_problems *problems) {
    qsort(problems->items, problems->count, sizeof *problems->items, compare);
}
