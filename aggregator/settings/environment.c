/*
 * Other programs may use the prefix, too (Kubernetes sets STATGATE_PORT for a service of that
 * name), so an unknown variable is an error only if it looks like a misspelling.
 */
#include "settings/environment.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "settings/value.h"

static const char prefix[] = "STATGATE_";

const char *settings_getenv(char *const *environment, const char *name) {
    const size_t len = strlen(name);
    for (char *const *entry = environment; *entry != NULL; entry++)
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return *entry + len + 1;
    return NULL;
}

/* The setting that this name of a variable (without prefix, `len` bytes) is meant to be, or
 * NULL. */
static const struct setting *meant(const char *name, size_t len, uint32_t allowed) {
    char lower[SETTING_NAME_BYTES];
    if (len >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    lower[len] = '\0';
    return setting_nearest(lower, allowed);
}

static bool is_variable(const char *name, size_t len) {
    char variable[SETTING_NAME_BYTES];
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (text_is(name, len, setting_variable(&setting_table[i], variable)))
            return true;
    return false;
}

static bool refuse_misspellings(const struct settings_program *program, char *const *environment,
                                struct error *error) {
    const size_t prefix_len = sizeof prefix - 1;
    for (char *const *entry = environment; *entry != NULL; entry++) {
        const size_t len = strcspn(*entry, "=");
        if (len <= prefix_len || strncmp(*entry, prefix, prefix_len) != 0 ||
            is_variable(*entry, len))
            continue;
        const struct setting *setting =
            meant(*entry + prefix_len, len - prefix_len, program->allowed);
        char variable[SETTING_NAME_BYTES];
        if (setting != NULL)
            return error_set(error, "%.*s: unknown setting; did you mean %s?", (int)len, *entry,
                             setting_variable(setting, variable));
    }
    return true;
}

/* Set items that are separated by colons; "" is an empty list. */
static bool set_items(struct settings *settings, const struct setting_input *input,
                      const char *text, struct error *error) {
    if (*text == '\0')
        return setting_clear(settings, input, error);
    char *item = arena_alloc(&settings->arena, strlen(text) + 1);
    if (item == NULL)
        return error_no_memory(error);
    for (const char *at = text;; at++) {
        const size_t len = strcspn(at, ":");
        memcpy(item, at, len);
        item[len] = '\0';
        if (!setting_set(settings, input, item, error))
            return false;
        at += len;
        if (*at == '\0')
            return true;
    }
}

bool settings_from_environment(struct settings *settings, const struct settings_program *program,
                               char *const *environment, struct error *ret_error) {
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if ((program->allowed >> i & 1) == 0)
            continue;
        const struct setting *setting = &setting_table[i];
        char variable[SETTING_NAME_BYTES];
        const char *text = settings_getenv(environment, setting_variable(setting, variable));
        if (text == NULL)
            continue;
        const struct setting_input input = {setting, SETTINGS_ENVIRONMENT, variable};
        const bool ok = setting->kind == KIND_PATHS
                            ? set_items(settings, &input, text, ret_error)
                            : setting_set(settings, &input, text, ret_error);
        if (!ok)
            return false;
    }
    return refuse_misspellings(program, environment, ret_error);
}
