/* SPDX-License-Identifier: MIT */
/* owners.c - the processes that own values. */
#include "store/store_private.h"

#include <stdlib.h>

/*
 * An id has slot + 1 in the low bits and a count of the slot's uses above, so an id that is kept
 * after its owner was released finds nothing. Ids repeat after 2^17 uses of one slot.
 */
enum { SLOT_BITS = OWNER_SLOT_BITS };

static const uint32_t slot_mask = (1u << SLOT_BITS) - 1;

struct owners {
    struct undo *undo;
    struct object_table table;
    struct owner *slots;      /* of `table` */
    struct bare_slots by_pid; /* of live owners */
    uint32_t used;            /* slots ever taken */
    uint32_t free;            /* slot + 1 */
    uint32_t first;           /* ended, slot + 1, in order of their ends */
    uint32_t last;
    struct owners_figures figures;
};

static const struct object_field owner_fields[] = {
    OBJECT_FIELD(struct owner, id, "id", OBJECT_U32),
    OBJECT_FIELD(struct owner, pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct owner, start_ticks, "start_ticks", OBJECT_U64),
    OBJECT_FIELD(struct owner, uses, "uses", OBJECT_U32),
    OBJECT_FIELD(struct owner, ended, "ended", OBJECT_FLAG),
};

static struct object_spec owners_spec(uint32_t max) {
    return (struct object_spec)OBJECT_SPEC("owner", struct owner,
                                           max < OWNERS_MAX ? max : OWNERS_MAX, owner_fields);
}

struct owners *owners_new(struct object *object, uint32_t max) {
    const struct object_spec spec = owners_spec(max);
    struct owners *owners = memory_alloc(sizeof *owners);
    owners->figures.max = (uint32_t)spec.max_items;
    object_table(object, &spec, &owners->table);
    bare_slots_init(&owners->by_pid, OWNERS_MAX);
    owners->slots = object_at(&owners->table, 0);
    owners->undo = object_undo(object);
    return owners;
}

void owners_free(struct owners *owners) {
    if (owners == NULL)
        return;
    object_table_done(&owners->table);
    bare_slots_done(&owners->by_pid);
    free(owners);
}

uint64_t owners_bytes(uint32_t max) {
    const struct object_spec spec = owners_spec(max);
    return sizeof(struct owners) + held_table_bytes(&spec) + bare_slots_bytes(OWNERS_MAX);
}

uint64_t owners_object_bytes(uint32_t max) {
    const struct object_spec spec = owners_spec(max);
    return held_object_bytes(&spec);
}

/* ---- pid -> slot ---- */

/* The upper half of multiplicative hashing (Knuth, TAOCP 6.4): pids are dense, not chosen by an
 * attacker. */
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
    } else if (object_reach(&owners->table, (uint64_t)owners->used + 1)) {
        slot = owners->used++;
    } else {
        owners->figures.refused++;
        return OWNER_NONE;
    }
    struct owner *owner = &owners->slots[slot];
    const uint32_t uses = owner->uses + 1;
    undo_range(owners->undo, owner, sizeof *owner);
    *owner = (struct owner){.id = uses << SLOT_BITS | (slot + 1), .pid = pid, .uses = uses};
    bare_slots_add(&owners->by_pid, pid_hash(pid), slot);
    owners->figures.live++;
    return owner->id;
}

struct owner *owners_at(const struct owners *owners, owner_id id) {
    const uint32_t slot = id & slot_mask;
    if (slot == 0 || slot > owners->used || owners->slots[slot - 1].id != id)
        return NULL;
    return &owners->slots[slot - 1];
}

owner_id owners_in_slot(const struct owners *owners, uint32_t slot) {
    const bool live = slot < owners->used && !owners->slots[slot].ended;
    return live ? owners->slots[slot].id : OWNER_NONE;
}

void owners_describe(struct owners *owners, owner_id id, uint64_t start_ticks) {
    struct owner *owner = owners_at(owners, id);
    if (owner != NULL)
        owner->start_ticks = start_ticks;
}

/* Append a slot to the list of ended owners. */
static void add_ended(struct owners *owners, uint32_t slot) {
    owners->slots[slot - 1].next = 0;
    if (owners->last != 0)
        owners->slots[owners->last - 1].next = slot;
    else
        owners->first = slot;
    owners->last = slot;
    owners->figures.ended++;
}

void owners_end(struct owners *owners, owner_id id) {
    struct owner *owner = owners_live(owners, id);
    if (owner == NULL)
        return;
    bare_slots_remove(&owners->by_pid, (id & slot_mask) - 1, slot_hash, owners);
    owner->ended = true;
    owners->figures.live--;
    add_ended(owners, id & slot_mask);
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
    owner->id = OWNER_NONE; /* this single store makes it free */
    undo_barrier();
    *owner = (struct owner){.uses = owner->uses, .next = owners->free};
    owners->free = slot;
    owners->figures.ended--;
    owners->figures.released++;
}

void owners_figures(const struct owners *owners, struct owners_figures *ret_figures) {
    *ret_figures = owners->figures;
}

/* ---- those of another process ---- */

static struct owner read_record(const struct image_records *records, uint32_t slot) {
    struct owner owner = {0};
    image_record(records, slot, &owner);
    return owner;
}

/* Read a slot of the image. If it has no valid owner, returns a free slot with the count of its
 * uses. */
static struct owner read_owner(const struct image_records *records, uint32_t slot) {
    struct owner owner = read_record(records, slot);
    const owner_id expected = owner.uses << SLOT_BITS | (slot + 1);
    owner.ended |= records->table.image->strangers;
    if (owner.id == expected && owner.pid > 0)
        return owner;
    return (struct owner){.uses = owner.uses};
}

/* The number of slots up to the last one ever used, limited to the size of the table. */
static uint32_t count_used(const struct owners *owners, const struct image_records *records) {
    const uint64_t items = records->table.items;
    uint32_t used = items < owners->figures.max ? (uint32_t)items : owners->figures.max;
    while (used > owners->used && read_record(records, used - 1).uses == 0)
        used--;
    return used > owners->used ? used : owners->used;
}

/* Copy the lists of the slot's present owner to its new record. */
static void keep_things(const struct owner *before, struct owner *owner) {
    owner->parts = before->parts;
    owner->part_count = before->part_count;
    owner->jobs = before->jobs;
    owner->job_count = before->job_count;
}

static void take_owner(struct owners *owners, uint32_t slot, struct owner *owner,
                       owners_gone_fn *gone, void *arg) {
    const struct owner *before = &owners->slots[slot];
    const bool again =
        owner->id != OWNER_NONE && !owner->ended && owners_find(owners, owner->pid) != OWNER_NONE;
    if (again)
        *owner = (struct owner){.uses = owner->uses};
    if (before->id != OWNER_NONE && before->id == owner->id)
        keep_things(before, owner);
    else if (before->id != OWNER_NONE)
        gone(arg, before);
    owners->slots[slot] = *owner;
    if (owner->id == OWNER_NONE) {
        owners->slots[slot].next = owners->free;
        owners->free = slot + 1;
    } else if (owner->ended) {
        add_ended(owners, slot + 1);
    } else {
        bare_slots_add(&owners->by_pid, pid_hash(owner->pid), slot);
        owners->figures.live++;
    }
}

/* Remove all owners from the lists and from the index by pid. */
static void unlist_all(struct owners *owners) {
    memset(owners->by_pid.cells, 0, ((size_t)owners->by_pid.mask + 1) * BARE_SLOTS_CELL_BYTES);
    owners->free = owners->first = owners->last = 0;
    owners->figures.live = owners->figures.ended = 0;
}

void owners_restore(struct owners *owners, const struct image *image, owners_gone_fn *gone,
                    void *arg) {
    const struct object_spec spec = owners_spec(OWNERS_MAX);
    const struct image_records records = image_records(image, &spec);
    if (records.field_count == 0)
        return;
    const uint32_t used = count_used(owners, &records);
    object_need(&owners->table, used);
    unlist_all(owners);
    owners->used = used;
    for (uint32_t slot = used; slot > 0; slot--) { /* backwards: low free slots are taken first */
        struct owner owner = read_owner(&records, slot - 1);
        take_owner(owners, slot - 1, &owner, gone, arg);
    }
}
