/* SPDX-License-Identifier: MIT */
/*
 * rig.h - a set of catalogs, and the endpoints of a daemon that has one endpoint for all services.
 */
#ifndef STATGATE_TESTS_LOADER_RIG_H
#define STATGATE_TESTS_LOADER_RIG_H

#include "catalog_text.h"
#include "endpoint/endpoint.h"
#include "json/json.h"

extern struct catalog_set rig_set;
extern struct endpoints rig_endpoints;
extern struct error rig_why; /* the message of the last rig_finish */

/* For a test suite's .init and .fini. */
void rig_start(void);
void rig_end(void);

/* Load a catalog into the set; fails the test with the message. */
struct catalog *rig_add(const char *file, const char *text);

/* Builds the endpoint. If it cannot, the message is in rig_why. */
bool rig_finish(void);
void rig_expect_accepted(void);
/* Expects rig_finish to fail with this message. */
void rig_expect_refused(const char *message);
/* The endpoint with this choice of groups; fails the test with the message. */
void rig_select_groups(const char *include, const char *exclude);

#endif
