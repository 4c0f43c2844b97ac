/* SPDX-License-Identifier: MIT */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"

static void rewrite(const char *folder, const char *name, const struct strbuf *text) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (text->len == 0) {
        (void)unlink(path);
        return;
    }
    files_write(path, text->data, text->len);
}

void golden_expect(const char *folder, const char *name, struct strbuf *text) {
    if (getenv("STATGATE_UPDATE")) {
        rewrite(folder, name, text);
        return;
    }
    char *expected = files_read_in(folder, name);
    cr_expect(eq(str, (char *)strbuf_cstr(text), expected ? expected : (char *)""), "%s/%s", folder,
              name);
    free(expected);
}

void golden_each(const char *kind, size_t least, void (*check)(const char *folder)) {
    char root[256];
    (void)snprintf(root, sizeof root, "cases/statgate/%s", kind);
    struct files folders = files_list(root, "");
    for (size_t i = 0; i < folders.count; i++)
        check(folders.paths[i]);
    cr_expect(ge(sz, folders.count, least));
    files_free(&folders);
}
