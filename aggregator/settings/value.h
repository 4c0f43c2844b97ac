/*
 * value.h - turns texts into values: every source goes through here, so that the same rules hold
 * for all. Private.
 */
#ifndef STATGATE_SETTINGS_VALUE_H
#define STATGATE_SETTINGS_VALUE_H

#include "settings/table.h"

/** One value on its way into the settings. */
struct setting_input {
    const struct setting *setting;
    enum settings_source source;
    const char *place; /**< borrowed */
};

/** Check and set a value; items of a list add up while they come from one source. False with
 * *ret_error set. */
bool setting_set(struct settings *settings, const struct setting_input *input, const char *text,
                 struct error *ret_error);
/** Set a list to no items. */
bool setting_clear(struct settings *settings, const struct setting_input *input,
                   struct error *ret_error);
/** Append a copy of a string to a list. False: out of memory. */
bool settings_list_add(struct arena *arena, struct settings_list *list, const char *text);

#endif
