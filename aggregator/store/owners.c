/* The table of owners: slots by pid, used again with another id. */
#include "store/owners.h"

#include "base/slots.h"

/*
 * An id is slot + 1 in the low bits and a count of the slot's uses above, so an id kept beyond its
 * owner's end misses. It comes round again after 2^17 uses of one slot.
 */
enum { SLOT_BITS = OWNER_SLOT_BITS };

static const uint32_t slot_mask = (1u << SLOT_BITS) - 1;

struct owners {
    const struct memory *memory;
    struct owner *slots; /* max of them */
    uint32_t *uses;
    struct bare_slots by_pid; /* of live owners */
    uint32_t max;
    uint32_t used;  /* slots ever taken */
    uint32_t free;  /* slot + 1 */
    uint32_t first; /* ended, slot + 1, in order of their ends */
    uint32_t last;
    struct owners_figures figures;
};

struct owners *owners_new(const struct memory *memory, uint32_t max) {
    struct owners *owners = memory_alloc(memory, sizeof *owners);
    if (owners == NULL)
        return NULL;
    owners->memory = memory;
    owners->max = max < OWNERS_MAX ? max : OWNERS_MAX;
    owners->figures.max = owners->max;
    owners->slots = memory_array(memory, (size_t)owners->max + 1, sizeof *owners->slots);
    owners->uses = memory_array(memory, (size_t)owners->max + 1, sizeof *owners->uses);
    if (!bare_slots_init(&owners->by_pid, memory, OWNERS_MAX) || owners->slots == NULL ||
        owners->uses == NULL) {
        owners_free(owners);
        return NULL;
    }
    return owners;
}

void owners_free(struct owners *owners) {
    if (owners == NULL)
        return;
    const struct memory *memory = owners->memory;
    memory_release(memory, owners->slots);
    memory_release(memory, owners->uses);
    bare_slots_done(&owners->by_pid, memory);
    memory_release(memory, owners);
}

uint64_t owners_bytes(uint32_t max) {
    const uint64_t slots = (uint64_t)(max < OWNERS_MAX ? max : OWNERS_MAX) + 1;
    return sizeof(struct owners) + slots * (sizeof(struct owner) + sizeof(uint32_t)) +
           (uint64_t)bare_slots_cells(OWNERS_MAX) * BARE_SLOTS_CELL_BYTES;
}

/* ---- pid -> slot ---- */

/* Multiplicative hashing (Knuth, TAOCP 6.4), its upper half: pids are dense, not hostile. */
static uint32_t pid_hash(int32_t pid) {
    return ((uint32_t)pid * UINT32_C(2654435769)) >> 16;
}

static uint32_t slot_hash(const void *arg, uint32_t slot) {
    const struct owners *owners = arg;
    return pid_hash(owners->slots[slot].pid);
}

/* ---- public ---- */

owner_id owners_find(const struct owners *owners, int32_t pid) {
    uint32_t at = pid_hash(pid);
    uint32_t slot;
    do
        slot = bare_slots_next(&owners->by_pid, &at);
    while (slot != SLOTS_NONE && owners->slots[slot].pid != pid);
    return slot == SLOTS_NONE ? OWNER_NONE : owners->slots[slot].id;
}

owner_id owners_begin(struct owners *owners, int32_t pid) {
    const owner_id known = owners_find(owners, pid);
    if (known != OWNER_NONE)
        return known;
    uint32_t slot;
    if (owners->free != 0) {
        slot = owners->free - 1;
        owners->free = owners->slots[slot].next;
    } else if (owners->used < owners->max) {
        slot = owners->used++;
    } else {
        owners->figures.refused++;
        return OWNER_NONE;
    }
    owners->uses[slot]++;
    owners->slots[slot] =
        (struct owner){.id = owners->uses[slot] << SLOT_BITS | (slot + 1), .pid = pid};
    bare_slots_add(&owners->by_pid, pid_hash(pid), slot);
    owners->figures.live++;
    return owners->slots[slot].id;
}

struct owner *owners_at(const struct owners *owners, owner_id id) {
    const uint32_t slot = id & slot_mask;
    if (slot == 0 || slot > owners->used || owners->slots[slot - 1].id != id)
        return NULL;
    return &owners->slots[slot - 1];
}

void owners_end(struct owners *owners, owner_id id) {
    struct owner *owner = owners_live(owners, id);
    if (owner == NULL)
        return;
    bare_slots_remove(&owners->by_pid, (id & slot_mask) - 1, slot_hash, owners);
    owner->ended = true;
    owner->next = 0;
    const uint32_t slot = id & slot_mask;
    if (owners->last != 0)
        owners->slots[owners->last - 1].next = slot;
    else
        owners->first = slot;
    owners->last = slot;
    owners->figures.live--;
    owners->figures.ended++;
}

owner_id owners_ended(const struct owners *owners) {
    return owners->first == 0 ? OWNER_NONE : owners->slots[owners->first - 1].id;
}

void owners_release(struct owners *owners, owner_id id) {
    if (id == OWNER_NONE || id != owners_ended(owners))
        return;
    const uint32_t slot = owners->first;
    struct owner *owner = &owners->slots[slot - 1];
    owners->first = owner->next;
    if (owners->first == 0)
        owners->last = 0;
    *owner = (struct owner){.next = owners->free};
    owners->free = slot;
    owners->figures.ended--;
    owners->figures.released++;
}

void owners_figures(const struct owners *owners, struct owners_figures *ret_figures) {
    *ret_figures = owners->figures;
}
