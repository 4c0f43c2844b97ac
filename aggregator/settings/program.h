/*
 * program.h - a program's part in the settings: its name, what it takes, its own flags.
 */
#ifndef STATGATE_SETTINGS_PROGRAM_H
#define STATGATE_SETTINGS_PROGRAM_H

#include "settings/settings.h"

/** A flag of one program that is no setting: no variable, no key. It hides a setting's flag of that
 * name. */
struct settings_own_flag {
    const char *name;     /**< "json", without its dashes */
    const char *argument; /**< "UID"; NULL: a switch, given or not */
    const char *help;
};

struct settings_program {
    const char *name;  /**< "statgated" */
    const char *usage; /**< what follows the name: "[flags]", "check [flags] CATALOG..." */
    const char *about; /**< a paragraph for --help */
    /** SETTING_BIT()s: other flags are refused, other variables ignored. The file may hold all
     * settings; without SETTING_BIT(config) none is read. */
    uint32_t allowed;
    bool takes_words;                    /**< false: arguments that are no flags are refused */
    const struct settings_own_flag *own; /**< ended by one without a name; NULL: none */
    const char *examples;                /**< the last lines of --help; NULL: none */
};

/** What the arguments ask for. */
enum settings_outcome { SETTINGS_OK, SETTINGS_HELP, SETTINGS_VERSION, SETTINGS_ERROR };

#endif
