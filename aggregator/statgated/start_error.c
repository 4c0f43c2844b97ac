#include "statgated/start_error.h"

#include <stdarg.h>
#include <stdio.h>

bool start_error_fail(struct start_error *ret_error, int exit_code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(ret_error->text, sizeof ret_error->text, format, args);
    va_end(args);
    ret_error->exit_code = exit_code;
    return false;
}
