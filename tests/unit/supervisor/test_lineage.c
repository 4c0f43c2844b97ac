/* SPDX-License-Identifier: MIT */
/* Which process is a descendant of which. */
#include "supervisor/supervisor_private.h"

#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"

TestSuite(lineage, .timeout = 300);

static int32_t parent(const char *text) {
    return child_read_parent(text, strlen(text));
}

Test(lineage, reads_the_parent) {
    cr_expect(eq(int, parent("12 (a) S 7 12 12 0"), 7));
    cr_expect(eq(int, parent("12 (a) R 9) S 8 12) Z 4194304 1"), 4194304));
    cr_expect(eq(int, parent("12 () S 0 1"), 0));
    cr_expect(eq(int, parent("12 (a) S -3 1"), 0));
    cr_expect(eq(int, parent("12 (a) S 99999999999 1"), 0));
    const char *broken[] = {"",         "12",        "12 (a",       "12 (a)",    "12 (a) ",
                            "12 (a) S", "12 (a)S 7", "12 (a) SS 7", "12 (a) S x"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        cr_expect(eq(int, parent(broken[i]), 0), "%s", broken[i]);
}

Test(lineage, knows_its_children) {
    const pid_t child = sleeping_child();
    cr_expect(child_is_descendant((int32_t)child));
    end_child(child);
    cr_expect(not(child_is_descendant((int32_t)getpid())));
    cr_expect(not(child_is_descendant((int32_t)getppid())));
    cr_expect(not(child_is_descendant(1)));
    cr_expect(not(child_is_descendant(0)));
}

static int ask_about_sibling(void *arg) {
    return child_is_descendant(*(int32_t *)arg);
}

Test(lineage, knows_those_of_others) {
    int32_t sibling = (int32_t)sleeping_child();
    cr_expect(eq(int, in_child(ask_about_sibling, &sibling), 0));
    end_child(sibling);
}
