#include "settings/own_files.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A file whose path a setting determines, and what the file is. */
struct own_file {
    enum setting_id setting;
    const char *suffix;
    const char *what;
};

static const struct own_file files[] = {
    {SETTING_socket, "", "the socket"},
    {SETTING_socket, ".lock", "the lock of the socket"},
    {SETTING_socket, ".breakers", "the breaker page"},
    {SETTING_control, "", "the control socket"},
    {SETTING_state_file, "", "the state file"},
    {SETTING_state_file, ".lock", "the lock of the state file"},
    {SETTING_state_file, ".new", "a state file that is being written"},
    {SETTING_state_file, ".used", "a state file that was used"},
    {SETTING_state_file, ".bad", "a state file that is kept aside"},
};

enum { FILE_COUNT = sizeof files / sizeof *files };

static const char *path_of(const struct settings *settings, enum setting_id id) {
    const char *path = id == SETTING_socket    ? settings->socket
                       : id == SETTING_control ? settings->control
                                               : settings->state_file;
    return path != NULL ? path : "";
}

struct own_path {
    char text[PATH_MAX];
};

/* Make the file's path. The breaker page's suffix replaces a final .sock, see breaker_page.h. */
static bool make_path(const struct settings *settings, const struct own_file *file,
                      struct own_path *ret_path) {
    const char *path = path_of(settings, file->setting);
    const size_t len = strlen(path);
    const bool replaced =
        strcmp(file->suffix, ".breakers") == 0 && len > 5 && strcmp(path + len - 5, ".sock") == 0;
    const int written = snprintf(ret_path->text, sizeof ret_path->text, "%.*s%s",
                                 (int)(replaced ? len - 5 : len), path, file->suffix);
    return len > 0 && written < PATH_MAX;
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool look_at_folder(const char *path, struct stat *ret_status) {
    char folder[PATH_MAX];
    const int len = (int)(name_of(path) - path);
    (void)snprintf(folder, sizeof folder, "%.*s", len, path);
    return stat(len > 0 ? folder : ".", ret_status) == 0;
}

/* Whether two paths have the same name in the same folder, however the folder is spelled. */
static bool are_one(const char *a, const char *b) {
    struct stat one;
    struct stat other;
    if (strcmp(name_of(a), name_of(b)) != 0)
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
static bool check_control(const struct settings *settings, struct error *ret_error) {
    const char *path = path_of(settings, SETTING_control);
    if (*path == '\0' || *path == '/' || settings->sources[SETTING_control] == SETTINGS_DEFAULT)
        return true;
    return error_set(ret_error, "%s: \"%.107s\": expected an absolute path",
                     settings_place(settings, SETTING_control), path);
}

bool own_files_check(const struct settings *settings, struct error *ret_error) {
    if (!check_control(settings, ret_error))
        return false;
    for (size_t a = 0; a < FILE_COUNT; a++)
        for (size_t b = a + 1; b < FILE_COUNT; b++)
            if (!check_pair(settings, a, b, ret_error))
                return false;
    return true;
}
