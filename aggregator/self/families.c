#include "self/families.h"

const double self_wake_bounds[SELF_WAKE_BUCKETS] = {1, 2, 4, 8, 16, 32, 64};
const double self_scrape_bounds[SELF_SCRAPE_BUCKETS] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                        0.05,   0.1,   0.25,   0.5,   1,    2.5};
const double self_pause_bounds[SELF_PAUSE_BUCKETS] = {0.01, 0.025, 0.05, 0.1, 0.25,
                                                      0.5,  1,     2.5,  5,   10};

const struct self_description self_families[SELF_FAMILY_COUNT] = {
#define SELF(id, name, type, unit, first, second, help) {name, type, unit, {first, second}, help},
#include "self/families.def"
#undef SELF
};

const char *const self_label_names[SELF_LABEL_COUNT] = {[SELF_NONE] = "",
                                                        [SELF_SERVICE] = "service",
                                                        [SELF_LOADED] = "service",
                                                        [SELF_VERDICT] = "verdict",
                                                        [SELF_REASON] = "reason",
                                                        [SELF_TABLE] = "table",
                                                        [SELF_FORMAT] = "format",
                                                        [SELF_VERSION] = "version",
                                                        [SELF_COMMIT] = "commit",
                                                        [SELF_FEATURES] = "features",
                                                        [SELF_QUERY] = "query",
                                                        [SELF_QUERY_REASON] = "reason",
                                                        [SELF_CAUSE] = "cause",
                                                        [SELF_RESULT] = "result",
                                                        [SELF_CHANGE] = "reason",
                                                        [SELF_FILE] = "file",
                                                        [SELF_FINGERPRINT] = "fingerprint"};

const char *const self_query_reasons[SELF_QUERY_REASONS] = {
    "connect",    "connection_lost", "timeout",       "sql",         "missing_column",
    "wrong_type", "duplicate_row",   "too_many_rows", "too_long_row"};

const char *const self_handler_codes[SELF_HANDLER_CODES] = {
    [SELF_HANDLER_200] = "200", [SELF_HANDLER_500] = "500", [SELF_HANDLER_503] = "503"};

/* Names and texts of promhttp, the handler of Go's client library, so that users who move from it
 * keep their series. */
const struct self_handler_description self_handler_families[SELF_HANDLER_FAMILY_COUNT] = {
    [SELF_HANDLER_IN_FLIGHT] = {"promhttp_metric_handler_requests_in_flight", "gauge", false,
                                "Current number of scrapes being served."},
    [SELF_HANDLER_REQUESTS] = {"promhttp_metric_handler_requests_total", "counter", true,
                               "Total number of scrapes by HTTP status code."}};

bool self_of_queries(enum self_family which) {
    return self_families[which].labels[0] == SELF_QUERY;
}
