/*
 * socket_group.h - the group of the sockets, looked up on this host.
 */
#ifndef STATGATE_SETTINGS_SOCKET_GROUP_H
#define STATGATE_SETTINGS_SOCKET_GROUP_H

#include "settings/settings.h"

/** No group was named: files keep the one that the kernel gives them. */
#define SETTINGS_GROUP_KEEP UINT32_MAX

/** The group that `socket_group` names, or SETTINGS_GROUP_KEEP. False: there is no such group; the
 * message starts with the setting's place. */
bool settings_socket_group(const struct settings *settings, uint32_t *ret_group,
                           struct error *ret_error);

#endif
