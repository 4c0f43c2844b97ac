/*
 * endpoint_plan.h - the endpoints that the settings describe: where each is, and what it shows. The
 * daemon serves them, the command reports on them.
 *
 * The caller loads catalogs into a set, calls endpoint_plan_init, adds the daemon's own catalogs to
 * the set (self/catalog.h, with the names of endpoint_plan_handlers), and calls
 * endpoint_plan_build.
 */
#ifndef STATGATE_SETTINGS_ENDPOINT_PLAN_H
#define STATGATE_SETTINGS_ENDPOINT_PLAN_H

#include "endpoint/endpoint.h"
#include "settings/settings.h"

/** Where an endpoint is. */
struct endpoint_place {
    const char *listen;       /**< as written; "": nowhere */
    const char *listen_place; /**< for messages: "--metrics-listen" */
    const char *path;
    const char *bearer_token_file; /**< "": open */
    const char *token_place;       /**< for messages: "--bearer-token-file" */
};

struct endpoint_plan {
    struct arena arena;
    const struct settings *settings;
    struct endpoint_options *options; /**< for the default endpoint, then for those in the file */
    struct endpoint_place *places;    /**< one for each endpoint */
    size_t count;
    struct endpoints endpoints; /**< set by endpoint_plan_build */
};

/**
 * Take the options of the default endpoint and, if `whole`, of those in the file. Otherwise the
 * default endpoint serves everything, and groups need not exist: for catalogs other than the
 * settings' own. The settings are borrowed. False: out of memory. In any case call
 * endpoint_plan_done, before the catalog set is freed.
 */
bool endpoint_plan_init(struct endpoint_plan *ret_plan, const struct settings *settings,
                        bool whole);
/** Safe on a zeroed struct. */
void endpoint_plan_done(struct endpoint_plan *plan);

/** The names of the endpoints with handler metrics, borrowed from the plan. Returns how many. */
size_t endpoint_plan_handlers(const struct endpoint_plan *plan,
                              const char *ret_names[ENDPOINTS_MAX]);

/** Finish the set, which must have all catalogs, and build the endpoints. May be called again after
 * a failure. Messages are those of endpoints_build. */
bool endpoint_plan_build(struct endpoint_plan *plan, struct catalog_set *set,
                         struct error *ret_error);

/** The most series, and the most lines of samples, that a page can have. */
void endpoint_plan_measure(const struct endpoint_page *page, uint64_t *ret_bound,
                           uint64_t *ret_lines);

#endif
