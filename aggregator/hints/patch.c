#include "hints/patch.h"

#include <math.h>
#include <string.h>

#include "hints/patch_family.h"
#include "hints/patch_labels.h"
#include "hints/patch_machine.h"
#include "hints/patch_room.h"
#include "hints/patch_text.h"
#include "hints/patch_values.h"

/* ---- the envelope ---- */

/* Write up to the open object of the family, or of its attempts or jobs. */
static void open_family(struct json_writer *w, const struct catalog_family *family) {
    json_open_member(w, family->section, '{');
    json_open_member(w, family->key, '{');
}

static void open_patch(struct json_writer *w, const struct catalog_family *family) {
    json_open(w, '{');
    json_member_text(w, "service", family->catalog->service);
}

static void close_patch(struct json_writer *w) {
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
}

/* ---- labels ---- */

static void write_labels(struct json_writer *w, const struct patch_labels *labels,
                         const struct patch_room *room) {
    open_patch(w, labels->family);
    patch_labels_write_ignored(w, labels->family->catalog, labels->ignored, labels->ignored_count);
    if (room->service > 0)
        json_member_u64(w, "max_series", room->service);
    if (!patch_labels_has(labels)) {
        json_close(w, '}');
        return;
    }
    open_family(w, labels->family);
    if (room->family > 0)
        json_member_u64(w, "max_series", room->family);
    patch_labels_write(w, labels);
    close_patch(w);
}

static bool read_labels(struct patch_labels *labels, const struct hints_group *group) {
    struct sg_line line;
    struct sg_fault fault;
    if (!group->folded && group->reason != SG_REJECT_LABEL_OVERFLOW && group->line.at != NULL &&
        sg_line_parse(group->line, &line, &fault) == SG_REJECT_NONE)
        return patch_labels_of_line(labels, group->family, line.tags);
    return patch_labels_of_group(labels, group);
}

static bool patch_labels(struct json_writer *w, const struct hints_world *world,
                         const struct hints_group *group) {
    struct patch_labels labels;
    struct patch_room room = {0, 0};
    if (!read_labels(&labels, group))
        return false;
    if (!patch_room_of_labels(world->set, &labels, &room) &&
        (!patch_labels_ignore(&labels) || !patch_room_of_labels(world->set, &labels, &room)))
        return false;
    if (!patch_labels_has(&labels) && labels.ignored_count == 0)
        return false;
    write_labels(w, &labels, &room);
    return true;
}

/* ---- items: states, quantiles, bounds of buckets ---- */

static bool patch_states(struct json_writer *w, const struct catalog_family *family,
                         struct sg_span state) {
    const struct catalog_label *states = family->state_label;
    if (states->value_count >= CATALOG_STATES_MAX || !patch_text_is_value(state) ||
        catalog_label_find_text(states, state.at, state.len) >= 0)
        return false;
    open_patch(w, family);
    open_family(w, family);
    json_open_member(w, "labels", '{');
    json_open_member(w, family->name, '[');
    for (uint32_t i = 0; i < states->value_count; i++)
        json_bytes(w, states->values[i].text, states->values[i].len);
    json_bytes(w, state.at, state.len);
    json_close(w, ']');
    json_close(w, '}');
    close_patch(w);
    return true;
}

/* Write the numbers in order, with one more. */
static void write_numbers(struct json_writer *w, const char *key, const double *numbers,
                          uint32_t count, double more) {
    bool written = false;
    json_open_member(w, key, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (!written && more < numbers[i])
            json_number(w, more);
        written |= more < numbers[i];
        json_number(w, numbers[i]);
    }
    if (!written)
        json_number(w, more);
    json_close(w, ']');
}

static bool patch_quantiles(struct json_writer *w, const struct catalog_family *family,
                            struct sg_span text) {
    double quantile;
    if (!sg_number_parse(text.at, text.len, &quantile) || !(quantile >= 0 && quantile <= 1) ||
        family->quantile_count >= CATALOG_QUANTILES_MAX)
        return false;
    open_patch(w, family);
    open_family(w, family);
    write_numbers(w, "quantiles", family->quantiles, family->quantile_count, quantile);
    close_patch(w);
    return true;
}

/* Write buckets with a negative bound: then a histogram takes negative numbers. */
static bool patch_buckets(struct json_writer *w, const struct catalog_family *family,
                          struct sg_span text) {
    double number;
    if (!(family->kind->keys & KEY_BUCKETS) || family->allow_negative ||
        family->bucket_count >= CATALOG_BUCKETS_MAX ||
        !sg_number_parse(text.at, text.len, &number) || !(number < 0) || !isfinite(number))
        return false;
    open_patch(w, family);
    open_family(w, family);
    write_numbers(w, "buckets", family->buckets, family->bucket_count, number);
    close_patch(w);
    return true;
}

/* ---- attempts and jobs ---- */

static bool patch_outcomes(struct json_writer *w, const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    struct patch_outcomes outcomes;
    struct patch_room room;
    if (!patch_machine_lacks(group, &outcomes) ||
        !patch_room_of_more(family->catalog, outcomes.count * family->combinations, &room))
        return false;
    open_patch(w, family);
    if (room.service > 0)
        json_member_u64(w, "max_series", room.service);
    open_family(w, family);
    patch_machine_write_more(w, family->attempts, &outcomes);
    close_patch(w);
    return true;
}

static bool patch_live(struct json_writer *w, const struct hints_world *world,
                       const struct catalog_family *family) {
    if (family->jobs->max_live > CATALOG_LIVE_MAX / 2 ||
        !patch_room_has_live(world->set, family->jobs->max_live))
        return false;
    open_patch(w, family);
    open_family(w, family);
    json_member_u64(w, "max_live", 2 * (uint64_t)family->jobs->max_live);
    close_patch(w);
    return true;
}

/* ---- series ---- */

static bool patch_series(struct json_writer *w, const struct catalog_family *family) {
    struct patch_room room = {0, 0};
    const uint64_t twice = 2 * family->bound;
    const uint64_t wanted = twice < family->combinations ? twice : family->combinations;
    if (wanted <= family->bound || !patch_room_of_series(family, wanted, &room))
        return false;
    open_patch(w, family);
    if (room.service > 0)
        json_member_u64(w, "max_series", room.service);
    open_family(w, family);
    json_member_u64(w, "max_series", wanted);
    close_patch(w);
    return true;
}

/* ---- the rest of the line ---- */

/* Whether the rest of the line fits: with the patch applied, the line must not be refused for
 * another reason. */
static bool rest_fits(const struct hints_group *group) {
    struct sg_line line;
    struct sg_fault fault;
    if (group->line.at == NULL || sg_line_parse(group->line, &line, &fault) != SG_REJECT_NONE)
        return true;
    if (group->reason == SG_REJECT_BAD_VALUE)
        return patch_values_are_numbers(group->family, &line);
    const bool of_item = group->reason == SG_REJECT_LABEL_VALUE && group->label.at == NULL;
    return patch_values_fit(group->family, &line) &&
           (!of_item || patch_labels_are_right(group->family, line.tags));
}

/* ---- by reason ---- */

static bool is_known(struct sg_span span) {
    return span.at != NULL;
}

static bool patch_value(struct json_writer *w, const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    if (!is_known(group->value))
        return false;
    if (family->attempts != NULL)
        return !is_known(group->label) && patch_outcomes(w, group);
    return patch_buckets(w, family, group->value);
}

static bool patch_label_value(struct json_writer *w, const struct hints_world *world,
                              const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    if (is_known(group->label))
        return patch_labels(w, world, group);
    if (!is_known(group->value))
        return false;
    if (family->state_label != NULL)
        return patch_states(w, family, group->value);
    return family_is_relayed(family) && patch_quantiles(w, family, group->value);
}

static bool patch_family(struct json_writer *w, const struct hints_world *world,
                         const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    if (family->catalog->internal || family->source == SOURCE_DERIVED || !rest_fits(group))
        return false;
    switch (group->reason) {
    case SG_REJECT_UNKNOWN_LABEL:
    case SG_REJECT_MISSING_LABEL:
    case SG_REJECT_LABEL_OVERFLOW:
        return patch_labels(w, world, group);
    case SG_REJECT_LABEL_VALUE:
        return patch_label_value(w, world, group);
    case SG_REJECT_SERIES_LIMIT:
        return family->jobs != NULL ? patch_live(w, world, family) : patch_series(w, family);
    case SG_REJECT_BAD_VALUE:
        return patch_value(w, group);
    default: /* the sender's or the host's fault */
        return false;
    }
}

bool hints_patch(struct strbuf *out, const struct hints_world *world,
                 const struct hints_group *group) {
    struct json_writer w = {.out = out};
    const size_t before = out->len;
    if (group->family != NULL ? patch_family(&w, world, group)
                              : group->reason == SG_REJECT_UNKNOWN_FAMILY &&
                                    patch_family_write(&w, world, group->line))
        return true;
    out->len = before;
    return false;
}
