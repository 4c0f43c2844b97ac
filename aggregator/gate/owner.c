/* Senders that own values: finds or makes the owner for a sender's process. */
#include "gate/owner.h"
#include "gate/gate_private.h"

/* Cost of becoming an owner, in work units: a descriptor and an inspection of the process. */
enum { OWN_UNITS = 150, REFUSED_MS_MAX = 60000 };

void gate_on_new_owner(struct gate *gate, gate_owner_fn fn, void *arg) {
    gate->on_new_owner = fn;
    gate->on_new_owner_arg = arg;
}

/* The wall clock may be set back meanwhile: a refusal never lasts longer than intended. */
static bool is_refused(const struct sender *sender, struct store_time now) {
    const int64_t left_ms = sender->no_owner_until_ms - now.real_ms;
    return left_ms > 0 && left_ms <= REFUSED_MS_MAX;
}

owner_id gate_owner_of(struct gate *gate, const struct sender *sender, struct store_time now) {
    if (owners_live(gate->owners, sender->owner) != NULL)
        return sender->owner;
    owner_id owner = OWNER_NONE;
    if (sender->pid > 0 && !is_refused(sender, now)) {
        gate->extra_units += OWN_UNITS;
        owner = gate->on_new_owner != NULL ? gate->on_new_owner(gate->on_new_owner_arg, sender)
                                           : owners_begin(gate->owners, sender->pid);
    }
    ledger_sender_own(gate->ledger, sender, owner);
    return owner;
}
