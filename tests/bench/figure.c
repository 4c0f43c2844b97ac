/* SPDX-License-Identifier: MIT */
#include "figure.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Replaces each run of bytes that a name cannot have by one `_`. */
static void clean(char *name) {
    char *out = name;
    for (const char *in = name; *in != '\0'; in++) {
        if (isalnum((unsigned char)*in) || *in == '.' || *in == '-')
            *out++ = *in;
        else if (out > name && out[-1] != '_')
            *out++ = '_';
    }
    *out = '\0';
}

void bench_figure(double value, const char *unit, const char *name, ...) {
    const char *path = getenv("STATGATE_TEST_FIGURES");
    FILE *file = path == NULL || *path == '\0' ? NULL : fopen(path, "a");
    if (file == NULL)
        return;
    char text[128];
    va_list args;
    va_start(args, name);
    (void)vsnprintf(text, sizeof text, name, args);
    va_end(args);
    clean(text);
    (void)fprintf(file, "%s %.6g %s\n", text, value, unit);
    (void)fclose(file);
}
