/* Lines that differ in one value from an earlier line that was folded or refused for it. */
#include "gate/shapes.h"

#include <string.h>

#include "base/heap.h"
#include "base/text.h"
#include "gate/fit.h"
#include "gate/gate_private.h"
#include "gate/labels.h"
#include "gate/number.h"
#include "gate/resolve.h"
#include "store/store.h"

bool shapes_init(struct shape **ret_shapes, const struct memory *memory) {
    *ret_shapes = memory_array(memory, SHAPES_MAX, sizeof **ret_shapes);
    return *ret_shapes != NULL;
}

uint64_t shapes_bytes(void) {
    return heap_bytes(SHAPES_MAX * sizeof(struct shape));
}

/* ---- finding ---- */

static uint64_t word_at(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* The place of a name. Choosing names that share a place gains nothing: their lines are
 * resolved. */
static struct shape *place_of(struct shape *shapes, struct sg_span name) {
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = name.len;
    if (name.len >= sizeof hash)
        hash = (word_at(name.at) * odd) ^ word_at(name.at + name.len - sizeof hash);
    return &shapes[hash * odd >> (64 - SHAPES_BITS)];
}

/* Find the line's value. False if anything else in the line differs from the shape. */
static bool find_value(const struct shape *shape, gate_scope scope, const struct sg_line *line,
                       struct sg_span *ret_value) {
    const size_t rest = (size_t)shape->before + shape->after;
    const char *key = shape->key;
    if (shape->scope_letter != known_scope_letter(scope, line) ||
        shape->name_len != line->name.len || line->tags.len <= rest ||
        line->tags.len - rest > SG_LABEL_VALUE_MAX ||
        !text_same(key, line->name.at, line->name.len) ||
        !text_same(key += line->name.len, line->tags.at, shape->before) ||
        !text_same(key + shape->before, line->tags.at + line->tags.len - shape->after,
                   shape->after))
        return false;
    *ret_value = (struct sg_span){line->tags.at + shape->before, line->tags.len - rest};
    return memchr(ret_value->at, ',', ret_value->len) == NULL;
}

/* Whether the value is folded or refused for the same reason as that of the shape. */
static bool fits_as(const struct gate *gate, const struct shape *shape,
                    const struct catalog_family *family, struct sg_span value) {
    struct store_label taken;
    const enum fit fit = fit_value(&family->labels[shape->label], value, &taken);
    if (shape->reason == SG_REJECT_LABEL_VALUE)
        return fit == (shape->series != NULL ? LABEL_FOLDS : LABEL_REFUSED);
    return fit == LABEL_FITS && taken.id < 0 &&
           !store_has_value(gate->store, family, shape->label, value.at, value.len);
}

/* ---- applying ---- */

static struct ledger_entry entry_of(const struct shape *shape,
                                    const struct catalog_family *family) {
    return (struct ledger_entry){.service = family->catalog,
                                 .family = family,
                                 .label = shape->label,
                                 .reason = (enum sg_reject)shape->reason,
                                 .waits = true};
}

static bool fold(struct gate *gate, const struct gate_line *item, const struct shape *shape,
                 const struct catalog_family *family, struct sg_span value, struct store_time now) {
    const struct sg_line *line = &item->line;
    double number;
    if (shape->series->generation != shape->generation || !sg_line_number(line, &number) ||
        store_number(gate->store, family, shape->series, number_in_unit(line, family, number),
                     line->rate, shape->item, now) != NUMBER_TAKEN)
        return false;
    struct ledger_entry entry = entry_of(shape, family);
    entry.spelled = value;
    entry.spelled_hash = resolve_spelled_hash(gate, family, shape->label, entry.reason, value);
    ledger_fold(gate->ledger, item->sender, &entry, 1);
    gate->family_samples[2 * (size_t)family->index + 1]++;
    return true;
}

static void refuse(struct gate *gate, const struct gate_line *item, const struct shape *shape,
                   const struct catalog_family *family, struct sg_span value,
                   struct store_time now) {
    const struct sg_line *line = &item->line;
    const struct ledger_entry entry = entry_of(shape, family);
    const char *at = shape->reason == SG_REJECT_LABEL_VALUE ? value.at : line->tags.at;
    ledger_reject(gate->ledger, item->sender, &entry, line->text, (size_t)(at - line->text.at),
                  sg_line_samples(line), now.real_ms);
}

bool shapes_apply(struct gate *gate, const struct gate_line *item, struct store_time now) {
    const struct sg_line *line = &item->line;
    const struct shape *shape = place_of(gate->shapes, line->name);
    struct sg_span value;
    if (gate->skip > 0 || !find_value(shape, item->origin->scope, line, &value) ||
        repeats_saw(&gate->repeats, item->hash))
        return false;
    const struct catalog_family *family = gate->set->families[shape->family];
    const bool lacked = store_room_lacked(&shape->room);
    if ((lacked && !store_room_holds(gate->store, family, &shape->room, now)) ||
        !fits_as(gate, shape, family, value))
        return false;
    if (shape->series == NULL)
        refuse(gate, item, shape, family, value, now);
    else if (!fold(gate, item, shape, family, value, now))
        return false;
    if (lacked)
        store_room_count(gate->store, &shape->room);
    repeats_see(&gate->repeats, item->hash);
    gate->misses++;
    gate->extra_units++;
    return true;
}

/* ---- remembering ---- */

/* The value that decided the outcome; empty if none did alone. The value of a label `service` may
 * also have chosen the family. */
static struct sg_span value_of(const struct sg_line *line, const struct outcome *out) {
    const bool decides =
        out->reason == SG_REJECT_LABEL_VALUE || out->reason == SG_REJECT_LABEL_OVERFLOW;
    if (!decides || out->label < 0 || !repeats_is_plain(out))
        return (struct sg_span){0};
    const char *label = out->family->labels[out->label].name;
    return strcmp(label, "service") != 0 ? labels_value(line, label) : (struct sg_span){0};
}

void shapes_note(struct shape *shapes, gate_scope scope, const struct sg_line *line,
                 const struct outcome *out) {
    const struct sg_span value = value_of(line, out);
    if (value.len == 0 || line->name.len + line->tags.len - value.len > SHAPES_KEY_MAX)
        return;
    const size_t before = (size_t)(value.at - line->tags.at);
    const size_t after = line->tags.len - before - value.len;
    struct shape *shape = place_of(shapes, line->name);
    *shape =
        (struct shape){.series = out->verdict == VERDICT_FOLDED ? out->series : NULL,
                       .room = out->room,
                       .generation = out->verdict == VERDICT_FOLDED ? out->series->generation : 0,
                       .scope_letter = known_scope_letter(scope, line),
                       .name_len = (uint16_t)line->name.len,
                       .before = (uint16_t)before,
                       .after = (uint16_t)after,
                       .family = (uint16_t)out->family->index,
                       .reason = (uint8_t)out->reason,
                       .label = (uint8_t)out->label,
                       .item = out->item};
    memcpy(shape->key, line->name.at, line->name.len);
    memcpy(shape->key + line->name.len, line->tags.at, before);
    memcpy(shape->key + line->name.len + before, value.at + value.len, after);
}
