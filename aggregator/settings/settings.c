/* SPDX-License-Identifier: MIT */
/* settings.c - the table of settings: their values as text, their checks, --help. */
#include "settings/settings_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/text.h"
#include "version/version.h"

/* ---- settings ---- */

void settings_done(struct settings *settings) {
    arena_done(&settings->arena);
    memset(settings, 0, sizeof *settings);
}

const char *settings_place(const struct settings *settings, enum setting_id id) {
    return settings->places[id];
}

/* ---- setting text ---- */

static void put_bytes(struct strbuf *out, const char *text) {
    for (; *text != '\0'; text++)
        strbuf_putc(out, (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void put_list(struct strbuf *out, const struct settings_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            strbuf_putc(out, ':');
        put_bytes(out, list->items[i]);
    }
}

static void put_text(struct strbuf *out, const struct setting *setting, const char *text) {
    if (text == NULL)
        text = setting->shown;
    if (text != NULL)
        put_bytes(out, text);
}

void setting_put_text(struct strbuf *out, const struct settings *settings,
                      const struct setting *setting) {
    const void *field = (const char *)settings + setting->offset;
    switch (setting->kind) {
    case KIND_TEXT:
    case KIND_WORDS:
    case KIND_CHOICE:
    case KIND_FILE:
        put_text(out, setting, *(const char *const *)field);
        break;
    case KIND_PATHS:
        put_list(out, field);
        break;
    case KIND_SWITCH:
        strbuf_puts(out, *(const bool *)field ? "on" : "off");
        break;
    case KIND_MODE:
        strbuf_printf(out, "%04o", (unsigned)*(const uint32_t *)field);
        break;
    case KIND_NUMBER:
        strbuf_printf(out, "%" PRId64, *(const int64_t *)field);
        break;
    }
}

/* ---- socket group ---- */

bool settings_socket_group(const struct settings *settings, uint32_t *ret_group,
                           struct error *ret_error) {
    const char *name = settings->socket_group;
    char *end;
    *ret_group = SETTINGS_GROUP_KEEP;
    if (*name == '\0')
        return true;
    errno = 0;
    const unsigned long number = strtoul(name, &end, 10);
    if (*end == '\0' && errno == 0 && number < SETTINGS_GROUP_KEEP) {
        *ret_group = (uint32_t)number;
        return true;
    }
    const struct group *group = getgrnam(name);
    if (group == NULL)
        return error_set(ret_error,
                         "%s: there is no group \"%s\"; make it with groupadd, or name another",
                         settings_place(settings, SETTING_socket_group), name);
    *ret_group = group->gr_gid;
    return true;
}

/* ---- token: No message repeats the content of the file. ---- */

void settings_token_free(char *token) {
    if (token == NULL)
        return;
    explicit_bzero(token, strlen(token));
    free(token);
}

/* Read up to `size` bytes; -1 with errno set. */
static ssize_t read_some(int fd, char *out, size_t size) {
    size_t len = 0;
    while (len < size) {
        const ssize_t got = read(fd, out + len, size - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

/* Cut off one line end and terminate. Returns what is wrong with the token, or NULL. */
static const char *trim(char *token, size_t len) {
    if (len > 0 && token[len - 1] == '\n')
        len--;
    if (len > 0 && token[len - 1] == '\r')
        len--;
    if (len == 0)
        return "holds no token";
    if (len > SETTINGS_TOKEN_MAX)
        return "holds more than 4096 bytes";
    for (size_t i = 0; i < len; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return "must hold one line of visible ASCII characters, without blanks";
    token[len] = '\0';
    return NULL;
}

static void cannot_be_read(struct error *ret_error, const char *path, int error) {
    const char *why = strerror(error);
    if (error == ENOENT || error == ENOTDIR)
        error_set(ret_error,
                  "%.500s: cannot be read: %s; write the token into it, one line, or leave this "
                  "setting out",
                  path, why);
    else if (error == EACCES)
        error_set(ret_error, "%.500s: cannot be read: %s; let the daemon's user (uid %u) read it",
                  path, why, (unsigned)geteuid());
    else
        error_set(ret_error, "%.500s: cannot be read: %s", path, why);
}

char *settings_read_token(const char *path, bool *ret_exposed, struct error *ret_error) {
    enum {
        BYTES = SETTINGS_TOKEN_MAX + 3
    }; /* a line end, and one byte more to detect a longer file */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status = {0};
    char *token = NULL;
    if (fd < 0 || fstat(fd, &status) != 0) {
        cannot_be_read(ret_error, path, errno);
        goto out;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(ret_error, "%.500s: cannot be read: %s", path,
                  S_ISDIR(status.st_mode) ? strerror(EISDIR) : "not a regular file");
        goto out;
    }
    token = memory_alloc(BYTES + 1);
    const ssize_t len = read_some(fd, token, BYTES);
    const int read_errno = errno;
    const char *why = len < 0 ? NULL : trim(token, (size_t)len);
    if (len < 0 || why != NULL) {
        if (len < 0)
            cannot_be_read(ret_error, path, read_errno);
        else
            error_set(ret_error, "%.500s: %s", path, why);
        explicit_bzero(token, BYTES);
        free(token);
        token = NULL;
        goto out;
    }
    *ret_exposed = (status.st_mode & S_IROTH) != 0;
out:
    if (fd >= 0)
        (void)close(fd);
    return token;
}

/* ---- value ---- */

/* The longest part of a wrong value that a message repeats. */
enum { QUOTE_MAX = 80 };

static bool refuse(const struct setting_input *input, const char *text, const char *why,
                   struct error *error) {
    const bool cut = strlen(text) > QUOTE_MAX;
    return error_set(error, "%s: \"%.*s%s\": %s", input->place, QUOTE_MAX, text, cut ? "..." : "",
                     why);
}

static void *field_of(struct settings *settings, const struct setting *setting) {
    return (char *)settings + setting->offset;
}

/* Record that the setting now comes from this source and place. */
static void mark(struct settings *settings, const struct setting_input *input) {
    const enum setting_id id = setting_id(input->setting);
    settings->places[id] = arena_strndup(&settings->arena, input->place, strlen(input->place));
    settings->sources[id] = input->source;
}

/* ---- lists ---- */

void settings_list_add(struct arena *arena, struct settings_list *list, const char *text) {
    const size_t count = list->count;
    /* Room doubles at each power of two; the old array stays in the arena. */
    if ((count & (count - 1)) == 0) {
        const char **items = arena_array(arena, count == 0 ? 1 : count * 2, sizeof *items);
        if (count > 0)
            memcpy(items, list->items, count * sizeof *items);
        list->items = items;
    }
    list->items[list->count++] = arena_strndup(arena, text, strlen(text));
}

void setting_clear(struct settings *settings, const struct setting_input *input) {
    *(struct settings_list *)field_of(settings, input->setting) = (struct settings_list){NULL, 0};
    mark(settings, input);
}

/* ---- one kind each ---- */

static bool set_text(struct settings *settings, const struct setting_input *input, const char *text,
                     struct error *error) {
    (void)error;
    *(const char **)field_of(settings, input->setting) =
        arena_strndup(&settings->arena, text, strlen(text));
    return true;
}

static bool set_paths(struct settings *settings, const struct setting_input *input,
                      const char *text, struct error *error) {
    struct settings_list *list = field_of(settings, input->setting);
    if (input->source != settings->sources[setting_id(input->setting)])
        *list = (struct settings_list){NULL, 0};
    (void)error;
    settings_list_add(&settings->arena, list, text);
    return true;
}

/* Take the next of words separated by commas, without blanks around it; *text moves to the comma or
 * the end. */
static void cut_word(const char **text, char *ret_word) {
    const char *at = *text + strspn(*text, " ");
    size_t len = strcspn(at, ",");
    *text = at + len;
    while (len > 0 && at[len - 1] == ' ')
        len--;
    memcpy(ret_word, at, len);
    ret_word[len] = '\0';
}

/* Set words separated by commas; blanks around them are ignored. An empty list of groups is
 * "none". */
static bool set_words(struct settings *settings, const struct setting_input *input,
                      const char *text, struct error *error) {
    const bool groups = input->setting->check == settings_check_groups;
    if (*text == '\0')
        return set_text(settings, input, groups ? "none" : "", error);
    char *words = arena_alloc(&settings->arena, strlen(text) + 1);
    char *word = arena_alloc(&settings->arena, strlen(text) + 1);
    char *end = words;
    size_t count = 0;
    bool special = false;
    for (const char *at = text;; at++) {
        cut_word(&at, word);
        const char *why = input->setting->check(word);
        if (why != NULL)
            return refuse(input, word, why, error);
        special = special || (groups && (strcmp(word, "all") == 0 || strcmp(word, "none") == 0));
        end = stpcpy(stpcpy(end, count++ > 0 ? "," : ""), word);
        if (*at == '\0')
            break;
    }
    if (special && count > 1)
        return refuse(input, words, "all and none cannot be combined with groups", error);
    return set_text(settings, input, words, error);
}

static bool set_choice(struct settings *settings, const struct setting_input *input,
                       const char *text, struct error *error) {
    const char *words = input->setting->argument;
    if (text_choice_find(words, text) != UINT_MAX)
        return set_text(settings, input, text, error);
    char why[128] = "must be one of ";
    size_t why_len = strlen(why);
    for (const char *at = words; *at != '\0' && why_len < sizeof why - 3; at++) {
        why[why_len++] = *at == '|' ? ',' : *at;
        if (*at == '|')
            why[why_len++] = ' ';
    }
    why[why_len] = '\0';
    return refuse(input, text, why, error);
}

static bool set_switch(struct settings *settings, const struct setting_input *input,
                       const char *text, struct error *error) {
    static const char *const words[2][4] = {{"off", "false", "no", "0"},
                                            {"on", "true", "yes", "1"}};
    for (size_t value = 0; value < 2; value++) {
        for (size_t i = 0; i < 4; i++) {
            if (strcmp(text, words[value][i]) == 0) {
                *(bool *)field_of(settings, input->setting) = value == 1;
                return true;
            }
        }
    }
    return refuse(input, text, "must be on or off", error);
}

static bool set_mode(struct settings *settings, const struct setting_input *input, const char *text,
                     struct error *error) {
    const size_t len = strlen(text);
    uint32_t mode = 0;
    for (size_t i = 0; i < len && mode <= 0777; i++) {
        if (text[i] < '0' || text[i] > '7') {
            mode = UINT32_MAX;
            break;
        }
        mode = mode * 8 + (uint32_t)(text[i] - '0');
    }
    if (len == 0 || mode > 0777)
        return refuse(input, text, "must be octal permissions from 0000 to 0777, for example 0660",
                      error);
    *(uint32_t *)field_of(settings, input->setting) = mode;
    return true;
}

/* Read digits and nothing else; false also if the number does not fit. */
static bool read_number(const char *text, int64_t *ret_value) {
    int64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *text - '0', &value))
            return false;
    }
    *ret_value = value;
    return true;
}

static bool set_number(struct settings *settings, const struct setting_input *input,
                       const char *text, struct error *error) {
    char *rest;
    const int64_t least = strtoll(input->setting->argument, &rest, 10);
    const int64_t most = strtoll(rest + 1, NULL, 10);
    int64_t value;
    if (!read_number(text, &value) || value < least || value > most) {
        char why[96];
        (void)snprintf(why, sizeof why, "must be a whole number from %" PRId64 " to %" PRId64,
                       least, most);
        return refuse(input, text, why, error);
    }
    *(int64_t *)field_of(settings, input->setting) = value;
    return true;
}

bool setting_set(struct settings *settings, const struct setting_input *input, const char *text,
                 struct error *ret_error) {
    static bool (*const setters[])(struct settings *, const struct setting_input *, const char *,
                                   struct error *) = {
        [KIND_TEXT] = set_text, [KIND_WORDS] = set_words,   [KIND_CHOICE] = set_choice,
        [KIND_FILE] = set_text, [KIND_PATHS] = set_paths,   [KIND_SWITCH] = set_switch,
        [KIND_MODE] = set_mode, [KIND_NUMBER] = set_number,
    };
    const struct setting *setting = input->setting;
    const char *why = setting->kind == KIND_WORDS ? NULL : setting->check(text);
    if (why != NULL)
        return refuse(input, text, why, ret_error);
    if (!setters[setting->kind](settings, input, text, ret_error))
        return false;
    mark(settings, input);
    return true;
}

/* ---- table ---- */

const struct setting setting_table[SETTING_COUNT] = {
#define SETTING(name_, kind_, group_, initial_, shown_, argument_, rule_, help_)                   \
    {.name = #name_,                                                                               \
     .kind = KIND_##kind_,                                                                         \
     .group = GROUP_##group_,                                                                      \
     .initial = (initial_),                                                                        \
     .shown = (shown_),                                                                            \
     .argument = (argument_),                                                                      \
     .check = settings_check_##rule_,                                                              \
     .help = (help_),                                                                              \
     .offset = offsetof(struct settings, name_)},
#include "settings/settings.def"
#undef SETTING
};

_Static_assert((int)SETTING_COUNT < 32, "masks of settings have 32 bits");

const char *setting_group_title(enum setting_group group) {
    static const char *const titles[GROUP_COUNT] = {"Setup", "Datagrams", "HTTP", "Metrics", "Log"};
    return titles[group];
}

const char *setting_flag(const struct setting *setting, char *out) {
    size_t len = 0;
    for (; setting->name[len] != '\0'; len++)
        out[len] = setting->name[len] == '_' ? '-' : setting->name[len];
    out[len] = '\0';
    return out;
}

const char *setting_variable(const struct setting *setting, char *out) {
    size_t len = (size_t)snprintf(out, SETTING_NAME_BYTES, "STATGATE_");
    for (const char *at = setting->name; *at != '\0'; at++)
        out[len++] = (char)toupper((unsigned char)*at);
    out[len] = '\0';
    return out;
}

static bool is_name(const char *name, const char *text, size_t len) {
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] != name[i] && !(text[i] == '-' && name[i] == '_'))
            return false;
    return true;
}

const struct setting *setting_find(const char *name, size_t len) {
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (is_name(setting_table[i].name, name, len))
            return &setting_table[i];
    return NULL;
}

const struct setting *setting_nearest(const char *name, uint32_t allowed) {
    const char *names[SETTING_COUNT + 1];
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if ((allowed >> i & 1) != 0 && setting_table[i].help != NULL)
            names[count++] = setting_table[i].name;
    names[count] = NULL;
    const char *nearest = nearest_word(name, names);
    return nearest == NULL ? NULL : setting_find(nearest, strlen(nearest));
}

/* ---- help ---- */

static bool is_shown(const struct setting *setting, const struct settings_program *program) {
    return setting->help != NULL && (program->allowed >> setting_id(setting) & 1) != 0;
}

void settings_write_version(struct strbuf *out, const struct settings_program *program) {
    const char *no_git = strcmp(version_commit, "unknown") == 0 ? ", built without git" : "";
    strbuf_printf(out, "%s %s\ncommit %s%s\nbuilt with %s\n", program->name, STATGATE_VERSION,
                  version_commit, no_git, version_features);
}

enum { COLUMNS = 79, TEXT_INDENT = 8 };

/* Write words at an indent, broken before the last column; ends the line. */
static void put_wrapped(struct strbuf *out, const char *text, size_t indent) {
    size_t column = 0;
    for (const char *at = text + strspn(text, " "); *at != '\0'; at += strspn(at, " ")) {
        const size_t len = strcspn(at, " ");
        if (column > 0 && column + 1 + len > COLUMNS) {
            strbuf_putc(out, '\n');
            column = 0;
        }
        if (column == 0) {
            for (; column < indent; column++)
                strbuf_putc(out, ' ');
        } else {
            strbuf_putc(out, ' ');
            column++;
        }
        strbuf_put(out, at, len);
        column += len;
        at += len;
    }
    strbuf_putc(out, '\n');
}

static void write_setting(struct strbuf *out, const struct setting *setting) {
    char name[SETTING_NAME_BYTES];
    struct strbuf text;
    strbuf_printf(out, "  --%s", setting_flag(setting, name));
    if (setting->kind == KIND_SWITCH)
        strbuf_puts(out, "[=on|off]\n");
    else
        strbuf_printf(out, "=%s\n", setting->argument);

    put_wrapped(out, setting->help, TEXT_INDENT);
    strbuf_init(&text);
    strbuf_printf(&text, "[%s, default: %s]", setting_variable(setting, name),
                  setting->shown != NULL ? setting->shown : setting->initial);
    put_wrapped(out, strbuf_cstr(&text), TEXT_INDENT);
    strbuf_done(&text);
}

/* Write the settings of a group, with its title if there is one to show. */
static void write_group(struct strbuf *out, const struct settings_program *program,
                        enum setting_group group) {
    bool begun = false;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];
        if (setting->group != group || !is_shown(setting, program))
            continue;
        if (!begun)
            strbuf_printf(out, "\n%s\n", setting_group_title(group));
        begun = true;
        write_setting(out, setting);
    }
}

static void write_own_help(struct strbuf *out, const struct settings_program *program) {
    const struct settings_own_flag *own = program->own;
    if (own == NULL || own->name == NULL)
        return;
    strbuf_puts(out, "\nFlags\n");
    for (; own->name != NULL; own++) {
        strbuf_printf(out, "  --%s%s%s\n", own->name, own->argument == NULL ? "" : "=",
                      own->argument == NULL ? "" : own->argument);
        put_wrapped(out, own->help, TEXT_INDENT);
    }
}

/* List the keys of an endpoint that have a default: "path, include and created". */
static void put_inherited(struct strbuf *out) {
    const char *before = "";
    for (const struct endpoint_key *key = settings_endpoint_keys; key->name != NULL; key++) {
        if (key->id == SETTING_metrics_listen)
            continue;
        strbuf_printf(out, "%s%s", before, key->name);
        before = key[1].name != NULL && key[2].name == NULL ? " and " : ", ";
    }
}

/* Describe the keys that only the file can have. */
static void write_endpoints_help(struct strbuf *out) {
    strbuf_puts(out,
                "\nEndpoints\n"
                "  \"endpoints\": [{\"listen\": \"0.0.0.0:9600\", \"services\": [\"shop\"]}]\n");
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text,
                "Further pages of metrics, in the configuration file only: an array of up to 63 "
                "objects. listen and services are needed; a service that an endpoint names leaves "
                "the default one. ");
    put_inherited(&text);
    strbuf_puts(&text,
                " come from the settings where an endpoint does not say them. Endpoints may share "
                "an address if their paths differ. Relative paths in the file start from its "
                "folder.");
    put_wrapped(out, strbuf_cstr(&text), TEXT_INDENT);
    strbuf_done(&text);
}

void settings_write_help(struct strbuf *out, const struct settings_program *program) {
    strbuf_printf(out, "Usage: %s %s\n\n", program->name, program->usage);
    put_wrapped(out, program->about, 0);
    write_own_help(out, program);
    if (program->allowed != 0) {
        strbuf_putc(out, '\n');
        put_wrapped(
            out,
            "A setting has one name everywhere: --metrics-listen, STATGATE_METRICS_LISTEN, and "
            "\"metrics_listen\" in the configuration file. A flag beats the environment, the "
            "environment the file, the file the default; of a flag given twice the last counts.",
            0);
    }
    for (int group = 0; group < GROUP_COUNT; group++)
        write_group(out, program, (enum setting_group)group);
    if ((program->allowed & SETTING_BIT(metrics_path)) != 0)
        write_endpoints_help(out);
    strbuf_puts(out, "\nHelp\n  -h, --help\n        Print this text.\n"
                     "  -V, --version\n        Print the version.\n");
    if (program->examples != NULL)
        strbuf_printf(out, "\nExamples\n%s", program->examples);
}
