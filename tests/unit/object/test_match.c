/* SPDX-License-Identifier: MIT */
/* Finding the families of an image among the present ones. */
#include <string.h>

#include "assertions.h"
#include "object/object.h"
#include "stage.h"

static struct stage stage;
static struct image image;
static struct catalog_set now; /* the present set: equal, until a test changes it */
static struct match *match;

static void init(void) {
    stage_init(&stage);
    stage_set(&now);
    stage_open(&stage, &image);
}

static void done(void) {
    object_match_free(match);
    catalog_set_done(&now);
    stage_close(&stage, &image);
    stage_done(&stage);
}

TestSuite(match, .init = init, .fini = done, .timeout = 300);

static void make(void) {
    struct error error;
    match = object_match_new(&image, &now, &error);
    cr_assert(match != NULL, "%s", error.text);
}

enum { COUNTER, HISTOGRAM, STATESET, COUNT };

static struct catalog_label *label_of(uint32_t family, uint32_t label) {
    return &((struct catalog_label *)(uintptr_t)now.families[family]->labels)[label];
}

static void expect_none(uint32_t family) {
    make();
    cr_expect(object_match_family(match, family) == NULL);
    cr_expect(eq(u32, object_match_former(match, now.families[family]), OBJECT_NONE));
    for (uint32_t i = 0; i < COUNT; i++)
        cr_expect(i == family || object_match_family(match, i) != NULL);
}

/* The family starts again for this reason, which counts, and no other does. */
static void expect_again(uint32_t family, enum match_reason reason) {
    const struct catalog_family *again = NULL;
    enum match_reason found = MATCH_REASON_COUNT;
    size_t at = 0;
    expect_none(family);
    cr_expect(object_match_next_restarted(match, &at, &again, &found));
    cr_expect(eq(ptr, (void *)(uintptr_t)again, now.families[family]));
    cr_expect(not(object_match_next_restarted(match, &at, &again, &found)));
    cr_expect(eq(int, found, reason));
    for (int i = 0; i < MATCH_REASON_COUNT; i++)
        cr_expect(eq(u64, object_match_restarted(match, (enum match_reason)i), i == (int)reason));
}

/* Expects that a family no longer exists, and is not counted as one that starts again. */
static void expect_gone(uint32_t family) {
    const struct catalog_family *again;
    enum match_reason found;
    size_t at = 0;
    expect_none(family);
    cr_expect(not(object_match_next_restarted(match, &at, &again, &found)));
    for (int i = 0; i < MATCH_REASON_COUNT; i++)
        cr_expect(eq(u64, object_match_restarted(match, (enum match_reason)i), 0));
}

Test(match, takes_no_family_of_another_name) {
    now.families[COUNTER]->name = "d_total";
    expect_gone(COUNTER);
}

Test(match, takes_no_family_of_another_service) {
    now.catalogs[1]->service = "three";
    expect_gone(STATESET);
    cr_expect(object_match_catalog(match, 1) == NULL);
}

Test(match, takes_no_family_of_another_kind) {
    now.families[COUNTER]->kind = &catalog_kind_rows[KIND_GAUGE];
    expect_again(COUNTER, MATCH_TYPE);
}

Test(match, takes_no_family_with_another_source) {
    now.families[COUNTER]->source = SOURCE_DERIVED;
    expect_again(COUNTER, MATCH_TYPE);
}

Test(match, takes_no_family_that_shows_others) {
    now.families[COUNTER]->merge = MERGE_SUM;
    expect_again(COUNTER, MATCH_MERGE);
}

Test(match, takes_no_family_with_other_labels) {
    label_of(COUNTER, 1)->name = "userid";
    expect_again(COUNTER, MATCH_LABELS);
}

Test(match, takes_no_family_with_fewer_labels) {
    now.families[COUNTER]->label_count = 1;
    expect_again(COUNTER, MATCH_LABELS);
}

Test(match, takes_no_family_with_labels_in_another_order) {
    label_of(COUNTER, 0)->name = "user";
    label_of(COUNTER, 1)->name = "colour";
    expect_again(COUNTER, MATCH_LABELS);
}

Test(match, takes_no_family_with_other_buckets) {
    static const double buckets[] = {0.1, 1, 11};
    now.families[HISTOGRAM]->buckets = buckets;
    expect_again(HISTOGRAM, MATCH_BUCKETS);
}

Test(match, takes_no_family_with_another_window) {
    now.families[HISTOGRAM]->window_ms = 1000;
    expect_again(HISTOGRAM, MATCH_WINDOW);
}

/* Labels have names in byte order: one is added in front, between or behind. */
static void add_label(uint32_t at, const char *name, int32_t default_value) {
    static struct catalog_label labels[3];
    struct catalog_family *family = now.families[COUNTER];
    for (uint32_t i = 0, from = 0; i < 3; i++)
        labels[i] = i == at ? family->labels[0] : family->labels[from++];
    labels[at].name = name;
    labels[at].default_value = default_value;
    family->labels = labels;
    family->label_count = 3;
}

Test(match, takes_no_family_with_another_label_that_has_no_default) {
    add_label(1, "cut", -1);
    expect_again(COUNTER, MATCH_LABELS);
}

/* Whatever a byte of the description is: refused, or texts within it. */
Test(match, bears_any_byte_of_the_description) {
    for (uint64_t at = 0; at < image.families_bytes; at++)
        for (unsigned byte = 0; byte < 256; byte += 5) {
            struct error error;
            unsigned char *changed = &image.bytes[image.families + at];
            const unsigned char right = *changed;
            *changed = (unsigned char)byte;
            struct match *damaged = object_match_new(&image, &now, &error);
            *changed = right;
            for (uint32_t family = 0; damaged != NULL && family < COUNT; family++)
                for (uint32_t label = 0; label < 3; label++) {
                    const char *text = "";
                    size_t len = 0;
                    volatile char last = 0;
                    for (uint32_t id = 0;
                         object_match_text(damaged, now.families[family], label, id, &text, &len);
                         id++)
                        last = len > 0 ? text[len - 1] : last;
                }
            object_match_free(damaged);
        }
}

Test(match, is_refused_when_its_description_is_cut) {
    const uint64_t bytes = image.families_bytes;
    for (uint64_t size = 0; size < bytes; size++) {
        struct error error = {0};
        image.families_bytes = size;
        cr_expect(object_match_new(&image, &now, &error) == NULL);
        cr_expect(
            eq(str, error.text, (char *)"object: its description of the families is damaged"));
    }
    image.families_bytes = bytes;
}
