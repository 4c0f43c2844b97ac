#include "settings/socket_group.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>

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
