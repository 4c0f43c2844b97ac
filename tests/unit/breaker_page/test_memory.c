/* SPDX-License-Identifier: MIT */
/* Each allocation of a page fails in turn: then there is no page, or no file yet, and nothing is
 * left in the folder. */
#include "assertions.h"
#include "place.h"
#include "scarce.h"

#include <string.h>
#include <unistd.h>

TestSuite(breaker_page_memory, .init = place_init, .fini = place_done);

static struct breaker_page *open_writer(const struct memory *memory, struct error *ret_error) {
    return breaker_page_open(memory, place_page, NULL, 0, &place_breakers.set,
                             place_breakers.breakers_jobs, ret_error);
}

static bool open_once(const struct memory *memory, void *arg) {
    struct error error;
    (void)arg;
    struct breaker_page *writer = open_writer(memory, &error);
    const bool made = error.text[0] == '\0';
    if (!made)
        cr_expect(strstr(error.text, "out of memory") != NULL, "%s", error.text);
    cr_expect(eq(sz, place_names(), made));
    breaker_page_close(writer);
    (void)unlink(place_page);
    return made;
}

Test(breaker_page_memory, each_allocation_may_fail) {
    cr_expect(eq(sz, scarce_each(open_once, NULL), 6));
}

Test(breaker_page_memory, a_page_that_found_no_memory_comes_with_a_later_beat) {
    struct scarce scarce;
    struct error error;
    scarce_init(&scarce, SIZE_MAX);
    struct breaker_page *writer = open_writer(&scarce.memory, &error);
    cr_assert(writer != NULL);
    cr_assert(eq(int, unlink(place_page), 0));
    scarce.granted = 0;
    breaker_page_beat(writer);
    breaker_page_show(writer, 0);
    cr_expect(eq(sz, place_names(), 0));
    cr_expect(eq(sz, scarce.refused, 1));
    scarce.granted = SIZE_MAX;
    breaker_page_beat(writer);
    const struct sg_breaker_page *page = reader_map(place_page);
    cr_assert(page != NULL);
    cr_expect(eq(sz, reader_entries(page), 4));
    reader_unmap(page);
    breaker_page_close(writer);
    cr_expect(eq(sz, scarce.live, 0));
}
