#include "cases.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file and a terminator behind it; NULL when there is none. */
static char *read_file(const char *path, size_t *ret_len) {
    FILE *file = fopen(path, "rb");
    char *data = NULL;
    size_t len = 0;
    char block[4096];
    size_t got;

    if (file == NULL)
        return NULL;
    do {
        got = fread(block, 1, sizeof block, file);
        data = realloc(data, len + got + 1);
        if (data == NULL)
            abort();
        memcpy(data + len, block, got);
        len += got;
    } while (got == sizeof block);
    data[len] = '\0';
    fclose(file);
    *ret_len = len;
    return data;
}

struct cases cases_load(const char *folder) {
    struct cases cases = {0};
    char path[4096];
    glob_t found;

    snprintf(path, sizeof path, "%s/proto/%s/*.in", STATGATE_CASES_DIR, folder);
    int status = glob(path, 0, NULL, &found);
    if (status == GLOB_NOMATCH)
        return cases;
    if (status != 0)
        abort();
    cases.at = calloc(found.gl_pathc, sizeof *cases.at);
    if (cases.at == NULL)
        abort();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct case_file *file = &cases.at[cases.count++];
        const char *in = found.gl_pathv[i];
        size_t stem_len = strlen(in) - strlen(".in");
        size_t expect_len;

        file->data = read_file(in, &file->len);
        file->name = strndup(strrchr(in, '/') + 1, stem_len - (size_t)(strrchr(in, '/') + 1 - in));
        snprintf(path, sizeof path, "%.*s.expect", (int)stem_len, in);
        file->expect = read_file(path, &expect_len);
        if (file->data == NULL || file->name == NULL)
            abort();
    }
    globfree(&found);
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
