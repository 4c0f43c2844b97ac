#include <stdarg.h>

#include "report.h"

void report_wrong(struct report *report, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(report->out, format, arguments);
    va_end(arguments);
    (void)fputc('\n', report->out);
    report->count++;
}
