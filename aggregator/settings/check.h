/*
 * check.h - the checks that settings.def names: why a text is not a value of its setting. Private.
 */
#ifndef STATGATE_SETTINGS_CHECK_H
#define STATGATE_SETTINGS_CHECK_H

/** Why a text is not a value of the setting, or NULL if it is one. Static. */
typedef const char *setting_check(const char *text);

setting_check check_any;
setting_check check_path;
setting_check check_socket;
setting_check check_control;
setting_check check_listen;
setting_check check_metrics_path;
/** Checks one word of the list. */
setting_check check_groups;
/** Checks one word of the list. */
setting_check check_hosts;

#endif
