/* SPDX-License-Identifier: MIT */
/* check.c - statgate check: files, hosts, connections, and what could be better. */
#include "statgate/check/check_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "gate/gate.h"
#include "settings/settings.h"
#include "sg_proto.h"

/* ---- report ---- */

static void each_part(const struct catalog_family *const *parts, int count, check_family_fn *fn,
                      void *arg) {
    for (int i = 0; i < count; i++)
        if (parts[i] != NULL)
            fn(arg, parts[i]);
}

void check_each_family(const struct catalog *catalog, check_family_fn *fn, void *arg) {
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (family->source == SOURCE_DERIVED)
            continue;
        fn(arg, family);
        if (family->attempts != NULL)
            each_part(family->attempts->parts, ATTEMPTS_PART_COUNT, fn, arg);
        if (family->jobs != NULL)
            each_part(family->jobs->parts, JOBS_PART_COUNT, fn, arg);
    }
}

size_t check_family_count(const struct catalog *catalog) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += family_has_lines(&catalog->families[i]);
    return count;
}

uint64_t check_family_bytes(const struct check_report *report,
                            const struct catalog_family *family) {
    return report->memory->families[family->index];
}

uint64_t check_catalog_bytes(const struct check_report *report, const struct catalog *catalog) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        bytes += check_family_bytes(report, &catalog->families[i]);
    return bytes;
}

/* ---- connect ---- */

const struct catalog_query *check_connect_query(const struct catalog_set *set,
                                                const struct check_database *database,
                                                size_t index) {
    for (size_t i = 0; i < set->query_count; i++)
        if (set->queries[i]->database == database->database && index-- == 0)
            return set->queries[i];
    return NULL;
}

const char *check_connect_use(const struct catalog_query *query, const char *column,
                              bool *ret_is_label) {
    for (size_t i = 0; i < query->label_count; i++) {
        if (strcmp(query->labels[i].column, column) == 0) {
            *ret_is_label = true;
            return query->labels[i].label;
        }
    }
    for (size_t i = 0; i < query->value_count; i++) {
        if (strcmp(query->values[i].column, column) == 0) {
            *ret_is_label = false;
            return query->values[i].family->name;
        }
    }
    return NULL;
}

static size_t queries_of(const struct catalog_set *set, const struct catalog_database *database) {
    size_t count = 0;
    for (size_t i = 0; i < set->query_count; i++)
        count += set->queries[i]->database == database;
    return count;
}

/* Add an error for each query that does not fit. True if all of them fit. */
static bool tell_misfits(const struct catalog_set *set, const struct check_database *database,
                         struct messages *errors) {
    bool good = true;
    for (size_t i = 0; i < database->count; i++) {
        const struct catalog_query *query = check_connect_query(set, database, i);
        if (database->checks[i].good)
            continue;
        diagnostics_messages_add(errors, "%s: /queries/%zu (%s): %s", query->catalog->file,
                                 (size_t)(query - query->catalog->queries), query->name,
                                 database->checks[i].error.text);
        good = false;
    }
    return good;
}

/* Warn of a powerful role: a query may call any function that its role may call, and a read-only
 * transaction does not keep these functions from files and programs. */
static void warn_of_role(const struct check_database *database, struct messages *warnings) {
    static const char *const may[] = {[POSTGRES_ROLE_SERVER] =
                                          "may run programs on the server or write its files",
                                      [POSTGRES_ROLE_SUPERUSER] = "is a superuser"};
    if (database->answer.role != POSTGRES_ROLE_PLAIN)
        diagnostics_messages_add(
            warnings, "%s: /databases/%s: the role %s; a query needs one that reads tables",
            database->database->catalog->file, database->database->name,
            may[database->answer.role]);
}

static int ask(const struct cli *cli, const struct catalog_set *set, struct check_database *ask_of,
               struct postgres_check *checks, struct messages *errors, struct messages *warnings) {
    const struct catalog_database *database = ask_of->database;
    ask_of->checks = checks;
    cli->check_database(set, database, CHECK_CONNECT_S, checks, queries_of(set, database),
                        &ask_of->answer);
    if (!ask_of->answer.connected) {
        diagnostics_messages_add(errors, "%s: /databases/%s: no connection: %s",
                                 database->catalog->file, database->name,
                                 ask_of->answer.error.text);
        return CLI_FAILURE;
    }
    warn_of_role(ask_of, warnings);
    ask_of->count = queries_of(set, database);
    return tell_misfits(set, ask_of, errors) ? CLI_OK : CLI_USAGE;
}

int check_connect(const struct cli *cli, const struct catalog_set *set, struct messages *errors,
                  struct messages *warnings, struct check_connect *ret_connect) {
    *ret_connect = (struct check_connect){.database_count = 0};
    ret_connect->databases = memory_array(set->database_count + 1, sizeof *ret_connect->databases);
    ret_connect->checks = memory_array(set->query_count + 1, sizeof *ret_connect->checks);
    int code = CLI_OK;
    struct postgres_check *checks = ret_connect->checks;
    for (size_t i = 0; i < set->database_count; i++) {
        struct check_database *database = &ret_connect->databases[ret_connect->database_count++];
        database->database = set->databases[i];
        const int result = ask(cli, set, database, checks, errors, warnings);
        checks += queries_of(set, set->databases[i]);
        code = result > code ? result : code; /* a query that does not fit has the higher code */
    }
    return code;
}

static void check_connect_done(struct check_connect *connect) {
    free(connect->databases);
    free(connect->checks);
    *connect = (struct check_connect){.database_count = 0};
}

/* ---- host ----
 * examines what the settings name on this host, as the daemon does at its start. Private
 * to statgate/.
 */

/* ---- tokens ---- */

/* Whether no earlier endpoint names this file: it is reported once, as the daemon reads it once. */
static bool is_new(const struct endpoint_plan *plan, size_t count, const char *path) {
    bool is_new = *path != '\0';
    for (size_t i = 0; i < count; i++)
        is_new = is_new && strcmp(plan->places[i].bearer_token_file, path) != 0;
    return is_new;
}

static void check_token(const char *path, const char *place, struct messages *errors,
                        struct messages *warnings) {
    struct error wrong;
    bool exposed = false;
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0 && errno == EACCES) {
        diagnostics_messages_add(
            warnings,
            "%s: %s: user %u may not read it, so it was not checked; the user of statgated "
            "must be able to",
            place, path, (unsigned)geteuid());
        return;
    }
    char *token = settings_read_token(path, &exposed, &wrong);
    if (token == NULL)
        diagnostics_messages_add(errors, "%s: %s", place, wrong.text);
    else if (exposed)
        diagnostics_messages_add(warnings, "%s: %s can be read by others; chmod 600 it", place,
                                 path);
    settings_token_free(token);
}

static void check_tokens(const struct endpoint_plan *plan, struct messages *errors,
                         struct messages *warnings) {
    for (size_t i = 0; i < plan->count; i++) {
        const struct endpoint_place *place = &plan->places[i];
        if (is_new(plan, i, place->bearer_token_file))
            check_token(place->bearer_token_file, place->token_place, errors, warnings);
    }
    const char *path = settings_debug_access_token_file(plan);
    if (is_new(plan, plan->count, path))
        check_token(path, settings_debug_access_token_place(plan), errors, warnings);
}

/* ---- sockets ---- */

static void check_folder(const char *place, const char *socket, struct messages *warnings) {
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
    struct stat status;
    const char *slash = strrchr(socket, '/');
    const size_t len = slash != NULL ? (size_t)(slash - socket) : 0;
    if (len == 0 || len >= sizeof folder)
        return; /* in the root or working folder; too long paths were refused before */
    memcpy(folder, socket, len);
    folder[len] = '\0';
    const bool found = stat(folder, &status) == 0;
    if (!found && (errno == ENOENT || errno == ENOTDIR))
        diagnostics_messages_add(
            warnings,
            "%s: the folder %s is missing, and statgated would not start: make it, let the "
            "unit make it (RuntimeDirectory), or set another path",
            place, folder);
    else if (found && !S_ISDIR(status.st_mode))
        diagnostics_messages_add(warnings, "%s: %s is no folder; set another path", place, folder);
}

static void check_sockets(const struct settings *settings, const struct catalog_set *set,
                          struct messages *warnings) {
    struct error why;
    uint32_t group;
    if (!settings_socket_group(settings, &group, &why))
        diagnostics_messages_add(warnings, "%s", why.text);
    /* The daemon makes the folder of a default path itself. */
    if (settings->sources[SETTING_socket] != SETTINGS_DEFAULT)
        check_folder(settings_place(settings, SETTING_socket), settings->socket, warnings);
    if (settings->sources[SETTING_control] != SETTINGS_DEFAULT && *settings->control != '\0')
        check_folder(settings_place(settings, SETTING_control), settings->control, warnings);
    for (size_t i = 0; i < set->count; i++) {
        char place[ERROR_BYTES];
        if (set->catalogs[i]->socket == NULL)
            continue;
        (void)snprintf(place, sizeof place, "%s: /socket", set->catalogs[i]->file);
        check_folder(place, set->catalogs[i]->socket, warnings);
    }
}

/*
 * Check token files, the group of the sockets, and the folders in which sockets are made; `set` may
 * hold no catalog. A token file that is missing or holds no token is an error. Anything that may
 * differ on the daemon's host, or for its user, is only a warning. True when nothing is an error.
 */
static bool check_host(const struct settings *settings, const struct catalog_set *set,
                       struct messages *errors, struct messages *warnings) {
    const size_t before = errors->count;
    struct endpoint_plan plan;
    settings_endpoint_plan_init(&plan, settings, true);
    check_tokens(&plan, errors, warnings);
    settings_endpoint_plan_done(&plan);
    check_sockets(settings, set, warnings);
    return errors->count == before;
}

/* ---- lint ----
 * The rules for names are those of client_golang's promlint, which promtool uses, so a name that
 * passes here passes there.
 */

/* A text in lower case. Names are at most as long as in a catalog. */
struct lower {
    char text[CATALOG_NAME_MAX + 1];
};

static void make_lower(struct lower *lower, const char *text) {
    size_t len = 0;
    for (; text[len] && len < sizeof lower->text - 1; len++)
        lower->text[len] = (char)tolower((unsigned char)text[len]);
    lower->text[len] = '\0';
}

/* Whether `_word_` is inside the text, or `_word` at its end. */
static bool has_word(const char *text, const char *word) {
    const size_t len = strlen(word);
    for (const char *at = strchr(text, '_'); at != NULL; at = strchr(at + 1, '_'))
        if (strncmp(at + 1, word, len) == 0 && (at[1 + len] == '_' || at[1 + len] == '\0'))
            return true;
    return false;
}

static bool is_camel_case(const char *text) {
    for (; *text; text++)
        if (islower((unsigned char)text[0]) && isupper((unsigned char)text[1]))
            return true;
    return false;
}

/* ---- units ---- */

static const struct {
    const char *unit;
    const char *base;
} units[] = {
    {"amperes", "amperes"}, {"bytes", "bytes"},     {"celsius", "celsius"},
    {"grams", "grams"},     {"joules", "joules"},   {"kelvin", "kelvin"},
    {"meters", "meters"},   {"metres", "metres"},   {"seconds", "seconds"},
    {"volts", "volts"},     {"minutes", "seconds"}, {"hours", "seconds"},
    {"days", "seconds"},    {"weeks", "seconds"},   {"kelvins", "kelvin"},
    {"rankine", "celsius"}, {"inches", "meters"},   {"fahrenheit", "celsius"},
    {"yards", "meters"},    {"miles", "meters"},    {"bits", "bytes"},
    {"pounds", "grams"},    {"ounces", "grams"},    {"calories", "joules"},
};

static const char *const prefixes[] = {"",     "pico",  "nano", "micro", "milli", "centi", "deci",
                                       "deca", "hecto", "kilo", "kibi",  "mega",  "mibi",  "giga",
                                       "gibi", "tera",  "tebi", "peta",  "pebi"};

/* The base unit for a word of the name (`len` bytes), or NULL if the word is no unit. */
static const char *base_of(const char *word, size_t len) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t unit_len = strlen(units[i].unit);
        if (len < unit_len || memcmp(word + len - unit_len, units[i].unit, unit_len) != 0)
            continue;
        for (size_t j = 0; j < sizeof prefixes / sizeof *prefixes; j++)
            if (strlen(prefixes[j]) == len - unit_len &&
                memcmp(word, prefixes[j], len - unit_len) == 0)
                return units[i].base;
    }
    return NULL;
}

/* ---- where ---- */

/* A place in the catalog; large enough for any combination of names. */
struct lint_place {
    char text[3 * CATALOG_NAME_MAX + 64];
};

/* The place of a family's name: its key, or for a derived family its entry in `names`. */
static struct lint_place place_of(const struct catalog_family *family) {
    struct lint_place place;
    (void)snprintf(place.text, sizeof place.text, "/%s/%s%s%s", family->section, family->key,
                   family->part_key != NULL ? "/names/" : "",
                   family->part_key != NULL ? family->part_key : "");
    return place;
}

static void lint_warn(const struct catalog_family *family, struct messages *warnings,
                      const char *format, ...) __attribute__((format(printf, 3, 4)));

static void lint_warn(const struct catalog_family *family, struct messages *warnings,
                      const char *format, ...) {
    char text[4 * CATALOG_NAME_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    diagnostics_messages_add(warnings, "%s: %s%s", family->catalog->file, place_of(family).text,
                             text);
}

/* ---- units in names ---- */

static void lint_units(const struct catalog_family *family, struct messages *warnings) {
    for (const char *word = family->name; *word;) {
        const size_t len = strcspn(word, "_");
        const char *base = base_of(word, len);
        if (base != NULL && !text_is(word, len, base))
            lint_warn(family, warnings, ": use the base unit %s instead of %.*s", base, (int)len,
                      word);
        word += len;
        word += *word == '_';
    }
}

/* ---- names ---- */

static void lint_suffix(const struct catalog_family *family, struct messages *warnings) {
    static const char *const totals[] = {"_count", "_sum"};
    const struct kind_row *kind = family->kind;
    if (strcmp(kind->suffix, "_total") != 0 && text_ends(family->name, "_total"))
        lint_warn(family, warnings, ": only a counter's name should end in _total");
    if (kind->item_suffix == NULL && text_ends(family->name, "_bucket"))
        lint_warn(family, warnings, ": only samples of histograms should end in _bucket");
    for (size_t i = 0; i < 2 && !kind->has_totals; i++)
        if (text_ends(family->name, totals[i]))
            lint_warn(family, warnings,
                      ": only samples of histograms and summaries should end in %s", totals[i]);
}

static void lint_words(const struct catalog_family *family, struct messages *warnings) {
    static const char *const types[] = {"counter", "gauge", "summary", "histogram"};
    static const char *const short_units[] = {"s",  "ms", "us", "ns", "sec", "b", "kb",
                                              "mb", "gb", "tb", "pb", "m",   "h", "d"};
    struct lower name;
    make_lower(&name, family->name);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (has_word(name.text, types[i]))
            lint_warn(family, warnings, ": the name should not contain a type (%s)", types[i]);
    for (size_t i = 0; i < sizeof short_units / sizeof *short_units; i++)
        if (has_word(name.text, short_units[i]))
            lint_warn(family, warnings, ": write the unit out instead of _%s", short_units[i]);
    if (is_camel_case(family->name))
        lint_warn(family, warnings, ": use snake_case");
}

/* ---- labels ---- */

/* Check a label's name. `at`: its place, relative to the family's. */
static void lint_label(const struct catalog_family *family, const char *at, const char *label,
                       struct messages *warnings) {
    if (is_camel_case(label))
        lint_warn(family, warnings, "%s: use snake_case", at);
    if (strcmp(label, "job") == 0 || strcmp(label, "instance") == 0)
        lint_warn(family, warnings,
                  "%s: Prometheus stores this label as exported_%s, unless the scrape sets "
                  "honor_labels: true",
                  at, label);
}

static void lint_labels(const struct catalog_family *family, struct messages *warnings) {
    for (uint32_t i = 0; i < family->label_count; i++) {
        char at[CATALOG_NAME_MAX + sizeof "/labels/"];
        (void)snprintf(at, sizeof at, "/labels/%s", family->labels[i].name);
        lint_label(family, at, family->labels[i].name, warnings);
    }
    if (family->jobs != NULL && family->jobs->parts[JOBS_LIVE] != NULL)
        lint_label(family, "/state_label", family->jobs->state_label, warnings);
}

/* ---- lines ---- */

/* Bytes of the shortest value that a line has to name; a label with a default may be left out. */
static size_t shortest_of(const struct catalog_label *label) {
    size_t shortest = SIZE_MAX;
    for (uint32_t i = 0; i < label->value_count; i++)
        if (label->values[i].len < shortest)
            shortest = label->values[i].len;
    return label->kind == LABEL_VALUES && label->value_count > 0 ? shortest : 1;
}

/* Whether any line of the family is remembered, and fits at all. */
static void lint_length(const struct catalog_family *family, struct messages *warnings) {
    enum { AROUND = 8 /* `:1|c|#` and a newline */ };
    size_t bytes = strlen(family->name);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].default_value < 0)
            bytes += strlen(family->labels[i].name) + 2 + shortest_of(&family->labels[i]);
    if (bytes + AROUND > SG_LINE_MAX)
        lint_warn(
            family, warnings,
            ": its shortest line has %zu bytes, and a line has at most %d: nothing can be sent",
            bytes + AROUND, SG_LINE_MAX);
    else if (bytes > GATE_KNOWN_BYTES_MAX)
        lint_warn(family, warnings,
                  ": its shortest line has %zu bytes of name and labels; lines of more than %d are "
                  "examined anew each time, which costs several times as much",
                  bytes, GATE_KNOWN_BYTES_MAX);
}

/* ---- families ---- */

/* Whether a derived family has the default name, BASE_KEY of the attempts or jobs BASE, which
 * its catalog did not choose. */
static bool has_default_name(const struct catalog_family *part) {
    const size_t len = strlen(part->key);
    return strncmp(part->name, part->key, len) == 0 && part->name[len] == '_' &&
           strcmp(part->name + len + 1, part->part_key) == 0;
}

/* Whether a derived family has a default name that starts with the name of these attempts or
 * jobs. */
static bool names_another(const struct catalog_family *machine) {
    for (size_t i = 0; i < machine->catalog->family_count; i++) {
        const struct catalog_family *part = &machine->catalog->families[i];
        if (part->part_key != NULL && part->section == machine->section &&
            strcmp(part->key, machine->name) == 0 && has_default_name(part))
            return true;
    }
    return false;
}

/* Check one family. Attempts and jobs are visible only in derived families. Names of these that
 * the catalog chose are checked themselves; for default names, the name of the attempts or jobs
 * is. */
static void lint_family(const struct catalog_family *family, struct messages *warnings) {
    const bool derived = family->source == SOURCE_DERIVED;
    const bool machine = !family_has_lines(family);
    if (derived && has_default_name(family))
        return;
    if (!machine && family->help[0] == '\0')
        lint_warn(family, warnings, ": no help text");
    if (!machine || names_another(family)) {
        lint_units(family, warnings);
        lint_words(family, warnings);
    }
    if (!machine)
        lint_suffix(family, warnings);
    if (!derived)
        lint_labels(family, warnings);
    if (!derived && family->source != SOURCE_QUERY)
        lint_length(family, warnings);
}

void check_lint_set(const struct catalog_set *set, struct messages *warnings) {
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count && !catalog->internal; j++)
            lint_family(&catalog->families[j], warnings);
    }
}

static bool has_group(const struct catalog_set *set, const char *group, size_t len) {
    for (size_t i = 0; i < set->count; i++)
        if (catalog_has_group(set->catalogs[i], group, len))
            return true;
    return false;
}

void check_lint_groups(const struct catalog_set *set, const char *place, const char *groups,
                       struct messages *warnings) {
    for (const char *at = groups; *at; at += *at == ',') {
        const size_t len = strcspn(at, ",");
        const bool special = text_is(at, len, "all") || text_is(at, len, "none");
        if (!special && len > 0 && !has_group(set, at, len))
            diagnostics_messages_add(warnings, "%s: no family is in the group \"%.*s\"", place,
                                     (int)len, at);
        at += len;
    }
}

/* ---- check ---- */

enum { OWN_CONNECT, OWN_JSON, OWN_FORMAT, OWN_FINGERPRINT, OWN_COUNT };

enum check_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_GITHUB };

static const char formats[] = "text|json|github";

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_CONNECT] = {"connect", NULL,
                     "Ask the databases, too: whether each query fits its declaration. Nothing is "
                     "executed."},
    [OWN_JSON] = {"json", NULL, "Print one JSON object, for scripts: --format json."},
    [OWN_FORMAT] =
        {"format", formats,
         "text (the default), json, or github: annotations of GitHub Actions, which are errors "
         "and warnings only, each with its place."},
    [OWN_FINGERPRINT] = {"fingerprint", NULL,
                         "Print only the fingerprint, service and file of each catalog, as the "
                         "daemon's metric statgate_catalog_info has them."},
};

static void check_warn(void *arg, const char *text) {
    diagnostics_messages_add(arg, "%s", text);
}

static void add_remarks(const struct catalog_set *set, struct messages *warnings) {
    for (size_t i = 0; i < set->count; i++)
        for (const struct catalog_remark *remark = set->catalogs[i]->remarks; remark != NULL;
             remark = remark->next)
            diagnostics_messages_add(warnings, "%s", remark->text);
}

static bool load(const struct settings *settings, struct catalogs *catalogs,
                 struct footprint *memory, struct messages *errors, struct messages *warnings) {
    const bool words = settings->words.count > 0;
    const bool named = words || settings->sources[SETTING_catalog] == SETTINGS_FLAG;
    const struct settings_list *paths = words ? &settings->words : &settings->catalog;
    const bool loaded = diagnostics_catalogs_load(settings, paths, named, catalogs, errors);
    if (loaded)
        footprint_measure(memory, &catalogs->set, &catalogs->plan);
    /* Catalogs given by name do not describe a host, unless its configuration file is given,
     * too. */
    const bool fits = !catalogs->whole || check_host(settings, &catalogs->set, errors, warnings);
    if (!loaded || !fits)
        return false;
    add_remarks(&catalogs->set, warnings);
    check_lint_set(&catalogs->set, warnings);
    settings_endpoint_warnings(&catalogs->plan, &catalogs->set, check_warn, warnings);
    if (!catalogs->whole) {
        check_lint_groups(&catalogs->set, settings_place(settings, SETTING_include),
                          settings->include, warnings);
        check_lint_groups(&catalogs->set, settings_place(settings, SETTING_exclude),
                          settings->exclude, warnings);
    }
    return true;
}

/* Find the format of this name; NULL: none was given. False: there is no such format. */
static bool read_format(const char *text, bool json, enum check_format *ret_format) {
    *ret_format = json ? FORMAT_JSON : FORMAT_TEXT;
    if (text == NULL)
        return true;
    const unsigned found = text_choice_find(formats, text);
    if (found == UINT_MAX)
        return false;
    *ret_format = (enum check_format)found;
    return true;
}

static void write_report(struct cli *cli, const struct check_report *report,
                         enum check_format format, bool good) {
    switch (format) {
    case FORMAT_GITHUB:
        check_write_github(report->findings, &cli->out);
        return;
    case FORMAT_JSON:
        check_write_json(&cli->out, report);
        break;
    case FORMAT_TEXT:
        if (good)
            check_write_text(&cli->out, report);
        break;
    }
    diagnostics_write(report->findings, &cli->err);
}

/* Print a line for each catalog, and nothing of invalid ones. */
static void write_fingerprints(struct cli *cli, const struct catalog_set *set) {
    char text[FINGERPRINT_TEXT_SIZE];
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        if (catalog->internal)
            continue;
        fingerprint_put(text, &catalog->fingerprint);
        strbuf_printf(&cli->out, "%s  %s  %s\n", text, catalog->service, catalog->file);
    }
}

/* ---- settings that are refused ---- */

/* The settings were refused before flags were known, so look for the format among the arguments. */
static enum check_format guess_format(int argc, char *const *argv) {
    enum check_format format = FORMAT_TEXT;
    for (int i = 1; i < argc && argv[i] != NULL; i++) {
        const bool behind = strcmp(argv[i], "--format") == 0 && i + 1 < argc;
        const char *text = behind                                  ? argv[i + 1]
                           : strncmp(argv[i], "--format=", 9) == 0 ? argv[i] + 9
                                                                   : NULL;
        if ((text != NULL || strcmp(argv[i], "--json") == 0) &&
            !read_format(text, text == NULL, &format))
            return FORMAT_TEXT;
    }
    return format;
}

/* Report refused settings. A mistake in a configuration file has a place, like one in a catalog. */
static int refused(struct cli *cli, int argc, char *const *argv, const char *why) {
    static const struct catalog_set no_set;
    static const struct endpoint_plan no_plan;
    struct messages errors;
    struct messages warnings;
    struct diagnostics findings;
    diagnostics_messages_init(&errors);
    diagnostics_messages_init(&warnings);
    diagnostics_messages_add(&errors, "%s", why);
    diagnostics_find_setting(&findings, why);
    const struct check_report report = {.set = &no_set,
                                        .plan = &no_plan,
                                        .errors = &errors,
                                        .warnings = &warnings,
                                        .findings = &findings};
    if (findings.count == 1 && findings.items[0].file != NULL)
        write_report(cli, &report, guess_format(argc, argv), false);
    else
        (void)command_fail(cli, &check_command, CLI_USAGE, "%s", why);
    diagnostics_done(&findings);
    diagnostics_messages_done(&warnings);
    diagnostics_messages_done(&errors);
    return CLI_USAGE;
}

/* ---- the command ---- */

/* Check the flags, and find the format. On failure, reports it and returns another code than
 * CLI_OK. */
static int read_flags(struct cli *cli, const struct settings *settings,
                      enum check_format *ret_format) {
    if (!read_format(settings->own[OWN_FORMAT], settings->own[OWN_JSON] != NULL, ret_format))
        return command_fail(cli, &check_command, CLI_USAGE,
                            "--format: \"%.80s\": must be one of text, json, github",
                            settings->own[OWN_FORMAT]);
    if (settings->words.count > 0 && settings->sources[SETTING_catalog] == SETTINGS_FLAG)
        return command_fail(cli, &check_command, CLI_USAGE,
                            "name catalogs as arguments or by --catalog, not both");
    return CLI_OK;
}

/* Ask the databases of the set. Returns the exit code. */
static int ask_databases(struct cli *cli, const struct catalog_set *set, struct messages *errors,
                         struct messages *warnings, struct check_connect *connect) {
    if (set->database_count > 0)
        return check_connect(cli, set, errors, warnings, connect);
    diagnostics_messages_add(warnings, "--connect: no catalog declares databases");
    return CLI_OK;
}

static int run(struct cli *cli, const struct settings *settings) {
    enum check_format format;
    int code = read_flags(cli, settings, &format);
    if (code != CLI_OK)
        return code;
    struct catalogs catalogs;
    struct messages errors;
    struct messages warnings;
    diagnostics_messages_init(&errors);
    diagnostics_messages_init(&warnings);
    struct check_connect connect = {.database_count = 0};
    struct footprint memory = {0};
    const bool asked = settings->own[OWN_CONNECT] != NULL;
    const bool good = load(settings, &catalogs, &memory, &errors, &warnings);
    if (!good) /* refused settings bound no memory but that of series */
        memset(memory.parts, 0, sizeof memory.parts);
    code = good ? CLI_OK : CLI_USAGE;
    if (good && asked)
        code = ask_databases(cli, &catalogs.set, &errors, &warnings, &connect);
    struct diagnostics findings;
    diagnostics_find(&findings, &errors, &warnings, SIZE_MAX);
    const struct check_report report = {.set = &catalogs.set,
                                        .plan = &catalogs.plan,
                                        .errors = &errors,
                                        .warnings = &warnings,
                                        .connect = asked && good ? &connect : NULL,
                                        .memory = &memory,
                                        .findings = &findings,
                                        .width = cli->width};
    if (good && settings->own[OWN_FINGERPRINT] != NULL)
        write_fingerprints(cli, &catalogs.set);
    else
        write_report(cli, &report, format, good);
    diagnostics_done(&findings);
    footprint_done(&memory);
    check_connect_done(&connect);
    diagnostics_messages_done(&warnings);
    diagnostics_messages_done(&errors);
    diagnostics_catalogs_done(&catalogs);
    return code;
}

const struct command check_command = {
    .word = CHECK_WORD,
    .summary = CHECK_SUMMARY,
    .program =
        {.name = "statgate check",
         .usage = "[FLAG...] [CATALOG...]",
         .about =
             "Loads catalogs (files, or folders of *.json) as statgated does, and reports every "
             "mistake with file, line and column, up to 64 in each catalog. For valid ones it "
             "prints how many series and lines each family can have, their memory, which "
             "families max_series cuts, and what becomes of further series. Without arguments it "
             "takes the catalogs and endpoints of the settings, and checks the token files, the "
             "group and the socket folders that they name. With arguments, the configuration "
             "file counts only if --config names it. With --connect, the database prepares each "
             "query, and reports its columns, types and cost. Exit codes: 0 valid, even with "
             "warnings; 1 a database does not connect; 2 a catalog or the configuration is "
             "invalid, or a query does not fit.",
         .allowed = SETTING_BIT(config) | SETTING_BIT(catalog) | SETTING_BIT(history) |
                    SETTING_BIT(include) | SETTING_BIT(exclude) | SETTING_BIT(resource) |
                    SETTING_BIT(scope_labels) | SETTING_BIT(handler_metrics),
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate check\n"
                     "  statgate check packaging/catalogs/demo.json\n"
                     "  statgate check --fingerprint /etc/statgate/catalog.d\n"
                     "  statgate check --format github catalogs/*.json\n"
                     "  PGSERVICE=shop statgate check --connect shop.json\n"
                     "  statgate check --json /etc/statgate/catalog.d | jq .total.bound\n"},
    .refused = refused,
    .run = run,
};
