#include "statgate/gen/choices.h"

#include <string.h>

#include "base/num.h"
#include "statgate/gen/text.h"

/* ---- what they hold ---- */

bool gen_choice_is_listed(const struct catalog_label *label) {
    return label->kind == LABEL_VALUES && !catalog_label_is_outside(label);
}

size_t gen_choice_longest(const struct gen_choice *choice) {
    size_t longest = 0;
    for (uint32_t i = 0; i < choice->count; i++) {
        const size_t len = strlen(choice->wires[i]);
        longest = len > longest ? len : longest;
    }
    return longest;
}

static struct gen_choice *add(struct gen_plan *plan, struct gen_family *family, const char *key,
                              uint32_t count) {
    struct gen_choice *choice = &family->choices[family->choice_count];
    choice->key = key;
    choice->constants = arena_array(&plan->arena, count, sizeof *choice->constants);
    choice->wires = arena_array(&plan->arena, count, sizeof *choice->wires);
    choice->shown = arena_array(&plan->arena, count, sizeof *choice->shown);
    if (choice->constants == NULL || choice->wires == NULL || choice->shown == NULL)
        return NULL;
    choice->count = count;
    family->choice_count++;
    return choice;
}

static bool add_label(struct gen_plan *plan, struct gen_family *family,
                      const struct catalog_label *label) {
    struct gen_choice *choice = add(plan, family, label->name, label->value_count);
    for (uint32_t i = 0; choice != NULL && i < choice->count; i++) {
        choice->wires[i] = catalog_label_wire(label, i);
        choice->shown[i] = label->values[i].text;
    }
    return choice != NULL;
}

static bool add_words(struct gen_plan *plan, struct gen_family *family, const char *key,
                      const char *const *words, uint32_t count) {
    struct gen_choice *choice = add(plan, family, key, count);
    for (uint32_t i = 0; choice != NULL && i < count; i++) {
        choice->wires[i] = words[i];
        choice->shown[i] = words[i];
    }
    return choice != NULL;
}

static bool add_quantiles(struct gen_plan *plan, struct gen_family *family) {
    const char *texts[CATALOG_QUANTILES_MAX];
    for (uint32_t i = 0; i < family->family->quantile_count; i++) {
        char text[NUM_TEXT_MAX];
        texts[i] =
            arena_strndup(&plan->arena, text, num_put_go(text, family->family->quantiles[i]));
        if (texts[i] == NULL)
            return false;
    }
    return add_words(plan, family, "quantile", texts, family->family->quantile_count);
}

static bool add_attempts(struct gen_plan *plan, struct gen_family *family) {
    const struct catalog_attempts *attempts = family->family->attempts;
    const char *states[BREAKER_STATE_COUNT];
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        states[i] = catalog_breaker_state_text((enum breaker_state)i);
    return add_words(plan, family, "outcome", attempts->words, attempts->word_count) &&
           (!attempts->breaker.reported ||
            add_words(plan, family, "state", states, BREAKER_STATE_COUNT));
}

bool gen_choices_make(struct gen_plan *plan, struct gen_family *family) {
    static const char *const events[] = {"queued", "started", "succeeded", "failed", "canceled"};
    const struct catalog_family *declared = family->family;
    family->choices =
        arena_array(&plan->arena, declared->label_count + 2u, sizeof *family->choices);
    if (family->choices == NULL)
        return false;
    for (uint32_t i = 0; i < declared->label_count; i++)
        if (gen_choice_is_listed(&declared->labels[i]) &&
            !add_label(plan, family, &declared->labels[i]))
            return false;
    if (declared->state_label != NULL)
        return add_label(plan, family, declared->state_label);
    if (declared->attempts != NULL)
        return add_attempts(plan, family);
    if (declared->jobs != NULL)
        return add_words(plan, family, "event", events, sizeof events / sizeof *events);
    return !family_is_relayed(declared) || add_quantiles(plan, family);
}

/* Search from the end: words come after the labels, and a label may have the same name. */
const struct gen_choice *gen_choice_of_words(const struct gen_family *family, const char *key) {
    for (uint32_t i = family->choice_count; i > 0; i--)
        if (strcmp(family->choices[i - 1].key, key) == 0)
            return &family->choices[i - 1];
    return NULL;
}

/* ---- what they are called ---- */

void gen_choices_name_tags(struct gen_plan *plan, struct gen_family *family) {
    for (uint32_t i = 0; i < family->choice_count; i++) {
        struct gen_choice *choice = &family->choices[i];
        strbuf_printf(&plan->scratch, "%s_", family->stem);
        gen_put_identifier(&plan->scratch, choice->key);
        choice->tag = gen_names_take_buffer(&plan->names, &plan->scratch);
        strbuf_printf(&plan->scratch, "%s_text_", choice->tag);
        choice->text = gen_names_take_buffer(&plan->names, &plan->scratch);
    }
}

void gen_choices_name_constants(struct gen_plan *plan, struct gen_family *family) {
    for (uint32_t i = 0; i < family->choice_count; i++) {
        struct gen_choice *choice = &family->choices[i];
        for (uint32_t j = 0; j < choice->count; j++) {
            gen_put_capitals(&plan->scratch, choice->tag);
            strbuf_putc(&plan->scratch, '_');
            gen_put_capitals(&plan->scratch, choice->shown[j]);
            choice->constants[j] = gen_names_take_buffer(&plan->names, &plan->scratch);
        }
    }
}
