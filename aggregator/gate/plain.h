/*
 * plain.h - the fast paths for the most frequent lines: known lines with one number, for a series
 * that the host shares or for the sender's part; and lines folded or refused before. Private to
 * gate/.
 */
#ifndef STATGATE_GATE_PLAIN_H
#define STATGATE_GATE_PLAIN_H

#include "gate/apply.h"
#include "gate/gate_private.h"
#include "gate/number.h"
#include "gate/progress.h"
#include "store/store.h"

/* Do what apply_line would do with a plain line. False if the line is not plain, or is refused;
 * nothing was changed. */
static inline bool plain_apply(struct gate *gate, const struct gate_line *item,
                               struct store_time now) {
    struct known *known = item->slot;
    const struct sg_line *line = &item->line;
    double value;
    if (known == NULL || (known->flags & ~KNOWN_USED) != KNOWN_PLAIN || gate->skip > 0 ||
        !known_matches(known, item->hash, item->origin->scope, line) ||
        known->series->generation != known->generation || !sg_line_number(line, &value))
        return false;
    const struct catalog_family *family = gate->set->families[known->family];
    const double number = number_in_unit(line, family, value);
    if (store_number(gate->store, family, known->series, number, line->rate, known->item, now) !=
        NUMBER_TAKEN)
        return false;
    gate->hits++;
    known->flags |= KNOWN_USED;
    progress_accept(gate, item->sender, family->catalog->index, 1);
    gate->family_samples[2 * (size_t)family->index]++;
    return true;
}

/* The same for a known line whose number belongs to the sender's part (plain_is_own); the store may
 * refuse it. */
bool plain_own(struct gate *gate, const struct gate_line *item, struct store_time now);
static inline bool plain_is_own(const struct gate_line *item) {
    const struct known *known = item->slot;
    return known != NULL && (known->flags & ~KNOWN_USED) == (KNOWN_PLAIN | KNOWN_OWNED);
}
/* The same for a line that was folded or refused before. */
bool plain_repeat(struct gate *gate, const struct gate_line *item, struct store_time now);

#endif
