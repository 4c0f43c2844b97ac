/* SPDX-License-Identifier: MIT */
/*
 * handle.h - the structs of a handle: waiting lines, the blocks that hold their texts, prepared
 * metrics, shared counters.
 */
#ifndef STATGATE_CLIENT_HANDLE_H
#define STATGATE_CLIENT_HANDLE_H

#include "base.h"

/* A piece of a text, or up to three observed values. */
struct statgate_block_ {
    uint16_t next;
    char data[30];
};
#define STATGATE_BLOCK_VALUES_ 3u
#define STATGATE_BLOCKS_       (STATGATE_BUFFER_BYTES / 32u)

/* A waiting line. Numbers refer to lines and blocks: from 1, and 0 means none. */
struct statgate_line_ {
    double up;      /* the sum of counts that are not negative; a gauge's value */
    double down;    /* the sum of negative counts */
    uint64_t calls; /* samples merged into the line */
    uint32_t hash;
    uint16_t older; /* in sending order */
    uint16_t newer;
    uint16_t next;       /* line in the same bucket */
    uint16_t text;       /* first block of name and labels, or of the whole line if letter is 0 */
    uint16_t values;     /* blocks of observations: the first ... */
    uint16_t last_value; /* ... and the last */
    uint16_t name_len;
    uint16_t labels_len;
    uint8_t taken; /* values of the first block already sent */
    bool has_up;
    bool has_down;
    char letter; /* 0: the text is sent unchanged */
};
#define STATGATE_LINES_   (STATGATE_BLOCKS_ / 2u)
#define STATGATE_BUCKETS_ 512u

/*
 * A handle, about 74 KiB in the caller's memory. Only 14 KiB of it are touched until a sample has
 * to wait (22 KiB if labels are given as pairs). A zeroed handle is closed: samples given to it are
 * lost, without harm.
 */
struct statgate {
    const struct statgate *self; /* with `self_too` at the end: see statgate_is_open_ */
    bool open;
    bool fixed;     /* `path` is the only place to look for the socket */
    bool connected; /* the socket has a receiver, as far as is known */
    bool full;      /* the buffer filled up, and nothing has been sent since */
    int fd;         /* -1: no socket */
    dev_t fd_dev;   /* identifies the socket that `fd` was when created; see statgate_owns_ */
    ino_t fd_ino;
    uint64_t checked_ns;     /* when `fd` was last compared with them */
    pid_t pid;               /* the process that opened it; used only if `mark` is NULL */
    volatile uint32_t *mark; /* a page that reads 0 after fork, or NULL */
    uint64_t delivered;      /* samples that the kernel accepted, as the daemon counts them */
    uint64_t lost;           /* samples that will never be delivered */
    uint64_t merged;         /* samples delivered as part of another's number */
    uint64_t pause_from_ns;  /* no send before pause_from_ns + pause_ns; 0 = no pause */
    uint64_t pause_ns;
    uint32_t pack_max; /* lines are packed up to this many bytes */
    unsigned place;    /* of the last connection; see statgate_place_; 0 = never connected */
    const unsigned char *page; /* the breaker page beside that socket, or NULL */
    unsigned page_place;       /* where the page was found, as `place` */
    uint64_t no_fifo;          /* the inode of the page's FIFO that was not found, or 0, */
    uint64_t no_fifo_beat;     /* and the beat at that time */
    uint64_t page_tried_ms;    /* when the page was last looked for without a new connection */
    bool page_wanted;          /* the handle has breakers, or prepared metrics */
    /* Prepared metrics: each use reads these to see whether to send what they hold. */
    const volatile uint32_t *beat; /* the lower half of the page's beat, or `no_beat` */
    const volatile uint32_t *here; /* 0 in a child of fork: `mark`; else `is_here` */
    uint32_t no_beat;
    uint32_t is_here;
    uint32_t beat_seen;
    uint32_t uses_left; /* until the clock is read */
    uint32_t uses_step;
    uint64_t look_ms;                       /* when the clock was last read; on the beat's clock */
    uint64_t sent_ms;                       /* when the held samples were last sent */
    struct statgate_metric_ *metrics;       /* all metrics of the handle */
    struct statgate_shared_counter *shared; /* its shared counters, which are also in `metrics` */
    const volatile uint32_t
        *shared_here;              /* beside `mark`: the number of this process; 0 after fork */
    uint32_t process;              /* number of this process: 1, in its child 2, and so on */
    uint64_t numbered;             /* without a mark: the pid that has the number, and the number */
    uint32_t is_unknown;           /* always 0: without a mark, each add to a shared counter asks */
    uint64_t replaced;             /* label values that had bytes replaced */
    void *lock;                    /* of a flusher, or NULL */
    struct statgate_metric_ *held; /* metrics that hold samples, in the order they began to */
    struct statgate_metric_ *last_held;
    uint16_t oldest; /* waiting lines in sending order */
    uint16_t newest;
    uint16_t free_line;  /* list of lines to reuse */
    uint16_t fresh_line; /* number of lines used so far; the rest is untouched memory */
    uint16_t free_block; /* the same for blocks */
    uint16_t fresh_block;
    uint32_t blocks_left;
    char report[24]; /* `|q:<handle>,`, written once */
    char
        service[STATGATE_SERVICE_BYTES_]; /* `service:NAME`, a label of each line; not terminated */
    size_t service_len;
    char path[sizeof(
        ((struct sockaddr_un *)0)->sun_path)]; /* the fixed place, or the one in $XDG_RUNTIME_DIR */
    uint16_t buckets[STATGATE_BUCKETS_];       /* lines by hash of their series */
    char datagram[STATGATE_REPORT_BYTES_ + STATGATE_LINE_BYTES_]; /* scratch */
    char labels[STATGATE_LINE_BYTES_];                            /* label text of a call's pairs */
    struct statgate_line_ lines[STATGATE_LINES_];
    struct statgate_block_ blocks[STATGATE_BLOCKS_];
    const struct statgate *self_too;
};

/* The type of a handle in headers of `statgate gen c`; statgate.hpp has another name for it. */
#define STATGATE_HANDLE struct statgate

/* The start of every prepared metric. `sg` is NULL in a metric that was refused or is closed. */
struct statgate_metric_ {
    struct statgate *sg;
    struct statgate *lost_to; /* the handle that counts what a refused metric loses, or NULL */
    struct statgate_metric_ *next;
    struct statgate_metric_ **at; /* the pointer to this metric in the handle's list */
    struct statgate_metric_ *next_held;
    uint64_t calls; /* samples that the metric holds */
    uint16_t name_len;
    uint16_t labels_len;
    char letter;
    char text[STATGATE_METRIC_BYTES_]; /* name, then labels */
    double sum;                        /* of counts; a gauge's value */
};

/*
 * Shared counters need a compiler with atomic operations, and a machine on which 64-bit operations
 * need no library.
 */
#if defined(__GNUC__) && UINTPTR_MAX > 0xffffffffu
#define STATGATE_HAS_SHARED 1

/* What threads have added. A process uses the sum at its number modulo 2, so a child of fork()
 * never adds to what its parent left. */
struct statgate_sum_ {
    uint64_t whole;
    uint64_t fraction; /* the bits of a double */
};

/* Each thread has a stripe of its own while there are enough: two threads that write the same word
 * cause each other a cache miss every time. */
#define STATGATE_STRIPES_ 8u
struct statgate_stripe_ {
    struct statgate_sum_ sums[2];
    char apart[32]; /* keeps the next stripe's sums on another cache line */
};

/* See statgate_shared_counter_add. */
struct statgate_shared_counter {
    struct statgate_metric_ metric;
    const volatile uint32_t *here;      /* the handle's `shared_here`; NULL: refused, or closed */
    const volatile uint32_t *lost_here; /* the same, also if refused; NULL: no open handle */
    struct statgate_shared_counter *next;
    char apart[64]; /* keeps the above off the cache lines that threads write */
    struct statgate_stripe_ stripes[STATGATE_STRIPES_];
    uint64_t refused[2]; /* samples, by the number of the process */
    char apart_behind[32];
};
#else
#define STATGATE_HAS_SHARED 0
#endif

/* A flusher needs POSIX threads in full, which -std=c11 hides. */
#if STATGATE_HAS_SHARED && (!defined(__GLIBC__) || defined(__USE_XOPEN2K))
#define STATGATE_HAS_FLUSHER 1
#include <pthread.h>
#include <signal.h>
#else
#define STATGATE_HAS_FLUSHER 0
#endif

#endif
