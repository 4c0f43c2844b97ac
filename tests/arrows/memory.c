#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"

static void *must(void *memory) {
    if (memory == NULL) {
        fputs("arrows: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

void *memory_grow(void *items, size_t count, size_t size) {
    if ((count & (count - 1)) != 0)
        return items;
    return must(realloc(items, (count == 0 ? 1 : 2 * count) * size));
}

char *memory_read(const char *path) {
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return NULL;
    char *text = NULL;
    size_t room = 0;
    /* Up to a NUL, which no text has: the whole file. */
    if (getdelim(&text, &room, '\0', in) < 0) {
        free(text);
        text = must(calloc(1, 1));
    }
    fclose(in);
    return text;
}

char *memory_text(const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return must(length < 0 ? NULL : text);
}
