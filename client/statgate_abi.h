/*
 * statgate_abi.h - the client as a library, for languages that call one: libstatgate.so.0 or
 * libstatgate.a. Programs in C and C++ do better with statgate.h, which needs none; both may be used in one program.
 *
 *     struct statgate_client *client = statgate_client_new(NULL);
 *     statgate_client_count(client, "jobs_total", 1, "queue:fast");
 *     statgate_client_free(client);
 *
 * Texts and meanings are those of statgate.h: no call blocks but statgate_client_flush_wait, and a
 * missing daemon is no error. A client may be used by all threads, at the price of a lock, and goes
 * on in a child of fork with a numbering of its own. NULL in the place of a client or a metric is one
 * that takes nothing. Nothing here changes within STATGATE_0; structs are opaque.
 */
#ifndef STATGATE_ABI_H
#define STATGATE_ABI_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct statgate_client;
struct statgate_metric;

/** The ABI's version, the number in libstatgate.so.0 and STATGATE_0. */
unsigned statgate_abi_version(void);

/** A client of the daemon at `socket`; NULL: where statgate_open of statgate.h looks. NULL when out of
 * memory. Free it with statgate_client_free. */
struct statgate_client *statgate_client_new(const char *socket);
/** Flush once and free; its metrics are gone, too. NULL is fine. */
void statgate_client_free(struct statgate_client *client);

/** These return true if the sample was sent or waits, false if it is lost. `labels` may be NULL. */
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

/** Try to send all that waits. True if nothing is left. */
bool statgate_client_flush(struct statgate_client *client);
/** The same for at most `max_ms` milliseconds. Other threads' calls wait meanwhile. */
bool statgate_client_flush_wait(struct statgate_client *client, unsigned max_ms);
/** Samples that will never be delivered. */
uint64_t statgate_client_lost(struct statgate_client *client);

/** May an attempt be made? Yes when in doubt. */
bool statgate_client_breaker_allow(struct statgate_client *client, const char *name,
                                   const char *labels);

/** A prepared counter; the same one for the same texts. It lives as long as the client. NULL: refused
 * (256 bytes of name and labels at most), or out of memory. */
struct statgate_metric *statgate_client_counter(struct statgate_client *client, const char *name,
                                                const char *labels);
/** Add to a prepared counter; see statgate_counter_add. */
bool statgate_metric_add(struct statgate_metric *metric, double n);

#ifdef __cplusplus
}
#endif

#endif
