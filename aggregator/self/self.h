/*
 * self.h - the daemon's own metrics, one service like every other: catalog `statgate`, described in
 * self.def.
 *
 * The daemon adds the built-in catalog to its set, and calls self_publish() before an exposition.
 * What the store, the books and the gate know is read from them; what only the outer parts know
 * (sockets, HTTP, the process) comes as plain numbers, so that this module needs no I/O.
 */
#ifndef STATGATE_SELF_SELF_H
#define STATGATE_SELF_SELF_H

#include "catalog/catalog.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "store/store.h"
#include "json/jsondoc.h"

enum { SELF_WAKE_BUCKETS = 7, SELF_SCRAPE_BUCKETS = 12, SELF_QUERY_REASONS = 9 };

/** Upper bounds of statgate_wake_datagrams (1 .. 64) and statgate_scrape_duration_seconds. */
extern const double self_wake_bounds[SELF_WAKE_BUCKETS];
extern const double self_scrape_bounds[SELF_SCRAPE_BUCKETS];

/** Why a run of a query gave no rows: values of the label `reason`. */
extern const char *const self_query_reasons[SELF_QUERY_REASONS];

/** How a query does. What is below 0 is absent. */
struct self_query {
    bool up;
    double duration_s; /**< of the last run that ended; below 0: none yet */
    double age_s;      /**< since the last good run; below 0: none yet, nor what follows */
    uint64_t rows;     /**< of the last good run */
    uint64_t rejected; /**< values of it */
    uint64_t errors[SELF_QUERY_REASONS]; /**< as self_query_reasons has them */
};

/** Codes of answers that handler metrics count apart: values of the label `code`. */
enum { SELF_HANDLER_200, SELF_HANDLER_500, SELF_HANDLER_503, SELF_HANDLER_CODES };

/** What an endpoint's handler did. */
struct self_handler {
    const struct catalog *catalog;      /**< of self_handler_catalog, in the set */
    uint64_t codes[SELF_HANDLER_CODES]; /**< answers that ended */
    uint64_t in_flight;                 /**< the present one included */
};

/** What other modules tell. Counts are cumulative; bucket arrays are not cumulative, the last item
 * is +Inf. */
struct self_inputs {
    uint64_t queue_capacity;
    uint64_t socket_rebinds;
    uint64_t wake_buckets[SELF_WAKE_BUCKETS + 1];
    double wake_sum;
    uint64_t slow_callbacks;
    uint64_t slow_callbacks_cpu;
    uint64_t log_dropped;
    uint64_t no_descriptor; /**< processes not watched, and connections not taken in yet, for want
                                 of a descriptor */
    uint64_t scrapes_openmetrics;
    uint64_t scrapes_text;
    uint64_t scrape_buckets[SELF_SCRAPE_BUCKETS + 1];
    double scrape_sum_s;
    uint64_t http_connections;
    uint64_t http_evicted;
    uint64_t http_answer_bytes;
    uint64_t http_squeezed;
    double cpu_s;
    double resident_bytes;
    double virtual_bytes;
    double open_fds;
    double max_fds;
    double start_time_s;
    const struct self_query *queries;    /**< as the set has them, by index; borrowed */
    size_t query_count;                  /**< 0: they are not published */
    const struct self_handler *handlers; /**< endpoints with handler metrics; borrowed */
    size_t handler_count;
};

/** The built-in catalog, with a label value for each catalog in `set` (which need not be finished,
 * and does not have the built-in one; those of handlers are passed over), and for each of their
 * queries. */
struct catalog *self_catalog(const struct catalog_set *set, struct jsondoc_error *ret_error);

/**
 * One more internal service, named as the endpoint is ("127.0.0.1:8080/metrics"), with what the
 * handler of an endpoint tells of itself under the names that Go's promhttp gave them:
 * promhttp_metric_handler_requests_total{code="200|500|503"}, all of them from the start, and
 * promhttp_metric_handler_requests_in_flight.
 */
struct catalog *self_handler_catalog(const char *endpoint, struct jsondoc_error *ret_error);

struct self;

/** Find the series in the store (all borrowed). NULL: memory is out, or the set has no built-in
 * catalog. */
struct self *self_new(const struct catalog_set *set, struct store *store, struct ledger *ledger,
                      const struct state *state, const struct gate *gate);
void self_free(struct self *self);
/** Bring all series up to date. */
void self_publish(struct self *self, const struct self_inputs *inputs, struct store_time now);

/** The Markdown tables of all families of the built-in catalog, and of an endpoint's handler. */
struct strbuf;
void self_write_markdown(struct strbuf *out);
void self_write_handler_markdown(struct strbuf *out);

#endif
