/*
 * catalogs.h - loads a program's catalogs, and reports every error in them, not only the first. The
 * daemon and the command both load them here, so they refuse the same catalogs in the same words.
 */
#ifndef STATGATE_MISTAKES_CATALOGS_H
#define STATGATE_MISTAKES_CATALOGS_H

#include "catalog/catalog.h"
#include "mistakes/messages.h"
#include "settings/endpoint_plan.h"

/** Catalogs, and the endpoints that show them. */
struct catalogs {
    struct catalog_set set;
    struct endpoint_plan plan;
    bool whole; /**< endpoints of the configuration file count as well */
};

/**
 * Load, cross-check and finish these files and folders, together with the endpoints and the
 * daemon's own catalogs, whose names others must not take. `named`: the paths were named on the
 * command line; then endpoints of a configuration file count only if that file was named there as
 * well. Paths of the settings themselves (&settings->catalog) that cannot be read are reported with
 * the setting's place. Returns false if a catalog or an endpoint is refused, with an error for each
 * place; *ret_catalogs is empty then. Call catalogs_done in any case. The settings are borrowed.
 */
bool catalogs_load(const struct settings *settings, const struct settings_list *paths, bool named,
                   struct catalogs *ret_catalogs, struct messages *errors);
void catalogs_done(struct catalogs *catalogs);

#endif
