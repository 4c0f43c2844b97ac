/*
 * succession_private.h - a handover under way, for the files that each do a part of it. Private to
 * succession*.c.
 *
 *   succession.c          begins, and hears the successor until it is prepared
 *   succession_offer.c    what the successor gets
 *   succession_pause.c    the time in which nobody reads
 *   succession_former.c   the successor counts: this is a former daemon
 *   succession_end.c      the successor failed, and the verdict
 */
#ifndef STATGATE_STATGATED_SUCCESSION_PRIVATE_H
#define STATGATE_STATGATED_SUCCESSION_PRIVATE_H

#include <unistd.h>

#include "host/clock.h"
#include "host/wire.h"
#include "mistakes/mistakes.h"
#include "statgated/succession.h"

enum { SUCCESSION_MS_NS = 1000000 };

enum succession_state {
    SUCCESSION_PREPARING, /* the successor prepares, and the daemon reads */
    SUCCESSION_FAILED,    /* the successor was killed; its end is awaited */
    SUCCESSION_LEFT       /* the successor is the daemon */
};

struct succession {
    struct daemon *daemon;
    struct succession_asker asker;
    enum succession_state state;
    pid_t pid;
    int sock;
    uv_poll_t poll; /* watches `sock` */
    uv_timer_t timer;
    uint64_t barrier_ns; /* until when a manager has to confirm the new daemon */
    int known;           /* readable once the manager knows the new daemon; -1: none */
    unsigned handles;    /* open libuv handles */
    uint64_t begun_ns;
    uint64_t stopped_ns;
    int report;                         /* file with the successor's report of changes; -1: none */
    int object;                         /* the successor's object; -1: not passed */
    char (*stored)[INHERITED_NAME_MAX]; /* names of what the manager keeps for the successor */
    size_t stored_count;
    bool ended; /* the successor closed its end */
    bool alone; /* the successor no longer ends with this process */
    bool told;  /* a signal to stop was passed on to it */
    int code;   /* the verdict, while the successor's end is awaited */
    struct error why;
    struct error partly;  /* why not all files are in force in the successor; "": they are */
    struct messages more; /* what else is wrong, one line each */
};

static inline uint64_t succession_now_ns(void) {
    return (uint64_t)clock_mono_ns();
}

static inline void succession_close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Send everything this daemon has to a successor that was started. False: not sent; errno says
 * why. */
bool succession_offer_send(const struct daemon *daemon, int sock);

/* The successor, of this version of the words, is prepared: hand over. Returns when the successor
 * is the daemon, or has failed. */
void succession_pause_hand_over(struct succession *succession);

/* The successor counts: become a former daemon. */
void succession_former_begin(struct succession *succession);
/* The manager knows the successor: from now on this process may end at any time. */
void succession_former_alone(struct succession *succession);
/* The successor closed its end of the socket. */
void succession_former_lost(struct succession *succession);

/* Pass each line of the report to the asker and the log. */
void succession_end_report(const struct succession *succession);
/* Give the verdict, once. */
void succession_end_tell(struct succession_asker *asker, int code, const char *text);
/* Give the verdict that the successor is the daemon, and whether all files are in force there. */
void succession_end_taken(struct succession *succession, const char *text);
/* Close what is open; the memory is freed once the loop has closed all handles. */
void succession_end_close(struct daemon *daemon);
/* Describe in a sentence how a process ended. */
void succession_end_describe(int status, struct error *ret_error);
/* Have the manager give up what was stored for the successor. */
void succession_end_forget(const struct succession *succession);
/* Kill the successor and wait for it. Returns its exit status. */
int succession_end_bury(struct succession *succession);
/* The handover fails before the successor counts. `why` NULL: the successor has ended, and how
 * it ended is the reason. */
void succession_end_fail(struct succession *succession, int code, const char *why);
/* The successor refuses; `text` is "EXITCODE SENTENCE". */
void succession_end_refused(struct succession *succession, const char *text);

#endif
