/*
 * rig.h - a set of catalogs, and endpoints of it as a daemon with one endpoint of all has them.
 */
#ifndef STATGATE_TESTS_LOADER_RIG_H
#define STATGATE_TESTS_LOADER_RIG_H

#include "catalog_text.h"
#include "endpoint/endpoint.h"
#include "json/jsondoc.h"

extern struct catalog_set rig_set;
extern struct endpoints rig_endpoints;
extern struct error rig_why; /* what the last rig_finish said */

/* For a test suite's .init and .fini. */
void rig_start(void);
void rig_end(void);

/* Load a catalog into the set; fails the test with the message. */
struct catalog *rig_add(const char *file, const char *text);

/* Build the endpoint of all; the message is in rig_why. */
bool rig_finish(void);
void rig_expect_accepted(void);
/* With this message. */
void rig_expect_refused(const char *message);
/* The endpoint with this choice of groups; fails the test with the message. */
void rig_select_groups(const char *include, const char *exclude);

#endif
