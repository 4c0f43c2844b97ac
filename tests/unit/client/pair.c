/* SPDX-License-Identifier: MIT */
#include "pair.h"
#include "assertions.h"

struct statgate sg;
int receiver = -1;

void pair_open(void) {
    fixture_init();
    receiver = receiver_bind(fixture_path("s"));
    cr_assert(statgate_open(&sg, fixture_path("s")));
}

void pair_close(void) {
    statgate_close(&sg);
    close(receiver);
    fixture_done();
}
