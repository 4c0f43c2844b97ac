/* SPDX-License-Identifier: MIT */
/* PROTOCOL.md: the parser accepts its examples, and its tables are complete. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case_text.h"
#include "files.h"
#include "sg_proto.h"

/* The document, terminated, new. */
static char *document(void) {
    char *text = files_read("../proto/PROTOCOL.md", NULL);

    cr_assert(text != NULL);
    return text;
}

Test(protocol_doc, every_example_is_well_formed) {
    static const char fence[] = "```statgate\n";
    char *text = document();
    size_t lines = 0;

    for (char *at = text; (at = strstr(at, fence)) != NULL;) {
        at += strlen(fence);
        char *end = strstr(at, "```");
        cr_assert(end != NULL);
        for (char *line = at; line < end;) {
            char *stop = memchr(line, '\n', (size_t)(end - line));
            if (stop == NULL)
                break;
            line += strspn(line, " "); /* a block inside a list */
            struct case_counts counts;
            char *meaning = case_text(line, (size_t)(stop - line), &counts);
            cr_expect(counts.faults == 0, "%.*s\n%s", (int)(stop - line), line, meaning);
            free(meaning);
            lines += counts.lines;
            line = stop + 1;
        }
        at = end;
    }
    cr_expect(lines >= 10, "only %zu examples found", lines);
    free(text);
}

Test(protocol_doc, every_reason_and_letter_is_in_a_table) {
    char *text = document();
    char cell[64];

    for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++) {
        snprintf(cell, sizeof cell, "\n| `%s` | ", sg_reject_label((enum sg_reject)reason));
        cr_expect(strstr(text, cell) != NULL, "%s", cell);
    }
    for (int letter = 0; letter < SG_LETTER_COUNT; letter++) {
        snprintf(cell, sizeof cell, "%%s\"%s\"", sg_letter_text((enum sg_letter)letter));
        cr_expect(strstr(text, cell) != NULL, "%s", cell);
    }
    free(text);
}

Test(protocol_doc, the_limits_are_those_of_the_header) {
    char *text = document();
    char row[80];

    snprintf(row, sizeof row, "| line | %d bytes", SG_LINE_MAX);
    cr_expect(strstr(text, row) != NULL, "%s", row);
    snprintf(row, sizeof row, "| name | %d bytes", SG_NAME_MAX);
    cr_expect(strstr(text, row) != NULL, "%s", row);
    snprintf(row, sizeof row, "| label key | %d bytes", SG_NAME_MAX);
    cr_expect(strstr(text, row) != NULL, "%s", row);
    snprintf(row, sizeof row, "| label value | %d bytes", SG_LABEL_VALUE_MAX);
    cr_expect(strstr(text, row) != NULL, "%s", row);
    snprintf(row, sizeof row, "| labels of a line | %d,", SG_LABELS_MAX);
    cr_expect(strstr(text, row) != NULL, "%s", row);
    snprintf(row, sizeof row, "| datagram | %d bytes", SG_DATAGRAM_MAX);
    cr_expect(strstr(text, row) != NULL, "%s", row);
    free(text);
}
