/* Releases what ended owners had in the store, and their jobs. */
#include "machines/machines_private.h"
#include "store/store.h"

enum { RELEASE_UNITS = 3 /* work units for releasing one part or job */ };

bool machines_release(struct machines *machines, struct store_time now, size_t budget) {
    struct owners *owners = store_owners(machines->store);
    /* Allow at least one owner and one part or job, so that every call makes progress. */
    budget = budget / RELEASE_UNITS + 2;
    for (;;) {
        const owner_id owner = owners_ended(owners);
        if (owner == OWNER_NONE)
            return true;
        if (budget == 0)
            return false;
        budget--;
        if (!store_disown(machines->store, owner, &budget) ||
            !machines_disown(machines, owner, now, &budget))
            return false;
        owners_release(owners, owner);
    }
}
