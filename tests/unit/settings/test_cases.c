/* SPDX-License-Identifier: MIT */
/* Every case of tests/cases/settings reads as the file says. */
#include "assertions.h"
#include "case_file.h"
#include "files.h"

/* A folder that was moved or emptied must not pass. */
enum { CASES_MIN = 100 };

Test(settings_cases, every_case_reads_as_it_says) {
    struct files cases = files_list("cases/settings", ".case");
    cr_assert(ge(sz, cases.count, CASES_MIN));
    for (size_t i = 0; i < cases.count; i++)
        case_file_check(cases.paths[i]);
    files_free(&cases);
}
