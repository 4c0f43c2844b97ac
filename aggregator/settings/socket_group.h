/*
 * socket_group.h - the group of the sockets, looked up on this host.
 */
#ifndef STATGATE_SETTINGS_SOCKET_GROUP_H
#define STATGATE_SETTINGS_SOCKET_GROUP_H

#include "settings/settings.h"

/** No group was named: files keep the group that the kernel gives them. */
#define SETTINGS_GROUP_KEEP UINT32_MAX

/** Look up the group that `socket_group` names; SETTINGS_GROUP_KEEP if it names none. False: no
 * such group exists; the message starts with the setting's place. */
bool settings_socket_group(const struct settings *settings, uint32_t *ret_group,
                           struct error *ret_error);

#endif
