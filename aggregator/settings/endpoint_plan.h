/*
 * endpoint_plan.h - the endpoints that the settings describe: where each is, what it shows. The
 * daemon serves them, the command reports on them.
 *
 * The caller loads catalogs into a set; then comes endpoint_plan_init, the daemon's own catalogs
 * join the set (self/catalog.h, with the names of endpoint_plan_handlers), endpoint_plan_build.
 */
#ifndef STATGATE_SETTINGS_ENDPOINT_PLAN_H
#define STATGATE_SETTINGS_ENDPOINT_PLAN_H

#include "endpoint/endpoint.h"
#include "settings/settings.h"

/** Where an endpoint is. */
struct endpoint_place {
    const char *listen;       /**< as written; "" = nowhere */
    const char *listen_place; /**< for messages: "--metrics-listen" */
    const char *path;
    const char *bearer_token_file; /**< "": open */
    const char *token_place;       /**< for messages: "--bearer-token-file" */
};

struct endpoint_plan {
    struct arena arena;
    const struct settings *settings;
    struct endpoint_options *options; /**< the default one first, then those of the file in order */
    struct endpoint_place *places;    /**< of each */
    size_t count;
    struct endpoints endpoints; /**< by endpoint_plan_build */
};

/**
 * Options of the default endpoint and, if `whole`, of those in the file. Otherwise the default one
 * serves all, and groups need not exist: for catalogs that are not the settings' own. The
 * settings are borrowed. False: out of memory. End it with endpoint_plan_done in any case, before
 * the catalog set.
 */
bool endpoint_plan_init(struct endpoint_plan *ret_plan, const struct settings *settings,
                        bool whole);
/** Safe on a zeroed struct. */
void endpoint_plan_done(struct endpoint_plan *plan);

/** The names of the endpoints with handler metrics, borrowed from the plan. Returns how many. */
size_t endpoint_plan_handlers(const struct endpoint_plan *plan,
                              const char *ret_names[ENDPOINTS_MAX]);

/** Finish the set, which has all catalogs, and build the endpoints. May be called again after a
 * failure. Messages are those of endpoints_build. */
bool endpoint_plan_build(struct endpoint_plan *plan, struct catalog_set *set,
                         struct error *ret_error);

/** Most series and lines of samples of a page. */
void endpoint_plan_measure(const struct endpoint_page *page, uint64_t *ret_bound,
                           uint64_t *ret_lines);

#endif
