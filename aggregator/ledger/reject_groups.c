/*
 * reject_groups.c - rejections and folds in groups of (service, family, label, reason): when the
 * first and the last came, at what rate, and from whom. The counts are in the cells.
 *
 * The group unused for longest makes room for a new one. Nothing here is noted for undo: the next
 * process reads it as it is (restore_groups.c), and no decision depends on it.
 */
#include <string.h>

#include "base/hash.h"
#include "ledger/books.h"

bool reject_groups_init(struct group_table *groups, const struct memory *memory) {
    groups->newest = SLOTS_NONE;
    groups->oldest = SLOTS_NONE;
    groups->run_number = 1; /* 0 would match marks that are not set */
    return slots_init(&groups->slots, memory, LEDGER_GROUPS_MAX);
}

void reject_groups_done(struct group_table *groups, const struct memory *memory) {
    slots_done(&groups->slots, memory);
}

uint64_t reject_groups_bytes(void) {
    return slots_bytes(LEDGER_GROUPS_MAX);
}

static struct reject_group *group_at(const struct group_table *groups, uint32_t place) {
    return object_at(&groups->table, place);
}

/* ---- recency ---- */

static void unlink_group(struct group_table *groups, uint32_t place) {
    const struct reject_group *group = group_at(groups, place);
    if (group->newer != SLOTS_NONE)
        group_at(groups, group->newer)->older = group->older;
    else
        groups->newest = group->older;
    if (group->older != SLOTS_NONE)
        group_at(groups, group->older)->newer = group->newer;
    else
        groups->oldest = group->newer;
}

static void link_newest(struct group_table *groups, uint32_t place) {
    struct reject_group *group = group_at(groups, place);
    group->newer = SLOTS_NONE;
    group->older = groups->newest;
    if (groups->newest != SLOTS_NONE)
        group_at(groups, groups->newest)->newer = place;
    else
        groups->oldest = place;
    groups->newest = place;
}

/* ---- finding ---- */

struct group_key reject_groups_key(const struct ledger_entry *entry, enum verdict verdict) {
    const struct catalog_family *family = entry->family;
    struct group_key key = {
        .service = entry->service != NULL ? SERVICE_FIRST + entry->service->index : SERVICE_NONE,
        .family = OBJECT_NONE,
        .reason = (uint16_t)entry->reason,
        .folded = verdict == VERDICT_FOLDED};
    if (family == NULL)
        return key;
    const bool labelled = entry->label >= 0 && (uint32_t)entry->label < family->label_count;
    key.service = SERVICE_FIRST + family->catalog->index;
    key.family = family->index;
    key.label = labelled ? (uint32_t)entry->label : family->label_count;
    return key;
}

static bool same_key(const struct group_key *a, const struct group_key *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

static uint32_t key_hash(const struct ledger *ledger, const struct group_key *key) {
    return (uint32_t)hash_bytes(key, sizeof *key, ledger->seed);
}

static uint32_t find(const struct ledger *ledger, const struct group_key *key, uint32_t hash) {
    const struct group_table *groups = &ledger->groups;
    uint32_t at = hash;
    uint32_t place;
    do
        place = slots_next(&groups->slots, hash, &at);
    while (place != SLOTS_NONE && !same_key(&group_at(groups, place)->key, key));
    return place;
}

/* Take a place for a new group, in no list. SLOTS_NONE: out of memory for the first one. */
static uint32_t take_place(struct ledger *ledger) {
    struct group_table *groups = &ledger->groups;
    if (object_reach(&groups->table, (uint64_t)groups->used + 1))
        return groups->used++;
    const uint32_t place = groups->oldest;
    if (place == SLOTS_NONE)
        return SLOTS_NONE;
    groups->forgot = true;
    slots_remove(&groups->slots, key_hash(ledger, &group_at(groups, place)->key), place);
    unlink_group(groups, place);
    return place;
}

static uint32_t make(struct ledger *ledger, const struct group_key *key, uint32_t hash) {
    struct group_table *groups = &ledger->groups;
    const uint32_t place = take_place(ledger);
    if (place == SLOTS_NONE)
        return SLOTS_NONE;
    struct reject_group *group = group_at(groups, place);
    *group = (struct reject_group){.key = *key};
    link_newest(groups, place);
    slots_add(&groups->slots, hash, place);
    return place;
}

struct reject_group *reject_groups_take(struct ledger *ledger, const struct group_key *key,
                                        bool *ret_made) {
    struct group_table *groups = &ledger->groups;
    *ret_made = false;
    if (groups->newest != SLOTS_NONE && same_key(&group_at(groups, groups->newest)->key, key))
        return group_at(groups, groups->newest);
    const uint32_t hash = key_hash(ledger, key);
    uint32_t place = find(ledger, key, hash);
    if (place != SLOTS_NONE) {
        unlink_group(groups, place);
        link_newest(groups, place);
        return group_at(groups, place);
    }
    place = make(ledger, key, hash);
    *ret_made = true;
    return place != SLOTS_NONE ? group_at(groups, place) : NULL;
}

/* ---- counting and reading ---- */

void reject_groups_begin(struct ledger *ledger, const struct sender *sender,
                         const struct ledger_entry *entry, enum verdict verdict, bool first,
                         uint64_t count, int64_t real_ms) {
    bool made;
    const struct group_key key = reject_groups_key(entry, verdict);
    struct reject_group *group = reject_groups_take(ledger, &key, &made);
    ledger->groups.run = (struct group_run){.group = group,
                                            .service = entry->service,
                                            .family = entry->family,
                                            .label = entry->label,
                                            .reason = entry->reason,
                                            .verdict = verdict,
                                            .sender = sender,
                                            .real_ms = real_ms};
    if (group == NULL)
        return;
    /* If the group existed before, or another process counted it, the time of its first entry is
     * unknown. */
    if (made)
        group->first_ms = first || !ledger->groups.forgot ? real_ms : 0;
    group->last_ms = real_ms;
    group->sent = sender != NULL;
    if (sender != NULL)
        ledger_who(sender, &group->who);
    rate_count(&group->rate, count, real_ms);
}

bool ledger_group(const struct ledger *ledger, const struct ledger_entry *entry,
                  enum verdict verdict, int64_t real_ms, struct ledger_group *ret_group) {
    const struct group_key key = reject_groups_key(entry, verdict);
    const uint32_t place = find(ledger, &key, key_hash(ledger, &key));
    if (place == SLOTS_NONE)
        return false;
    const struct reject_group *group = group_at(&ledger->groups, place);
    *ret_group = (struct ledger_group){.first_ms = group->first_ms,
                                       .last_ms = group->last_ms,
                                       .rate = rate_read(&group->rate, real_ms),
                                       .sender = group->sent ? &group->who : NULL};
    return true;
}
