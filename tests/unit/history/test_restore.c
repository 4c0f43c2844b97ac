/* SPDX-License-Identifier: MIT */
/* Curves of another process: unchanged, under the present catalogs and at the present time, and not
 * believed beyond that. */
#include <string.h>

#include "assertions.h"
#include "fixture.h"
#include "object/object.h"
#include "region.h"

static struct fixture old;
static struct fixture new;
static struct region region;
static struct region new_region;
static struct object *object;
static struct object *new_object;
static struct history_points points;

static struct object *make_object(struct fixture *f, struct region *place) {
    const uint64_t blocks = UINT64_C(2) * 65536; /* a table begins one */
    region_init(place, object_bytes(&f->set) + history_object_bytes(&f->set) + blocks);
    return object_new(&place->place, &f->set, region_boot);
}

static void setup(void) {
    fixture_load(&old, fixture_catalogs);
    object = make_object(&old, &region);
    cr_assert(fixture_make(&old, object));
    pass_ms(&old, 0);
}

static void teardown(void) {
    fixture_done(&old);
    object_free(object);
    region_done(&region);
    fixture_done(&new);
    object_free(new_object);
    region_done(&new_region);
}

TestSuite(history_restore, .init = setup, .fini = teardown);

/* The next process, which begins now, with these catalogs. */
static void begin(const char *const *catalogs) {
    fixture_load(&new, catalogs);
    new_object = make_object(&new, &new_region);
    cr_assert(fixture_make(&new, new_object));
    new.mono_ms = old.mono_ms;
    new.real_ms = old.real_ms;
}

static void take(const struct image *image) {
    struct error error;
    struct match *match = object_match_new(image, &new.set, &error);
    cr_assert(ne(ptr, match, NULL), "%s", error.text);
    history_restore(new.history, image, match, new.mono_ms);
    object_match_free(match);
}

static void restore_shifted(int64_t shift_ms) {
    struct error error;
    struct image image;
    unsigned char *copy = region_copy(&region);
    cr_assert(image_open(&image, copy, region.place.size, region_boot, &error), "%s", error.text);
    image.mono_shift_ms = shift_ms;
    take(&image);
    region_drop(&region, copy);
}

/* Something of everything; the last second has 7 samples of alpha and 2 of beta. */
static void fill(void) {
    pass(&old, 20);
    for (int i = 0; i < 400; i++) {
        accepts(&old, 10, 0, 3);
        pass(&old, 1);
    }
    accepts(&old, 10, 0, 7);
    accepts(&old, 11, 1, 2);
    pass(&old, 1);
}

Test(history_restore, a_pause_is_unknown) {
    fill();
    begin(fixture_catalogs);
    new.mono_ms += 5000;
    restore_shifted(0);
    pass_ms(&new, 0);
    pass(&new, 1);
    expect_curve(&new, 0, HISTORY_SAMPLES, HISTORY_SHORT, 8, "3 7 - - - - - 0");
}

Test(history_restore, services_are_found_by_name) {
    static const char *const others[] = {"{\"statgate\":1,\"service\":\"another\",\"families\":{"
                                         "\"n_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
                                         "{\"statgate\":1,\"service\":\"beta\",\"families\":{"
                                         "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
                                         NULL};
    fill();
    begin(others);
    restore_shifted(0);
    expect_curve(&new, 1, HISTORY_SAMPLES, HISTORY_SHORT, 2, "0 2");
    expect_curve(&new, 0, HISTORY_SAMPLES, HISTORY_SHORT, 2, "- -");
    expect_curve(&new, HISTORY_ALL, HISTORY_SAMPLES, HISTORY_SHORT, 2, "3 9");
    pass_ms(&new, 0);
    pass(&new, 4);
    expect_curve(&new, 0, HISTORY_SAMPLES, HISTORY_SHORT, 5, "- 0 0 0 0");
}

Test(history_restore, times_of_another_boot_are_moved) {
    fill();
    begin(fixture_catalogs);
    new.mono_ms = 20600;
    restore_shifted(new.mono_ms - old.mono_ms);
    pass_ms(&new, 0);
    pass(&new, 1);
    expect_curve(&new, 0, HISTORY_SAMPLES, HISTORY_SHORT, 4, "3 3 7 0");
}

Test(history_restore, the_future_is_not_believed) {
    fill();
    begin(fixture_catalogs);
    restore_shifted(INT64_MAX);
    cr_assert(history_curve(new.history, 0, HISTORY_SAMPLES, HISTORY_SHORT, &points));
    for (uint32_t i = 0; i < points.count; i++)
        cr_assert(eq(u32, points.values[i], HISTORY_UNKNOWN));
    restore_shifted(5000);
    expect_curve(&new, 0, HISTORY_SAMPLES, HISTORY_SHORT, 2, "- -");
}
