/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <string.h>

#include "assertions.h"
#include "loader/loader.h"
#include "usual_options.h"

struct catalog_set rig_set;
struct endpoints rig_endpoints;
struct error rig_why;

void rig_start(void) {
    catalog_set_init(&rig_set);
}

void rig_end(void) {
    endpoints_done(&rig_endpoints);
    catalog_set_done(&rig_set);
}

struct catalog *rig_add(const char *file, const char *text) {
    struct error error;
    struct catalog *catalog = loader_text(file, text, strlen(text), false, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    catalog_set_add(&rig_set, catalog);
    return catalog;
}

bool rig_finish(void) {
    endpoints_done(&rig_endpoints);
    return endpoints_build(&rig_endpoints, &rig_set, &usual_options, 1, &rig_why);
}

void rig_expect_accepted(void) {
    cr_expect(rig_finish(), "%s", rig_why.text);
}

void rig_expect_refused(const char *message) {
    cr_expect(not(rig_finish()));
    cr_expect(eq(str, rig_why.text, (char *)message));
}

void rig_select_groups(const char *include, const char *exclude) {
    struct endpoint_options options = usual_options;
    options.include = include;
    options.exclude = exclude;
    endpoints_done(&rig_endpoints);
    cr_assert(endpoints_build(&rig_endpoints, &rig_set, &options, 1, &rig_why), "%s", rig_why.text);
}
