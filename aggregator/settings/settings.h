/*
 * settings.h - what a program was told: by flags, environment, file, in this order, else defaults.
 *
 * All settings stand once in settings.def. Pure but for reading the configuration file and the
 * token file: user, environment and default file arrive in struct settings_host. An unknown or
 * wrong setting anywhere is an error, even where a stronger source overrides it: a typing mistake
 * never passes unseen. What a setting's text means on the system (a group's name, an address) is up
 * to who uses it.
 */
#ifndef STATGATE_SETTINGS_SETTINGS_H
#define STATGATE_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

/** The configuration file that is read when no other is named and it exists. */
#define SETTINGS_CONFIG_FILE "/etc/statgate/statgate.json"

/** Exit codes of both programs (0 is success). */
enum { SETTINGS_EXIT_FAILURE = 1, SETTINGS_EXIT_USAGE = 2 };

/** SETTING_socket, SETTING_metrics_listen, ... */
enum setting_id {
#define SETTING(name, kind, group, initial, shown, argument, check, help) SETTING_##name,
#include "settings/settings.def"
#undef SETTING
    SETTING_COUNT
};

/** For struct settings_program.allowed: SETTING_BIT(socket) | SETTING_BIT(catalog). */
#define SETTING_BIT(name) (UINT32_C(1) << SETTING_##name)
#define SETTINGS_ALL      ((UINT32_C(1) << SETTING_COUNT) - 1)

/** Where a value came from, weakest first. */
enum settings_source { SETTINGS_DEFAULT, SETTINGS_FILE, SETTINGS_ENVIRONMENT, SETTINGS_FLAG };

struct settings_list {
    const char **items;
    size_t count;
};

/** One item of "endpoints" in the configuration file. What it does not say comes from the setting
 * of the same name (`path`: metrics_path), whatever source that one has. */
struct settings_endpoint {
    const char *place;  /**< "/etc/statgate/statgate.json: /endpoints/0" */
    const char *listen; /**< an address, never "" */
    const char *path;
    struct settings_list services; /**< at least one */
    const char *bearer_token_file; /**< "": open */
    const char *include;
    const char *exclude;
    const char *resource;
    bool scope_labels;
    bool handler_metrics;
    bool openmetrics;
    bool created;
    uint32_t own; /**< SETTING_BIT()s of the settings that it says itself */
};

/** Items of "endpoints", and of their "services". */
enum { SETTINGS_ENDPOINTS_MAX = 63, SETTINGS_ENDPOINT_SERVICES_MAX = 1000 };

/* The type of a setting's field, by its kind. */
#define SETTINGS_TYPE_TEXT   const char *
#define SETTINGS_TYPE_WORDS  const char * /* comma-separated, no blanks */
#define SETTINGS_TYPE_CHOICE const char * /* one of its words */
#define SETTINGS_TYPE_LIST   struct settings_list
#define SETTINGS_TYPE_SWITCH bool
#define SETTINGS_TYPE_MODE   uint32_t
#define SETTINGS_TYPE_NUMBER int64_t

/**
 * All values, one field a setting; valid until settings_done. Texts are never NULL and "" means
 * none, with two exceptions: debug_listen is NULL for "the same listener as metrics_listen", "" for
 * off; socket is NULL for a program that does not take it.
 */
struct settings {
#define SETTING(name, kind, group, initial, shown, argument, check, help) SETTINGS_TYPE_##kind name;
#include "settings/settings.def"
#undef SETTING
    /** The socket is the default below /tmp: its folder must be made with mode 0700, and be the
     * user's own. */
    bool socket_in_tmp;
    struct settings_endpoint *endpoints; /**< of the file, besides the default one */
    size_t endpoint_count;
    struct settings_list words; /**< arguments that are no flags, in order */
    /** What the program's own flags were given, by their index: a switch "on", NULL if not given */
    const char **own;
    enum settings_source sources[SETTING_COUNT];
    const char *places[SETTING_COUNT]; /**< see settings_place */
    struct arena arena;
};

/** What settings depend on, besides the arguments. */
struct settings_host {
    uint32_t uid;             /**< effective user */
    char *const *environment; /**< as environ; borrowed for the call */
    const char *config_file;  /**< read if it exists and no other is named; borrowed for the call */
};

/** This process's. */
struct settings_host settings_host_here(void);

/** A flag of one program that is no setting: no variable, no key. It hides a setting's flag of that
 * name. */
struct settings_own_flag {
    const char *name;     /**< "json", without its dashes */
    const char *argument; /**< "UID"; NULL: a switch, given or not */
    const char *help;
};

/** A program's part in the settings. */
struct settings_program {
    const char *name;  /**< "statgated" */
    const char *usage; /**< what follows the name: "[flags]", "check [flags] CATALOG..." */
    const char *about; /**< a paragraph for --help */
    /** SETTING_BIT()s: other flags are refused, other variables ignored. The file may hold all
     * settings; without SETTING_BIT(config) none is read. */
    uint32_t allowed;
    bool takes_words;                    /**< false: arguments that are no flags are refused */
    const struct settings_own_flag *own; /**< ended by one without a name; NULL: none */
    const char *examples;                /**< the last lines of --help, as they stand; NULL: none */
};

/** One message for people, without the program's name; it begins with the place (flag, variable, or
 * file). */
struct settings_error {
    char text[1024];
};

enum settings_outcome { SETTINGS_OK, SETTINGS_HELP, SETTINGS_VERSION, SETTINGS_ERROR };

/**
 * Read all settings of a program. argv[0] is skipped. On SETTINGS_OK *ret_settings is filled,
 * strings of argv and the environment copied; end it with settings_done. Otherwise it is untouched;
 * on SETTINGS_ERROR print *ret_error and leave with SETTINGS_EXIT_USAGE.
 */
enum settings_outcome settings_parse(struct settings *ret_settings,
                                     const struct settings_program *program, int argc,
                                     char *const *argv, const struct settings_host *host,
                                     struct settings_error *ret_error);
/** Safe on a zeroed struct. */
void settings_done(struct settings *settings);

/** "--socket", "STATGATE_SOCKET", "/etc/x.json: /socket" or "socket (default)": the start of a
 * message about a value that turned out wrong in use. */
const char *settings_place(const struct settings *settings, enum setting_id id);
/** A setting's name, "metrics_listen". Static. */
const char *settings_name(enum setting_id id);
/** Its value as text, as a flag takes it (lists by colons). */
void settings_write_value(struct strbuf *out, const struct settings *settings, enum setting_id id);

/* ---- catalogs ---- */

/** True when a path of the setting `catalog` can be read. Else a message with its place, reason and
 * what to do; what the path holds is not looked at. */
bool settings_check_catalog(const struct settings *settings, size_t index,
                            struct settings_error *ret_error);

/* ---- the bearer token ---- */

enum { SETTINGS_TOKEN_MAX = 4096 };

/**
 * The token in a file: its one line, of visible ASCII. Returns a new string (free it with
 * settings_token_free), or NULL with `PATH: text` in *ret_error, which never quotes the file.
 * *ret_exposed tells that other users can read the file: worth a warning.
 */
char *settings_read_token(const char *path, bool *ret_exposed, struct settings_error *ret_error);
/** Overwrites the token, too. NULL is fine. */
void settings_token_free(char *token);

/* ---- documents ---- */

/** "statgated 0.1.0\n" */
void settings_write_version(struct strbuf *out, const struct settings_program *program);
/** --help: 80 columns. */
void settings_write_help(struct strbuf *out, const struct settings_program *program);
/** The settings as Markdown tables, a heading for each group. */
void settings_write_markdown(struct strbuf *out, const struct settings_program *program);
/** The settings for a manual page: .Ss and .Bl of mdoc(7). */
void settings_write_mdoc(struct strbuf *out, const struct settings_program *program);

#endif
