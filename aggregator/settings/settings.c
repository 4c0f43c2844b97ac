#include "settings/settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void settings_done(struct settings *settings) {
    arena_done(&settings->arena);
    memset(settings, 0, sizeof *settings);
}

const char *settings_place(const struct settings *settings, enum setting_id id) {
    return settings->places[id];
}

bool settings_fail(struct settings_error *error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    for (char *at = error->text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    return false;
}

bool settings_no_memory(struct settings_error *error) {
    return settings_fail(error, "out of memory");
}
