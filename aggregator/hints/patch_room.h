/*
 * patch_room.h - how many series a patched family can have, and which limits must be raised for
 * them. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_ROOM_H
#define STATGATE_HINTS_PATCH_ROOM_H

#include "hints/patch_labels.h"

/** Limits to write; 0: unchanged. */
struct patch_room {
    uint64_t family;  /**< `max_series` of the family */
    uint64_t service; /**< `max_series` of the service */
};

/** For changed labels. Each function returns false if the catalogs would be refused whatever the
 * limits are, or would become disproportionately large. */
bool patch_room_of_labels(const struct catalog_set *set, const struct patch_labels *labels,
                          struct patch_room *ret_room);
/** For new attempts or jobs with this number of series for each combination of labels. */
bool patch_room_of_new_machine(const struct catalog_set *set, const struct patch_labels *labels,
                               uint64_t series, struct patch_room *ret_room);
/** For this many additional series. */
bool patch_room_of_more(const struct catalog *catalog, uint64_t series,
                        struct patch_room *ret_room);
/** Whether jobs can have this many additional live ones. */
bool patch_room_has_live(const struct catalog_set *set, uint64_t live);
/** For a family whose `max_series` becomes this number. */
bool patch_room_of_series(const struct catalog_family *family, uint64_t max_series,
                          struct patch_room *ret_room);

#endif
