/* SPDX-License-Identifier: MIT */
/* Every datagram of tests/cases/proto means what the file beside it says. */
#include "assertions.h"
#include <stdlib.h>
#include <string.h>

#include "case_text.h"
#include "cases.h"

/* A folder that was moved or emptied must not pass. */
enum { CASES_MIN = 40 };

static void check_folder(const char *folder, bool valid) {
    struct cases cases = cases_load(folder);

    cr_assert(cases.count >= CASES_MIN, "%s: only %zu cases found", folder, cases.count);
    for (size_t i = 0; i < cases.count; i++) {
        struct case_file *file = &cases.at[i];
        struct case_counts counts;
        char *text = case_text(file->data, file->len, &counts);

        cr_expect(file->expect != NULL, "%s/%s: no .expect; it would be\n%s", folder, file->name,
                  text);
        if (file->expect != NULL)
            cr_expect(strcmp(text, file->expect) == 0, "%s/%s: expected\n%s--- but it is\n%s",
                      folder, file->name, file->expect, text);
        cr_expect((counts.faults == 0) == valid, "%s/%s: %zu faults", folder, file->name,
                  counts.faults);
        cr_expect(counts.mismatches == 0, "%s/%s: sg_line_samples is not what was walked", folder,
                  file->name);
        free(text);
    }
    cases_free(&cases);
}

Test(corpus, valid_datagrams_mean_what_their_file_says) {
    check_folder("valid", true);
}

Test(corpus, invalid_datagrams_are_refused_with_reason_and_offset) {
    check_folder("invalid", false);
}
