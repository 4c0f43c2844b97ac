/*
 * endpoint_warnings.h - warns of endpoints that are valid but probably not intended.
 */
#ifndef STATGATE_SETTINGS_ENDPOINT_WARNINGS_H
#define STATGATE_SETTINGS_ENDPOINT_WARNINGS_H

#include "settings/endpoint_plan.h"

/** Receives one sentence. */
typedef void endpoint_warning_fn(void *arg, const char *text);

/** Warn of services that are served twice, or nowhere though there are endpoints, of endpoints that
 * leave out the daemon's own process metrics, and of a /debug that other hosts may read. The plan
 * is built. */
void endpoint_warnings(const struct endpoint_plan *plan, const struct catalog_set *set,
                       endpoint_warning_fn *warn, void *arg);

#endif
