/*
 * catalogs.h - the catalogs that a command works on, loaded as the daemon loads them, but with
 * every error and not only the first. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CATALOGS_H
#define STATGATE_STATGATE_CATALOGS_H

#include "catalog/catalog.h"
#include "settings/endpoint_plan.h"
#include "statgate/messages.h"

/** Catalogs, and the endpoints that show them. */
struct catalogs {
    struct catalog_set set;
    struct endpoint_plan plan;
    bool whole; /**< endpoints of the configuration file count, too */
};

/**
 * Load, cross-check and finish these files and folders; with the daemon's own catalogs, whose names
 * others must not take, and the endpoints. `named`: the paths were named on the command line; then
 * endpoints of a configuration file count only if that was named there, too. False when a catalog
 * or an endpoint is refused, with an error for each place; all is empty then. End it with
 * catalogs_done in any case. The settings are borrowed.
 */
bool catalogs_load(const struct settings *settings, const struct settings_list *paths, bool named,
                   struct catalogs *ret_catalogs, struct messages *errors);
void catalogs_done(struct catalogs *catalogs);

#endif
