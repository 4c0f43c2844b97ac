/* SPDX-License-Identifier: MIT */
/* self_metrics.c - what the daemon says of itself, published once in a while. */
#include "self_metrics/self_metrics_private.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "breakers_jobs/breakers_jobs.h"
#include "sg_proto.h"

/* ---- published ----
 * the counts of each service as they were last published. Most have not changed at
 * the next scrape, and finding the series of one costs a hundred times as much as comparing it.
 * Private to self/.
 */

struct published {
    uint64_t *counts; /* `slots` of each row */
    size_t rows;
    size_t slots;
};

static const uint64_t never = UINT64_MAX; /* more than any count */

/* Forget all counts: each one counts as changed. */
static void published_reset(struct published *published) {
    for (size_t i = 0; i < published->rows * published->slots; i++)
        published->counts[i] = never;
}

/* Make room for so many rows. */
static void published_init(struct published *published, size_t rows, size_t slots) {
    published->counts = memory_array(rows * slots, sizeof *published->counts);
    published->rows = rows;
    published->slots = slots;
    published_reset(published);
}

static void published_done(struct published *published) {
    free(published->counts);
    *published = (struct published){0};
}

/* Whether this count differs from the one of the last call. */
static bool published_changes(struct published *published, size_t row, size_t slot,
                              uint64_t count) {
    uint64_t *last = &published->counts[row * published->slots + slot];
    const bool changes = *last != count;
    *last = count;
    return changes;
}

/* ---- offsets ----
 * counts of earlier daemons in the daemon's own series, which are added to the counts
 * of this one.
 *
 * Numbers of earlier daemons, by family and place.
 */

struct offsets_family {
    double *values;    /* by place: values of a counter, or sums of a histogram */
    uint64_t *buckets; /* bucket_count + 1 counts by place, for a histogram */
};

/** If zeroed, nothing is added. */
struct offsets {
    struct offsets_family *families; /* by index in the set; NULL: nothing is added */
    size_t count;
};

/* Make room for `family_count` families, with nothing to add for any of them. */
static void offsets_init(struct offsets *offsets, size_t family_count) {
    offsets->families = memory_array(family_count + 1, sizeof *offsets->families);
    offsets->count = family_count;
}

static void offsets_done(struct offsets *offsets) {
    for (size_t i = 0; offsets->families != NULL && i < offsets->count; i++) {
        free(offsets->families[i].values);
        free(offsets->families[i].buckets);
    }
    free(offsets->families);
    *offsets = (struct offsets){0};
}

static uint32_t bucket_items(const struct catalog_family *family) {
    return family->kind->items == ITEMS_BUCKETS ? family->bucket_count + 1 : 0;
}

/* The offset of a series. NULL: nothing is added to its family. */
static double *value_of(const struct offsets *offsets, const struct store *store,
                        const struct catalog_family *family, const struct series *series) {
    if (offsets->families == NULL || offsets->families[family->index].values == NULL)
        return NULL;
    return &offsets->families[family->index].values[store_place(store, family, series)];
}

static uint64_t *buckets_of(const struct offsets *offsets, const struct store *store,
                            const struct catalog_family *family, const struct series *series) {
    if (offsets->families == NULL || offsets->families[family->index].buckets == NULL)
        return NULL;
    return &offsets->families[family->index]
                .buckets[(size_t)store_place(store, family, series) * bucket_items(family)];
}

static void take(const struct offsets *offsets, const struct store *store,
                 const struct catalog_family *family, const struct series *series) {
    *value_of(offsets, store, family, series) = series->value;
    uint64_t *buckets = buckets_of(offsets, store, family, series);
    for (uint32_t i = 0; i < bucket_items(family); i++)
        buckets[i] = series_buckets(series)[i];
}

/* Take the present values of the family's series as offsets. The offsets are initialized. */
static void offsets_take(struct offsets *offsets, struct store *store,
                         const struct catalog_family *family, struct store_time now) {
    struct offsets_family *of = &offsets->families[family->index];
    size_t budget = SIZE_MAX;
    struct store_cursor cursor;
    of->values = memory_array(family->bound + 1, sizeof *of->values);
    if (bucket_items(family) > 0)
        of->buckets = memory_array((family->bound + 1) * bucket_items(family), sizeof *of->buckets);
    (void)store_settle(store, family, &budget);
    store_cursor_open(store, &cursor, family);
    for (const struct series *series; (series = store_cursor_next(store, &cursor, now)) != NULL;)
        take(offsets, store, family, series);
    store_cursor_close(store, &cursor);
}

/* Lower the offset of a counter: `value` is already included in the count of this process, so only
 * the rest is added. */
static void offsets_lower(const struct offsets *offsets, const struct store *store,
                          const struct catalog_family *family, const struct series *series,
                          double value) {
    double *offset = value_of(offsets, store, family, series);
    if (offset == NULL)
        return;
    *offset = series->value > value ? series->value - value : 0;
}

/* The value that a counter shows, or the sum of a histogram: `value` plus the offset. */
static double offsets_value(const struct offsets *offsets, const struct store *store,
                            const struct catalog_family *family, const struct series *series,
                            double value) {
    const double *offset = value_of(offsets, store, family, series);
    return offset != NULL ? *offset + value : value;
}

/* Add the offsets to the bucket counts of a histogram. */
static void offsets_buckets(const struct offsets *offsets, const struct store *store,
                            const struct catalog_family *family, const struct series *series,
                            uint64_t *buckets) {
    const uint64_t *offset = buckets_of(offsets, store, family, series);
    for (uint32_t i = 0; offset != NULL && i < bucket_items(family); i++)
        buckets[i] += offset[i];
}

/* ---- self: Writes the daemon's own numbers into their series before an exposition. ---- */

/* The counts of a service in struct published. */
enum {
    SLOT_REASONS = VERDICT_COUNT,
    SLOT_SERIES = SLOT_REASONS + SG_REJECT_COUNT,
    SLOT_SERIES_BOUND,
    SLOT_INFO,
    SLOT_COUNT
};

struct self_metrics {
    const struct catalog_set *set;
    struct store *store;
    struct ledger *ledger;
    const struct breakers_jobs *breakers_jobs;
    uint32_t *jobs; /* the place of each watched job's series; 0: not made yet */
    const struct gate *gate;
    const struct catalog_family *families[SELF_FAMILY_COUNT];
    struct store_time now; /* time of the present publication */
    struct offsets offsets;
    struct published published; /* row 0: samples of no service; then by index in the set */
    bool carrying; /* published values are subtracted from the offsets, and no series is written */
};

struct self_metrics *self_metrics_new(const struct catalog_set *set, struct store *store,
                                      struct ledger *ledger,
                                      const struct breakers_jobs *breakers_jobs,
                                      const struct gate *gate) {
    const struct catalog *catalog = catalog_set_find(set, "statgate", 8);
    struct self_metrics *self = memory_alloc(sizeof *self);
    published_init(&self->published, set->count + 1, SLOT_COUNT);
    self->set = set;
    self->store = store;
    self->ledger = ledger;
    self->breakers_jobs = breakers_jobs;
    self->gate = gate;
    self->jobs = memory_array(jobs_watch_count(breakers_jobs) + 1, sizeof *self->jobs);
    for (int i = 0; i < SELF_FAMILY_COUNT; i++) {
        const char *name = self_metrics_families[i].name;
        self->families[i] = catalog_family_find(catalog, name, strlen(name));
        assert(self->families[i] != NULL || !self_metrics_has(set, (enum self_metrics_family)i));
    }
    return self;
}

void self_metrics_free(struct self_metrics *self) {
    if (self == NULL)
        return;
    published_done(&self->published);
    offsets_done(&self->offsets);
    free(self->jobs);
    free(self);
}

/* Find the series with these values of the family's labels, which are in the order of families.def
 * and of the family. NULL: a label has no such value. */
static const struct series *find_in(const struct self_metrics *self,
                                    const struct catalog_family *family, const char *first,
                                    const char *second, const char *third) {
    const char *values[SELF_LABELS_MAX] = {first, second, third};
    struct store_label labels[SELF_LABELS_MAX] = {{0}};
    for (uint32_t i = 0; i < SELF_LABELS_MAX && i < family->label_count && values[i] != NULL; i++) {
        labels[i].id = catalog_label_find(&family->labels[i], values[i], strlen(values[i]));
        if (labels[i].id < 0)
            return NULL;
    }
    const struct series *series = NULL;
    int label;
    (void)store_series(self->store, family, labels, self->now, &series, &label);
    return series;
}

static const struct series *find(const struct self_metrics *self, enum self_metrics_family which,
                                 const char *first, const char *second) {
    return find_in(self, self->families[which], first, second, NULL);
}

static void put_in(const struct self_metrics *self, const struct catalog_family *family,
                   const struct series *series, double value) {
    if (series == NULL)
        return;
    if (self->carrying)
        offsets_lower(&self->offsets, self->store, family, series, value);
    else
        series_put(series, offsets_value(&self->offsets, self->store, family, series, value));
}

static void put(const struct self_metrics *self, enum self_metrics_family which, const char *first,
                const char *second, double value) {
    put_in(self, self->families[which], find(self, which, first, second), value);
}

static void put_count(const struct self_metrics *self, enum self_metrics_family which,
                      uint64_t value) {
    put(self, which, NULL, NULL, (double)value);
}

/* Histograms are counted outside this module, and this process has not counted anything yet when it
 * carries. */
static void put_histogram(const struct self_metrics *self, enum self_metrics_family which,
                          const uint64_t *buckets, double sum) {
    const struct catalog_family *family = self->families[which];
    const struct series *series = find(self, which, NULL, NULL);
    uint64_t shown[SELF_BUCKETS_MAX + 1] = {0};
    if (series == NULL || self->carrying)
        return;
    memcpy(shown, buckets, (family->bucket_count + 1) * sizeof *shown);
    offsets_buckets(&self->offsets, self->store, family, series, shown);
    series_put_histogram(family, series, shown,
                         offsets_value(&self->offsets, self->store, family, series, sum));
}

/* Put a count of the service with this index, if it has changed since it was last put. */
static void put_of_service(struct self_metrics *self, int index, size_t slot,
                           enum self_metrics_family which, const char *const labels[2],
                           uint64_t count) {
    if (self->carrying || published_changes(&self->published, (size_t)index + 1, slot, count))
        put(self, which, labels[0], labels[1], (double)count);
}

static void publish_info(struct self_metrics *self, int index, const struct catalog *catalog) {
    char file[CATALOG_VALUE_MAX + 1];
    char fingerprint[FINGERPRINT_TEXT_SIZE];
    if (catalog->internal || self->carrying ||
        !published_changes(&self->published, (size_t)index + 1, SLOT_INFO, 1))
        return;
    self_metrics_file_label(catalog->file, file);
    fingerprint_put(fingerprint, &catalog->fingerprint);
    const struct catalog_family *family = self->families[SELF_CATALOG_INFO];
    put_in(self, family, find_in(self, family, file, fingerprint, catalog->service), 1);
}

static void publish_service(struct self_metrics *self, int index, const char *name) {
    const struct tally *tally = ledger_service(self->ledger, index);
    const uint64_t *reasons = ledger_reasons(self->ledger, index);
    for (size_t i = 0; i < VERDICT_COUNT; i++)
        put_of_service(self, index, i, SELF_SAMPLES,
                       (const char *[]){name, ledger_verdict_text((enum verdict)i)},
                       tally->by_verdict[i]);
    for (size_t i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++)
        put_of_service(self, index, SLOT_REASONS + i, SELF_REJECTED,
                       (const char *[]){sg_reject_label((enum sg_reject)i), name}, reasons[i]);
    if (index < 0)
        return;
    const struct catalog *catalog = self->set->catalogs[index];
    put_of_service(self, index, SLOT_SERIES, SELF_SERIES, (const char *[]){name, NULL},
                   store_service_count(self->store, catalog));
    put_of_service(self, index, SLOT_SERIES_BOUND, SELF_SERIES_BOUND, (const char *[]){name, NULL},
                   catalog->bound);
    publish_info(self, index, catalog);
}

const char *self_metrics_table_text(enum self_metrics_table table) {
    static const char *const names[SELF_TABLE_COUNT] = {SELF_TABLES};
    return names[table];
}

void self_metrics_table_counts(const struct self_metrics *self,
                               const struct self_metrics_inputs *inputs,
                               uint64_t ret_counts[SELF_TABLE_COUNT]) {
    struct store_figures store;
    struct owners_figures owners;
    struct breakers_jobs_figures breakers_jobs;
    struct gate_figures gate;
    store_figures(self->store, &store);
    owners_figures(store_owners(self->store), &owners);
    breakers_jobs_figures(self->breakers_jobs, &breakers_jobs);
    gate_figures(self->gate, &gate);
    const struct ledger_full full = ledger_full(self->ledger);
    ret_counts[SELF_TABLE_SERIES] = store.series_full;
    ret_counts[SELF_TABLE_LABEL_VALUES] = store.pattern_full;
    ret_counts[SELF_TABLE_KNOWN_LINES] = gate.evictions;
    ret_counts[SELF_TABLE_SENDERS] = full.senders;
    ret_counts[SELF_TABLE_HANDLES] = full.handles;
    ret_counts[SELF_TABLE_PAIRS] = full.pairs;
    ret_counts[SELF_TABLE_OWNERS] = owners.refused;
    ret_counts[SELF_TABLE_DESCRIPTORS] = inputs->no_descriptor;
    ret_counts[SELF_TABLE_MEMORY] = inputs->no_memory;
    ret_counts[SELF_TABLE_PARTS] = store.parts_full;
    ret_counts[SELF_TABLE_JOBS] = breakers_jobs.jobs_full;
    ret_counts[SELF_TABLE_SUMMARY_PAGES] = store.pages_full;
    ret_counts[SELF_TABLE_UNKNOWN_LABELS] = full.unknown_labels;
    ret_counts[SELF_TABLE_UNKNOWN_NAMES] = full.unknown_names;
    ret_counts[SELF_TABLE_FOLDED_VALUES] = full.folded_values;
}

uint64_t self_metrics_table_shown(const struct self_metrics *self, enum self_metrics_table table,
                                  uint64_t count) {
    const struct series *series = find(self, SELF_TABLE_FULL, self_metrics_table_text(table), NULL);
    return series == NULL
               ? count
               : (uint64_t)offsets_value(&self->offsets, self->store,
                                         self->families[SELF_TABLE_FULL], series, (double)count);
}

static void publish_tables(const struct self_metrics *self,
                           const struct self_metrics_inputs *inputs) {
    struct store_figures store;
    struct owners_figures owners;
    struct breakers_jobs_figures breakers_jobs;
    struct gate_figures gate;
    uint64_t counts[SELF_TABLE_COUNT];
    store_figures(self->store, &store);
    owners_figures(store_owners(self->store), &owners);
    breakers_jobs_figures(self->breakers_jobs, &breakers_jobs);
    gate_figures(self->gate, &gate);
    self_metrics_table_counts(self, inputs, counts);
    for (int i = 0; i < SELF_TABLE_COUNT; i++)
        put(self, SELF_TABLE_FULL, self_metrics_table_text((enum self_metrics_table)i), NULL,
            (double)counts[i]);
    put_count(self, SELF_STORE_BYTES, store.bytes + gate.bytes + breakers_jobs.bytes);
    put_count(self, SELF_OWNERS, owners.live);
    put_count(self, SELF_PARTS, store.parts);
    put_count(self, SELF_JOBS, breakers_jobs.jobs);
    put_count(self, SELF_KNOWN_LINES, gate.lines);
    put_count(self, SELF_SENDERS, ledger_sender_count(self->ledger));
}

static void publish_traffic(const struct self_metrics *self,
                            const struct self_metrics_inputs *inputs) {
    const struct ledger_traffic *traffic = ledger_traffic(self->ledger);
    put_count(self, SELF_DATAGRAMS, traffic->datagrams);
    put_count(self, SELF_RECEIVED_BYTES, traffic->bytes);
    put_count(self, SELF_TRUNCATED, traffic->truncated_datagrams);
    put_count(self, SELF_TRUNCATED_BYTES, traffic->truncated_bytes);
    uint64_t sent;
    uint64_t lost;
    ledger_reported(self->ledger, &sent, &lost);
    put_count(self, SELF_CLIENT_SENT, sent);
    put_count(self, SELF_CLIENT_LOST, lost);
    put_count(self, SELF_CLIENT_IMPLAUSIBLE, ledger_implausible(self->ledger));
    put_count(self, SELF_QUEUE_CAPACITY, inputs->queue_capacity);
    put_count(self, SELF_SOCKET_REBINDS, inputs->socket_rebinds);
    put_count(self, SELF_SLOW_CALLBACKS, inputs->slow_callbacks);
    put_count(self, SELF_SLOW_CALLBACKS_CPU, inputs->slow_callbacks_cpu);
    put_count(self, SELF_LOG_DROPPED, inputs->log_dropped);
    put_histogram(self, SELF_WAKE_DATAGRAMS, inputs->wake_buckets, inputs->wake_sum);
}

static void publish_input(const struct self_metrics *self, const char *listen,
                          const struct self_metrics_input *input) {
    char name[CATALOG_VALUE_MAX + 1];
    self_metrics_file_label(listen, name);
    put(self, SELF_INPUT_DROPPED, name, NULL, (double)input->dropped);
    put(self, SELF_INPUT_CONNECTIONS, name, NULL, (double)input->connections);
    put(self, SELF_INPUT_CUT, name, NULL, (double)input->cut);
    for (size_t i = 0; i < SELF_INPUT_ENDS; i++)
        put(self, SELF_INPUT_CLOSED, name, self_metrics_input_ends[i], (double)input->closed[i]);
}

static void publish_query(const struct self_metrics *self, const char *name,
                          const struct self_metrics_query *query) {
    put(self, SELF_QUERY_UP, name, NULL, query->up ? 1 : 0);
    if (query->duration_s >= 0)
        put(self, SELF_QUERY_DURATION, name, NULL, query->duration_s);
    if (query->age_s >= 0) {
        put(self, SELF_QUERY_AGE, name, NULL, query->age_s);
        put(self, SELF_QUERY_ROWS, name, NULL, (double)query->rows);
        put(self, SELF_QUERY_REJECTED, name, NULL, (double)query->rejected);
    }
    for (size_t i = 0; i < SELF_QUERY_REASONS; i++)
        if (query->errors[i] > 0) /* the others are 0 from the start */
            put(self, SELF_QUERY_ERRORS, name, self_metrics_query_reasons[i],
                (double)query->errors[i]);
}

/* Whether a catalog is that of a handler. The built-in service reports on all services except
 * handlers, which report on themselves. */
static bool is_handler(const struct self_metrics *self, const struct catalog *catalog) {
    return catalog->internal && catalog != self->families[SELF_SAMPLES]->catalog;
}

static void put_handler(const struct self_metrics *self, const struct self_metrics_handler *handler,
                        enum self_metrics_handler_family which, const char *code, uint64_t value) {
    const char *name = self_metrics_handler_families[which].name;
    const struct catalog_family *family = catalog_family_find(handler->catalog, name, strlen(name));
    if (family != NULL)
        put_in(self, family, find_in(self, family, code, NULL, NULL), (double)value);
}

static void publish_handler(const struct self_metrics *self,
                            const struct self_metrics_handler *handler) {
    for (int i = 0; i < SELF_HANDLER_CODES; i++)
        put_handler(self, handler, SELF_HANDLER_REQUESTS, self_metrics_handler_codes[i],
                    handler->codes[i]);
    put_handler(self, handler, SELF_HANDLER_IN_FLIGHT, NULL, handler->in_flight);
}

static void publish_handovers(const struct self_metrics *self,
                              const struct self_metrics_inputs *inputs) {
    static const char *const causes[] = {SELF_CAUSES};
    static const char *const results[] = {SELF_RESULTS};
    for (int i = 0; i < SELF_CAUSE_COUNT; i++)
        put(self, SELF_RESTARTS, causes[i], NULL, (double)inputs->restarts[i]);
    for (int i = 0; i < SELF_RESULT_COUNT; i++)
        put(self, SELF_HANDOVER_SERIES, results[i], NULL, (double)inputs->handover_series[i]);
    for (int i = 0; i < MATCH_REASON_COUNT; i++)
        put(self, SELF_FAMILIES_RESTARTED, object_match_reason_text((enum match_reason)i), NULL,
            (double)inputs->families_restarted[i]);
    put_histogram(self, SELF_HANDOVER_PAUSE, inputs->pause_buckets, inputs->pause_sum_s);
    put_count(self, SELF_CRASH_SKIPPED, inputs->crash_skipped);
    put_count(self, SELF_UNREAD, inputs->unread);
    put_count(self, SELF_FILES_CHANGED, inputs->files_changed);
    put(self, SELF_VALUES_KEPT, NULL, NULL, inputs->values_kept ? 1 : 0);
    put(self, SELF_RELOAD_SUCCESSFUL, NULL, NULL, inputs->reload_successful ? 1 : 0);
    put(self, SELF_FILES_REFUSED, NULL, NULL, (double)inputs->files_refused);
    put(self, SELF_RELOAD_TIME, NULL, NULL, inputs->reload_success_s);
}

/* The labels of a job are made once: its series stays. */
static void publish_jobs(const struct self_metrics *self, struct store_time now) {
    const struct catalog_family *family = self->families[SELF_JOB_PROBLEM];
    const size_t count =
        family != NULL && !self->carrying ? jobs_watch_count(self->breakers_jobs) : 0;
    for (size_t i = 0; i < count; i++) {
        struct jobs_watched job;
        if (!jobs_watch_at(self->breakers_jobs, i, now, &job))
            continue;
        if (self->jobs[i] == 0) {
            char labels[CATALOG_VALUE_MAX + 1];
            self_metrics_job_labels(job.family, series_ids(job.family, job.series), labels);
            const struct series *made =
                find_in(self, family, labels, job.family->name, job.family->catalog->service);
            self->jobs[i] = made != NULL ? store_place(self->store, family, made) : 0;
        }
        if (self->jobs[i] != 0)
            put_in(self, family, store_at(self->store, family, self->jobs[i]),
                   job.problem != JOBS_PROBLEM_NONE);
    }
}

void self_metrics_publish(struct self_metrics *self, const struct self_metrics_inputs *inputs,
                          struct store_time now) {
    self->now = now;
    publish_service(self, -1, SELF_NO_SERVICE);
    for (size_t i = 0; i < self->set->count; i++)
        if (!is_handler(self, self->set->catalogs[i]))
            publish_service(self, (int)i, self->set->catalogs[i]->service);
    publish_tables(self, inputs);
    publish_traffic(self, inputs);
    publish_handovers(self, inputs);
    put(self, SELF_SCRAPES, "openmetrics", NULL, (double)inputs->scrapes_openmetrics);
    put(self, SELF_SCRAPES, "text", NULL, (double)inputs->scrapes_text);
    put_histogram(self, SELF_SCRAPE_DURATION, inputs->scrape_buckets, inputs->scrape_sum_s);
    put_count(self, SELF_HTTP_CONNECTIONS, inputs->http_connections);
    put_count(self, SELF_HTTP_EVICTED, inputs->http_evicted);
    put_count(self, SELF_HTTP_ANSWER_BYTES, inputs->http_answer_bytes);
    put_count(self, SELF_HTTP_SQUEEZED, inputs->http_squeezed);
    for (size_t i = 0; i < inputs->handler_count; i++)
        publish_handler(self, &inputs->handlers[i]);
    for (size_t i = 0; i < inputs->input_count && i < self->set->input_count; i++)
        publish_input(self, self->set->inputs[i], &inputs->inputs[i]);
    for (size_t i = 0; i < inputs->query_count && i < self->set->query_count; i++)
        publish_query(self, self->set->queries[i]->name, &inputs->queries[i]);
    publish_jobs(self, now);
    put(self, SELF_BUILD_INFO, NULL, NULL, 1);
    put(self, SELF_PROCESS_CPU, NULL, NULL, inputs->cpu_s);
    put(self, SELF_PROCESS_MAX_FDS, NULL, NULL, inputs->max_fds);
    put(self, SELF_PROCESS_OPEN_FDS, NULL, NULL, inputs->open_fds);
    put(self, SELF_PROCESS_RESIDENT, NULL, NULL, inputs->resident_bytes);
    put(self, SELF_PROCESS_START, NULL, NULL, inputs->start_time_s);
    put(self, SELF_PROCESS_VIRTUAL, NULL, NULL, inputs->virtual_bytes);
}

/* ---- going on from an old process ---- */

static bool adds_up(const struct catalog_family *family) {
    return family->catalog->internal && family->kind->has_created;
}

static bool is_about_process(const struct catalog_family *family) {
    return text_begins(family->name, "process_");
}

/* Reset a series without labels that an earlier process left. */
static void begin_again(const struct self_metrics *self, const struct catalog_family *family,
                        struct store_time now) {
    const struct series *series = find_in(self, family, NULL, NULL, NULL);
    if (series == NULL)
        return;
    series_put(series, 0);
    series_put_created(series, now.real_ms);
}

static void carry_family(struct self_metrics *self, const struct catalog_family *family,
                         struct store_time now) {
    if (!is_about_process(family))
        offsets_take(&self->offsets, self->store, family, now);
    else
        begin_again(self, family, now);
}

void self_metrics_carry(struct self_metrics *self, struct store_time now) {
    published_reset(&self->published);
    offsets_done(&self->offsets);
    offsets_init(&self->offsets, self->set->family_count);
    for (size_t i = 0; i < self->set->family_count; i++)
        if (adds_up(self->set->families[i]))
            carry_family(self, self->set->families[i], now);
    self->carrying = true;
    self_metrics_publish(self, &(struct self_metrics_inputs){0}, now);
    self->carrying = false;
}
