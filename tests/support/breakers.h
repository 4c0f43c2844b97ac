/* SPDX-License-Identifier: MIT */
/*
 * breakers.h - breakers in any state that a test sets, without real machines: for tests of the
 * breaker page and of the client that reads it.
 *
 * It is linked in place of breakers_count() and breakers_at().
 */
#ifndef STATGATE_TESTS_BREAKERS_H
#define STATGATE_TESTS_BREAKERS_H

#include "breaker_page/breaker_page.h"

struct breakers {
    struct catalog_set set;
    struct breakers_jobs *breakers_jobs;
};

void breakers_init(struct breakers *breakers);
void breakers_done(struct breakers *breakers);
/* Adds a service. `socket` NULL means the shared socket. */
struct catalog *breakers_service(struct breakers *breakers, const char *service,
                                 const char *socket);
/*
 * Adds a declaration of attempts. `labels` is like "job=worked|idle;zone=eu*|us;from==here": bars
 * separate values, a star marks the default, `text~wire` is a value that is spelled differently on
 * the wire, == makes a const label. Commas separate `aliases`, or it is NULL. Both texts are
 * modified.
 */
struct catalog_family *breakers_declare(struct breakers *breakers, struct catalog *catalog,
                                        const char *name, char *aliases, char *labels);
/* Makes the declaration's breaker one that the service runs itself and reports. */
void breakers_declare_reported(struct catalog_family *family);
/* Call this after the last declaration: it makes a closed breaker for each combination of
 * labels. */
void breakers_ready(struct breakers *breakers);
/* Sets the breaker whose number is `index`. Declarations are in order, and within each its
 * combinations, of which the last label varies fastest. */
void breakers_set(struct breakers *breakers, size_t index, enum breaker_state state,
                  uint32_t epoch);
/* Sets whether a person has decided the state of the breaker. */
void breakers_force_shown(struct breakers *breakers, size_t index, bool forced);
/* Sets whether no process reports the probes of the breaker. */
void breakers_set_unattended(struct breakers *breakers, size_t index, bool unattended);
/* Sets how many probes the breakers of a declaration allow at once. */
void breakers_allow_probes(const struct breakers *breakers, size_t index, uint32_t probes);
/* Makes the breaker at `index` one that no catalog declares. */
void breakers_undeclare(struct breakers *breakers, size_t index);

#endif
