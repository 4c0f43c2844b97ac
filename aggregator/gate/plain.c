/* The fast path of lines that were folded or refused before. */
#include "gate/plain.h"

/* A number of a line that was folded before. */
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
