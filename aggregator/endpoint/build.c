/*
 * build.c - see build.h.
 */
#include "endpoint/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void build_add(const struct build *build, const char *format, ...) {
    const size_t len = strlen(build->error);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(build->error + len, build->error_size - len, format, args);
    va_end(args);
}

bool build_fail(const struct build *build, const char *place, const char *format, ...) {
    build->error[0] = '\0';
    if (place[0] != '\0')
        build_add(build, "%s: ", place);
    const size_t len = strlen(build->error);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(build->error + len, build->error_size - len, format, args);
    va_end(args);
    return false;
}

bool build_no_memory(const struct build *build) {
    return build_fail(build, "", "out of memory");
}
