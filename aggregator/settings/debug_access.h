/*
 * debug_access.h - who may look at /debug and the page for people, according to the settings.
 */
#ifndef STATGATE_SETTINGS_DEBUG_ACCESS_H
#define STATGATE_SETTINGS_DEBUG_ACCESS_H

#include "settings/endpoint_plan.h"

/** The file with the token for /debug: its own, else that of the default endpoint. "": none. */
const char *debug_access_token_file(const struct endpoint_plan *plan);
/** The setting that names this file, for messages. */
const char *debug_access_token_place(const struct endpoint_plan *plan);
/** The address that serves /debug; "": none. */
const char *debug_access_address(const struct endpoint_plan *plan);
/** True if other hosts may read /debug without a token: texts from senders are hidden then. */
bool debug_access_is_open(const struct endpoint_plan *plan);

#endif
