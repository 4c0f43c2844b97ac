/*
 * owner_adopt.h - adopts owners that existed before the watch. Private.
 */
#ifndef STATGATE_INGRESS_OWNER_ADOPT_H
#define STATGATE_INGRESS_OWNER_ADOPT_H

#include "ingress/owner_watch_private.h"

/* Adopt the present owners: their processes are looked at in the next turns. */
void owner_adopt_restored(struct owner_watch *watch);

#endif
