#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "supervisor/supervisor.h"

static bool fail(int error, const char *variable, struct error *ret_error) {
    return error_set(ret_error,
                     "inherited descriptors: LISTEN_FDS (%s), LISTEN_PID or LISTEN_FDNAMES make no "
                     "sense: %s; unset them, or have a socket unit set them",
                     variable, strerror(error));
}

static bool add_all(struct kept_fds *inherited, size_t count, char *const *names,
                    struct error *ret_error) {
    for (size_t i = 0; i < count; i++) {
        const char *name = kept_is_name(names[i], strlen(names[i])) ? names[i] : "unknown";
        if (kept_add(inherited, SD_LISTEN_FDS_START + (int)i, name, false) == KEPT_FULL)
            return error_set(ret_error,
                             "inherited descriptors: %zu are too many; at most %d can be passed on",
                             count, KEPT_MAX);
    }
    return true;
}

bool supervisor_inherit(struct kept_fds *ret_inherited, struct error *ret_error) {
    char variable[32];
    char **names = NULL;
    const char *text = getenv("LISTEN_FDS");
    (void)snprintf(variable, sizeof variable, "%s", text != NULL ? text : "");
    ret_inherited->count = 0;
    ret_inherited->names_bytes = 0;
    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0)
        return fail(-count, variable, ret_error);
    const bool good = add_all(ret_inherited, (size_t)count, names, ret_error);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free((void *)names);
    return good;
}
