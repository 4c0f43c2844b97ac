/*
 * owner_find.h - the process that has a number. Private.
 */
#ifndef STATGATE_INGRESS_OWNER_FIND_H
#define STATGATE_INGRESS_OWNER_FIND_H

#include "host/procinfo.h"
#include "ingress/owner_watch_private.h"

enum owner_opening { OPEN_DONE, OPEN_WITHOUT, OPEN_FULL, OPEN_GONE };

/* What has a number. */
struct owner_found {
    enum owner_opening opening;
    int pidfd; /* -1: none, and if the process is gone */
    enum procinfo_result result;
    struct procinfo info;
    bool gone;
};

/* Opens a pidfd, if the watch may have one more and the process lives. */
struct owner_found owner_find_process(const struct owner_watch *watch, int32_t pid);
/* In /proc alone. */
enum procinfo_result owner_find_look_up(const struct owner_watch *watch, int32_t pid,
                                        struct procinfo *ret_info);
bool owner_find_has_ended(int pidfd);
/* Who has the number now is another than it was, as far as start times tell. */
bool owner_find_is_another(const struct life *life, const struct procinfo *info);

#endif
