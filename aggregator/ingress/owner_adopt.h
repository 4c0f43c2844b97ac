/*
 * owner_adopt.h - owners that live before the watch does. Private.
 */
#ifndef STATGATE_INGRESS_OWNER_ADOPT_H
#define STATGATE_INGRESS_OWNER_ADOPT_H

#include "ingress/owner_watch_private.h"

/* Owners that live already: their processes are looked at in the next turns. */
void owner_adopt_restored(struct owner_watch *watch);

#endif
