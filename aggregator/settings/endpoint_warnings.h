/*
 * endpoint_warnings.h - what a plan of endpoints allows, but its author seldom means.
 */
#ifndef STATGATE_SETTINGS_ENDPOINT_WARNINGS_H
#define STATGATE_SETTINGS_ENDPOINT_WARNINGS_H

#include "settings/endpoint_plan.h"

/** Takes one sentence. */
typedef void endpoint_warning_fn(void *arg, const char *text);

/** Services that are served twice, or nowhere though there are endpoints, endpoints that leave out
 * the daemon's own process metrics, and /debug where other hosts may read it. The plan is built. */
void endpoint_warnings(const struct endpoint_plan *plan, const struct catalog_set *set,
                       endpoint_warning_fn *warn, void *arg);

#endif
