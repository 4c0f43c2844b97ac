/* SPDX-License-Identifier: MIT */
/*
 * statgate_abi.h - the client as a library, libstatgate.so.0 or libstatgate.a, for languages that
 * can call C functions. In C and C++ prefer statgate.h, which needs no library; a program may use
 * both.
 *
 *     struct statgate_client *client = statgate_client_new(NULL);
 *     statgate_client_count(client, "jobs_total", 1, "queue:fast");
 *     statgate_client_free(client);
 *
 * Arguments and meanings are those of statgate.h: no call blocks except statgate_client_flush_wait,
 * and a missing daemon is not an error. All threads may use a client, at the cost of a lock. In a
 * child of fork() the client continues with a numbering of its own. Where a client or a metric is
 * NULL, a call does nothing and returns false, 0 or NULL; statgate_client_attempt_begin allows the
 * attempt. Within the symbol version STATGATE_0 nothing here changes; structs are opaque.
 */
#ifndef STATGATE_ABI_H
#define STATGATE_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "statgate/label.h"

#ifdef __cplusplus
extern "C" {
#endif

struct statgate_client;
struct statgate_metric;

/** The version of the ABI: the number in libstatgate.so.0 and STATGATE_0. */
unsigned statgate_abi_version(void);

/** Create a client of the daemon whose socket is `socket`; NULL means the places where
 * statgate_open of statgate.h looks. Returns NULL when out of memory. Free it with
 * statgate_client_free. */
struct statgate_client *statgate_client_new(const char *socket);
/** Flush once, then free the client and all its metrics. NULL is allowed. */
void statgate_client_free(struct statgate_client *client);

/** Put the label `service:NAME` on each line from now on: see statgate_service of statgate.h. */
bool statgate_client_service(struct statgate_client *client, const char *name);

/** This and the five below return true if the sample was sent or waits to be sent, false if it is
 * lost. `labels` may be NULL. See the function of statgate.h with the same last word. */
bool statgate_client_count(struct statgate_client *client, const char *name, double n,
                           const char *labels);
bool statgate_client_set(struct statgate_client *client, const char *name, double value,
                         const char *labels);
bool statgate_client_add(struct statgate_client *client, const char *name, double delta,
                         const char *labels);
bool statgate_client_observe(struct statgate_client *client, const char *name, double value,
                             const char *labels);
bool statgate_client_attempt(struct statgate_client *client, const char *name, const char *outcome,
                             const char *labels);
bool statgate_client_job(struct statgate_client *client, const char *name, const char *event,
                         const char *instance, const char *labels);

/** The same with labels as pairs, whose values may come from outside the program: each comma, `|`,
 * newline and carriage return in a value becomes `_`. See statgate_count_with of statgate.h. */
bool statgate_client_count_with(struct statgate_client *client, const char *name, double n,
                                const struct statgate_label *pairs, size_t count);
bool statgate_client_set_with(struct statgate_client *client, const char *name, double value,
                              const struct statgate_label *pairs, size_t count);
bool statgate_client_add_with(struct statgate_client *client, const char *name, double delta,
                              const struct statgate_label *pairs, size_t count);
bool statgate_client_observe_with(struct statgate_client *client, const char *name, double value,
                                  const struct statgate_label *pairs, size_t count);
bool statgate_client_attempt_with(struct statgate_client *client, const char *name,
                                  const char *outcome, const struct statgate_label *pairs,
                                  size_t count);
bool statgate_client_job_with(struct statgate_client *client, const char *name, const char *event,
                              const char *instance, const struct statgate_label *pairs,
                              size_t count);

/** Try to send all waiting samples. Returns true if none is left. */
bool statgate_client_flush(struct statgate_client *client);
/** The same, but keep trying for at most `max_ms` milliseconds. Other threads may use the client
 * meanwhile. */
bool statgate_client_flush_wait(struct statgate_client *client, unsigned max_ms);
/** The number of samples that will never be delivered. */
uint64_t statgate_client_lost(struct statgate_client *client);
/** The number of label values, given as pairs, in which bytes were replaced by `_`. */
uint64_t statgate_client_replaced(struct statgate_client *client);

/**
 * An attempt that a circuit breaker allows: see statgate_breaker_allow. NULL if it does not. Report
 * its end or drop it, in any thread, before the client is freed: a probe holds a ticket until then.
 * If the breaker's state is unknown, if the client is NULL, or when out of memory, attempts are
 * allowed.
 */
struct statgate_attempt;
struct statgate_attempt *statgate_client_attempt_begin(struct statgate_client *client,
                                                       const char *name, const char *labels);
/** The attempt ended with this outcome after so many seconds (below 0: not known). Frees it. */
bool statgate_attempt_report(struct statgate_attempt *attempt, const char *outcome, double seconds);
/** It was not made, or its outcome means nothing. Frees it. NULL is fine. */
void statgate_attempt_drop(struct statgate_attempt *attempt);

/** A prepared counter. The same name and labels return the same one. It lives as long as the
 * client. Returns NULL if name and labels are refused (at most 256 bytes together), or when out of
 * memory. */
struct statgate_metric *statgate_client_counter(struct statgate_client *client, const char *name,
                                                const char *labels);
/** Add `n` to a prepared counter: see statgate_counter_add. */
bool statgate_metric_add(struct statgate_metric *metric, double n);

#ifdef __cplusplus
}
#endif

#endif
