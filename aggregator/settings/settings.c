#include "settings/settings.h"

#include <string.h>

void settings_done(struct settings *settings) {
    arena_done(&settings->arena);
    memset(settings, 0, sizeof *settings);
}

const char *settings_place(const struct settings *settings, enum setting_id id) {
    return settings->places[id];
}
