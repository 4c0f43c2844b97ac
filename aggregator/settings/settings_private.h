/* SPDX-License-Identifier: MIT */
/* settings_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_SETTINGS_SETTINGS_PRIVATE_H
#define STATGATE_SETTINGS_SETTINGS_PRIVATE_H

#include "settings/settings.h"

/* ---- check ----
 * the checks that settings.def names: why a text is not a value of its setting. Private.
 */

/** Why a text is not a value of the setting, or NULL if it is one. Static. */
typedef const char *setting_check(const char *text);

setting_check settings_check_any;
setting_check settings_check_path;
setting_check settings_check_socket;
setting_check settings_check_control;
setting_check settings_check_listen;
setting_check settings_check_stream;
setting_check settings_check_udp;
/** Checks one word of the list. */
setting_check settings_check_services;
setting_check settings_check_metrics_path;
/** Checks one word of the list. */
setting_check settings_check_groups;
/** Checks one word of the list. */
setting_check settings_check_hosts;

/* ---- endpoint keys ----
 * the keys of an endpoint that are also settings, from which they take their
 * defaults. Private.
 */

struct endpoint_key {
    const char *name; /**< "path" */
    enum setting_id id;
};

/** In the order of settings.def; ends with an item without a name. */
extern const struct endpoint_key settings_endpoint_keys[];

/** The name of the key for this setting. */
const char *settings_endpoint_keys_name(enum setting_id id);

/* ---- sources: what the order of the sources needs of each. Private. ---- */

/** The value of a variable, or NULL. */
const char *settings_getenv(char *const *environment, const char *name);

/** Whether the host says what the file of this path holds. */
bool settings_file_is_kept(const struct settings_host *host, const char *path);
/** Set the settings from the configuration file that they name, which must exist unless it is kept.
 * False with file, line, key and the reason; the settings may be half changed then. */
bool settings_from_file(struct settings *settings, const struct settings_host *host,
                        struct error *ret_error);
/** Fill in the missing keys of endpoints from the settings; refuse two endpoints with the same
 * address and path. Call it when all sources are read. */
bool settings_endpoints_finish(struct settings *settings, struct error *ret_error);
/** Add the inputs that settings name to those of the file; refuse two with the same address, and
 * UDP without services. Call it when all sources are read. */
bool settings_inputs_finish(struct settings *settings, struct error *ret_error);

/* ---- own files ----
 * checks that no two files that the daemon makes have the same path: its sockets,
 * their locks, the breaker page and its FIFO, the state file. Private.
 */

/** False, with the place of the setting, if a setting names the path of another file. Also false
 * for a relative path in `control`. */
bool settings_own_files_check(const struct settings *settings, struct error *ret_error);
/** What the daemon itself makes at this path: "the control socket". NULL: nothing, or the stream
 * socket of the setting unix_stream. Static. */
const char *settings_own_file_at(const struct settings *settings, const char *path);

/* ---- table ----
 * settings.def as a table: each setting's name, kind, default and check. Private.
 */

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

/* ---- setting text: the value of a setting as text, by its kind. Private. ---- */

/** Append the value as a flag takes it: "on", "0660", paths separated by colons. Control bytes
 * become `?`. A value determined only in use is written as help shows it. */
void setting_put_text(struct strbuf *out, const struct settings *settings,
                      const struct setting *setting);

/* ---- value ----
 * turns texts into values: every source goes through here, so that the same rules hold
 * for all. Private.
 */

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
void setting_clear(struct settings *settings, const struct setting_input *input);
/** Append a copy of a string to a list. */
void settings_list_add(struct arena *arena, struct settings_list *list, const char *text);

#endif
