/* SPDX-License-Identifier: MIT */
/* plan.c - what the settings mean together: endpoints, warnings, and what a reload changes. */
#include "settings/settings_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/listen_address.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "sg_proto.h"

/* ---- access ---- */

static bool has_own_token(const struct endpoint_plan *plan) {
    return *plan->settings->debug_token_file != '\0';
}

const char *settings_debug_access_token_file(const struct endpoint_plan *plan) {
    return has_own_token(plan) ? plan->settings->debug_token_file
                               : plan->places[0].bearer_token_file;
}

const char *settings_debug_access_token_place(const struct endpoint_plan *plan) {
    return has_own_token(plan) ? settings_place(plan->settings, SETTING_debug_token_file)
                               : plan->places[0].token_place;
}

/* The address that serves /debug; "": none. */
static const char *debug_access_address(const struct endpoint_plan *plan) {
    const char *own = plan->settings->debug_listen;
    return own != NULL ? own : plan->places[0].listen;
}

bool settings_debug_access_is_open(const struct endpoint_plan *plan) {
    struct listen_address address;
    const char *reason;
    return *settings_debug_access_token_file(plan) == '\0' &&
           listen_address_parse(debug_access_address(plan), &address, &reason) &&
           address.kind != LISTEN_NONE && !listen_address_is_local(&address);
}

/* ---- endpoint warnings ---- */

static bool serves(const struct endpoint *endpoint, const struct catalog *catalog) {
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (endpoint->services[i] == catalog)
            return true;
    return false;
}

/* Whether the service is on a page, or would be on one that its operator keeps closed. */
static bool is_served(const struct endpoint_plan *plan, const struct catalog *catalog) {
    for (size_t i = 0; i < plan->count; i++)
        if ((*plan->places[i].listen != '\0' || plan->places[i].closed_by != NULL) &&
            serves(&plan->endpoints.items[i], catalog))
            return true;
    return false;
}

/* People expect the daemon's process metrics on the page; there, a service's metrics of the same
 * name took their place. */
static void warn_given_way(const struct endpoint_plan *plan, endpoint_warning_fn *warn, void *arg) {
    char text[ERROR_BYTES];
    for (size_t i = 0; i < plan->count; i++) {
        const char *name = plan->options[i].name;
        if (!plan->endpoints.items[i].gave_way || *plan->places[i].listen == '\0')
            continue;
        (void)snprintf(text, sizeof text,
                       "a service on %s declares process metrics, so those of statgated itself are "
                       "on %s/statgate alone",
                       name, name);
        warn(arg, text);
    }
}

static void warn_open(const struct endpoint_plan *plan, endpoint_warning_fn *warn, void *arg) {
    char text[ERROR_BYTES];
    if (!settings_debug_access_is_open(plan))
        return;
    (void)snprintf(text, sizeof text,
                   "other hosts may read /debug on %s, so it hides the texts of refused lines; set "
                   "debug_token_file, or debug_listen to an address of this host alone",
                   debug_access_address(plan));
    warn(arg, text);
}

/* What everybody on the network may read should be meant so. */
static void warn_everywhere(const struct endpoint_plan *plan, endpoint_warning_fn *warn,
                            void *arg) {
    char text[ERROR_BYTES];
    struct listen_address address;
    const char *reason;
    for (size_t i = 0; i < plan->count; i++) {
        const char *listen = plan->places[i].listen;
        if (*plan->places[i].bearer_token_file != '\0' ||
            !listen_address_parse(listen, &address, &reason) ||
            (text_after(listen, "0.0.0.0:") == NULL && text_after(listen, "[::]:") == NULL))
            continue;
        (void)snprintf(text, sizeof text,
                       "everybody who reaches this host may read %s, which listens on all "
                       "addresses; set bearer_token_file, or an address of this host alone",
                       plan->options[i].name);
        warn(arg, text);
    }
}

static void warn_waiting(const struct endpoint_plan *plan, endpoint_warning_fn *warn, void *arg) {
    for (size_t i = 0; i < plan->input_count; i++)
        for (size_t j = 0; j < plan->inputs[i].waiting_count; j++)
            warn(arg, plan->inputs[i].waiting[j]);
    for (size_t i = 0; i < plan->count; i++)
        for (size_t j = 0; j < plan->endpoints.items[i].waiting_count; j++)
            warn(arg, plan->endpoints.items[i].waiting[j]);
}

void settings_endpoint_warnings(const struct endpoint_plan *plan, const struct catalog_set *set,
                                endpoint_warning_fn *warn, void *arg) {
    char text[ERROR_BYTES];
    warn_given_way(plan, warn, arg);
    warn_open(plan, warn, arg);
    warn_everywhere(plan, warn, arg);
    warn_waiting(plan, warn, arg);
    for (size_t i = 0; plan->count > 1 && i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        if (!is_served(plan, catalog) && !catalog->internal) {
            (void)snprintf(text, sizeof text,
                           "service %s is on no page: no endpoint names it, and metrics_listen is "
                           "empty",
                           catalog->service);
            warn(arg, text);
        }
    }
}

/* ---- own files ---- */

/* A file whose path a setting determines, and what the file is. */
struct own_file {
    enum setting_id setting;
    const char *suffix;
    const char *what;
    bool replaces; /* the suffix replaces a final .sock, see breaker_page.h */
};

static const struct own_file files[] = {
    {SETTING_socket, "", "the socket", false},
    {SETTING_socket, ".lock", "the lock of the socket", false},
    {SETTING_socket, ".breakers", "the breaker page", true},
    {SETTING_socket, ".probes", "the FIFO of tickets", true},
    {SETTING_control, "", "the control socket", false},
    {SETTING_unix_stream, "", "the stream socket", false},
    {SETTING_state_file, "", "the state file", false},
    {SETTING_state_file, ".lock", "the lock of the state file", false},
    {SETTING_state_file, ".new", "a state file that is being written", false},
    {SETTING_state_file, ".used", "a state file that was used", false},
    {SETTING_state_file, ".bad", "a state file that is kept aside", false},
};

enum { FILE_COUNT = sizeof files / sizeof *files };

static const char *path_of(const struct settings *settings, enum setting_id id) {
    const char *path = id == SETTING_socket        ? settings->socket
                       : id == SETTING_control     ? settings->control
                       : id == SETTING_unix_stream ? settings->unix_stream
                                                   : settings->state_file;
    return path != NULL ? path : "";
}

struct own_path {
    char text[PATH_MAX];
};

/* Make the file's path. */
static bool make_path(const struct settings *settings, const struct own_file *file,
                      struct own_path *ret_path) {
    const char *path = path_of(settings, file->setting);
    const size_t len = strlen(path);
    const bool replaced = file->replaces && text_ends(path, ".sock");
    const int written = snprintf(ret_path->text, sizeof ret_path->text, "%.*s%s",
                                 (int)(replaced ? len - 5 : len), path, file->suffix);
    return len > 0 && written < PATH_MAX;
}

static const char *own_files_name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool look_at_folder(const char *path, struct stat *ret_status) {
    char folder[PATH_MAX];
    const int len = (int)(own_files_name_of(path) - path);
    (void)snprintf(folder, sizeof folder, "%.*s", len, path);
    return stat(len > 0 ? folder : ".", ret_status) == 0;
}

/* Whether two paths have the same name in the same folder, however the folder is spelled. */
static bool are_one(const char *a, const char *b) {
    struct stat one;
    struct stat other;
    if (strcmp(own_files_name_of(a), own_files_name_of(b)) != 0)
        return false;
    return strcmp(a, b) == 0 || (look_at_folder(a, &one) && look_at_folder(b, &other) &&
                                 one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/* Refuse two equal paths. The error names the setting that was given, not the one with its
 * default. */
static bool refuse(const struct settings *settings, const struct own_file *one,
                   const struct own_file *other, struct error *ret_error) {
    const bool swap = settings->sources[one->setting] > settings->sources[other->setting];
    const struct own_file *told = swap ? one : other;
    const struct own_file *there = swap ? other : one;
    return error_set(ret_error, "%s: \"%.107s\": %s would be in the place of %s; name another path",
                     settings_place(settings, told->setting), path_of(settings, told->setting),
                     told->what, there->what);
}

static bool check_pair(const struct settings *settings, size_t a, size_t b,
                       struct error *ret_error) {
    struct own_path one;
    struct own_path other;
    if (files[a].setting == files[b].setting || !make_path(settings, &files[a], &one) ||
        !make_path(settings, &files[b], &other) || !are_one(one.text, other.text))
        return true;
    return refuse(settings, &files[a], &files[b], ret_error);
}

/* Commands look for the control socket from other folders, so its path must be absolute. */
static bool own_files_check_control(const struct settings *settings, struct error *ret_error) {
    const char *path = path_of(settings, SETTING_control);
    if (*path == '\0' || *path == '/' || settings->sources[SETTING_control] == SETTINGS_DEFAULT)
        return true;
    return error_set(ret_error, "%s: \"%.107s\": expected an absolute path",
                     settings_place(settings, SETTING_control), path);
}

const char *settings_own_file_at(const struct settings *settings, const char *path) {
    struct own_path own;
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (files[i].setting != SETTING_unix_stream && make_path(settings, &files[i], &own) &&
            are_one(own.text, path))
            return files[i].what;
    return NULL;
}

bool settings_own_files_check(const struct settings *settings, struct error *ret_error) {
    if (!own_files_check_control(settings, ret_error))
        return false;
    for (size_t a = 0; a < FILE_COUNT; a++)
        for (size_t b = a + 1; b < FILE_COUNT; b++)
            if (!check_pair(settings, a, b, ret_error))
                return false;
    return true;
}

/* ---- catalog ---- */

enum { PLACE_BYTES = 1024 };

/* The place of one path. The setting's place is that of the last path read: "x.json: /catalog/3" in
 * an array. */
static const char *place_of(const struct settings *settings, size_t index, char *out) {
    const char *place = settings_place(settings, SETTING_catalog);
    const char *last = strrchr(place, '/');
    if (settings->sources[SETTING_catalog] != SETTINGS_FILE || strcmp(last, "/catalog") == 0)
        return place;
    (void)snprintf(out, PLACE_BYTES, "%.*s/%zu", (int)(last - place), place, index);
    return out;
}

static const char *advice(enum settings_source source) {
    switch (source) {
    case SETTINGS_FILE:
        return "make it, or correct the path; relative ones start from the configuration file's "
               "folder";
    case SETTINGS_DEFAULT:
        return "make it, or name a catalog, or a folder of catalogs, with --catalog PATH or in a "
               "configuration file";
    default:
        return "name a catalog, or a folder of catalogs";
    }
}

bool settings_check_catalog(const struct settings *settings, size_t index,
                            struct error *ret_error) {
    const char *path = settings->catalog.items[index];
    char buffer[PLACE_BYTES];
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
        return true;
    const int error = errno;
    const char *place = place_of(settings, index, buffer);
    if (error == ENOENT)
        return error_set(ret_error, "%s: %.500s: no such file or folder; %s", place, path,
                         advice(settings->sources[SETTING_catalog]));
    if (error == EACCES)
        return error_set(ret_error,
                         "%s: %.500s: cannot be read by uid %u, which runs this program; "
                         "change its permissions, or those of the folders above it",
                         place, path, (unsigned)geteuid());
    return error_set(ret_error, "%s: %.500s: cannot be read: %s", place, path, strerror(error));
}

/* ---- endpoint plan ---- */

/* ---- options ---- */

/* Join three texts. */
static const char *join(struct endpoint_plan *plan, const char *first, const char *second,
                        const char *third) {
    const size_t size = strlen(first) + strlen(second) + strlen(third) + 1;
    char *text = arena_alloc(&plan->arena, size);
    (void)snprintf(text, size, "%s%s%s", first, second, third);
    return text;
}

/* The endpoint's name: address and path. The address has one spelling, however it was written. */
static const char *endpoint_plan_name_of(struct endpoint_plan *plan,
                                         const struct settings_endpoint *from) {
    struct listen_address address;
    const char *reason;
    char text[LISTEN_TEXT_MAX] = "";
    if (listen_address_parse(from->listen, &address, &reason))
        listen_address_text(&address, text, sizeof text);
    return join(plan, text, from->path, "");
}

/* Set the place for messages: the endpoint's own key if it has one, else where the setting came
 * from. */
static const char *endpoint_place_of(struct endpoint_plan *plan,
                                     const struct settings_endpoint *from, enum setting_id id) {
    return (from->own >> id & 1) != 0
               ? join(plan, from->options.place, "/", settings_endpoint_keys_name(id))
               : settings_place(plan->settings, id);
}

/* Whether the endpoint shows only the daemon's own service, which has no attributes: a `resource`
 * set for all endpoints does not apply to it. */
static bool is_without_resource(const struct settings_endpoint *from) {
    return (from->own & SETTING_BIT(resource)) == 0 && from->options.service_count == 1 &&
           strcmp(from->options.services[0], "statgate") == 0;
}

/* Set one endpoint's options. `checked` has the SETTING_BIT()s of include and exclude if their
 * groups have to exist. */
static void set(struct endpoint_plan *plan, size_t index, const struct settings_endpoint *from,
                uint32_t checked) {
    struct endpoint_place *place = &plan->places[index];
    struct endpoint_options *options = &plan->options[index];
    *place = (struct endpoint_place){.listen = from->closed ? "" : from->listen,
                                     .closed_by = from->closed ? from->include_variable : NULL,
                                     .path = from->path,
                                     .bearer_token_file = from->bearer_token_file};
    *options = from->options;
    options->name = endpoint_plan_name_of(plan, from);
    if (is_without_resource(from))
        options->resource = RESOURCE_OFF;
    place->listen_place = endpoint_place_of(plan, from, SETTING_metrics_listen);
    place->token_place = endpoint_place_of(plan, from, SETTING_bearer_token_file);
    if ((checked & SETTING_BIT(include)) != 0)
        options->include_place = endpoint_place_of(plan, from, SETTING_include);
    if ((checked & SETTING_BIT(exclude)) != 0)
        options->exclude_place = endpoint_place_of(plan, from, SETTING_exclude);
}

void settings_endpoint_plan_init(struct endpoint_plan *ret_plan, const struct settings *settings,
                                 bool whole) {
    struct endpoint_plan *plan = ret_plan;
    const size_t count = 1 + (whole ? settings->endpoint_count : 0);
    *plan = (struct endpoint_plan){.settings = settings};
    arena_init(&plan->arena);
    plan->input_count = whole ? settings->input_count : 0;
    plan->input_names = arena_array(&plan->arena, plan->input_count + 1, sizeof(const char *));
    for (size_t i = 0; i < plan->input_count; i++)
        plan->input_names[i] = settings->inputs[i].listen;
    plan->options = arena_array(&plan->arena, count, sizeof *plan->options);
    plan->places = arena_array(&plan->arena, count, sizeof *plan->places);
    const struct settings_endpoint first = settings_default_endpoint(settings);
    set(plan, 0, &first, whole ? SETTINGS_ALL : 0);
    plan->count = 1;
    for (; plan->count < count; plan->count++) {
        const struct settings_endpoint *from = &settings->endpoints[plan->count - 1];
        set(plan, plan->count, from, from->own);
    }
}

void settings_endpoint_plan_done(struct endpoint_plan *plan) {
    endpoints_done(&plan->endpoints);
    arena_done(&plan->arena);
    memset(plan, 0, sizeof *plan);
}

/* ---- building ---- */

static const struct catalog *find_service(const struct catalog_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        if (!set->catalogs[i]->internal && strcmp(set->catalogs[i]->service, name) == 0)
            return set->catalogs[i];
    return NULL;
}

/* Note a service that no catalog in force declares. */
static void input_await(struct endpoint_plan *plan, const struct catalog_set *set,
                        const char *service, struct input_plan *input) {
    const char **names = arena_array(&plan->arena, set->count + 1, sizeof *names);
    struct error text;
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        if (!set->catalogs[i]->internal)
            names[count++] = set->catalogs[i]->service;
    const char *nearest = nearest_word_or_longer(service, names);
    (void)error_set(&text, "%s: no catalog in force declares the service \"%s\"; ",
                    input->input->services_place, service);
    if (nearest != NULL)
        (void)error_add(&text, "did you mean \"%s\"? Else add its catalog", nearest);
    else
        (void)error_add(&text, "add its catalog");
    input->waiting[input->waiting_count++] = join(plan, text.text, "", "");
}

/* Find the services of an input. False: one of them takes lines from listed senders alone. */
static bool input_resolve(struct endpoint_plan *plan, const struct catalog_set *set,
                          struct input_plan *plan_input, struct error *ret_error) {
    const struct settings_input *input = plan_input->input;
    const size_t count = input->services.count;
    if (count == 0)
        return true;
    plan_input->services = arena_array(&plan->arena, count, sizeof *plan_input->services);
    plan_input->waiting = arena_array(&plan->arena, count, sizeof *plan_input->waiting);
    for (size_t i = 0; i < count; i++) {
        const struct catalog *service = find_service(set, input->services.items[i]);
        if (service == NULL) {
            input_await(plan, set, input->services.items[i], plan_input);
            continue;
        }
        if (input->udp && service->senders_restricted)
            return error_set(
                ret_error,
                "%s: /senders: %s (%s) names this service, and by UDP nobody is known; "
                "leave out the senders there, or the service here",
                service->file, input->listen, input->services_place);
        plan_input->services[plan_input->service_count++] = service;
    }
    return true;
}

static bool inputs_build(struct endpoint_plan *plan, const struct catalog_set *set,
                         struct error *ret_error) {
    const struct settings *settings = plan->settings;
    plan->inputs = arena_array(&plan->arena, plan->input_count + 1, sizeof *plan->inputs);
    for (size_t i = 0; i < plan->input_count; i++) {
        plan->inputs[i] = (struct input_plan){.input = &settings->inputs[i]};
        if (!input_resolve(plan, set, &plan->inputs[i], ret_error))
            return false;
    }
    return true;
}

size_t settings_endpoint_plan_handlers(const struct endpoint_plan *plan,
                                       const char *ret_names[ENDPOINTS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->options[i].handler_metrics)
            ret_names[count++] = plan->options[i].name;
    return count;
}

/* Find the handler's service: it is named like the endpoint, as no user's catalog can be. */
static const struct catalog *find_handler(const struct catalog_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->internal && strcmp(set->catalogs[i]->service, name) == 0)
            return set->catalogs[i];
    return NULL;
}

void settings_input_put_services(struct strbuf *out, const struct input_plan *input) {
    for (size_t i = 0; i < input->service_count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", input->services[i]->service);
    if (input->services == NULL)
        strbuf_puts(out, "the services of the shared socket");
    else if (input->service_count == 0)
        strbuf_puts(out, "no service");
}

void settings_input_write(struct json_writer *w, const struct input_plan *input) {
    json_open_member(w, "services", '[');
    for (size_t i = 0; i < input->service_count; i++)
        json_text(w, input->services[i]->service);
    json_close(w, ']');
    json_member_bool(w, "shared_services", input->services == NULL);
    json_member_text(w, "gauges", input->input->statsd_gauges ? "statsd" : "set");
}

void settings_endpoint_plan_name_inputs(const struct endpoint_plan *plan, struct catalog_set *set) {
    set->inputs = plan->input_names;
    set->input_count = plan->input_count;
}

bool settings_endpoint_plan_build(struct endpoint_plan *plan, struct catalog_set *set,
                                  struct error *ret_error) {
    struct endpoint_options *first = &plan->options[0];
    /* A `resource` for all endpoints does not apply to a default endpoint without an address. */
    if (plan->count > 1 && *plan->places[0].listen == '\0')
        first->resource = RESOURCE_OFF;
    for (size_t i = 0; i < plan->count; i++) {
        struct endpoint_options *options = &plan->options[i];
        options->handler = options->handler_metrics ? find_handler(set, options->name) : NULL;
    }
    endpoints_done(&plan->endpoints);
    return endpoints_build(&plan->endpoints, set, plan->options, plan->count, ret_error) &&
           inputs_build(plan, set, ret_error);
}

void settings_endpoint_plan_measure(const struct endpoint_page *page, uint64_t *ret_bound,
                                    uint64_t *ret_lines) {
    *ret_bound = 0;
    *ret_lines = 0;
    for (size_t i = 0; i < page->family_count; i++) {
        *ret_bound += page->families[i]->bound;
        *ret_lines += page->families[i]->lines;
    }
}

/* ---- check: Checks of texts beyond their kind. Nothing here looks at the system. ---- */

const char *settings_check_any(const char *text) {
    (void)text;
    return NULL;
}

const char *settings_check_path(const char *text) {
    return *text == '\0' ? "an empty path names nothing" : NULL;
}

/* Size of sun_path without its terminator (unix(7)). */
enum { SOCKET_PATH_MAX = 107 };

const char *settings_check_socket(const char *text) {
    if (*text == '\0')
        return "the socket needs a path";
    if (*text == '@')
        return "an abstract socket has no permissions; name a path";
    if (strlen(text) > SOCKET_PATH_MAX)
        return "a socket's path has at most 107 bytes";
    return NULL;
}

const char *settings_check_control(const char *text) {
    return *text == '\0' ? NULL : settings_check_socket(text);
}

const char *settings_check_listen(const char *text) {
    struct listen_address address;
    const char *why = NULL;
    (void)listen_address_parse(text, &address, &why);
    return why;
}

const char *settings_check_stream(const char *text) {
    return *text == '\0' ? NULL : settings_check_socket(text);
}

const char *settings_check_udp(const char *text) {
    struct listen_address address;
    const char *why = NULL;
    if (!listen_address_parse(text, &address, &why))
        return why;
    if (address.kind == LISTEN_NONE)
        return NULL;
    if (address.kind != LISTEN_TCP || !listen_address_is_local(&address))
        return "only a loopback address takes lines by UDP, as 127.0.0.1:8125: what comes from "
               "elsewhere belongs to a daemon there";
    if (text_ends(text, ":0"))
        return "a port from 1 to 65535 must follow, as in 127.0.0.1:8125";
    return NULL;
}

const char *settings_check_services(const char *text) {
    return text_is_service_name(text)
               ? NULL
               : "the name of a service is made of letters, digits, _ . and -, and starts with a "
                 "letter, a digit or _";
}

const char *settings_check_metrics_path(const char *text) {
    const size_t len = strlen(text);
    if (*text != '/')
        return "the path must start with /, for example /metrics";
    if (text[len - 1] == '/')
        return "the path must not end with /";
    if (len > 200)
        return "the path has at most 200 bytes";
    for (const char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("/-._~", *at) == NULL)
            return "the path is made of letters, digits and / - . _ ~";
    if (strstr(text, "//") != NULL || strstr(text, "/.") != NULL)
        return "the path must not have empty parts, nor parts that start with a dot";
    if (text_is_below(text, "/debug") || text_is_below(text, "/-") ||
        text_is_below(text, "/healthz") || text_is_below(text, "/readyz"))
        return "/debug, /-, /healthz and /readyz are taken";
    return NULL;
}

/* The words of the list are checked one by one; settings.c refuses "all" and "none" beside others.
 */
const char *settings_check_groups(const char *text) {
    if (*text == '\0')
        return "an empty group name; write all, none, or names separated by commas";
    if (strpbrk(text, "*?") != NULL)
        return "groups have no wildcards; name each, as statgate check lists them";
    for (const char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("_-.", *at) == NULL)
            return "group names are made of letters, digits and _ - .";
    return NULL;
}

const char *settings_check_hosts(const char *text) {
    const char *name = *text == '.' ? text + 1 : text;
    if (*name == '\0')
        return "an empty name; write names as in an address, separated by commas";
    if (strchr(text, '*') != NULL)
        return "names have no wildcards; .SUFFIX is all names that end so";
    if (strchr(text, ':') != NULL)
        return "a name without a port; IP addresses need not be listed";
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("_-.", *at) == NULL)
            return "names are made of letters, digits and _ - .";
    if (*name == '.' || strstr(name, "..") != NULL || name[strlen(name) - 1] == '.')
        return "names have no empty parts, and no dot at the end";
    return NULL;
}

/* ---- changes ---- */

/* ---- describing ---- */

/* An item of which only may be said that it differs. */
static void put_hashed(struct strbuf *out, const char *what, const char *name, const char *text) {
    strbuf_printf(out, "%s %s\t~%016" PRIx64 "\n", what, name, hash_bytes(text, strlen(text), 0));
}

static void put_service(struct strbuf *out, const struct catalog *catalog) {
    char text[FINGERPRINT_TEXT_SIZE];
    fingerprint_put(text, &catalog->fingerprint);
    strbuf_printf(out, "service %s\t~%s\n", catalog->service, text);
}

static void put_endpoint(struct strbuf *out, const struct endpoint_place *place,
                         const struct endpoint *endpoint) {
    struct strbuf name = {0};
    struct strbuf text = {0};
    if (*place->listen == '\0')
        return;
    strbuf_printf(&name, "%s%s", place->listen, place->path);
    strbuf_puts(&text, place->bearer_token_file);
    for (size_t i = 0; i < endpoint->service_count; i++)
        strbuf_printf(&text, " %s", endpoint->services[i]->service);
    endpoint_options_put_unusual(&text, &endpoint->options);
    put_hashed(out, "endpoint", strbuf_cstr(&name), strbuf_cstr(&text));
    strbuf_done(&name);
    strbuf_done(&text);
}

static void put_input(struct strbuf *out, const struct input_plan *input) {
    struct strbuf text = {0};
    strbuf_puts(&text, input->input->statsd_gauges ? "statsd" : "set");
    for (size_t i = 0; i < input->service_count; i++)
        strbuf_printf(&text, " %s", input->services[i]->service);
    put_hashed(out, "input", input->input->listen, strbuf_cstr(&text));
    strbuf_done(&text);
}

/* The path of a token file is secret, like its content. */
static bool is_secret(const struct setting *setting) {
    return strstr(setting->name, "token") != NULL;
}

static void put_setting(struct strbuf *out, const struct settings *settings,
                        const struct setting *setting) {
    struct strbuf value = {0};
    setting_put_text(&value, settings, setting);
    if (is_secret(setting))
        put_hashed(out, "setting", setting->name, strbuf_cstr(&value));
    else
        strbuf_printf(out, "setting %s\t%s\n", setting->name, strbuf_cstr(&value));
    strbuf_done(&value);
}

void settings_changes_describe(const struct endpoint_plan *plan, const struct catalog_set *set,
                               struct strbuf *out) {
    for (size_t i = 0; i < SETTING_COUNT; i++)
        put_setting(out, plan->settings, &setting_table[i]);
    for (size_t i = 0; i < set->count; i++)
        if (!set->catalogs[i]->internal)
            put_service(out, set->catalogs[i]);
    for (size_t i = 0; i < plan->count; i++)
        put_endpoint(out, &plan->places[i], &plan->endpoints.items[i]);
    for (size_t i = 0; i < plan->input_count; i++)
        put_input(out, &plan->inputs[i]);
}

/* ---- comparing ---- */

struct item {
    struct sg_span name;
    struct sg_span value;
};

/* Cut off the text up to the separator, which is skipped; all of the rest if there is none. */
static struct sg_span cut(struct sg_span *rest, char separator) {
    const char *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    const struct sg_span part = {rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len};
    const size_t gone = part.len + (end != NULL ? 1 : 0);
    *rest = (struct sg_span){rest->at + gone, rest->len - gone};
    return part;
}

static int by_name(const void *a, const void *b) {
    const struct sg_span left = ((const struct item *)a)->name;
    const struct sg_span right = ((const struct item *)b)->name;
    const int order = memcmp(left.at, right.at, left.len < right.len ? left.len : right.len);
    return order != 0 ? order : (left.len > right.len) - (left.len < right.len);
}

/* Sort the items by name; the caller frees *ret_items. */
static void sort_items(struct sg_span text, struct item **ret_items, size_t *ret_count) {
    size_t lines = 1;
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    struct item *items = memory_array(lines, sizeof *items);
    while (text.len > 0) {
        struct sg_span line = cut(&text, '\n');
        if (line.len == 0)
            continue;
        items[count].name = cut(&line, '\t');
        items[count++].value = line;
    }
    qsort(items, count, sizeof *items, by_name);
    *ret_items = items;
    *ret_count = count;
}

static void put_value(struct strbuf *out, struct sg_span value) {
    if (value.len == 0)
        strbuf_puts(out, "none");
    strbuf_put(out, value.at, value.len);
}

/* Append a line: `what` happened to the item, which had another value before if `before` is not
 * NULL. */
static void put_line(struct strbuf *out, const char *what, const struct item *item,
                     const struct item *before) {
    const size_t at = out->len;
    strbuf_printf(out, "%s %.*s", what, (int)item->name.len, item->name.at);
    if (before != NULL && (item->value.len == 0 || item->value.at[0] != '~')) {
        strbuf_puts(out, ": ");
        put_value(out, before->value);
        strbuf_puts(out, " -> ");
        put_value(out, item->value);
    }
    if (out->len > at + CHANGES_LINE_MAX)
        out->len = at + CHANGES_LINE_MAX;
    strbuf_putc(out, '\n');
}

/* Every process has all settings of its version, so a setting that only one side has is no
 * change. */
static void put_one(struct strbuf *out, const char *what, const struct item *item) {
    static const char beginning[] = "setting ";
    const size_t len = sizeof beginning - 1;
    if (item->name.len <= len || memcmp(item->name.at, beginning, len) != 0)
        put_line(out, what, item, NULL);
}

static void compare(const struct item *before, size_t before_count, const struct item *after,
                    size_t after_count, struct strbuf *out) {
    size_t i = 0;
    size_t j = 0;
    while (i < before_count || j < after_count) {
        const int order = i == before_count  ? 1
                          : j == after_count ? -1
                                             : by_name(&before[i], &after[j]);
        if (order < 0)
            put_one(out, "removed", &before[i]);
        else if (order > 0)
            put_one(out, "added", &after[j]);
        else if (!sg_span_same(before[i].value, after[j].value))
            put_line(out, "changed", &after[j], &before[i]);
        i += order <= 0;
        j += order >= 0;
    }
}

bool settings_changes_write(const char *before, size_t before_len, const char *after,
                            size_t after_len, struct strbuf *out) {
    struct item *items[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    sort_items((struct sg_span){before, before_len}, &items[0], &counts[0]);
    sort_items((struct sg_span){after, after_len}, &items[1], &counts[1]);
    compare(items[0], counts[0], items[1], counts[1], out);
    free(items[0]);
    free(items[1]);
    return !out->failed;
}
