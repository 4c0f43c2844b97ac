/*
 * owner.h - senders that own values. Private to gate/.
 */
#ifndef STATGATE_GATE_OWNER_H
#define STATGATE_GATE_OWNER_H

#include "gate/gate.h"

/* Find or make the sender's live owner. OWNER_NONE if it can own nothing now. */
owner_id gate_owner_of(struct gate *gate, const struct sender *sender, struct store_time now);

#endif
