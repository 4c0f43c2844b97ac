#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"

static bool is_known(const struct report *report, const char *line) {
    for (size_t i = 0; i < report->known.count; i++)
        if (strstr(line, report->known.items[i]) != NULL)
            return true;
    return false;
}

void report_wrong(struct report *report, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *line = memory_formatted(format, arguments);
    va_end(arguments);
    if (!is_known(report, line)) {
        fprintf(report->out, "%s\n", line);
        report->count++;
    }
    free(line);
}
