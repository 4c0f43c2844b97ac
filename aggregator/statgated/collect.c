#include "statgated/collect.h"

#include <stdlib.h>

/* A request that is waiting. */
struct collect {
    const struct daemon *daemon;
    struct postgres_wait rows;
    struct ingress_wait datagrams;
    bool for_rows; /* false: for datagrams */
    void (*done)(void *arg);
    void *arg;
};

static void on_applied(void *arg) {
    struct collect *collect = arg;
    void (*done)(void *arg) = collect->done;
    void *done_arg = collect->arg;
    free(collect);
    done(done_arg);
}

/* Returns false if the daemon is stopping: it has applied everything already. */
static bool wait_for_datagrams(struct collect *collect) {
    collect->for_rows = false;
    if (!collect->daemon->stopping)
        ingress_await(collect->daemon->ingress, &collect->datagrams);
    return !collect->daemon->stopping;
}

static void on_rows(void *arg) {
    struct collect *collect = arg;
    if (!wait_for_datagrams(collect))
        on_applied(collect);
}

/* A former daemon runs no more queries, since its successor does: the last results have to do. */
static bool wait_for_rows(struct collect *collect, const struct endpoint_page *page,
                          uint64_t within_ms) {
    struct postgres *postgres = collect->daemon->postgres;
    collect->for_rows =
        page != NULL && postgres != NULL && !collect->daemon->former &&
        postgres_fresh(postgres, page->queries, page->query_count, within_ms, &collect->rows);
    return collect->for_rows;
}

/* If memory is short, the request does not wait, and the answer shows what was applied so far. */
void *collect_begin(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                    void (*done)(void *done_arg), void *done_arg) {
    struct collect *collect = malloc(sizeof *collect);
    if (collect == NULL)
        return NULL;
    *collect = (struct collect){.daemon = arg,
                                .rows = {.done = on_rows, .arg = collect},
                                .datagrams = {.done = on_applied, .arg = collect},
                                .done = done,
                                .arg = done_arg};
    if (wait_for_rows(collect, page, within_ms) || wait_for_datagrams(collect))
        return collect;
    free(collect);
    return NULL;
}

void collect_forget(void *arg, void *handle) {
    const struct daemon *daemon = arg;
    struct collect *collect = handle;
    if (collect->for_rows)
        postgres_forget(daemon->postgres, &collect->rows);
    else
        ingress_forget(daemon->ingress, &collect->datagrams);
    free(collect);
}
