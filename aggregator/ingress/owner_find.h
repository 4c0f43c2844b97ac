/*
 * owner_find.h - finds the process that has a process id. Private.
 */
#ifndef STATGATE_INGRESS_OWNER_FIND_H
#define STATGATE_INGRESS_OWNER_FIND_H

#include "host/procinfo.h"
#include "ingress/owner_watch_private.h"

enum owner_opening { OPEN_DONE, OPEN_WITHOUT, OPEN_FULL, OPEN_GONE };

/* The process that has a number. */
struct owner_found {
    enum owner_opening opening;
    int pidfd; /* -1: none, also if the process is gone */
    enum procinfo_result result;
    struct procinfo info;
    bool gone;
};

/* Look up a process. Opens a pidfd if the watch may have one more and the process lives. */
struct owner_found owner_find_process(const struct owner_watch *watch, int32_t pid);
/* Look up a process in /proc only. */
enum procinfo_result owner_find_look_up(const struct owner_watch *watch, int32_t pid,
                                        struct procinfo *ret_info);
bool owner_find_has_ended(int pidfd);
/* Whether the number now belongs to another process, as far as start times tell. */
bool owner_find_is_another(const struct life *life, const struct procinfo *info);

#endif
