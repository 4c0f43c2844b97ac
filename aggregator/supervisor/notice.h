/*
 * notice.h - parses a message of sd_notify(3). Pure.
 */
#ifndef STATGATE_SUPERVISOR_NOTICE_H
#define STATGATE_SUPERVISOR_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisor/kept.h"

/** Longer messages are dropped, as systemd does. */
enum { NOTICE_BYTES_MAX = 4096 };

/** The content of a message; unknown lines are skipped. */
struct notice {
    bool ready;
    bool stopping;
    bool beat;                  /**< WATCHDOG=1: a sign of life */
    bool store;                 /**< FDSTORE=1: keep the descriptors that came with it */
    bool remove;                /**< FDSTOREREMOVE=1: close the descriptors with this name */
    bool watched;               /**< unless FDPOLL=0 */
    bool named;                 /**< it has an FDNAME that is valid */
    char name[KEPT_NAME_BYTES]; /**< "stored" if there is none */
    int32_t main_pid;           /**< 0: none, or invalid */
    const char *status;         /**< within the message, not terminated; NULL: none */
    size_t status_len;
};

/** Returns false for a message that is too long or contains a zero byte; *ret_notice is untouched
 * then. */
bool notice_read(const char *text, size_t len, struct notice *ret_notice);

#endif
