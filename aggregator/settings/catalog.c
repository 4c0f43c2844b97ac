#include "settings/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
