/* SPDX-License-Identifier: MIT */
/* Each allocation fails in turn. */
#include <sys/socket.h>
#include <unistd.h>

#include "commander.h"
#include "place.h"
#include "scarce.h"

TestSuite(control_memory, .init = place_make, .fini = place_remove);

static bool attempt(const struct memory *memory, void *arg) {
    struct commander commander;
    struct error why;
    (void)arg;
    commander_init(&commander);
    commander.control = control_open(memory, &commander.loop, &commander.options, &why);
    const bool open = commander.control != NULL;
    const char *answer = open ? commander_ask(&commander, "reload\n") : "";
    const bool good = strcmp(answer, "ok done\n") == 0;
    cr_expect(good || *answer == '\0' || strstr(answer, "out of memory") != NULL, "%s", answer);
    cr_expect(strncmp(answer, "error failed", 12) != 0 ||
              control_no_memory(commander.control) == 1);
    commander_close(&commander);
    return good;
}

Test(control_memory, an_allocation_that_fails_costs_an_answer_at_most) {
    cr_expect(ge(sz, scarce_each(attempt, NULL), 4));
}
