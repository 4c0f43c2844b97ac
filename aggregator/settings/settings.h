/*
 * settings.h - the settings of a program: from flags, environment and file, in this order of
 * priority, else defaults.
 *
 * settings.def lists each setting once. parse.h reads them; the other headers of this folder read
 * the things they name: a token file, the group of the sockets, the endpoints.
 */
#ifndef STATGATE_SETTINGS_SETTINGS_H
#define STATGATE_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "endpoint/endpoint.h"

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
};

/** The most items of "endpoints", and of an item's "services". */
enum { SETTINGS_ENDPOINTS_MAX = 63, SETTINGS_ENDPOINT_SERVICES_MAX = 1000 };

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

#endif
