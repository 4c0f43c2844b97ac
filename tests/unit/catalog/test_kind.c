/* SPDX-License-Identifier: MIT */
/* The table of kinds: no row lacks a column that other code relies on. */
#include "assertions.h"
#include <string.h>

#include "catalog/catalog.h"
#include "sg_proto.h"

Test(kind, each_has_a_type_letters_and_a_state) {
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *kind = &catalog_kind_rows[i];
        cr_assert(kind->type != NULL, "kind %zu", i);
        cr_expect(kind->letters != 0 && kind->letters < 1u << SG_LETTER_COUNT, "kind %zu", i);
        cr_expect((kind->state | kind->own_state) != 0, "kind %zu", i);
    }
}

/* Machines have no lines, so they have no type in the text formats. */
Test(kind, each_has_the_words_for_its_lines) {
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *kind = &catalog_kind_rows[i];
        const bool lines = !kind->is_machine;
        cr_expect((kind->article != NULL) == lines, "kind %zu", i);
        cr_expect((kind->noun != NULL) == lines, "kind %zu", i);
        cr_expect((kind->open_metrics != NULL) == lines, "kind %zu", i);
        cr_expect((kind->text != NULL) == lines, "kind %zu", i);
        cr_expect(kind->suffix != NULL, "kind %zu", i);
        cr_expect(kind->title != NULL && kind->name != NULL && kind->sample != NULL, "kind %zu", i);
    }
}

/* Other examples are made of the family's buckets, quantiles or words
 * (statgate/docs/docs_families.c). */
Test(kind, each_has_an_example_that_no_other_column_gives) {
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *kind = &catalog_kind_rows[i];
        const bool made =
            kind->is_machine || kind->is_relayed || (kind->letters >> SG_LETTER_H & 1u);
        cr_expect((kind->examples[0] == NULL) == made, "kind %zu", i);
    }
}

/* A catalog's type is read first, and a key then decides on the kind: so all kinds of one type have
 * the same keys, and only the first may have more. */
Test(kind, keys_of_a_type_are_those_of_its_first_kind) {
    for (size_t i = 0; i < KIND_COUNT; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(catalog_kind_rows[i].type, catalog_kind_rows[j].type) == 0)
                cr_expect((catalog_kind_rows[i].keys & ~catalog_kind_rows[j].keys) == 0u, "%s",
                          catalog_kind_rows[i].type);
}

/* `merge` is the default, so it has to agree with who owns the values. */
Test(kind, values_belong_to_whom_the_state_says) {
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *kind = &catalog_kind_rows[i];
        cr_expect((kind->merge == MERGE_NONE) == (kind->state != 0), "kind %zu", i);
    }
}

Test(kind, of_one_type_only_one_takes_values_of_the_host_and_one_those_of_processes) {
    for (size_t i = 0; i < KIND_COUNT; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(catalog_kind_rows[i].type, catalog_kind_rows[j].type) == 0) {
                cr_expect(catalog_kind_rows[i].state == 0 || catalog_kind_rows[j].state == 0, "%s",
                          catalog_kind_rows[i].type);
                cr_expect(catalog_kind_rows[i].own_state == 0 ||
                              catalog_kind_rows[j].own_state == 0,
                          "%s", catalog_kind_rows[i].type);
            }
}

Test(kind, letters_are_those_of_the_protocol) {
    static const char *const expected[KIND_COUNT] = {[KIND_COUNTER] = "c",
                                                     [KIND_READING] = "g",
                                                     [KIND_GAUGE] = "g",
                                                     [KIND_UPDOWNCOUNTER] = "c g",
                                                     [KIND_HISTOGRAM] = "h d ms",
                                                     [KIND_SUMMARY] = "h d ms",
                                                     [KIND_RELAYED] = "g",
                                                     [KIND_INFO] = "g",
                                                     [KIND_STATESET] = "g",
                                                     [KIND_ATTEMPTS] = "a b",
                                                     [KIND_JOBS] = "j"};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        char letters[32] = "";
        for (unsigned letter = 0; letter < SG_LETTER_COUNT; letter++)
            if (catalog_kind_rows[i].letters >> letter & 1u) {
                strcat(letters, letters[0] ? " " : "");
                strcat(letters, sg_letter_text((enum sg_letter)letter));
            }
        cr_expect(eq(str, letters, expected[i]), "kind %zu", i);
    }
}

/* What has a state in breakers_jobs/ has no lines, and takes no numbers. */
Test(kind, machines_take_words) {
    const uint32_t words = 1u << SG_LETTER_A | 1u << SG_LETTER_B | 1u << SG_LETTER_J;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *kind = &catalog_kind_rows[i];
        cr_expect(kind->is_machine == ((kind->letters & words) != 0), "kind %zu", i);
        cr_expect(kind->is_machine == ((kind->letters & ~words) == 0), "kind %zu", i);
        cr_expect(kind->is_machine == (kind->state == STATE_MACHINE), "kind %zu", i);
    }
}

Test(kind, a_window_is_a_state) {
    for (size_t i = 0; i < KIND_COUNT; i++)
        cr_expect(catalog_kind_rows[i].has_window ==
                      ((catalog_kind_rows[i].state & STATE_WINDOW) != 0),
                  "kind %zu", i);
}
