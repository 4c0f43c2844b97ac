/* SPDX-License-Identifier: MIT */
/*
 * usual_options.h - the default options of an endpoint, for tests that need an endpoint and set
 * only what they change.
 */
#ifndef STATGATE_TESTS_USUAL_OPTIONS_H
#define STATGATE_TESTS_USUAL_OPTIONS_H

#include "endpoint/endpoint.h"

#define USUAL_SWITCH(initial) (sizeof(initial) == sizeof "on")
#define USUAL_WORDS(initial)  (initial)
#define USUAL_CHOICE(initial) 0 /* the first word is the default of each */

/* The options of an endpoint that serves all services. */
static const struct endpoint_options usual_options = {
    .place = "",
    .name = "",
#define ENDPOINT_OPTION(name_, kind, initial, argument, check, unusual, phrase, help)              \
    .name_ = USUAL_##kind(initial),
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
};

#endif
