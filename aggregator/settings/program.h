/*
 * program.h - describes a program to the settings: its name, the settings it takes, its own flags.
 */
#ifndef STATGATE_SETTINGS_PROGRAM_H
#define STATGATE_SETTINGS_PROGRAM_H

#include "settings/settings.h"

/** A flag of one program that is not a setting and has no variable and no key. It hides a setting's
 * flag of the same name. */
struct settings_own_flag {
    const char *name;     /**< "json", without dashes */
    const char *argument; /**< "UID"; NULL: a switch without a value */
    const char *help;
};

struct settings_program {
    const char *name;  /**< "statgated" */
    const char *usage; /**< text after the name: "[flags]", "check [flags] CATALOG..." */
    const char *about; /**< a paragraph for --help */
    /** SETTING_BIT()s: other flags are refused, other variables ignored. The configuration file may
     * hold all settings; without SETTING_BIT(config) no file is read. */
    uint32_t allowed;
    bool takes_words;                    /**< false: arguments that are not flags are refused */
    const struct settings_own_flag *own; /**< ends with an item without a name; NULL: none */
    const char *examples;                /**< the last lines of --help; NULL: none */
};

/** What the arguments ask for. */
enum settings_outcome { SETTINGS_OK, SETTINGS_HELP, SETTINGS_VERSION, SETTINGS_ERROR };

#endif
