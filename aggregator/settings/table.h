/*
 * table.h - settings.def as a table, and what every file of this folder needs of it. Private.
 */
#ifndef STATGATE_SETTINGS_TABLE_H
#define STATGATE_SETTINGS_TABLE_H

#include "settings/settings.h"

enum setting_kind {
    KIND_TEXT,
    KIND_WORDS,
    KIND_CHOICE,
    KIND_LIST,
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

/** Why a text is no value of a setting, or NULL. Static. */
typedef const char *setting_check(const char *text);

struct setting {
    const char *name;
    enum setting_kind kind;
    enum setting_group group;
    const char *initial; /**< default as text; NULL: worked out */
    const char *shown;   /**< default as told to people; NULL: `initial` */
    const char
        *argument; /**< FILE; a number's range 1-9; a choice's words a|b; NULL for a switch */
    setting_check *check;
    const char *help; /**< NULL: not shown */
    size_t offset;    /**< of the field in struct settings */
};

extern const struct setting setting_table[SETTING_COUNT];

/** "HTTP". Static. */
const char *setting_group_title(enum setting_group group);

enum { SETTING_NAME_BYTES = 64 };

/** `metrics-listen` and `STATGATE_METRICS_LISTEN` at `out` (SETTING_NAME_BYTES). Return `out`. */
const char *setting_flag(const struct setting *setting, char *out);
const char *setting_variable(const struct setting *setting, char *out);
/** The setting of this name of `len` bytes with `-` or `_`, or NULL. */
const struct setting *setting_find(const char *name, size_t len);
/** The allowed setting whose name (with `_`) a slip of the pen could have turned into this, or
 * NULL. */
const struct setting *setting_nearest(const char *name, uint32_t allowed);
static inline enum setting_id setting_id(const struct setting *setting) {
    return (enum setting_id)(setting - setting_table);
}

/** Write the message, without control characters. Returns false, for `return`. */
bool settings_fail(struct settings_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool settings_no_memory(struct settings_error *error);

/** One value on its way into the settings. */
struct setting_input {
    const struct setting *setting;
    enum settings_source source;
    const char *place; /**< borrowed */
};

/** Check and set; items of a list add up while they come from one source. False with *ret_error
 * set. */
bool setting_set(struct settings *settings, const struct setting_input *input, const char *text,
                 struct settings_error *ret_error);
/** Set a list to no items. */
bool setting_clear(struct settings *settings, const struct setting_input *input,
                   struct settings_error *ret_error);
/** Append to a list of strings; copies. False: memory is out. */
bool settings_list_add(struct arena *arena, struct settings_list *list, const char *text);

/** The four sources. */
bool settings_from_environment(struct settings *settings, const struct settings_program *program,
                               char *const *environment, struct settings_error *ret_error);
bool settings_from_file(struct settings *settings, const char *path,
                        struct settings_error *ret_error);
/** Flags and words, which were read before all else so that --help works and the file is known. */
struct setting_args {
    struct setting_arg *items;
    size_t count;
};
/** A flag as given. */
struct setting_arg {
    const struct setting *setting;
    const char *text; /**< borrowed from argv, or static */
};
enum settings_outcome settings_scan_args(struct settings *settings,
                                         const struct settings_program *program, int argc,
                                         char *const *argv, struct setting_args *ret_args,
                                         struct settings_error *ret_error);
bool settings_from_args(struct settings *settings, const struct setting_args *args,
                        struct settings_error *ret_error);

/** What endpoints do not say comes from the settings; two of one address and path are refused. Call
 * it when all sources are read. */
bool settings_finish_endpoints(struct settings *settings, struct settings_error *ret_error);

/** The value of a variable, or NULL. */
const char *settings_getenv(char *const *environment, const char *name);

/** Checks of settings.def. */
setting_check check_any;
setting_check check_path;
setting_check check_socket;
setting_check check_listen;
setting_check check_metrics_path;
setting_check check_groups;
setting_check check_unsupported;

#endif
