/*
 * notice.h - a message of sd_notify(3), read. Pure.
 */
#ifndef STATGATE_KEEPER_NOTICE_H
#define STATGATE_KEEPER_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keeper/kept.h"

/** A longer message is none, as for systemd. */
enum { NOTICE_BYTES_MAX = 4096 };

/** What a message says; lines that are not known here are passed over. */
struct notice {
    bool ready;
    bool stopping;
    bool store;                 /**< FDSTORE=1: keep the descriptors that came with it */
    bool remove;                /**< FDSTOREREMOVE=1: give up those of this name */
    bool watched;               /**< unless FDPOLL=0 */
    bool named;                 /**< there is an FDNAME, and it is valid */
    char name[KEPT_NAME_BYTES]; /**< "stored" where there is none */
    int32_t main_pid;           /**< 0: none that could be one */
    const char *status;         /**< within the message, not terminated; NULL: none */
    size_t status_len;
};

/** False for a message that is too long or has a zero byte within; *ret_notice is untouched then. */
bool notice_read(const char *text, size_t len, struct notice *ret_notice);

#endif
