/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

struct cases cases_load(const char *folder) {
    struct cases cases = {0};
    char path[4096];

    snprintf(path, sizeof path, "cases/proto/%s", folder);
    struct files found = files_list(path, ".in");
    cases.at = calloc(found.count + 1, sizeof *cases.at);
    if (cases.at == NULL)
        abort();
    for (size_t i = 0; i < found.count; i++) {
        struct case_file *file = &cases.at[cases.count++];
        const char *in = found.paths[i];
        size_t stem_len = strlen(in) - strlen(".in");

        file->data = files_read(in, &file->len);
        file->name = strndup(strrchr(in, '/') + 1, stem_len - (size_t)(strrchr(in, '/') + 1 - in));
        snprintf(path, sizeof path, "%.*s.expect", (int)stem_len, in);
        file->expect = files_read(path, NULL);
        if (file->data == NULL || file->name == NULL)
            abort();
    }
    files_free(&found);
    return cases;
}

void cases_free(struct cases *cases) {
    for (size_t i = 0; i < cases->count; i++) {
        free(cases->at[i].name);
        free(cases->at[i].data);
        free(cases->at[i].expect);
    }
    free(cases->at);
    *cases = (struct cases){0};
}
