#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "includes.h"
#include "memory.h"

/* Takes `..` and the folder before it out of a path, in place. */
static void shorten(char *path) {
    for (char *up; (up = strstr(path, "/../")) != NULL;) {
        *up = '\0';
        char *before = strrchr(path, '/');
        char *to = before != NULL ? before + 1 : path;
        memmove(to, up + 4, strlen(up + 4) + 1);
    }
}

static char *found(const char *root, char *header) {
    char *path = memory_text("%s/%s", root, header);
    const bool there = access(path, R_OK) == 0;
    free(path);
    if (there) {
        shorten(header);
        return header;
    }
    free(header);
    return NULL;
}

static char *find(const char *root, const char *file, const struct words *folders, const char *text,
                  bool quoted) {
    const char *slash = strrchr(file, '/');
    if (quoted && slash != NULL) {
        char *header = found(root, memory_text("%.*s/%s", (int)(slash - file), file, text));
        if (header != NULL)
            return header;
    }
    for (size_t i = 0; i < folders->count; i++) {
        char *header = found(root, memory_text("%s/%s", folders->items[i], text));
        if (header != NULL)
            return header;
    }
    return NULL;
}

/* What a line includes, cut out of the line in place; NULL if it is no #include of a file. */
static char *included(char *line, bool *quoted) {
    line += strspn(line, " \t");
    if (*line != '#')
        return NULL;
    line += 1 + strspn(line + 1, " \t");
    if (strncmp(line, "include", 7) != 0)
        return NULL;
    line += 7 + strspn(line + 7, " \t");
    *quoted = *line == '"';
    char *end = *line == '"' || *line == '<' ? strpbrk(line + 1, "\">") : NULL;
    if (end == NULL)
        return NULL;
    *end = '\0';
    return line + 1;
}

void includes_read(const char *root, const char *file, const struct words *folders,
                   include_seen *seen, void *context) {
    char *path = memory_text("%s/%s", root, file);
    char *text = memory_read(path);
    char *rest = text;
    for (unsigned number = 1; rest != NULL; number++) {
        bool quoted = false;
        const char *header = included(strsep(&rest, "\n"), &quoted);
        if (header != NULL) {
            char *place = find(root, file, folders, header, quoted);
            seen(context, &(struct include){file, number, header, quoted, place});
            free(place);
        }
    }
    free(text);
    free(path);
}
