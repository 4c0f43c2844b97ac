/* SPDX-License-Identifier: MIT */
/* Memory: each allocation fails in turn; the computed size is the size used; and if the object has
 * no room, points stay unknown. */
#include "assertions.h"
#include "fixture.h"
#include "region.h"
#include "scarce.h"

static struct fixture f;
static struct region region;
static struct object *object;

static void setup(void) {
    fixture_load(&f, fixture_catalogs);
    region_init(&region, object_bytes(&f.set) + history_object_bytes(&f.set));
    object = object_new(memory_heap(), &region.place, &f.set, region_boot);
}

static void teardown(void) {
    fixture_done(&f);
    object_free(object);
    region_done(&region);
}

TestSuite(history_memory, .init = setup, .fini = teardown);

static bool open_once(const struct memory *memory, void *arg) {
    const bool made = fixture_make(&f, memory, arg);
    history_free(f.history);
    f.history = NULL;
    return made;
}

Test(history_memory, all_of_it_is_needed) {
    cr_expect(lt(sz, 10, scarce_each(open_once, NULL)));
}

Test(history_memory, in_an_object_it_needs_less_of_the_heap) {
    cr_assert(fixture_make(&f, memory_heap(), object), "the object is large enough");
}

Test(history_memory, without_room_points_are_unknown) {
    cr_assert(fixture_make(&f, memory_heap(), object));
    pass_ms(&f, 0);
    pass(&f, 1);
    expect_curve(&f, 0, HISTORY_SAMPLES, HISTORY_SHORT, 2, "- 0");
    region.granted = 0;
    pass(&f, 1440 * 60);
    static struct history_points points;
    cr_assert(history_service_curve(f.history, 0, HISTORY_SAMPLES, HISTORY_LONG, &points));
    uint32_t known = 0;
    for (uint32_t i = 0; i < points.count; i++)
        known += points.values[i] != HISTORY_UNKNOWN;
    cr_expect(lt(u32, known, 1440));
    cr_expect(gt(u32, known, 0));
}

Test(history_memory, a_service_takes_some_56_kilobytes_and_a_family_900_bytes) {
    static const char *const alone[] = {"{\"statgate\":1,\"service\":\"alpha\",\"families\":{"
                                        "\"a_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
                                        NULL};
    struct fixture less;
    fixture_load(&less, alone);
    const uint64_t most = (UINT64_C(60) << 10) + UINT64_C(3) * 950;
    cr_expect(lt(u64, history_bytes(&f.set) - history_bytes(&less.set), most));
    fixture_done(&less);
}
