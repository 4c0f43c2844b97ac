/*
 * in_force.h - decides which catalogs are in force: each file as it is now, if that is correct and
 * fits the others; else as it was accepted last; else not at all.
 *
 * One file's mistake concerns its service alone. If two files conflict, the one that is not in
 * force yet is at fault; if neither is, the later by name. A file that is gone ends its service;
 * but a path of the settings at which nothing is found any more (a folder that is empty or missing)
 * changes nothing, because a deployment tool may be about to fill it.
 */
#ifndef STATGATE_ACCEPTED_IN_FORCE_H
#define STATGATE_ACCEPTED_IN_FORCE_H

#include "accepted/accepted.h"
#include "catalog/catalog.h"
#include "mistakes/messages.h"
#include "settings/endpoint_plan.h"

/** What is wanted; all borrowed. */
struct in_force_wish {
    const struct settings *settings;
    const struct accepted *kept; /**< what was accepted last; NULL: nothing is known of that */
    bool only_kept;              /**< do not look at files */
    int64_t now_ms;              /**< Unix time */
};

struct in_force {
    struct catalog_set set;
    struct endpoint_plan plan;
    struct accepted texts;   /**< catalogs that are in force, and their variables */
    struct messages refused; /**< why a file, or a path of the settings, is not in force as it is:
                                  one sentence each */
    size_t refused_count;    /**< their number */
    size_t lost;             /**< of these: files whose service was in force and is not any more */
    int64_t kept_ms;         /**< when the latest of the texts was accepted that run in place of
                                  their file; 0: none does */
};

/**
 * Read the catalogs that the settings name, add the daemon's own, finish the set, and build the
 * endpoints that show it. False with *ret_error, and nothing to free but `refused`, if the
 * endpoints are wrong, if there is no memory, or if there are catalogs and all are refused. Call
 * in_force_done in any case.
 */
bool in_force_read(struct in_force *ret_in_force, const struct in_force_wish *wish,
                   struct error *ret_error);
void in_force_done(struct in_force *in_force);

#endif
