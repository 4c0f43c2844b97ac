/* SPDX-License-Identifier: MIT */
/*
 * catalog_text.h - macros to write a catalog as text: SERVICE("a", FAMILIES(COUNTER("n_total"))).
 */
#ifndef STATGATE_TESTS_CATALOG_TEXT_H
#define STATGATE_TESTS_CATALOG_TEXT_H

#define SERVICE(name, rest) "{\"statgate\":1,\"service\":\"" name "\"," rest "}"
#define FAMILIES(inside)    "\"families\":{" inside "}"
#define COUNTER(name)       "\"" name "\":{\"type\":\"counter\"}"
#define GAUGE(name)         "\"" name "\":{\"type\":\"gauge\"}"

#endif
