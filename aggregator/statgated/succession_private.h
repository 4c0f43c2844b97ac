/*
 * succession_private.h - a handover under way, for the files that do a part of it each. Private to succession*.c.
 *
 *   succession.c          begins, and hears the successor until it is prepared
 *   succession_offer.c    what it gets
 *   succession_pause.c    while nobody reads
 *   succession_former.c   it counts: this is a former daemon
 *   succession_end.c      it does not, and the verdict
 */
#ifndef STATGATE_STATGATED_SUCCESSION_PRIVATE_H
#define STATGATE_STATGATED_SUCCESSION_PRIVATE_H

#include <unistd.h>

#include "host/clock.h"
#include "host/wire.h"
#include "statgated/succession.h"

enum { SUCCESSION_MS_NS = 1000000 };

enum succession_state {
    SUCCESSION_PREPARING, /* the successor prepares, and the daemon reads */
    SUCCESSION_FAILED,    /* it was killed, and is to be buried */
    SUCCESSION_LEFT       /* it is the daemon */
};

struct succession {
    struct daemon *daemon;
    struct succession_asker asker;
    enum succession_state state;
    pid_t pid;
    int sock;
    uv_poll_t poll; /* of the socket */
    uv_timer_t timer;
    uint64_t barrier_ns; /* what a manager has to say that it knows, ends then */
    int known;           /* readable when the manager knows who the daemon is; -1 */
    unsigned handles;    /* open ones */
    uint64_t begun_ns;
    uint64_t stopped_ns;
    int report; /* a file: what the successor says has changed; -1: nothing */
    int object; /* the successor's; -1: not passed */
    char (*stored)[INHERITED_NAME_MAX]; /* names of what the manager keeps for it */
    size_t stored_count;
    bool ended; /* it said nothing more */
    bool alone; /* it no longer ends with this process */
    bool told;  /* to stop */
    int code;   /* the verdict, while the successor is buried */
    struct error why;
};

static inline uint64_t succession_now_ns(void) {
    return (uint64_t)clock_mono_ns();
}

static inline void succession_close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* All that this daemon has, for a successor that was started. False: it could not be sent; errno says why. */
bool succession_offer_send(const struct daemon *daemon, int sock);

/* The successor is prepared. This returns when it is the daemon, or has failed. */
void succession_pause_hand_over(struct succession *succession);

/* It counts. */
void succession_former_begin(struct succession *succession);
/* The manager knows it: from here on this process may end at any time. */
void succession_former_alone(struct succession *succession);
/* It says nothing more. */
void succession_former_lost(struct succession *succession);

/* Each line of the report, for whoever asked and the log. */
void succession_end_report(const struct succession *succession);
/* The verdict, once. */
void succession_end_tell(struct succession_asker *asker, int code, const char *text);
/* Close what is open, and free it once the loop lets go. */
void succession_end_close(struct daemon *daemon);
/* How a process ended, as a sentence. */
void succession_end_describe(int status, struct error *ret_error);
/* The manager need not keep what was stored for the successor. */
void succession_end_forget(const struct succession *succession);
/* Kill it and wait. Returns its status. */
int succession_end_bury(struct succession *succession);
/* Before it counts. Without a reason: it has ended, and how is the reason. */
void succession_end_fail(struct succession *succession, int code, const char *why);
/* "EXITCODE SENTENCE" */
void succession_end_refused(struct succession *succession, const char *text);

#endif
