/* SPDX-License-Identifier: MIT */
/* Each view of /debug has a schema, and a paragraph of the manual. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"

static const char *const names[] = {
#define VIEW(id, name, about, parameters) #name,
#define DAEMON_VIEW                       VIEW
#include "view/views.def"
#undef VIEW
#undef DAEMON_VIEW
};

Test(views, each_has_a_schema_and_a_paragraph) {
    char *manual = files_read("../packaging/man/statgated.8", NULL);
    cr_assert(manual != NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "../packaging/schemas/debug-%s.schema.json", names[i]);
        char *schema = files_read(text, NULL);
        cr_expect(schema != NULL, "%s is missing", text);
        free(schema);
        (void)snprintf(text, sizeof text, "\n.It Pa /debug/%s\n", names[i]);
        cr_expect(strstr(manual, text) != NULL, "statgated(8) has no %s", text + 1);
    }
    free(manual);
}
