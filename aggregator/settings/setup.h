/*
 * setup.h - from settings to endpoints: one way for the daemon that serves them and for the command
 * that looks at them.
 *
 * The caller loads catalogs into a set; then comes setup_init, setup_add_own (the daemon's own
 * catalogs: statgate, and one for each endpoint with handler metrics), setup_build. Pure but for
 * what the settings hold, and setup_socket_group, which asks the host.
 */
#ifndef STATGATE_SETTINGS_SETUP_H
#define STATGATE_SETTINGS_SETUP_H

#include "endpoint/endpoint.h"
#include "settings/settings.h"

enum { SETUP_ERROR_MAX = 1024 };

/** An endpoint: what it shall be, and where it is. */
struct setup_place {
    const char *listen;       /**< as written; "" = nowhere */
    const char *listen_place; /**< for messages: "--metrics-listen" */
    const char *path;
    const char *bearer_token_file; /**< "": open */
    const char *token_place;       /**< for messages: "--bearer-token-file" */
    bool handler_metrics;
};

struct setup {
    struct arena arena;
    const struct settings *settings;
    struct endpoint_options *options; /**< the default one first, then those of the file in order */
    struct setup_place *places;       /**< of each */
    size_t count;
    struct endpoints endpoints; /**< by setup_build */
};

/**
 * Options of the default endpoint and, where `whole`, those of the file. Else the default one
 * serves all, and groups are not looked for: for catalogs that are not the settings' own. The
 * settings are borrowed. False: memory is out. End it with setup_done in any case, before the
 * catalog set.
 */
bool setup_init(struct setup *ret_setup, const struct settings *settings, bool whole);
/** Safe on a zeroed struct. */
void setup_done(struct setup *setup);

/** Add the daemon's own catalogs to the set, which has all others. Call it once. */
bool setup_add_own(struct setup *setup, struct catalog_set *set, char *ret_error,
                   size_t error_size);
/** Finish the set and build the endpoints, also once more after a failure. Messages as
 * endpoints_build has them. */
bool setup_build(struct setup *setup, struct catalog_set *set, char *ret_error, size_t error_size);

/** Most series and lines of samples of a page. */
void setup_measure(const struct exposure *page, uint64_t *ret_bound, uint64_t *ret_lines);
/** "off", "target_info", "labels" */
const char *setup_resource_text(enum endpoint_resource resource);

/** No group was named: files keep the one that the kernel gives them. */
#define SETUP_GROUP_KEEP UINT32_MAX
/** The group that `socket_group` names, looked up on this host, or SETUP_GROUP_KEEP. False: there
 * is no such group; the message begins with the setting's place. */
bool setup_socket_group(const struct settings *settings, uint32_t *ret_group, char *ret_error,
                        size_t error_size);

/** Services that are served twice, or nowhere though there are endpoints: one sentence each. */
void setup_warn(const struct setup *setup, const struct catalog_set *set,
                void (*tell)(void *arg, const char *text), void *arg);

#endif
