#include "settings/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

const struct setting setting_table[SETTING_COUNT] = {
#define SETTING(name_, kind_, group_, initial_, shown_, argument_, rule_, help_)                   \
    {.name = #name_,                                                                               \
     .kind = KIND_##kind_,                                                                         \
     .group = GROUP_##group_,                                                                      \
     .initial = (initial_),                                                                        \
     .shown = (shown_),                                                                            \
     .argument = (argument_),                                                                      \
     .check = check_##rule_,                                                                       \
     .help = (help_),                                                                              \
     .offset = offsetof(struct settings, name_)},
#include "settings/settings.def"
#undef SETTING
};

_Static_assert((int)SETTING_COUNT < 32, "masks of settings have 32 bits");

const char *setting_group_title(enum setting_group group) {
    static const char *const titles[GROUP_COUNT] = {"Setup", "Datagrams", "HTTP", "Metrics", "Log"};
    return titles[group];
}

const char *setting_flag(const struct setting *setting, char *out) {
    size_t len = 0;
    for (; setting->name[len] != '\0'; len++)
        out[len] = setting->name[len] == '_' ? '-' : setting->name[len];
    out[len] = '\0';
    return out;
}

const char *setting_variable(const struct setting *setting, char *out) {
    size_t len = (size_t)snprintf(out, SETTING_NAME_BYTES, "STATGATE_");
    for (const char *at = setting->name; *at != '\0'; at++)
        out[len++] = (char)toupper((unsigned char)*at);
    out[len] = '\0';
    return out;
}

static bool is_name(const char *name, const char *text, size_t len) {
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] != name[i] && !(text[i] == '-' && name[i] == '_'))
            return false;
    return true;
}

const struct setting *setting_find(const char *name, size_t len) {
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (is_name(setting_table[i].name, name, len))
            return &setting_table[i];
    return NULL;
}

const struct setting *setting_nearest(const char *name, uint32_t allowed) {
    const char *names[SETTING_COUNT + 1];
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if ((allowed >> i & 1) != 0 && setting_table[i].help != NULL)
            names[count++] = setting_table[i].name;
    names[count] = NULL;
    const char *nearest = nearest_word(name, names);
    return nearest == NULL ? NULL : setting_find(nearest, strlen(nearest));
}
