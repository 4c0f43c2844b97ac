/*
 * catalogs.h - the catalogs that a command works on, loaded as the daemon loads them, but with
 * every error told and not only the first. Private to cli/.
 */
#ifndef STATGATE_CLI_CATALOGS_H
#define STATGATE_CLI_CATALOGS_H

#include "catalog/catalog.h"
#include "cli/cli.h"

/** Messages, one behind the other, each terminated. */
struct messages {
    struct strbuf text;
    size_t count;
};

void messages_init(struct messages *messages);
void messages_done(struct messages *messages);
void messages_add(struct messages *messages, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** The message behind `message` (NULL: the first), or NULL. */
const char *messages_next(const struct messages *messages, const char *message);

/** What a set is made of. */
struct catalog_choice {
    const char *const *paths;
    size_t count;
    const char *include; /**< groups, as the settings have them */
    const char *exclude;
};

/**
 * Load, cross-check and finish; with the daemon's own catalog, whose names others must not take.
 * False when a catalog is refused, with an error for each place; the set is empty then. End it with
 * catalog_set_done in any case.
 */
bool catalogs_load(const struct catalog_choice *choice, struct catalog_set *ret_set,
                   struct messages *errors);

#endif
