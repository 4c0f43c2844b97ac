/* SPDX-License-Identifier: MIT */
/*
 * stage.h - store, ledger, machines and gate for a service and the daemon's own catalogs.
 */
#ifndef STATGATE_TESTS_SELF_STAGE_H
#define STATGATE_TESTS_SELF_STAGE_H

#include "self_metrics/self_metrics.h"

struct stage {
    struct catalog_set set;
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct gate *gate;
    struct self_metrics *self;
};

extern const struct store_time stage_now;
/* A service `shop` with a counter `a_total`. */
extern const char stage_shop[];

void stage_open(struct stage *stage);
/* The same with this catalog instead of stage_shop. */
void stage_open_of(struct stage *stage, const char *text);
/* The same, and with handler metrics of these endpoints (NULL: none). */
void stage_open_with(struct stage *stage, const char *text, const char *first, const char *second);
void stage_close(struct stage *stage);

void stage_send(struct stage *stage, const char *line);
/* The value of a series of this service, by the values of its labels; -1 when there is none. */
double stage_value_in(const struct stage *stage, const char *service, const char *name,
                      const char *first, const char *second);
/* The same for the service `statgate`. */
double stage_value(const struct stage *stage, const char *name, const char *first,
                   const char *second);

#endif
