/* The fast paths for lines that are not simply accepted into a series of the host. */
#include "gate/plain.h"

bool plain_own(struct gate *gate, const struct gate_line *item, struct store_time now) {
    struct known *known = item->slot;
    const struct sg_line *line = &item->line;
    const owner_id owner = item->sender->owner;
    double value;
    if (gate->skip > 0 || owners_live(gate->owners, owner) == NULL ||
        !known_matches(known, item->hash, item->origin->scope, line) ||
        known->series->generation != known->generation || !sg_line_number(line, &value))
        return false;
    const struct catalog_family *family = gate->set->families[known->family];
    const enum store_own result = store_own(gate->store, family, known->series, owner, known->item,
                                            number_as_own(line, value), now);
    gate->hits++;
    known->flags |= KNOWN_USED;
    if (result == OWN_TAKEN) {
        progress_accept(gate, item->sender, family->catalog->index, 1);
        gate->family_samples[2 * (size_t)family->index]++;
    } else {
        apply_refused(gate, item, result, now);
    }
    return true;
}

/* Apply the number of a line that was folded before. */
static bool plain_fold(struct gate *gate, const struct gate_line *item, struct repeat *repeat,
                       struct store_time now) {
    const struct sg_line *line = &item->line;
    double value;
    if (repeat->series->generation != repeat->generation || !sg_line_number(line, &value))
        return false;
    const struct catalog_family *family = gate->set->families[repeat->family];
    const double number = number_in_unit(line, family, value);
    if (store_number(gate->store, family, repeat->series, number, line->rate, repeat->item, now) !=
        NUMBER_TAKEN)
        return false;
    if (!ledger_again(gate->ledger, item->sender, &repeat->mark, 1, item->sender->last_seen_ms)) {
        const struct ledger_entry entry = repeats_entry(repeat, family, line);
        ledger_fold(gate->ledger, item->sender, &entry, 1);
    }
    gate->family_samples[2 * (size_t)family->index + 1]++;
    return true;
}

bool plain_repeat(struct gate *gate, const struct gate_line *item, struct store_time now) {
    struct repeat *repeat = item->repeat;
    if (item->slot != NULL || repeat == NULL || gate->skip > 0 || !repeat->plain ||
        !repeats_is(repeat, item->origin->scope, &item->line))
        return false;
    const bool lacked = store_room_lacked(&repeat->room);
    if (lacked &&
        !store_room_holds(gate->store, gate->set->families[repeat->family], &repeat->room, now))
        return false;
    const bool done = repeat->series != NULL
                          ? plain_fold(gate, item, repeat, now)
                          : ledger_again(gate->ledger, item->sender, &repeat->mark,
                                         sg_line_samples(&item->line), now.real_ms);
    if (!done)
        return false;
    if (lacked)
        store_room_count(gate->store, &repeat->room);
    gate->hits++;
    repeat->used = true;
    return true;
}
