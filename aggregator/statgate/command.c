#include "statgate/command.h"

#include <stdarg.h>
#include <stdio.h>

int command_fail(struct cli *cli, const struct command *command, int code, const char *format,
                 ...) {
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    strbuf_printf(&cli->err, "statgate %s: %s\n", command->word, text);
    return code;
}
