#include "golden.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assertions.h"

char *golden_read(const char *folder, const char *name) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    struct strbuf text;
    strbuf_init(&text);
    char part[4096];
    size_t got;
    while ((got = fread(part, 1, sizeof part, file)) > 0)
        strbuf_put(&text, part, got);
    (void)fclose(file);
    char *copy = strdup(strbuf_cstr(&text));
    strbuf_done(&text);
    return copy;
}

static void rewrite(const char *folder, const char *name, const struct strbuf *text) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (text->len == 0) {
        (void)unlink(path);
        return;
    }
    FILE *file = fopen(path, "wb");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    (void)fwrite(text->data, 1, text->len, file);
    (void)fclose(file);
}

void golden_expect(const char *folder, const char *name, struct strbuf *text) {
    if (getenv("STATGATE_UPDATE")) {
        rewrite(folder, name, text);
        return;
    }
    char *expected = golden_read(folder, name);
    cr_expect(eq(str, (char *)strbuf_cstr(text), expected ? expected : (char *)""), "%s/%s", folder,
              name);
    free(expected);
}

void golden_each(const char *kind, size_t least, void (*check)(const char *folder)) {
    char root[256];
    struct dirent **entries;
    (void)snprintf(root, sizeof root, "cases/cli/%s", kind);
    const int count = scandir(root, &entries, NULL, alphasort);
    cr_assert(ge(int, count, 0), "%s", root);
    size_t checked = 0;
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            char folder[520];
            (void)snprintf(folder, sizeof folder, "%s/%s", root, entries[i]->d_name);
            check(folder);
            checked++;
        }
        free(entries[i]);
    }
    free(entries);
    cr_expect(ge(sz, checked, least));
}
