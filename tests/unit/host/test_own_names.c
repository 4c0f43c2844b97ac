/* SPDX-License-Identifier: MIT */
/* The names of this host. */
#include "host/procinfo.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "place.h"

static void expect_names(const char *host, const char *table, const char *names) {
    struct strbuf out;
    strbuf_init(&out);
    FILE *file = fopen(place_path("hosts"), "w");
    cr_assert(file != NULL);
    fputs(table, file);
    fclose(file);
    host_own_names_put(&out, host, place_path("hosts"));
    cr_expect(eq(str, (char *)strbuf_cstr(&out), (char *)names), "%s", host);
    strbuf_done(&out);
}

TestSuite(own_names, .init = place_make, .fini = place_remove);

Test(own_names, a_name_with_a_domain_is_found_in_the_table) {
    expect_names("box", "", "box");
    expect_names("box", "127.0.0.1 localhost\n127.0.1.1\tbox.example.org box # box.not\n",
                 "box,box.example.org");
    expect_names("box", "10.0.0.1 boxer.example.org BOX.lan\n#10.0.0.2 box.gone\n", "box,BOX.lan");
    expect_names("box.example.org", "::1 box.other box.example.org.x\n",
                 "box.example.org,box,box.example.org.x");
    expect_names("box", "box.address\nbox.address box.name", "box,box.name");
}

Test(own_names, what_is_no_name_is_left_out) {
    expect_names("", "127.0.0.1 .x x\n", "");
    expect_names("(none)", "127.0.0.1 (none).x\n", "");
    expect_names("a,b", "127.0.0.1 a,b.x\n", "");
    expect_names(".lan", "127.0.0.1 .lan.x\n", "");
    expect_names("a b", "", "");
}

Test(own_names, a_table_that_is_not_there_has_none) {
    struct strbuf out;
    char host[256] = "";
    strbuf_init(&out);
    host_own_names_put(&out, "box", place_path("nowhere"));
    cr_expect(eq(str, (char *)strbuf_cstr(&out), "box"));
    strbuf_clear(&out);
    host_own_names_read(&out);
    cr_assert(eq(int, gethostname(host, sizeof host - 1), 0));
    cr_expect(strncmp(strbuf_cstr(&out), host, strlen(host)) == 0);
    strbuf_done(&out);
}
