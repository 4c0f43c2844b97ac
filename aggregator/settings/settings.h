/* SPDX-License-Identifier: MIT */
/*
 * settings.h - the settings of a program: from flags, environment and file, in this order of
 * priority, else defaults.
 *
 * settings.def lists each setting once. settings.h reads them; the other headers of this folder
 * read the things they name: a token file, the group of the sockets, the endpoints.
 */
#ifndef STATGATE_SETTINGS_SETTINGS_H
#define STATGATE_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "base/strbuf.h"
#include "endpoint/endpoint.h"

/** Where catalogs are if nobody names any. */
#define SETTINGS_CATALOG_FOLDER "/etc/statgate/catalog.d"

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

/** One item of "endpoints" in the configuration file. A key that it lacks takes the value of the
 * setting of the same name (`path`: metrics_path), from any source. */
struct settings_endpoint {
    /** Its place ("/etc/statgate/statgate.json: /endpoints/0"), its services (at least one), and
     * each option; fields that an endpoint_plan adds are not set. */
    struct endpoint_options options;
    const char *listen; /**< an address, never "" */
    const char *path;
    const char *bearer_token_file; /**< "": open */
    uint32_t own;                  /**< SETTING_BIT()s of the keys that the item itself has */
    const char *include_variable;  /**< that lists the groups; NULL: none does */
    const char *exclude_variable;
    bool closed; /**< the endpoint listens nowhere, as include_variable is not set */
};

/** The most items of "endpoints", and of an item's "services". */
enum { SETTINGS_ENDPOINTS_MAX = 63, SETTINGS_ENDPOINT_SERVICES_MAX = 1000 };

/** A way in beside the Unix datagram sockets: an item of "inputs", or unix_stream or udp. */
struct settings_input {
    const char *place;  /**< "/etc/statgate/statgate.json: /inputs/0", "--udp" */
    const char *listen; /**< "unix-stream:PATH" or "udp:ADDRESS:PORT", in one spelling */
    const char *services_place;
    struct settings_list services; /**< empty: those of the shared socket */
    bool udp;
    bool statsd_gauges;
};

/** The most items of "inputs". */
enum { SETTINGS_INPUTS_MAX = 16 };

/** What comes before the path, or the address. */
#define SETTINGS_UNIX_STREAM "unix-stream:"
#define SETTINGS_UDP         "udp:"

/* The type of a setting's field, for each kind. */
#define SETTINGS_TYPE_TEXT   const char *
#define SETTINGS_TYPE_WORDS  const char * /* comma-separated, no blanks */
#define SETTINGS_TYPE_CHOICE const char * /* one of its words */
#define SETTINGS_TYPE_FILE   const char *
#define SETTINGS_TYPE_PATHS  struct settings_list
#define SETTINGS_TYPE_SWITCH bool
#define SETTINGS_TYPE_MODE   uint32_t
#define SETTINGS_TYPE_NUMBER int64_t

/**
 * All values, one field per setting; valid until settings_done. Texts are never NULL and "" means
 * none, with exceptions: debug_listen is NULL for "the same listener as metrics_listen", "" for
 * off; socket and control are NULL for a program that does not take them.
 */
struct settings {
#define SETTING(name, kind, group, initial, shown, argument, check, help) SETTINGS_TYPE_##kind name;
#include "settings/settings.def"
#undef SETTING
    /** The socket is the default below /tmp: its folder must be created with mode 0700, and belong
     * to the user. */
    bool socket_in_tmp;
    struct settings_endpoint *endpoints; /**< those of the file, without the default one */
    size_t endpoint_count;
    struct settings_input *inputs; /**< those of the file, then unix_stream and udp */
    size_t input_count;
    struct settings_list words; /**< arguments that are not flags, in order */
    /** Values of the program's own flags, by their index: "on" for a switch, NULL if not given */
    const char **own;
    enum settings_source sources[SETTING_COUNT];
    const char *places[SETTING_COUNT]; /**< see settings_place */
    const char *config_text; /**< what the configuration file holds; NULL: none was read */
    size_t config_len;
    struct arena arena;
};

/** Safe on a zeroed struct. */
void settings_done(struct settings *settings);

/** The default endpoint, as the settings describe it. It names no services, has no keys of its own,
 * and listens nowhere if metrics_listen is "". Strings belong to the settings. */
struct settings_endpoint settings_default_endpoint(const struct settings *settings);

/** "--socket", "STATGATE_SOCKET", "/etc/x.json: /socket" or "socket (default)": the start of a
 * message about a value that proves wrong in use. */
const char *settings_place(const struct settings *settings, enum setting_id id);

/* ---- catalog ----
 * checks that the paths of catalogs can be read; the loader judges their content.
 */

/** True if path number `index` of the setting `catalog` can be read. Else *ret_error has its place,
 * the reason and what to do. */
bool settings_check_catalog(const struct settings *settings, size_t index, struct error *ret_error);

/* ---- endpoint plan ----
 * the endpoints that the settings describe: where each is, and what it shows. The
 * daemon serves them, the command reports on them.
 *
 * The caller loads catalogs into a set, calls settings_endpoint_plan_init, adds the daemon's own
 * catalogs to the set (self_metrics_add_catalogs, with the names of
 * settings_endpoint_plan_handlers), and calls settings_endpoint_plan_build.
 */

/** Where an endpoint is. */
struct endpoint_place {
    const char *listen;       /**< as written; "": nowhere */
    const char *closed_by;    /**< the variable that keeps it closed; NULL: it is open */
    const char *listen_place; /**< for messages: "--metrics-listen" */
    const char *path;
    const char *bearer_token_file; /**< "": open */
    const char *token_place;       /**< for messages: "--bearer-token-file" */
};

/** An input, and the services in force that its lines reach. */
struct input_plan {
    const struct settings_input *input;
    const struct catalog **services; /**< NULL: those of the shared socket */
    size_t service_count;
    const char **waiting; /**< a sentence for each service that no catalog in force declares */
    size_t waiting_count;
};

struct endpoint_plan {
    struct arena arena;
    const struct settings *settings;
    struct endpoint_options *options; /**< for the default endpoint, then for those in the file */
    struct endpoint_place *places;    /**< one for each endpoint */
    size_t count;
    struct endpoints endpoints; /**< set by settings_endpoint_plan_build, like `inputs` */
    struct input_plan *inputs;
    const char **input_names; /**< what they listen on, for the set */
    size_t input_count;       /**< 0, unless the plan is `whole` */
};

/**
 * Take the options of the default endpoint and, if `whole`, of those in the file. Otherwise the
 * default endpoint serves everything, and groups need not exist: for catalogs other than the
 * settings' own. The settings are borrowed. In any case call
 * settings_endpoint_plan_done, before the catalog set is freed.
 */
void settings_endpoint_plan_init(struct endpoint_plan *ret_plan, const struct settings *settings,
                                 bool whole);
/** Safe on a zeroed struct. */
void settings_endpoint_plan_done(struct endpoint_plan *plan);

/** The names of the endpoints with handler metrics, borrowed from the plan. Returns how many. */
size_t settings_endpoint_plan_handlers(const struct endpoint_plan *plan,
                                       const char *ret_names[ENDPOINTS_MAX]);

/** Append the services that the input's lines reach: "a, b", "the services of the shared socket",
 * or "no service". */
void settings_input_put_services(struct strbuf *out, const struct input_plan *input);
/** Write the members `services`, `shared_services` and `gauges`. */
void settings_input_write(struct json_writer *w, const struct input_plan *input);

/** Tell the set which inputs there are, for the daemon's own catalog. */
void settings_endpoint_plan_name_inputs(const struct endpoint_plan *plan, struct catalog_set *set);

/** Finish the set, which must have all catalogs, and build the endpoints and inputs. May be called
 * again after a failure. Messages are those of endpoints_build, or about a service with `senders`
 * that an input by UDP names. */
bool settings_endpoint_plan_build(struct endpoint_plan *plan, struct catalog_set *set,
                                  struct error *ret_error);

/** The most series, and the most lines of samples, that a page can have. */
void settings_endpoint_plan_measure(const struct endpoint_page *page, uint64_t *ret_bound,
                                    uint64_t *ret_lines);

/* ---- changes ----
 * differences between two configurations, for people: settings, services and endpoints.
 *
 * A configuration is described as text, so that two processes, even of two versions, can compare
 * theirs: one item a line, its name, a tab, and its value. A value that begins with `~` is a hash:
 * only the fact that it differs can be reported. So secrets are not revealed, and a service is told
 * by its fingerprint.
 *
 *   setting socket<TAB>/run/statgate/statgate.sock
 *   service shop<TAB>~5bd1...
 */

enum { CHANGES_LINE_MAX = 512 /**< bytes of a line about a change; longer ones are cut */ };

/** Describe a plan that was built, and its catalog set. */
void settings_changes_describe(const struct endpoint_plan *plan, const struct catalog_set *set,
                               struct strbuf *out);
/**
 * Compare two descriptions, which may be malformed, and append a line for each change: "added
 * service ...", "removed endpoint ...", "changed service ...", "changed setting socket: /a -> /b".
 * False: out of memory.
 */
bool settings_changes_write(const char *before, size_t before_len, const char *after,
                            size_t after_len, struct strbuf *out);

/* ---- access ----
 * who may look at /debug and the page for people, according to the settings.
 */

/** The file with the token for /debug: its own, else that of the default endpoint. "": none. */
const char *settings_debug_access_token_file(const struct endpoint_plan *plan);
/** The setting that names this file, for messages. */
const char *settings_debug_access_token_place(const struct endpoint_plan *plan);
/** True if other hosts may read /debug without a token: texts from senders are hidden then. */
bool settings_debug_access_is_open(const struct endpoint_plan *plan);

/* ---- endpoint warnings: warns of endpoints that are valid but probably not intended.
 * ---- */

/** Receives one sentence. */
typedef void endpoint_warning_fn(void *arg, const char *text);

/** Warn of services that an input waits for, that are served twice, or nowhere though there are
 * endpoints, of endpoints that leave out the daemon's own process metrics, and of a /debug that
 * other hosts may read. The plan is built. */
void settings_endpoint_warnings(const struct endpoint_plan *plan, const struct catalog_set *set,
                                endpoint_warning_fn *warn, void *arg);

/* ---- program ----
 * describes a program to the settings: its name, the settings it takes, its own flags.
 */

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
    bool word_ends_flags;                /**< what is behind the first word is another's */
    const struct settings_own_flag *own; /**< ends with an item without a name; NULL: none */
    const char *examples;                /**< the last lines of --help; NULL: none */
};

/** What the arguments ask for. */
enum settings_outcome { SETTINGS_OK, SETTINGS_HELP, SETTINGS_VERSION, SETTINGS_ERROR };

/* ---- help ----
 * the settings as --help shows them, made from the one table, so that help always agrees
 * with what is accepted.
 */

/** "statgated 0.1.0\n", the commit, and what was chosen at the build. */
void settings_write_version(struct strbuf *out, const struct settings_program *program);
/** Write the text of --help, in 80 columns. */
void settings_write_help(struct strbuf *out, const struct settings_program *program);

/* ---- parse ----
 * reads the settings of a program from its arguments, the environment and the
 * configuration file.
 *
 * Pure but for reading that file: user, environment and default file arrive in struct
 * settings_host. An unknown or wrong setting anywhere is an error, even where a stronger source
 * overrides it: a typing mistake never goes unnoticed. Whoever uses a setting finds out what its
 * text means on the system (a group's name, an address).
 */

/** The configuration file that is read if it exists and no other is named. */
#define SETTINGS_CONFIG_FILE "/etc/statgate/statgate.json"

/** What settings depend on, besides the arguments. */
struct settings_host {
    uint32_t uid;             /**< effective user */
    char *const *environment; /**< like `environ`; borrowed for the call */
    const char *config_file;  /**< read if it exists and no other is named; borrowed for the call */
    /** A configuration file, by its path as the settings name it, whose text is this one whatever
     * the file holds by now; NULL: none. Borrowed for the call. */
    const char *kept_file;
    const char *kept_text;
    size_t kept_len;
};

/** The user and environment of this process, and SETTINGS_CONFIG_FILE. */
struct settings_host settings_host_here(void);

/**
 * Read all settings of a program. argv[0] is skipped. On SETTINGS_OK *ret_settings is filled, with
 * copies of strings from argv and the environment; free it with settings_done. Otherwise it is
 * untouched; on SETTINGS_ERROR print *ret_error and exit with SETTINGS_EXIT_USAGE.
 */
enum settings_outcome settings_parse(struct settings *ret_settings,
                                     const struct settings_program *program, int argc,
                                     char *const *argv, const struct settings_host *host,
                                     struct error *ret_error);

/* ---- socket group: the group of the sockets, looked up on this host. ---- */

/** No group was named: files keep the group that the kernel gives them. */
#define SETTINGS_GROUP_KEEP UINT32_MAX

/** Look up the group that `socket_group` names; SETTINGS_GROUP_KEEP if it names none. False: no
 * such group exists; the message starts with the setting's place. */
bool settings_socket_group(const struct settings *settings, uint32_t *ret_group,
                           struct error *ret_error);

/* ---- token: reads a bearer token from a file. ---- */

enum { SETTINGS_TOKEN_MAX = 4096 };

/**
 * Read the token in a file: its only line, of visible ASCII. Returns a new string (free it with
 * settings_token_free), or NULL with `PATH: text` in *ret_error, which never quotes the file.
 * *ret_exposed is true if other users can read the file: worth a warning.
 */
char *settings_read_token(const char *path, bool *ret_exposed, struct error *ret_error);
/** Overwrite and free the token. NULL is fine. */
void settings_token_free(char *token);

#endif
