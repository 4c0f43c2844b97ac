/*
 * candidate.h - a catalog file that may come into force: as it is now, or as it was accepted last.
 * Private to accepted/.
 */
#ifndef STATGATE_ACCEPTED_CANDIDATE_H
#define STATGATE_ACCEPTED_CANDIDATE_H

#include "accepted/accepted.h"
#include "base/error.h"
#include "catalog/catalog.h"

struct candidate {
    char *path;
    const char *origin;      /**< the path in the settings that it comes from; borrowed */
    struct catalog *catalog; /**< owned; NULL: it is refused */
    bool settled;            /**< it is in force already, or its file was refused */
    int64_t kept_ms; /**< when the text was accepted that is used in place of the file; 0: it
                          is the file's */
};

/** In the order of the settings and of names. */
struct candidates {
    struct candidate *items;
    size_t count;
};

/** Add one without a catalog. NULL: out of memory. */
struct candidate *candidates_add(struct candidates *candidates, const char *origin,
                                 const char *path);
void candidates_done(struct candidates *candidates);

/** Read the file, and note its text and variables in `live`. False with the reason. */
bool candidate_read_file(struct candidate *candidate, struct accepted *live,
                         struct error *ret_error);
/** Whether the file, as noted in `live`, is what was accepted last. */
bool candidate_is_kept(const struct candidate *candidate, const struct accepted *live,
                       const struct accepted *kept);
/** Read what was accepted last for this file in place of it. False: there is nothing. True without
 * a catalog, and with the reason: it is refused by now. */
bool candidate_read_kept(struct candidate *candidate, const struct accepted *kept,
                         struct error *ret_error);
/** Add the text and the variables of the catalog to `to`, with the time since when they are
 * accepted. False: out of memory. */
bool candidate_note(const struct candidate *candidate, const struct accepted *live,
                    const struct accepted *kept, int64_t now_ms, struct accepted *to);

#endif
