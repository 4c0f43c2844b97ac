/*
 * table.h - settings.def as a table: each setting's name, kind, default and check. Private.
 */
#ifndef STATGATE_SETTINGS_TABLE_H
#define STATGATE_SETTINGS_TABLE_H

#include "settings/check.h"
#include "settings/settings.h"

enum setting_kind {
    KIND_TEXT,
    KIND_WORDS,
    KIND_CHOICE,
    KIND_FILE,
    KIND_PATHS,
    KIND_SWITCH,
    KIND_MODE,
    KIND_NUMBER
};

enum setting_group {
    GROUP_SETUP,
    GROUP_DATAGRAMS,
    GROUP_HTTP,
    GROUP_METRICS,
    GROUP_LOG,
    GROUP_COUNT
};

struct setting {
    const char *name;
    enum setting_kind kind;
    enum setting_group group;
    const char *initial; /**< default as text; NULL: worked out when settings are read */
    const char *shown;   /**< default shown to people; NULL: `initial` */
    /** FILE; a number's range 1-9; a choice's words a|b; NULL for a switch */
    const char *argument;
    setting_check *check;
    const char *help; /**< NULL: not shown */
    size_t offset;    /**< offset of the field in struct settings */
};

extern const struct setting setting_table[SETTING_COUNT];

/** "HTTP". Static. */
const char *setting_group_title(enum setting_group group);

enum { SETTING_NAME_BYTES = 64 };

/** Write `metrics-listen` or `STATGATE_METRICS_LISTEN` into `out` (SETTING_NAME_BYTES). Returns
 * `out`. */
const char *setting_flag(const struct setting *setting, char *out);
const char *setting_variable(const struct setting *setting, char *out);
/** Find the setting with this name of `len` bytes, written with `-` or `_`; NULL: none. */
const struct setting *setting_find(const char *name, size_t len);
/** The allowed setting of which this name (with `_`) could be a misspelling, or NULL. */
const struct setting *setting_nearest(const char *name, uint32_t allowed);
static inline enum setting_id setting_id(const struct setting *setting) {
    return (enum setting_id)(setting - setting_table);
}

#endif
