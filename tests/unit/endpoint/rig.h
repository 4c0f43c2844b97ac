/* SPDX-License-Identifier: MIT */
/*
 * rig.h - catalogs and endpoints of a test.
 */
#ifndef STATGATE_TESTS_ENDPOINT_RIG_H
#define STATGATE_TESTS_ENDPOINT_RIG_H

#include "catalog_text.h"
#include "endpoint/endpoint.h"

extern struct catalog_set rig_set;
extern struct endpoints rig_endpoints;
extern struct error rig_error;

/* For a test suite's .init and .fini. */
void rig_start(void);
void rig_end(void);

#define IN_GROUP(name, group) "\"" name "\":{\"type\":\"gauge\",\"group\":\"" group "\"}"

/* Load a catalog into the set. */
struct catalog *rig_add(const char *file, const char *text);
/* The daemon's own: the family statgate_up, and process_x in the group "process". */
struct catalog *rig_add_own(void);
/* A handler's, with the family promhttp_up, for the endpoint of this name. */
struct catalog *rig_add_handler(const char *endpoint);

/* An endpoint for these services (words between blanks; NULL: the default one) named and placed
 * "NAME" and "c.json: /NAME", with all groups. */
struct endpoint_options rig_options(const char *name, const char *services);

/* Build; fails the test with the message. */
void rig_build(const struct endpoint_options *options, size_t count);
/* Building is refused with this message. */
void rig_refuses(const struct endpoint_options *options, size_t count, const char *message);

/* The families of a page in order, between blanks. Static, overwritten by the next call. */
char *rig_families(const struct endpoint_page *page);
/* The services of an endpoint, likewise. */
char *rig_services(const struct endpoint *endpoint);
/* `name="value"` of labels, between blanks, likewise. */
char *rig_labels(const struct constant_labels *labels);
/* The constant labels of a service on a page, likewise. */
char *rig_constants(const struct endpoint_page *page, const char *service);
/* Exposed families of the set, likewise. */
char *rig_exposed(void);

#endif
