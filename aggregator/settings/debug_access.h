/*
 * debug_access.h - who may look at /debug and the page for people, as the settings say.
 */
#ifndef STATGATE_SETTINGS_DEBUG_ACCESS_H
#define STATGATE_SETTINGS_DEBUG_ACCESS_H

#include "settings/endpoint_plan.h"

/** The file with the token for them: one of their own, else that of the default endpoint. "": none. */
const char *debug_access_token_file(const struct endpoint_plan *plan);
/** The setting with it, for messages. */
const char *debug_access_token_place(const struct endpoint_plan *plan);
/** The address that they are at; "": nowhere. */
const char *debug_access_address(const struct endpoint_plan *plan);
/** True when other hosts may read them, without a token: what senders wrote is hidden then. */
bool debug_access_is_open(const struct endpoint_plan *plan);

#endif
