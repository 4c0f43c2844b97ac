#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "paths.h"
#include "rules.h"

/* One definition of a struct, union or enum. */
struct tag {
    char *name;
    char *file;
    unsigned line;
};

struct tags {
    struct tag *items;
    size_t count;
};

/* The length of the name that a line defines, and in *ret_name its start; 0 if it defines none. */
static size_t defined(const char *line, const char **ret_name) {
    static const char *const keywords[] = {"struct ", "union ", "enum "};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const size_t skip = strlen(keywords[i]);
        const char *name = line + skip;
        const size_t length = strncmp(line, keywords[i], skip) == 0 ? strcspn(name, " ") : 0;
        *ret_name = name;
        if (length > 0 && strcmp(name + length, " {") == 0)
            return length;
    }
    return 0;
}

static void read_file(struct tags *tags, const char *root, const char *file) {
    char *path = memory_text("%s/%s", root, file);
    char *text = memory_read(path);
    char *rest = text;
    for (unsigned number = 1; rest != NULL; number++) {
        const char *name = NULL;
        const size_t length = defined(strsep(&rest, "\n"), &name);
        if (length > 0) {
            tags->items = memory_grow(tags->items, tags->count, sizeof *tags->items);
            tags->items[tags->count++] = (struct tag){memory_text("%.*s", (int)length, name),
                                                      memory_text("%s", file), number};
        }
    }
    free(text);
    free(path);
}

static void read_unit(struct tags *tags, const struct tree *tree, const struct unit *unit) {
    struct paths paths = {0};
    paths_of(&paths, tree->root, &tree->facts, unit);
    for (size_t i = 0; i < paths.count; i++)
        read_file(tags, tree->root, paths.items[i]);
    paths_free(&paths);
}

static int by_name(const void *left, const void *right) {
    const struct tag *a = left;
    const struct tag *b = right;
    const int names = strcmp(a->name, b->name);
    return names != 0 ? names : strcmp(a->file, b->file);
}

static void judge_sorted(struct report *report, const struct tags *tags) {
    for (size_t i = 1; i < tags->count; i++) {
        const struct tag *a = &tags->items[i - 1];
        const struct tag *b = &tags->items[i];
        if (strcmp(a->name, b->name) == 0)
            report_wrong(report, "%s:%u: defines %s, and so does %s:%u", b->file, b->line, b->name,
                         a->file, a->line);
    }
}

static void tags_free(struct tags *tags) {
    for (size_t i = 0; i < tags->count; i++) {
        free(tags->items[i].name);
        free(tags->items[i].file);
    }
    free(tags->items);
}

void rules_tags(struct report *report, const struct tree *tree) {
    struct tags tags = {0};
    for (size_t i = 0; i < tree->facts.unit_count; i++)
        if (unit_has_folder(&tree->facts.units[i]))
            read_unit(&tags, tree, &tree->facts.units[i]);
    if (tags.count > 0)
        qsort(tags.items, tags.count, sizeof *tags.items, by_name);
    judge_sorted(report, &tags);
    tags_free(&tags);
}
