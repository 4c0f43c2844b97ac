#include "endpoint/build.h"

bool build_fail(const struct build *build, const char *place, const char *format, ...) {
    va_list args;
    error_set(build->error, "%s: ", place);
    va_start(args, format);
    error_vadd(build->error, format, args);
    va_end(args);
    return false;
}

bool build_no_memory(const struct build *build) {
    return error_no_memory(build->error);
}
