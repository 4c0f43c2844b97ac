/*
 * Each rule catches its fault: a case is a tree with one thing wrong, and the lines expected.
 *
 * A case is a file of parts, each after a line `== NAME`: facts, symbols, expected, and the files
 * tree/...
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "judge.h"
#include "memory.h"

/* Make the folders above a file. */
static void make_folders(char *path) {
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

/* The name of the part at `text`, cut off; *text and *length become its content. */
static const char *next_part(char **text, size_t *length) {
    static const char mark[] = "== ";
    cr_assert(eq(int, strncmp(*text, mark, strlen(mark)), 0), "a part begins with ==");
    const char *name = *text + strlen(mark);
    char *end = strchr(name, '\n');
    cr_assert(ne(ptr, end, NULL));
    const char *next = strstr(end, "\n== ");
    *text = end + 1;
    *length = next != NULL ? (size_t)(next - end) : strlen(end + 1);
    *end = '\0';
    return name;
}

static void unpack(const char *place, const char *path) {
    char *text = files_read(path, NULL);
    cr_assert(ne(ptr, text, NULL));
    size_t length = 0;
    for (char *at = text; *at != '\0'; at += length) {
        const char *name = next_part(&at, &length);
        char *file = memory_text("%s/%s", place, name);
        make_folders(file);
        files_write(file, at, length);
        free(file);
    }
    free(text);
}

static char *verdict(const char *place) {
    char *facts = memory_text("%s/facts", place);
    char *symbols = memory_text("%s/symbols", place);
    char *root = memory_text("%s/tree", place);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    const size_t count = judge(out, facts, symbols, root);
    fclose(out);
    cr_expect(eq(int, count > 0, length > 0), "%s", place);
    free(facts);
    free(symbols);
    free(root);
    return text;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

Test(arrows, cases) {
    struct files cases = files_list("arrows/cases", ".txt");
    cr_assert(gt(sz, cases.count, 5));
    for (size_t i = 0; i < cases.count; i++) {
        char place[] = "/tmp/arrows.XXXXXX";
        cr_assert(ne(ptr, mkdtemp(place), NULL));
        unpack(place, cases.paths[i]);
        char *got = verdict(place);
        char *expected = files_read_in(place, "expected");
        cr_expect(eq(str, got, expected), "%s", cases.paths[i]);
        free(got);
        free(expected);
        (void)nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    files_free(&cases);
}
