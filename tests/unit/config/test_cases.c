/* Every case of tests/cases/config reads as the file says. */
#include <glob.h>

#include "assertions.h"
#include "case_file.h"

/* A folder that was moved or emptied must not pass. */
enum { CASES_MIN = 100 };

Test(config_cases, every_case_reads_as_it_says) {
    glob_t found;
    cr_assert(eq(int, glob(STATGATE_CASES_DIR "/config/*.case", 0, NULL, &found), 0));
    cr_assert(ge(sz, found.gl_pathc, CASES_MIN));
    for (size_t i = 0; i < found.gl_pathc; i++)
        case_file_check(found.gl_pathv[i]);
    globfree(&found);
}
