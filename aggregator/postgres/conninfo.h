/*
 * conninfo.h - the connection parameters for libpq: those that the catalog declares, and those that
 * every connection of statgate has.
 */
#ifndef STATGATE_POSTGRES_CONNINFO_H
#define STATGATE_POSTGRES_CONNINFO_H

#include <libpq-fe.h>

#include "base/error.h"
#include "base/memory.h"

enum {
    CONNINFO_TIMEOUT_S = 5,     /**< to connect to one address, by default */
    CONNINFO_TIMEOUT_MAX_S = 10 /**< and at most */
};

/**
 * Connect, blocking: `conninfo` as libpq takes it (service, passfile, environment and TLS
 * included), with client_encoding UTF8, connect_timeout (from conninfo, PGCONNECT_TIMEOUT or the
 * default; at most CONNINFO_TIMEOUT_MAX_S, or `timeout_s` if that is less and not 0) and
 * fallback_application_name statgate.
 *
 * NULL on failure, with a sentence in ret_error that never contains the conninfo or the password.
 */
PGconn *conninfo_connect(const struct memory *memory, const char *conninfo, unsigned timeout_s,
                         struct error *ret_error);

#endif
