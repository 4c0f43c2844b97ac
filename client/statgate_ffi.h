/* SPDX-License-Identifier: MIT */
/*
 * statgate_ffi.h - what libstatgate declares, as plain C without a preprocessor, so that cffi,
 * LuaJIT, PHP and others can read this file as it is. C programs include statgate_abi.h.
 *
 * Texts end with a zero byte and are borrowed for the call. `labels` is a text `key:value,...` or
 * NULL. `pairs` is an array of 2 x `count` texts, key and value by turns, whose values may come
 * from outside the program: each comma, `|`, newline and carriage return in a value becomes `_`.
 */

struct statgate_client;
struct statgate_metric;
struct statgate_attempt;

/** The version of the ABI: the number in libstatgate.so.0 and STATGATE_0. */
uint32_t statgate_abi_version(void);

/* ---- a client ---- */

/** Create a client of the daemon whose socket is `socket`; NULL means the places where
 * statgate_open of statgate.h looks. Returns NULL when out of memory. Free it with
 * statgate_client_free. */
struct statgate_client *statgate_client_new(const char *socket);
/** Flush once, then free the client and all its metrics. NULL is allowed. */
void statgate_client_free(struct statgate_client *client);
/** Put the label `service:NAME` on each line from now on. Call it before the first sample. Returns
 * false if the name is refused: see statgate_service of statgate.h. */
bool statgate_client_service(struct statgate_client *client, const char *name);
/** Try to send all waiting samples. Returns true if none is left. */
bool statgate_client_flush(struct statgate_client *client);
/** The same, but keep trying for at most `max_ms` milliseconds. Other threads may use the client
 * meanwhile. */
bool statgate_client_flush_wait(struct statgate_client *client, uint32_t max_ms);
/** The number of samples that will never be delivered. */
uint64_t statgate_client_lost(struct statgate_client *client);
/** The number of samples delivered as part of another one's number: see statgate_merged. */
uint64_t statgate_client_merged(struct statgate_client *client);
/** The number of label values, given as pairs, in which bytes were replaced by `_`. */
uint64_t statgate_client_replaced(struct statgate_client *client);
/** Why the client's newest lost sample was lost, in a sentence that need not be freed. If none was
 * lost, why none can be sent now. NULL if nothing is wrong. */
const char *statgate_client_error(struct statgate_client *client);

/* ---- single samples ---- */

/** Each of these returns true if the sample was sent or waits to be sent, false if it is lost: see
 * the function of statgate.h with the same last word. */
bool statgate_client_count(struct statgate_client *client, const char *name, double n,
                           const char *labels);
bool statgate_client_set(struct statgate_client *client, const char *name, double value,
                         const char *labels);
bool statgate_client_add(struct statgate_client *client, const char *name, double delta,
                         const char *labels);
bool statgate_client_observe(struct statgate_client *client, const char *name, double value,
                             const char *labels);
bool statgate_client_info(struct statgate_client *client, const char *name, const char *labels);
bool statgate_client_state(struct statgate_client *client, const char *name, const char *state,
                           const char *labels);
bool statgate_client_attempt(struct statgate_client *client, const char *name, const char *outcome,
                             const char *labels);
bool statgate_client_circuit(struct statgate_client *client, const char *name, const char *state,
                             const char *labels);
bool statgate_client_job(struct statgate_client *client, const char *name, const char *event,
                         const char *instance, const char *labels);

/** The same with labels as pairs. */
bool statgate_client_count_with(struct statgate_client *client, const char *name, double n,
                                const char *const *pairs, size_t count);
bool statgate_client_set_with(struct statgate_client *client, const char *name, double value,
                              const char *const *pairs, size_t count);
bool statgate_client_add_with(struct statgate_client *client, const char *name, double delta,
                              const char *const *pairs, size_t count);
bool statgate_client_observe_with(struct statgate_client *client, const char *name, double value,
                                  const char *const *pairs, size_t count);
bool statgate_client_info_with(struct statgate_client *client, const char *name,
                               const char *const *pairs, size_t count);
bool statgate_client_state_with(struct statgate_client *client, const char *name, const char *state,
                                const char *const *pairs, size_t count);
bool statgate_client_attempt_with(struct statgate_client *client, const char *name,
                                  const char *outcome, const char *const *pairs, size_t count);
bool statgate_client_circuit_with(struct statgate_client *client, const char *name,
                                  const char *state, const char *const *pairs, size_t count);
bool statgate_client_job_with(struct statgate_client *client, const char *name, const char *event,
                              const char *instance, const char *const *pairs, size_t count);

/* ---- prepared metrics ---- */

/**
 * Prepare a metric: name and labels are checked once, and its samples are held in memory for at
 * most a quarter of a second. Counters and up-down counters add up, gauges keep the last value,
 * histograms (and summaries) keep each value, those of one client in a pool of 256 KiB. The same
 * kind, name and labels return the same metric, which lives as long as the client.
 *
 * A client prepares 4,096 metrics. Further ones, those whose name and labels have more than 256
 * bytes together, attempts and jobs hold nothing: each sample is sent as by the call for single
 * samples. Returns NULL if name or labels are refused, for more than 65,536 metrics, and when out
 * of memory; statgate_client_error says why.
 */
struct statgate_metric *statgate_client_counter(struct statgate_client *client, const char *name,
                                                const char *labels);
struct statgate_metric *statgate_client_updown(struct statgate_client *client, const char *name,
                                               const char *labels);
struct statgate_metric *statgate_client_gauge(struct statgate_client *client, const char *name,
                                              const char *labels);
struct statgate_metric *statgate_client_histogram(struct statgate_client *client, const char *name,
                                                  const char *labels);
struct statgate_metric *statgate_client_attempts(struct statgate_client *client, const char *name,
                                                 const char *labels);
struct statgate_metric *statgate_client_jobs(struct statgate_client *client, const char *name,
                                             const char *labels);

/** The same with labels as pairs. */
struct statgate_metric *statgate_client_counter_with(struct statgate_client *client,
                                                     const char *name, const char *const *pairs,
                                                     size_t count);
struct statgate_metric *statgate_client_updown_with(struct statgate_client *client,
                                                    const char *name, const char *const *pairs,
                                                    size_t count);
struct statgate_metric *statgate_client_gauge_with(struct statgate_client *client, const char *name,
                                                   const char *const *pairs, size_t count);
struct statgate_metric *statgate_client_histogram_with(struct statgate_client *client,
                                                       const char *name, const char *const *pairs,
                                                       size_t count);
struct statgate_metric *statgate_client_attempts_with(struct statgate_client *client,
                                                      const char *name, const char *const *pairs,
                                                      size_t count);
struct statgate_metric *statgate_client_jobs_with(struct statgate_client *client, const char *name,
                                                  const char *const *pairs, size_t count);

/** Add to a counter (`n` must not be negative) or an up-down counter. This and those below
 * return false if the sample is lost, as it is if the metric is of another kind. */
bool statgate_metric_add(struct statgate_metric *metric, double n);
/** Set a gauge. */
bool statgate_metric_set(struct statgate_metric *metric, double value);
/** Observe a value. */
bool statgate_metric_observe(struct statgate_metric *metric, double value);
/** Observe `count` values. Returns how many are kept; the others are lost. */
size_t statgate_metric_observe_all(struct statgate_metric *metric, const double *values,
                                   size_t count);
/** Report an attempt's outcome, with NULL as the instance, or an event of the job `instance`. */
bool statgate_metric_report(struct statgate_metric *metric, const char *word, const char *instance);

/* ---- circuit breakers ---- */

/**
 * An attempt that a circuit breaker allows: see statgate_breaker_allow. NULL if it does not. Report
 * its end or drop it, in any thread, before the client is freed: a probe holds a ticket until then.
 * If the breaker's state is unknown, if the client is NULL, or when out of memory, attempts are
 * allowed.
 */
struct statgate_attempt *statgate_client_attempt_begin(struct statgate_client *client,
                                                       const char *name, const char *labels);
/** The same with labels as pairs. */
struct statgate_attempt *statgate_client_attempt_begin_with(struct statgate_client *client,
                                                            const char *name,
                                                            const char *const *pairs, size_t count);
/** The attempt ended with this outcome after so many seconds (below 0: not known). Frees it. */
bool statgate_attempt_report(struct statgate_attempt *attempt, const char *outcome, double seconds);
/** It was not made, or its outcome means nothing. Frees it. NULL is fine. */
void statgate_attempt_drop(struct statgate_attempt *attempt);
