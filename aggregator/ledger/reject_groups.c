/* SPDX-License-Identifier: MIT */
/* reject_groups.c - rejections in groups: the heaviest reasons, spellings and lines, in bounded
 * memory. */
#include "ledger/ledger_private.h"

#include "base/hash.h"

/* ---- spellings ----
 * what senders spell differently from the catalogs: names that no family has, labels
 * that their family does not declare, and values that were folded. The texts come from outside, so
 * each table holds only the most frequent ones (heavy_hitters.h).
 */

void ledger_spellings_init(struct spellings *spellings, uint64_t seed) {
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        ledger_heavy_init(&spellings->tables[i], seed);
}

void ledger_spellings_done(struct spellings *spellings) {
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        ledger_heavy_done(&spellings->tables[i]);
}

uint64_t ledger_spellings_bytes(void) {
    return LEDGER_SPELLING_COUNT * ledger_heavy_bytes();
}

void ledger_spellings_hide(struct spellings *spellings) {
    spellings->hidden = true;
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        ledger_heavy_clear(&spellings->tables[i]);
}

/* ---- counting ---- */

static void count_text(struct ledger *ledger, enum ledger_spelling which,
                       const struct heavy_key *key, const struct sender *sender, uint64_t count,
                       int64_t real_ms) {
    struct spellings *spellings = &ledger->spellings;
    if (spellings->hidden || key->text.at == NULL || count == 0 ||
        !ledger_heavy_count(&spellings->tables[which], key, sender, count, real_ms))
        return;
    uint64_t *full = &ledger->books->spellings_full[which];
    undo_word(ledger->undo, full);
    ++*full;
}

void ledger_spellings_reject(struct ledger *ledger, const struct sender *sender,
                             const struct ledger_entry *entry, uint64_t count, int64_t real_ms) {
    struct heavy_key key = {.text = entry->spelled};
    if (entry->reason == SG_REJECT_UNKNOWN_FAMILY) {
        key.of = entry->service != NULL ? entry->service->index + 1 : 0;
        count_text(ledger, LEDGER_UNKNOWN_NAMES, &key, sender, count, real_ms);
    } else if (entry->reason == SG_REJECT_UNKNOWN_LABEL && entry->family != NULL) {
        key.of = entry->family->index;
        count_text(ledger, LEDGER_UNKNOWN_LABELS, &key, sender, count, real_ms);
    }
}

/* Bits of the reason, below a folded value's label, in one number. */
enum { REASON_BITS = 8 };

void ledger_spellings_fold(struct ledger *ledger, const struct sender *sender,
                           const struct ledger_entry *entry, uint64_t count, int64_t real_ms) {
    if (entry->family == NULL || entry->label < 0)
        return;
    const struct heavy_key key = {.of = entry->family->index,
                                  .detail = (uint32_t)entry->label << REASON_BITS |
                                            (uint32_t)entry->reason,
                                  .text = entry->spelled};
    count_text(ledger, LEDGER_FOLDED_VALUES, &key, sender, count, real_ms);
}

/* ---- reading ---- */

size_t ledger_spelled_order(const struct ledger *ledger, enum ledger_spelling which,
                            uint16_t ret_places[LEDGER_SPELLED_MAX]) {
    return ledger_heavy_order(&ledger->spellings.tables[which], ret_places);
}

uint64_t ledger_spelled_left_out(const struct ledger *ledger, enum ledger_spelling which) {
    return ledger->spellings.tables[which].left_out;
}

static const struct catalog_family *
family_of(const struct ledger *ledger, enum ledger_spelling which, const struct heavy_item *item) {
    return which == LEDGER_UNKNOWN_NAMES ? NULL : ledger->set->families[item->of];
}

static const struct catalog *service_of(const struct ledger *ledger, enum ledger_spelling which,
                                        const struct heavy_item *item) {
    if (which != LEDGER_UNKNOWN_NAMES)
        return ledger->set->families[item->of]->catalog;
    return item->of > 0 ? ledger->set->catalogs[item->of - 1] : NULL;
}

bool ledger_spelled(const struct ledger *ledger, enum ledger_spelling which, size_t place,
                    int64_t real_ms, struct ledger_spelled *ret_spelled) {
    static const enum sg_reject reasons[LEDGER_SPELLING_COUNT] = {
        [LEDGER_UNKNOWN_NAMES] = SG_REJECT_UNKNOWN_FAMILY,
        [LEDGER_UNKNOWN_LABELS] = SG_REJECT_UNKNOWN_LABEL};
    const struct heavy_item *item = ledger_heavy_at(&ledger->spellings.tables[which], place);
    if (item == NULL)
        return false;
    const bool folded = which == LEDGER_FOLDED_VALUES;
    const uint32_t reason_mask = (1u << REASON_BITS) - 1;
    *ret_spelled = (struct ledger_spelled){
        .service = service_of(ledger, which, item),
        .family = family_of(ledger, which, item),
        .label = folded ? (int)(item->detail >> REASON_BITS) : -1,
        .reason = folded ? (enum sg_reject)(item->detail & reason_mask) : reasons[which],
        .text = item->text,
        .len = item->len,
        .count = item->count,
        .error = item->error,
        .first_ms = item->first_ms,
        .last_ms = item->last_ms,
        .rate = rate_read(&item->rate, real_ms),
        .sender = &item->who};
    return true;
}

bool ledger_unknown_label(const struct ledger *ledger, size_t index,
                          struct unknown_label *ret_label) {
    const struct heavy_item *item =
        ledger_heavy_at(&ledger->spellings.tables[LEDGER_UNKNOWN_LABELS], index);
    if (item == NULL)
        return false;
    *ret_label = (struct unknown_label){.family = ledger->set->families[item->of],
                                        .count = item->count - item->error,
                                        .key = item->text,
                                        .len = item->len};
    return true;
}

uint64_t ledger_unknown_sum(const struct ledger *ledger, const struct catalog_family *family) {
    const struct heavy *heavy = &ledger->spellings.tables[LEDGER_UNKNOWN_LABELS];
    const struct heavy_item *item;
    uint64_t sum = 0;
    for (size_t i = 0; (item = ledger_heavy_at(heavy, i)) != NULL; i++)
        if (item->of == family->index)
            sum += item->count - item->error;
    return sum;
}

/* ---- reject groups ----
 * rejections and folds in groups of (service, family, label, reason): when the
 * first and the last came, at what rate, and from whom. The counts are in the cells.
 *
 * The group unused for longest makes room for a new one. Nothing here is noted for undo: the next
 * process reads it as it is (ledger_restore.c), and no decision depends on it.
 */

void ledger_reject_groups_init(struct group_table *groups) {
    groups->newest = SLOTS_NONE;
    groups->oldest = SLOTS_NONE;
    slots_init(&groups->slots, LEDGER_GROUPS_MAX);
}

void ledger_reject_groups_done(struct group_table *groups) {
    slots_done(&groups->slots);
}

uint64_t ledger_reject_groups_bytes(void) {
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

/* The key of an entry's group. */
static struct group_key reject_groups_key(const struct ledger_entry *entry, enum verdict verdict) {
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

/* Take a place for a new group, in no list. */
static uint32_t take_place(struct ledger *ledger) {
    struct group_table *groups = &ledger->groups;
    if (object_reach(&groups->table, (uint64_t)groups->used + 1))
        return groups->used++;
    const uint32_t place = groups->oldest;
    groups->forgot = true;
    slots_remove(&groups->slots, key_hash(ledger, &group_at(groups, place)->key), place);
    unlink_group(groups, place);
    return place;
}

static uint32_t make(struct ledger *ledger, const struct group_key *key, uint32_t hash) {
    struct group_table *groups = &ledger->groups;
    const uint32_t place = take_place(ledger);
    struct reject_group *group = group_at(groups, place);
    *group = (struct reject_group){.key = *key};
    link_newest(groups, place);
    slots_add(&groups->slots, hash, place);
    return place;
}

struct reject_group *ledger_reject_groups_take(struct ledger *ledger, const struct group_key *key,
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
    return group_at(groups, place);
}

/* ---- counting and reading ---- */

void ledger_reject_groups_count(struct ledger *ledger, const struct sender *sender,
                                const struct ledger_entry *entry, enum verdict verdict, bool first,
                                uint64_t count, int64_t real_ms) {
    bool made;
    const struct group_key key = reject_groups_key(entry, verdict);
    struct reject_group *group = ledger_reject_groups_take(ledger, &key, &made);
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
