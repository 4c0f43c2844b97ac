#include "statgated/start_error.h"

#include <stdarg.h>

bool start_error_fail(struct start_error *ret_error, int exit_code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    error_clear(&ret_error->error);
    error_vadd(&ret_error->error, format, args);
    va_end(args);
    ret_error->exit_code = exit_code;
    return false;
}

void start_error_done(struct start_error *error) {
    mistakes_messages_done(&error->more);
}
