/*
 * statgate.h - send metrics to this host's statgate daemon. One header, nothing to link.
 *
 *     struct statgate sg;
 *     statgate_open(&sg, NULL);
 *     statgate_count(&sg, "inference_requests_total", 1, "model:resnet,version:3,tenant:a");
 *     statgate_observe(&sg, "inference_latency_seconds", 0.012, "model:resnet,version:3,tenant:a");
 *     statgate_flush(&sg);
 *     statgate_close(&sg);
 *
 * Metrics that are used often are prepared once. A use then costs about a nanosecond, and samples
 * leave twice a second:
 *
 *     struct statgate_counter hits;
 *     statgate_counter_open(&hits, &sg, "cache_hits_total", "tier:memory");
 *     statgate_counter_add(&hits, 1);
 *
 * With a host-wide circuit breaker, declared in the catalog:
 *
 *     struct statgate_breaker publish;
 *     statgate_breaker_open(&publish, &sg, "background_job", "job:publish");
 *     if (statgate_breaker_allow(&publish))
 *         statgate_attempt(&sg, "background_job", work() ? "worked" : "error", "job:publish");
 *
 * Linux, C11 or later, or C++17 or later. Works with and without feature macros.
 *
 * It never hurts the program that uses it: it does not block, log, raise a signal, allocate after
 * open, or change errno. A missing daemon is normal: samples wait in a bounded buffer inside the
 * handle, and the handle connects by itself once the daemon is there. Samples that cannot be
 * delivered are counted (statgate_lost), and the next datagram that gets through reports them to
 * the daemon.
 *
 * A handle belongs to one thread at a time; nothing here locks. After fork() the child's copy of a
 * handle notices by itself: it drops the waiting samples (the parent sends those) and continues
 * with its own socket and numbering. A copy of the struct made by assignment is not a handle.
 *
 * An idle handle sends each sample at once, one line per datagram. When the kernel takes no more
 * (the daemon is busy or away), samples wait, and those of one series share a line: counts add up,
 * a gauge keeps its last value, observations are listed one after another. So any number of counts
 * over a few hundred series can wait, and all arrive. Waiting samples leave with the next sample
 * after a short pause, in full datagrams. Order is kept within a series. Words (attempts, breakers,
 * jobs) are never merged and keep their order. Nothing runs in the background: call statgate_flush
 * before a thread goes idle for long.
 *
 * Sums are doubles, as in the daemon. A sample that would take a sum past 2^53, where whole numbers
 * are no longer exact, waits on a line of its own. Negative counts have a separate sum, which the
 * daemon checks separately; an up-down counter receives the increments first, and its floor applies
 * to the two sums.
 *
 * The descriptor is kept out of the low numbers, which programs close and reuse, and is checked at
 * the first send of each millisecond: if the program closed it and gave its number to another
 * socket, at most one millisecond's samples go there. A file that is not a socket receives none.
 *
 * Names and labels are copied unchanged. A label text is "key:value,key:value" without `#`, or
 * NULL. Values that come from outside the program belong in pairs (statgate_count_with and so on),
 * where a comma cannot begin another label. The daemon rejects what the catalog does not allow, and
 * shows it; the client refuses only what would break the framing of other lines: an empty name; a
 * name with `:`, `|` or a newline; labels with `|` or a newline; a value that is NaN or infinite; a
 * word with `:`, `|` or a newline; a line longer than 8 KiB. Such a sample counts as lost.
 *
 * Names that end in `_` are private, and so are the fields of the structs.
 */
#ifndef STATGATE_H
#define STATGATE_H

#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L)
#error "statgate.h needs C11: compile with -std=c11 or later"
#endif

/* Of this header; 10,000 x major + 100 x minor + patch. */
#define STATGATE_VERSION        "0.1.0"
#define STATGATE_VERSION_NUMBER 100

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#if defined(__has_include)
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
#endif

/*
 * Bytes of text and observed values that may wait, in blocks of 32; there are half as many lines as
 * blocks. The default has room for 340 series with 90 bytes of name and labels each, or 512 with
 * 60, or 3000 observations. All files of a program must use the same value.
 */
#ifndef STATGATE_BUFFER_BYTES
#define STATGATE_BUFFER_BYTES 32768u
#endif
#if STATGATE_BUFFER_BYTES < 9000 || STATGATE_BUFFER_BYTES > 1000000
#error "STATGATE_BUFFER_BYTES: 9000, so that the longest line has room, to 1000000"
#endif

/* Where to look for a daemon when neither the caller nor $STATGATE_SOCKET names a socket. */
#ifndef STATGATE_SYSTEM_SOCKET
#define STATGATE_SYSTEM_SOCKET "/run/statgate/statgate.sock"
#endif
#ifndef STATGATE_TMP_FOLDER
#define STATGATE_TMP_FOLDER "/tmp"
#endif

/*
 * Calls to the outside that tests replace: the clock, the clock that the daemon's heartbeat is
 * compared with, the send of a datagram, and the wait for a socket.
 */
#ifndef STATGATE_NOW_NS
#define STATGATE_NOW_NS() statgate_now_ns_()
#endif
#ifndef STATGATE_BEAT_NOW_MS
#define STATGATE_BEAT_NOW_MS() statgate_beat_now_ms_()
#endif
#ifndef STATGATE_SEND
#define STATGATE_SEND(fd, at, len) send(fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL)
#endif

#ifndef STATGATE_POLL
#define STATGATE_POLL(ready, ms) poll(ready, 1, ms)
#endif

#define STATGATE_DATAGRAM_BYTES_ 1432u /* lines are packed up to this */
#define STATGATE_LINE_BYTES_     8192u /* the protocol's longest line */
#define STATGATE_REPORT_BYTES_   64u   /* the longest `|q:` field (61), rounded up */
#define STATGATE_NUMBER_BYTES_   40u   /* the longest number, with a decimal point of many bytes */
#define STATGATE_MERGE_BYTES_    1024u /* longer lines wait as they are */
#define STATGATE_FULL_NS_        1000000u  /* a failing send costs as much as a good one: pause */
#define STATGATE_RETRY_NS_       50000000u /* a failing connect: 1 to 3 microseconds */
#define STATGATE_CALL_NS_        50000u   /* for waiting samples, in any call but flush and close */
#define STATGATE_CHECK_NS_       1000000u /* an fstat costs a quarter of a send */
#define STATGATE_FD_FROM_        512
#define STATGATE_EXACT_          9007199254740992.0 /* below it, sums of whole numbers are exact */
#define STATGATE_INSTANCE_BYTES_ 64u                /* the protocol's longest instance id */
#define STATGATE_METRIC_BYTES_   256u               /* of name and labels of a prepared metric */
#define STATGATE_VALUES_         192u  /* observations it holds: more than fit a datagram */
#define STATGATE_HOLD_MS_        500u  /* so long it holds them, if no daemon beats */
#define STATGATE_LOST_BEAT_MS_   1000u /* with a page whose beat does not change */
#define STATGATE_USES_MAX_       1024u /* uses without a look at the clock */
#define STATGATE_WAIT_MS_        20u   /* between tries of statgate_flush_wait */
#define STATGATE_USES_WAITING_   16u   /* likewise while lines wait */
#define STATGATE_QUICK_MS_       50u   /* so many uses as were just counted */

/* The breaker page, as proto/PROTOCOL.md lays it out. */
#define STATGATE_PAGE_BYTES_      69632u
#define STATGATE_PAGE_MAGIC_      "SGBREAKS"
#define STATGATE_PAGE_VERSION_    1u
#define STATGATE_PAGE_GENERATION_ 40u
#define STATGATE_PAGE_SLOTS_AT_   4096u
#define STATGATE_PAGE_SLOTS_      4096u
#define STATGATE_PAGE_ALIVE_MS_   3000u /* an older beat means that no daemon runs */
#define STATGATE_PAGE_AHEAD_MS_   1000u /* coarse clocks lag slightly behind the daemon's */
#define STATGATE_PAGE_RETRY_MS_   1000u
#ifdef CLOCK_MONOTONIC
#define STATGATE_PAGE_BEAT_ 24u
#else
#define STATGATE_PAGE_BEAT_ 32u /* the same beat in Unix time: see statgate_beat_now_ms_ */
#endif

/* A piece of a text, or up to three observed values. */
struct statgate_block_ {
    uint16_t next;
    char data[30];
};
#define STATGATE_BLOCK_VALUES_ 3u
#define STATGATE_BLOCKS_       (STATGATE_BUFFER_BYTES / 32u)

/* A waiting line. Lines and blocks are referred to by number, from 1; 0 is none. */
struct statgate_line_ {
    double up;      /* the sum of counts that are not negative; a gauge's value */
    double down;    /* the sum of negative counts */
    uint64_t calls; /* samples merged into it */
    uint32_t hash;
    uint16_t older; /* in sending order */
    uint16_t newer;
    uint16_t next;       /* in the same bucket */
    uint16_t text;       /* first block of name and labels; without a letter, of the whole line */
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
 * A handle, about 74 KiB in the caller's memory, of which 10 KiB are touched before any sample has
 * to wait (18 with pairs of labels). A zeroed handle is closed: samples given to it are lost,
 * without harm.
 */
struct statgate {
    bool open;
    bool fixed;     /* `path` is the only place to look */
    bool connected; /* the socket has a receiver, as far as is known */
    bool full;      /* the buffer filled up, and nothing has got through since */
    int fd;         /* -1: no socket */
    dev_t fd_dev;   /* which socket `fd` was when created; see statgate_owns_ */
    ino_t fd_ino;
    uint64_t checked_ns;     /* when that was last checked */
    pid_t pid;               /* who opened it; used only if `mark` is NULL */
    volatile uint32_t *mark; /* a page that reads 0 after fork, or NULL */
    uint64_t delivered;      /* samples that the kernel accepted, as the daemon counts them */
    uint64_t lost;           /* samples that will never be delivered */
    uint64_t merged;         /* samples delivered as part of another's number */
    uint64_t pause_from_ns;  /* no send before pause_from_ns + pause_ns; 0 = no pause */
    uint64_t pause_ns;
    uint32_t pack_max; /* lines are packed up to this many bytes */
    unsigned place;    /* where it is or was last connected; see statgate_place_; 0 = nowhere yet */
    const unsigned char *page; /* the breaker page beside that socket, or NULL */
    uint64_t page_tried_ms;    /* when it was last looked for without a new connection */
    bool page_wanted;          /* the handle has breakers, or prepared metrics */
    /* Prepared metrics: what tells that it is time to send what they hold. */
    const volatile uint32_t *beat; /* the lower half of the page's beat, or `no_beat` */
    const volatile uint32_t *here; /* 0 in a child of fork: `mark`, or `is_here` */
    uint32_t no_beat;
    uint32_t is_here;
    uint32_t beat_seen;
    uint32_t uses_left; /* until the clock is read */
    uint32_t uses_step;
    uint64_t look_ms;                       /* when it was last read; on the beat's clock */
    uint64_t sent_ms;                       /* when what is held was last sent */
    struct statgate_metric_ *metrics;       /* all of the handle */
    struct statgate_shared_counter *shared; /* those of them that threads share */
    const volatile uint32_t
        *shared_here;              /* beside `mark`: the number of this process; 0 after fork */
    uint32_t process;              /* 1, in its child 2, and so on */
    void *lock;                    /* of a flusher, or NULL */
    struct statgate_metric_ *held; /* those that hold samples, the first one first */
    struct statgate_metric_ *last_held;
    uint16_t oldest; /* waiting lines in sending order */
    uint16_t newest;
    uint16_t free_line;  /* list of lines to reuse */
    uint16_t fresh_line; /* number of lines used so far; the rest is untouched memory */
    uint16_t free_block; /* likewise */
    uint16_t fresh_block;
    uint32_t blocks_left;
    char report[24]; /* `|q:<handle>,`, written once */
    char path[sizeof(
        ((struct sockaddr_un *)0)->sun_path)]; /* the fixed place, or the one in $XDG_RUNTIME_DIR */
    uint16_t buckets[STATGATE_BUCKETS_];       /* lines by hash of their series */
    char datagram[STATGATE_REPORT_BYTES_ + STATGATE_LINE_BYTES_]; /* scratch */
    char labels[STATGATE_LINE_BYTES_];                            /* text of a call's pairs */
    struct statgate_line_ lines[STATGATE_LINES_];
    struct statgate_block_ blocks[STATGATE_BLOCKS_];
};

/* What all prepared metrics have. A metric that was refused, or that is closed, has no handle. */
struct statgate_metric_ {
    struct statgate *sg;
    struct statgate *lost_to; /* the handle that counts what a refused metric loses, or NULL */
    struct statgate_metric_ *next;
    struct statgate_metric_ **at; /* what points to it */
    struct statgate_metric_ *next_held;
    uint64_t calls; /* samples that it holds */
    uint16_t name_len;
    uint16_t labels_len;
    char letter;
    char text[STATGATE_METRIC_BYTES_]; /* name, then labels */
    double sum;                        /* of counts; a gauge's value */
};

/*
 * Shared counters need a compiler with atomic operations, and a machine on which those of 64 bits
 * need no library.
 */
#if defined(__GNUC__) && UINTPTR_MAX > 0xffffffffu
#define STATGATE_HAS_SHARED 1

/* What threads add, by the number of the process: the parent's is never in the child's place. */
struct statgate_sum_ {
    uint64_t whole;
    uint64_t fraction; /* the bits of a double */
};

/* See statgate_shared_counter_add. */
struct statgate_shared_counter {
    struct statgate_metric_ metric;
    struct statgate_shared_counter *next;
    char apart[64]; /* from what other threads change */
    struct statgate_sum_ sums[2];
    char apart_behind[64];
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

/* Slow paths, kept apart so that the inlined fast path stays small. */
#ifdef __GNUC__
#define STATGATE_APART_ static __attribute__((noinline, unused))
#else
#define STATGATE_APART_ static inline
#endif

/* ---- clocks and random numbers ------------------------------------------------------------ */

static inline uint64_t statgate_now_ns_(void) {
    struct timespec now;
#ifdef CLOCK_MONOTONIC
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
#else
    /* -std=c11 hides the POSIX clocks. The wall clock will do: a jump only ends a pause. */
    if (timespec_get(&now, TIME_UTC) == 0) {
        return 0;
    }
#endif
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Milliseconds on the clock that STATGATE_PAGE_BEAT_ uses; 0 if it cannot be read.
 *
 * The coarse clock lags a few milliseconds, costs a quarter as much, and never needs a system call.
 * If -std=c11 hides the POSIX clocks, Unix time is compared with the beat in Unix time. A forward
 * jump of that clock makes a running daemon look dead until its next beat, for half a second at
 * most; a backward jump makes a dead one look alive for up to three more seconds, once.
 */
static inline uint64_t statgate_beat_now_ms_(void) {
    struct timespec now;
#if defined(CLOCK_MONOTONIC_COARSE)
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0 &&
        clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
#elif defined(CLOCK_MONOTONIC)
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
#else
    if (timespec_get(&now, TIME_UTC) == 0) {
        return 0;
    }
#endif
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static inline uint64_t statgate_random_(const void *salt) {
    uint64_t value = 0;
#ifdef GRND_NONBLOCK
    if (getrandom(&value, sizeof value, GRND_NONBLOCK) == (ssize_t)sizeof value) {
        return value;
    }
#endif
    /* No entropy yet, or an old libc: an id must be unlikely to repeat, but may be guessable. */
    value = STATGATE_NOW_NS() ^ ((uint64_t)getpid() << 40) ^ (uint64_t)(uintptr_t)salt;
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* ---- text and numbers ---------------------------------------------------------------------- */

static inline char *statgate_append_(char *at, const char *text, size_t len) {
    memcpy(at, text, len);
    return at + len;
}

static inline size_t statgate_put_digits_(char *out, uint64_t value) {
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    } while (value != 0);
    memcpy(out, text + at, sizeof text - at);
    return sizeof text - at;
}

/* For text that snprintf printed in any locale: whatever is between digits is the decimal point. */
static inline size_t statgate_fix_point_(char *text) {
    size_t len = 0;
    for (const char *from = text; *from != '\0'; from++) {
        if ((*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e') {
            text[len++] = *from;
        } else if (len > 0 && text[len - 1] != '.') {
            text[len++] = '.';
        }
    }
    text[len] = '\0';
    return len;
}

static inline uint64_t statgate_bits_(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 statgate_wide_;

/*
 * The shortest decimal number that reads back as `value`, which has a fraction and lies in
 * [1e-9, 9e15). Steele and White, "How to Print Floating-Point Numbers Accurately" (1990),
 * fixed-point fraction printout with 124 bits: exact, independent of the locale, and far cheaper
 * than snprintf. Most observations are durations, which take this path.
 */
static inline size_t statgate_put_decimal_(char *out, double value) {
    const statgate_wide_ one = (statgate_wide_)1 << 124;
    uint64_t whole = (uint64_t)value;
    size_t len = statgate_put_digits_(out, whole);
    out[len++] = '.';

    /* A double is mantissa * 2^(exponent - 1075); any number within `slack` of it reads as it. */
    const uint64_t mantissa_mask = (UINT64_C(1) << 52) - 1;
    uint64_t bits = statgate_bits_(value);
    uint64_t part = statgate_bits_(value - (double)whole);
    statgate_wide_ rest = (statgate_wide_)((part & mantissa_mask) | (mantissa_mask + 1))
                          << ((part >> 52) - 1075 + 124);
    statgate_wide_ slack = (statgate_wide_)1 << ((bits >> 52) - 1076 + 124);
    if ((bits & mantissa_mask) == 0) {
        slack >>= 1; /* a power of two: the next double below is half as far away */
    }
    do {
        rest *= 10u;
        slack *= 10u;
        out[len++] = (char)('0' + (int)(rest >> 124));
        rest &= one - 1;
    } while (rest >= slack && rest <= one - slack);
    if (rest > one / 2) {
        out[len - 1]++; /* never a 9: the loop would have ended one digit earlier */
    }
    return len;
}
#endif

/* Tests the bits: under -ffast-math compilers assume that isfinite() is always true. */
static inline bool statgate_is_finite_(double value) {
    return ((statgate_bits_(value) >> 52) & 0x7ffu) != 0x7ffu;
}

/* Writes a short text that reads back as `value`. Returns its length; 0 for NaN and infinities. */
static inline size_t statgate_put_number_(char *out, double value) {
    if (!statgate_is_finite_(value)) {
        return 0;
    }
    size_t sign = 0;
    if (value < 0) {
        out[0] = '-';
        sign = 1;
        value = -value;
    }
    char *digits = out + sign;
    if (value < 9e18) {
        uint64_t whole = (uint64_t)value;
        if ((double)whole == value) {
            return sign + statgate_put_digits_(digits, whole);
        }
    }
#ifdef __SIZEOF_INT128__
    if (value >= 1e-9 && value < 9e15) {
        return sign + statgate_put_decimal_(digits, value);
    }
#endif
    /* Very small or very large. (On 32-bit machines: every fraction.) */
    snprintf(digits, STATGATE_NUMBER_BYTES_ - 1, "%.15g", value);
    if (strtod(digits, NULL) != value) {
        snprintf(digits, STATGATE_NUMBER_BYTES_ - 1, "%.17g", value);
    }
    return sign + statgate_fix_point_(digits);
}

/* ---- identity and fork -------------------------------------------------------------------- */

/*
 * The number of this process among those that have the handle, which is another one in a child. Any
 * thread may be the first that asks: until there is a number, nobody adds to this process's sums,
 * and nobody ever again to those of its parent, which are dropped.
 */
STATGATE_APART_ uint32_t statgate_number_process_(struct statgate *sg) {
#if STATGATE_HAS_SHARED
    uint32_t *here = (uint32_t *)(uintptr_t)sg->shared_here;
    uint32_t none = 0;
    uint32_t before = __atomic_load_n(&sg->process, __ATOMIC_ACQUIRE);
    uint32_t now = __atomic_load_n(here, __ATOMIC_ACQUIRE);
    if (now != 0) {
        return now; /* else `before` is the parent's, as it changes after `here` */
    }
    for (struct statgate_shared_counter *c = sg->shared; c != NULL; c = c->next) {
        __atomic_store_n(&c->sums[before % 2].whole, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&c->sums[before % 2].fraction, 0, __ATOMIC_RELAXED);
    }
    now = before + 1 == 0 ? 2 : before + 1;
    if (!__atomic_compare_exchange_n(here, &none, now, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return none; /* another thread's, which is the same */
    }
    __atomic_store_n(&sg->process, now, __ATOMIC_RELEASE);
    return now;
#else
    return sg->process;
#endif
}

static inline void statgate_new_numbering_(struct statgate *sg) {
    static const char hex[] = "0123456789abcdef";
    uint64_t handle = statgate_random_(sg);
    memcpy(sg->report, "|q:", 3);
    for (size_t i = 0; i < 16; i++) {
        sg->report[3 + i] = hex[(handle >> (60 - 4 * i)) & 15u];
    }
    sg->report[19] = ',';
    sg->delivered = 0;
    sg->lost = 0;
    sg->merged = 0;
    sg->oldest = 0;
    sg->newest = 0;
    sg->free_line = 0;
    sg->fresh_line = 0;
    sg->free_block = 0;
    sg->fresh_block = 0;
    sg->blocks_left = STATGATE_BLOCKS_;
    memset(sg->buckets, 0, sizeof sg->buckets);
    sg->full = false;
    sg->pause_ns = 0;
    sg->held = NULL;
    sg->last_held = NULL;
    for (struct statgate_metric_ *m = sg->metrics; m != NULL; m = m->next) {
        m->calls = 0;
        m->sum = 0;
    }
    statgate_number_process_(sg);
#if STATGATE_HAS_SHARED
    for (struct statgate_shared_counter *c = sg->shared; c != NULL && sg->mark == NULL;
         c = c->next) {
        memset(c->sums, 0, sizeof c->sums); /* nothing told of the fork before */
    }
#endif
}

/*
 * A page that the kernel zeroes in every child (MADV_WIPEONFORK, Linux 4.14). One memory read of a
 * nanosecond then detects a fork; getpid() is a system call and costs a sixth of the send that it
 * would guard. NULL if the kernel cannot do this; getpid() is used instead.
 */
static inline volatile uint32_t *statgate_fork_mark_(void) {
#if defined(MADV_WIPEONFORK) && defined(MAP_ANONYMOUS)
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return NULL;
    }
    /* Some emulators accept any advice and ignore it. One that accepts nonsense is not trusted. */
    if (madvise(at, page, -1) == 0 || madvise(at, page, MADV_WIPEONFORK) != 0) {
        munmap(at, page);
        return NULL;
    }
    volatile uint32_t *mark = (volatile uint32_t *)at;
    mark[0] = 1;
    mark[1] = 1; /* of shared counters */
    return mark;
#else
    return NULL;
#endif
}

/* Where prepared metrics see a fork; without a mark the next send sees it. */
static inline void statgate_watch_fork_(struct statgate *sg) {
    sg->is_here = 1;
    sg->process = 1;
    sg->here = sg->mark != NULL ? sg->mark : &sg->is_here;
    sg->shared_here = sg->mark != NULL ? sg->mark + 1 : &sg->is_here;
}

/*
 * Whether `fd` is still the handle's socket. A program that closes descriptors it did not open may
 * have reused the number for a file of its own.
 */
static inline bool statgate_owns_(const struct statgate *sg) {
    struct stat now;
    return sg->fd >= 0 && fstat(sg->fd, &now) == 0 && now.st_dev == sg->fd_dev &&
           now.st_ino == sg->fd_ino;
}

static inline void statgate_disconnect_(struct statgate *sg) {
    if (statgate_owns_(sg)) {
        close(sg->fd);
    }
    sg->fd = -1;
    sg->connected = false;
}

/* False for a closed handle. In a child, resets the handle first. */
static inline bool statgate_usable_(struct statgate *sg) {
    if (sg->mark != NULL ? *sg->mark != 0 : sg->pid == getpid()) {
        return true;
    }
    if (!sg->open) {
        return false;
    }
    if (sg->mark != NULL) {
        *sg->mark = 1;
    }
    sg->pid = getpid();
    statgate_disconnect_(sg);
    statgate_new_numbering_(sg);
    return true;
}

/* ---- places ------------------------------------------------------------------------------- */

#define STATGATE_PLACES_     3u
#define STATGATE_PATH_BYTES_ sizeof(((struct sockaddr_un *)0)->sun_path)

/*
 * The place for users without a runtime directory. Anyone can create names in /tmp, so the folder
 * must belong to the caller or root, and nobody else may write to it.
 */
static inline bool statgate_tmp_place_(char *ret_path) {
    char path[STATGATE_PATH_BYTES_];
    uid_t uid = geteuid();
    int folder =
        snprintf(path, sizeof path, "%s/statgate-%lu", STATGATE_TMP_FOLDER, (unsigned long)uid);
    if (folder < 0 || (size_t)folder + sizeof "/statgate.sock" > sizeof path) {
        return false;
    }
    struct stat is;
#if !defined(__GLIBC__) || (defined(_POSIX_C_SOURCE) && _POSIX_C_SOURCE >= 200112L)
    int found = lstat(path, &is);
#else
    int found = stat(path, &is); /* -std=c11 hides lstat; the kernel stops foreign links then
                                    (fs.protected_symlinks) */
#endif
    if (found != 0 || !S_ISDIR(is.st_mode) || (is.st_uid != uid && is.st_uid != 0) ||
        (is.st_mode & (mode_t)(S_IWGRP | S_IWOTH)) != 0) {
        return false;
    }
    memcpy(ret_path, path, (size_t)folder);
    memcpy(ret_path + folder, "/statgate.sock", sizeof "/statgate.sock");
    return true;
}

/*
 * The socket's path in one of the places to look, 1 to STATGATE_PLACES_, which are tried in this
 * order. False: this handle has no such place.
 */
static inline bool statgate_place_(const struct statgate *sg, unsigned place, char *ret_path) {
    const char *path = sg->path;
    if (sg->fixed && place != 2) {
        return false;
    }
    if (place == 3) {
        return statgate_tmp_place_(ret_path);
    }
    if (place == 1) {
        path = STATGATE_SYSTEM_SOCKET;
    }
    size_t len = strlen(path);
    if (len == 0 || len >= STATGATE_PATH_BYTES_) {
        return false;
    }
    memcpy(ret_path, path, len + 1);
    return true;
}

/* ---- the breaker page --------------------------------------------------------------------- */

/*
 * The daemon changes these words while they are read. A 32-bit machine reads a 64-bit word in
 * halves: some could read it whole only by compare-and-swap, which writes, and the page is
 * read-only. Halves of two different values give a tag that no breaker has, or a beat that is wrong
 * once in 49 days.
 */
static inline uint64_t statgate_load64_(const unsigned char *at) {
#if defined(__GNUC__) && UINTPTR_MAX > 0xffffffffu
    return __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
#else
    uint32_t halves[2];
    uint64_t value;
    halves[0] = ((const volatile uint32_t *)(const void *)at)[0];
    halves[1] = ((const volatile uint32_t *)(const void *)at)[1];
    memcpy(&value, halves, sizeof value);
    return value;
#endif
}

static inline uint32_t statgate_load32_(const unsigned char *at) {
#ifdef __GNUC__
    return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
#else
    return *(const volatile uint32_t *)(const void *)at;
#endif
}

/* Where the beat is looked for. Its lower half is enough to see that it is another one. */
static inline void statgate_watch_beat_(struct statgate *sg) {
    sg->beat = &sg->no_beat;
    if (sg->page != NULL) {
        const uint32_t one = 1;
        size_t lower = *(const unsigned char *)&one == 1 ? 0 : 4;
        sg->beat =
            (const volatile uint32_t *)(const void *)(sg->page + STATGATE_PAGE_BEAT_ + lower);
    }
    sg->beat_seen = *sg->beat;
}

static inline void statgate_page_drop_(struct statgate *sg) {
    if (sg->page != NULL) {
        const unsigned char *page = sg->page;
        sg->page = NULL;
        statgate_watch_beat_(sg);
        munmap((void *)(uintptr_t)page, STATGATE_PAGE_BYTES_);
    }
}

/*
 * The owner of the file could truncate it, and reading it would then raise SIGBUS. So the owner
 * must be root, the caller, or the owner of the socket or of the folder that holds both.
 */
static inline bool statgate_page_trusted_(uid_t owner, char *socket_path) {
    struct stat is;
    if (owner == 0 || owner == geteuid() || (stat(socket_path, &is) == 0 && is.st_uid == owner)) {
        return true;
    }
    char *slash = strrchr(socket_path, '/');
    if (slash != NULL) {
        slash[slash == socket_path ? 1 : 0] = '\0';
    }
    return stat(slash == NULL ? "." : socket_path, &is) == 0 && is.st_uid == owner;
}

/* Maps the page beside a socket. Overwrites `socket_path`. */
static inline bool statgate_page_open_(struct statgate *sg, char *socket_path) {
    char path[STATGATE_PATH_BYTES_ + sizeof ".breakers"];
    size_t len = strlen(socket_path);
    if (len >= 5 && memcmp(socket_path + len - 5, ".sock", 5) == 0) {
        len -= 5;
    }
    memcpy(statgate_append_(path, socket_path, len), ".breakers", sizeof ".breakers");

    int flags = O_RDONLY | O_NONBLOCK;
#if defined(O_NOFOLLOW)
    flags |= O_NOFOLLOW | O_CLOEXEC;
#elif defined(__O_NOFOLLOW)
    flags |= __O_NOFOLLOW | __O_CLOEXEC; /* glibc's names for them under -std=c11 */
#endif
    int fd = open(path, flags);
    if (fd < 0) {
        return false;
    }
    struct stat is;
    void *at = MAP_FAILED;
    if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && is.st_size == (off_t)STATGATE_PAGE_BYTES_ &&
        (is.st_mode & (mode_t)(S_IWGRP | S_IWOTH)) == 0 &&
        statgate_page_trusted_(is.st_uid, socket_path)) {
        at = mmap(NULL, STATGATE_PAGE_BYTES_, PROT_READ, MAP_SHARED, fd, 0);
    }
    close(fd);
    if (at == MAP_FAILED) {
        return false;
    }
    sg->page = (const unsigned char *)at;
    if (memcmp(at, STATGATE_PAGE_MAGIC_, 8) != 0 ||
        statgate_load32_(sg->page + 8) != STATGATE_PAGE_VERSION_) {
        statgate_page_drop_(sg);
        return false;
    }
    statgate_watch_beat_(sg);
    return true;
}

/* Maps the page beside the last connected socket, or else the first page found in any place. */
static inline void statgate_page_map_(struct statgate *sg) {
    char path[STATGATE_PATH_BYTES_];
    statgate_page_drop_(sg);
    for (unsigned place = 1; place <= STATGATE_PLACES_ && sg->page == NULL; place++) {
        if ((sg->place == 0 || sg->place == place) && statgate_place_(sg, place, path)) {
            statgate_page_open_(sg, path);
        }
    }
}

/* ---- connecting --------------------------------------------------------------------------- */

static inline bool statgate_connect_to_(const struct statgate *sg, const char *path) {
    struct sockaddr_un to;
    memset(&to, 0, sizeof to);
    to.sun_family = AF_UNIX;
    memcpy(to.sun_path, path, strlen(path));
    return connect(sg->fd, (const struct sockaddr *)&to, (socklen_t)sizeof to) == 0;
}

#ifdef F_DUPFD_CLOEXEC
#define STATGATE_DUPFD_CLOEXEC_ F_DUPFD_CLOEXEC
#else
#define STATGATE_DUPFD_CLOEXEC_ 1030 /* Linux's value on all machines; -std=c11 hides the name */
#endif

/*
 * A socket with as high a number as the limit allows, up to STATGATE_FD_FROM_. Programs that close
 * unknown descriptors, as daemons do at their start, then reuse the low numbers.
 */
static inline int statgate_socket_(void) {
    /*
     * SO_SNDBUF keeps its default: it holds about 280 single lines, so a busy sender starts to pack
     * before it has filled the daemon's queue, which other senders need too.
     */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (int from = STATGATE_FD_FROM_; fd >= 0 && fd < from && from >= 32; from /= 2) {
        int high = fcntl(fd, STATGATE_DUPFD_CLOEXEC_, from);
        if (high >= 0) {
            close(fd);
            return high;
        }
    }
    return fd;
}

static inline bool statgate_connect_(struct statgate *sg) {
    char path[STATGATE_PATH_BYTES_];
    if (!statgate_owns_(sg)) {
        struct stat is;
        sg->fd = statgate_socket_();
        if (sg->fd < 0) {
            return false;
        }
        if (fstat(sg->fd, &is) != 0) {
            close(sg->fd);
            sg->fd = -1;
            return false;
        }
        sg->fd_dev = is.st_dev;
        sg->fd_ino = is.st_ino;
        sg->pack_max = STATGATE_DATAGRAM_BYTES_;
    }
    sg->connected = false;
    for (unsigned place = 1; place <= STATGATE_PLACES_ && !sg->connected; place++) {
        if (statgate_place_(sg, place, path) && statgate_connect_to_(sg, path)) {
            sg->connected = true;
            sg->place = place;
        }
    }
    if (sg->connected && sg->page_wanted) {
        statgate_page_map_(sg); /* the page of this daemon */
    }
    return sg->connected;
}

/* ---- samples as text ---------------------------------------------------------------------- */

/* A sample as the caller gave it. Nothing of it is kept. */
struct statgate_sample_ {
    const char *name;
    const char *labels;
    const char *word; /* instead of the value, or NULL */
    const char *instance;
    size_t name_len;
    size_t labels_len;
    size_t word_len;
    size_t instance_len;
    double value;
    char letter;
    uint64_t calls; /* samples that the value is made of */
};

/* Bytes of the line without its value. */
static inline size_t statgate_frame_len_(const struct statgate_sample_ *sample) {
    return sample->name_len + 3 + (sample->labels_len == 0 ? 0 : sample->labels_len + 2) +
           (sample->instance_len == 0 ? 0 : sample->instance_len + 3);
}

static inline char *statgate_write_letter_(char *at, char letter, bool labels) {
    *at++ = '|';
    *at++ = letter;
    if (labels) {
        *at++ = '|';
        *at++ = '#';
    }
    return at;
}

/* Writes the line without newline or terminator. Returns its end. */
static inline char *statgate_write_sample_(char *at, const struct statgate_sample_ *sample) {
    at = statgate_append_(at, sample->name, sample->name_len);
    *at++ = ':';
    if (sample->word != NULL) {
        at = statgate_append_(at, sample->word, sample->word_len);
    } else {
        at += statgate_put_number_(at, sample->value);
    }
    at = statgate_write_letter_(at, sample->letter, sample->labels_len != 0);
    if (sample->labels_len != 0) {
        at = statgate_append_(at, sample->labels, sample->labels_len);
    }
    if (sample->instance_len != 0) {
        at = statgate_append_(at, "|i:", 3);
        at = statgate_append_(at, sample->instance, sample->instance_len);
    }
    return at;
}

/*
 * Writes the report for a datagram of `samples` samples: first the samples delivered so far, with
 * these, plus the lost ones; then the lost ones. So whenever a datagram arrives, sent - lost is the
 * number of samples that have arrived. Waiting samples are in neither number. Returns the length.
 */
static inline size_t statgate_write_report_(const struct statgate *sg, char *at, size_t samples) {
    size_t len = 20;
    memcpy(at, sg->report, len);
    len += statgate_put_digits_(at + len, sg->delivered + samples + sg->lost);
    at[len++] = ',';
    return len + statgate_put_digits_(at + len, sg->lost);
}

/* ---- blocks ------------------------------------------------------------------------------- */

/* Takes a free block; the caller has checked that there is one. */
static inline uint16_t statgate_take_block_(struct statgate *sg) {
    uint16_t block = sg->free_block;
    if (block != 0) {
        sg->free_block = sg->blocks[block - 1].next;
    } else {
        block = ++sg->fresh_block;
    }
    sg->blocks_left--;
    sg->blocks[block - 1].next = 0;
    return block;
}

/* Returns the block that followed it. */
static inline uint16_t statgate_free_block_(struct statgate *sg, uint16_t block) {
    uint16_t next = sg->blocks[block - 1].next;
    sg->blocks[block - 1].next = sg->free_block;
    sg->free_block = block;
    sg->blocks_left++;
    return next;
}

/* A position in a text of blocks. */
struct statgate_cursor_ {
    uint16_t block;
    uint16_t at;
};

/* The next contiguous piece of at most `len` bytes; moves past it. */
static inline char *statgate_piece_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                    size_t len, size_t *ret_len) {
    if (cursor->at == sizeof sg->blocks[0].data) {
        cursor->block = sg->blocks[cursor->block - 1].next;
        cursor->at = 0;
    }
    size_t left = sizeof sg->blocks[0].data - cursor->at;
    char *piece = sg->blocks[cursor->block - 1].data + cursor->at;
    *ret_len = len < left ? len : left;
    cursor->at = (uint16_t)(cursor->at + *ret_len);
    return piece;
}

/* Takes blocks for a text, which is not empty; returns the first. */
static inline uint16_t statgate_take_text_(struct statgate *sg, size_t len) {
    uint16_t first = statgate_take_block_(sg);
    uint16_t last = first;
    for (size_t have = sizeof sg->blocks[0].data; have < len; have += sizeof sg->blocks[0].data) {
        uint16_t block = statgate_take_block_(sg);
        sg->blocks[last - 1].next = block;
        last = block;
    }
    return first;
}

static inline void statgate_set_text_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                      const char *text, size_t len) {
    for (size_t part; len != 0; text += part, len -= part) {
        char *piece = statgate_piece_(sg, cursor, len, &part);
        memcpy(piece, text, part);
    }
}

static inline char *statgate_get_text_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                       char *at, size_t len) {
    for (size_t part; len != 0; at += part, len -= part) {
        const char *piece = statgate_piece_(sg, cursor, len, &part);
        memcpy(at, piece, part);
    }
    return at;
}

static inline bool statgate_is_text_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                     const char *text, size_t len) {
    for (size_t part; len != 0; text += part, len -= part) {
        const char *piece = statgate_piece_(sg, cursor, len, &part);
        if (memcmp(piece, text, part) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- waiting lines ------------------------------------------------------------------------ */

static inline struct statgate_line_ *statgate_line_at_(struct statgate *sg, uint16_t line) {
    return &sg->lines[line - 1];
}

/*
 * Eight bytes at a time, since every waiting sample is hashed. (Breakers use the bytewise hash that
 * their page prescribes.)
 */
static inline uint64_t statgate_mix_(uint64_t hash, const char *text, size_t len) {
    uint64_t word;
    for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    word = len;
    if (len != 0) {
        memcpy(&word, text, len);
    }
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 32);
}

static inline uint32_t statgate_series_hash_(const struct statgate_sample_ *sample) {
    uint64_t hash = statgate_mix_((unsigned char)sample->letter, sample->name, sample->name_len);
    return (uint32_t)statgate_mix_(hash, sample->labels, sample->labels_len);
}

/* The newest waiting line of the sample's series; 0 if there is none. */
static inline uint16_t statgate_find_line_(struct statgate *sg,
                                           const struct statgate_sample_ *sample, uint32_t hash) {
    uint16_t number = sg->buckets[hash % STATGATE_BUCKETS_];
    while (number != 0) {
        const struct statgate_line_ *line = statgate_line_at_(sg, number);
        struct statgate_cursor_ cursor = {line->text, 0};
        if (line->hash == hash && line->letter == sample->letter &&
            line->name_len == sample->name_len && line->labels_len == sample->labels_len &&
            statgate_is_text_(sg, &cursor, sample->name, sample->name_len) &&
            statgate_is_text_(sg, &cursor, sample->labels, sample->labels_len)) {
            break;
        }
        number = line->next;
    }
    return number;
}

/* Makes it the last one to be sent. */
static inline void statgate_link_line_(struct statgate *sg, uint16_t number) {
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    line->older = sg->newest;
    line->newer = 0;
    if (sg->newest != 0) {
        statgate_line_at_(sg, sg->newest)->newer = number;
    } else {
        sg->oldest = number;
    }
    sg->newest = number;
}

static inline void statgate_unlink_line_(struct statgate *sg, uint16_t number) {
    const struct statgate_line_ *line = statgate_line_at_(sg, number);
    if (line->older != 0) {
        statgate_line_at_(sg, line->older)->newer = line->newer;
    } else {
        sg->oldest = line->newer;
    }
    if (line->newer != 0) {
        statgate_line_at_(sg, line->newer)->older = line->older;
    } else {
        sg->newest = line->older;
    }
}

/* A linked line with room for its text; NULL if the buffer is full. */
static inline struct statgate_line_ *statgate_new_line_(struct statgate *sg, size_t text_len,
                                                        size_t blocks) {
    uint16_t number = sg->free_line;
    size_t data_len = sizeof sg->blocks[0].data;
    if ((text_len + data_len - 1) / data_len + blocks > sg->blocks_left ||
        (number == 0 && sg->fresh_line == STATGATE_LINES_)) {
        return NULL;
    }
    if (number != 0) {
        sg->free_line = statgate_line_at_(sg, number)->newer;
    } else {
        number = ++sg->fresh_line;
    }
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    memset(line, 0, sizeof *line);
    line->text = statgate_take_text_(sg, text_len);
    statgate_link_line_(sg, number);
    return line;
}

static inline void statgate_remove_oldest_(struct statgate *sg) {
    uint16_t number = sg->oldest;
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    if (line->letter != 0) {
        uint16_t *at = &sg->buckets[line->hash % STATGATE_BUCKETS_];
        while (*at != number) {
            at = &statgate_line_at_(sg, *at)->next;
        }
        *at = line->next;
    }
    while (line->text != 0) {
        line->text = statgate_free_block_(sg, line->text);
    }
    while (line->values != 0) {
        line->values = statgate_free_block_(sg, line->values);
    }
    statgate_unlink_line_(sg, number);
    line->newer = sg->free_line;
    sg->free_line = number;
}

static inline void statgate_lose_oldest_(struct statgate *sg) {
    sg->lost += statgate_line_at_(sg, sg->oldest)->calls;
    statgate_remove_oldest_(sg);
}

/* ---- merging samples ---------------------------------------------------------------------- */

/* False if the sum would no longer be exact. */
static inline bool statgate_add_up_(bool *has, double *sum, double value) {
    double total = *has ? *sum + value : value;
    if (*has && (total >= STATGATE_EXACT_ || total <= -STATGATE_EXACT_)) {
        return false;
    }
    *has = true;
    *sum = total;
    return true;
}

/* Adds a value after the line's `have` values. False if no block is left for it. */
static inline bool statgate_add_value_(struct statgate *sg, struct statgate_line_ *line,
                                       size_t have, double value) {
    size_t slot = (line->taken + have) % STATGATE_BLOCK_VALUES_;
    if (slot == 0) {
        if (sg->blocks_left == 0) {
            return false;
        }
        uint16_t block = statgate_take_block_(sg);
        if (line->values == 0) {
            line->values = block;
        } else {
            sg->blocks[line->last_value - 1].next = block;
        }
        line->last_value = block;
    }
    memcpy(sg->blocks[line->last_value - 1].data + slot * sizeof value, &value, sizeof value);
    return true;
}

/* Adds to a line that holds `have` samples of the series. False if it cannot take the value. */
static inline bool statgate_add_sample_(struct statgate *sg, struct statgate_line_ *line,
                                        size_t have, double value) {
    if (line->letter == 'h') {
        return statgate_add_value_(sg, line, have, value);
    }
    if (line->letter == 'g') {
        line->up = value;
        return true;
    }
    return value < 0 ? statgate_add_up_(&line->has_down, &line->down, value)
                     : statgate_add_up_(&line->has_up, &line->up, value);
}

/*
 * A gauge moves to the end: when each state of a thing is a series, only the order shows which
 * state came last.
 */
static inline bool statgate_merge_(struct statgate *sg, uint16_t number, double value,
                                   uint64_t calls) {
    struct statgate_line_ *line = statgate_line_at_(sg, number);
    if (!statgate_add_sample_(sg, line, line->calls, value)) {
        return false;
    }
    line->calls += calls;
    if (line->letter == 'g') {
        statgate_unlink_line_(sg, number);
        statgate_link_line_(sg, number);
    }
    return true;
}

/* Keeps a line unmerged: a word, or a line too long to be worth a search. Returns it, or 0. */
static inline uint16_t statgate_keep_text_(struct statgate *sg,
                                           const struct statgate_sample_ *sample) {
    size_t len = (size_t)(statgate_write_sample_(sg->datagram, sample) - sg->datagram);
    struct statgate_line_ *line = statgate_new_line_(sg, len, 0);
    if (line == NULL) {
        return 0;
    }
    struct statgate_cursor_ cursor = {line->text, 0};
    statgate_set_text_(sg, &cursor, sg->datagram, len);
    line->name_len = (uint16_t)len;
    line->calls = sample->calls;
    return sg->newest;
}

/* Keeps a sample until it can be sent. Returns its line; 0 if there is no room. */
static inline uint16_t statgate_keep_(struct statgate *sg, const struct statgate_sample_ *sample) {
    if (sample->word != NULL || statgate_frame_len_(sample) > STATGATE_MERGE_BYTES_) {
        return statgate_keep_text_(sg, sample);
    }
    uint32_t hash = statgate_series_hash_(sample);
    uint16_t number = statgate_find_line_(sg, sample, hash);
    if (number != 0 && statgate_merge_(sg, number, sample->value, sample->calls)) {
        return number;
    }
    struct statgate_line_ *line = statgate_new_line_(sg, sample->name_len + sample->labels_len,
                                                     sample->letter == 'h' ? 1 : 0);
    if (line == NULL) {
        return 0;
    }
    struct statgate_cursor_ cursor = {line->text, 0};
    statgate_set_text_(sg, &cursor, sample->name, sample->name_len);
    statgate_set_text_(sg, &cursor, sample->labels, sample->labels_len);
    line->name_len = (uint16_t)sample->name_len;
    line->labels_len = (uint16_t)sample->labels_len;
    line->letter = sample->letter;
    line->hash = hash;
    line->next = sg->buckets[hash % STATGATE_BUCKETS_];
    sg->buckets[hash % STATGATE_BUCKETS_] = sg->newest;
    line->calls = sample->calls;
    statgate_add_sample_(sg, line, 0, sample->value); /* the first one has room */
    return sg->newest;
}

/* ---- datagrams ---------------------------------------------------------------------------- */

/* What one datagram takes of the waiting samples: the oldest lines, then values of the next. */
struct statgate_batch_ {
    char *at;
    size_t len;
    size_t samples;
    size_t lines;
    size_t values;
};

/* How many samples the line counts as on the wire. */
static inline size_t statgate_line_samples_(const struct statgate_line_ *line) {
    if (line->letter == 'h') {
        return line->calls;
    }
    return line->letter != 'c' ? 1 : (size_t)line->has_up + (size_t)line->has_down;
}

static inline char *statgate_write_value_(char *at, double value) {
    *at++ = ':';
    return at + statgate_put_number_(at, value);
}

/* Writes the first value and as many more as fit into `room`. */
static inline char *statgate_write_observed_(struct statgate *sg, const struct statgate_line_ *line,
                                             char *at, size_t room, size_t *ret_values) {
    const char *start = at;
    uint16_t block = line->values;
    size_t slot = line->taken;
    size_t values = 0;
    do {
        double value;
        memcpy(&value, sg->blocks[block - 1].data + slot * sizeof value, sizeof value);
        at = statgate_write_value_(at, value);
        values++;
        if (++slot == STATGATE_BLOCK_VALUES_) {
            slot = 0;
            block = sg->blocks[block - 1].next;
        }
    } while (values < line->calls && (size_t)(at - start) + STATGATE_NUMBER_BYTES_ < room);
    *ret_values = values;
    return at;
}

/*
 * Writes a line, or as many of its values as fit, and returns its end; NULL if it does not fit. The
 * only line of a datagram is always written: the scratch buffer has room for one.
 */
static inline char *statgate_write_line_(struct statgate *sg, const struct statgate_line_ *line,
                                         char *at, size_t room, bool only, size_t *ret_samples) {
    struct statgate_cursor_ cursor = {line->text, 0};
    size_t numbers = line->letter == 0 ? 0 : (line->letter == 'c' ? 2 : 1);
    size_t frame_len = (size_t)line->name_len + line->labels_len + 4;
    if (!only && frame_len + numbers * (STATGATE_NUMBER_BYTES_ + 1) > room) {
        return NULL;
    }
    *ret_samples = statgate_line_samples_(line);
    at = statgate_get_text_(sg, &cursor, at, line->name_len);
    if (line->letter == 0) {
        return at;
    }
    if (line->letter == 'h') {
        room = room > frame_len ? room - frame_len : 0;
        at = statgate_write_observed_(sg, line, at, room, ret_samples);
    }
    if (line->letter == 'g' || line->has_up) {
        at = statgate_write_value_(at, line->up);
    }
    if (line->has_down) {
        at = statgate_write_value_(at, line->down);
    }
    at = statgate_write_letter_(at, line->letter, line->labels_len != 0);
    return statgate_get_text_(sg, &cursor, at, line->labels_len);
}

/*
 * Writes a datagram of the oldest lines. The report follows the first line, but its length is known
 * only after the samples are counted; so the first line moves to the front to make room.
 *
 *     packed:   ............line one\nline two\nline three
 *     sent:     line one|q:h,s,l\nline two\nline three
 */
static inline void statgate_pack_(struct statgate *sg, struct statgate_batch_ *ret_batch) {
    char *first = sg->datagram + STATGATE_REPORT_BYTES_;
    char *first_end = NULL;
    char *end = NULL;
    memset(ret_batch, 0, sizeof *ret_batch);
    for (uint16_t number = sg->oldest; number != 0 && ret_batch->values == 0;) {
        const struct statgate_line_ *line = statgate_line_at_(sg, number);
        char *at = end == NULL ? first : end + 1;
        size_t used = (size_t)(at - sg->datagram);
        size_t samples = 0;
        char *next = statgate_write_line_(
            sg, line, at, used < sg->pack_max ? sg->pack_max - used : 0, end == NULL, &samples);
        if (next == NULL) {
            break;
        }
        if (end == NULL) {
            first_end = next;
        } else {
            *end = '\n';
        }
        end = next;
        ret_batch->samples += samples;
        if (samples == statgate_line_samples_(line)) {
            ret_batch->lines++;
        } else {
            ret_batch->values = samples;
        }
        number = line->newer;
    }
    if (end == NULL) {
        return; /* nothing waits */
    }

    char report[STATGATE_REPORT_BYTES_];
    size_t report_len = statgate_write_report_(sg, report, ret_batch->samples);
    size_t first_len = (size_t)(first_end - first);
    memmove(first - report_len, first, first_len);
    memcpy(first_end - report_len, report, report_len);
    ret_batch->at = first - report_len;
    ret_batch->len = (size_t)(end - ret_batch->at);
}

/* Whether the batch could be sent in smaller datagrams. */
static inline bool statgate_is_divisible_(struct statgate *sg,
                                          const struct statgate_batch_ *batch) {
    return batch->lines + (batch->values != 0 ? 1 : 0) > 1 ||
           (batch->samples > 1 && statgate_line_at_(sg, sg->oldest)->letter == 'h');
}

/* The batch was delivered. */
static inline void statgate_settle_(struct statgate *sg, const struct statgate_batch_ *batch) {
    sg->delivered += batch->samples;
    for (size_t i = 0; i < batch->lines; i++) {
        const struct statgate_line_ *line = statgate_line_at_(sg, sg->oldest);
        sg->merged += line->calls - statgate_line_samples_(line);
        statgate_remove_oldest_(sg);
    }
    if (batch->values != 0) {
        struct statgate_line_ *line = statgate_line_at_(sg, sg->oldest);
        line->calls -= (uint32_t)batch->values;
        size_t taken = line->taken + batch->values;
        for (; taken >= STATGATE_BLOCK_VALUES_; taken -= STATGATE_BLOCK_VALUES_) {
            line->values = statgate_free_block_(sg, line->values);
        }
        line->taken = (uint8_t)taken;
    }
}

/* ---- sending ------------------------------------------------------------------------------ */

static inline void statgate_pause_(struct statgate *sg, uint64_t pause_ns) {
    sg->pause_from_ns = STATGATE_NOW_NS();
    sg->pause_ns = pause_ns;
}

/* Reads the clock only during a pause. A clock that ran backwards ends the pause, too. */
static inline bool statgate_ready_(const struct statgate *sg) {
    return sg->pause_ns == 0 || STATGATE_NOW_NS() - sg->pause_from_ns >= sg->pause_ns;
}

/* Checks from time to time that the descriptor is still the handle's; if not, disconnects. */
static inline void statgate_check_(struct statgate *sg) {
    uint64_t now_ns = STATGATE_NOW_NS();
    if (now_ns - sg->checked_ns >= STATGATE_CHECK_NS_) {
        sg->checked_ns = now_ns;
        sg->connected = sg->connected && statgate_owns_(sg);
    }
}

/* Sends a datagram; returns 0 or the errno. Reconnects once if necessary. */
static inline int statgate_deliver_(struct statgate *sg, const char *at, size_t len) {
    statgate_check_(sg);
    for (;;) {
        bool fresh = !sg->connected;
        int error = ENOTCONN;
        if (!fresh || statgate_connect_(sg)) {
            error = STATGATE_SEND(sg->fd, at, len) >= 0 ? 0 : errno;
        }
        if (error == 0) {
            sg->full = false;
            sg->pause_ns = 0;
            return 0;
        }
        if (error == EMSGSIZE) {
            return error;
        }
        if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM ||
            error == EINTR) {
            statgate_pause_(sg, STATGATE_FULL_NS_);
            return error;
        }
        /* The receiver or the descriptor is gone. */
        sg->connected = false;
        if (fresh) {
            statgate_pause_(sg, STATGATE_RETRY_NS_);
            return error;
        }
    }
}

/* Sends a sample directly; called only while nothing waits. */
static inline bool statgate_send_sample_(struct statgate *sg,
                                         const struct statgate_sample_ *sample) {
    char *end = statgate_write_sample_(sg->datagram, sample);
    end += statgate_write_report_(sg, end, 1);
    if (statgate_deliver_(sg, sg->datagram, (size_t)(end - sg->datagram)) != 0) {
        return false;
    }
    sg->delivered++;
    return true;
}

/*
 * Sends waiting samples until the kernel takes no more, or for `most_ns`. True if none is left
 * waiting.
 */
STATGATE_APART_ bool statgate_drain_(struct statgate *sg, uint64_t most_ns) {
    uint64_t from_ns = STATGATE_NOW_NS();
    while (sg->oldest != 0) {
        struct statgate_batch_ batch;
        statgate_pack_(sg, &batch);
        int error = statgate_deliver_(sg, batch.at, batch.len);
        if (error == 0) {
            statgate_settle_(sg, &batch);
        } else if (error != EMSGSIZE) {
            return false;
        } else if (statgate_is_divisible_(sg, &batch)) {
            sg->pack_max = (uint32_t)(batch.len / 2); /* at worst, one line per datagram */
        } else {
            statgate_lose_oldest_(sg); /* this socket will never take the line */
        }
        if (STATGATE_NOW_NS() - from_ns >= most_ns) {
            break;
        }
    }
    return sg->oldest == 0;
}

/* Takes a sample that cannot be sent at once. */
STATGATE_APART_ bool statgate_wait_(struct statgate *sg, const struct statgate_sample_ *sample) {
    bool ready = statgate_ready_(sg);
    bool kept = statgate_keep_(sg, sample) != 0;
    /* A full buffer justifies one early try during a pause, but not one for each sample. */
    if (ready || (!kept && !sg->full)) {
        sg->full = !kept;
        statgate_drain_(sg, STATGATE_CALL_NS_);
        kept = kept || statgate_keep_(sg, sample) != 0;
    }
    sg->lost += kept ? 0 : sample->calls;
    return kept;
}

static inline bool statgate_has_(const char *text, size_t len, char what) {
    return len != 0 && memchr(text, what, len) != NULL;
}

/* Whether there is a value and the line fits with it. Formats the number only in doubt. */
static inline bool statgate_fits_(const struct statgate_sample_ *sample) {
    char text[STATGATE_NUMBER_BYTES_];
    size_t most = STATGATE_LINE_BYTES_ - STATGATE_REPORT_BYTES_;
    size_t frame_len = statgate_frame_len_(sample);
    if (sample->word != NULL || frame_len + STATGATE_NUMBER_BYTES_ > most) {
        size_t len =
            sample->word != NULL ? sample->word_len : statgate_put_number_(text, sample->value);
        return len != 0 && frame_len + len <= most;
    }
    return statgate_is_finite_(sample->value);
}

/*
 * Sends a sample, or lets it wait and sends what can be sent. The caller has checked the letter,
 * the word and the instance. The program's text must not contain bytes that the framing uses.
 */
static inline bool statgate_put_(struct statgate *sg, struct statgate_sample_ *sample) {
    sample->name_len = sample->name == NULL ? 0 : strlen(sample->name);
    sample->labels_len = sample->labels == NULL ? 0 : strlen(sample->labels);
    sample->instance_len = sample->instance == NULL ? 0 : strlen(sample->instance);
    if (!statgate_usable_(sg) || sample->name_len == 0 || !statgate_fits_(sample) ||
        statgate_has_(sample->name, sample->name_len, ':') ||
        statgate_has_(sample->name, sample->name_len, '|') ||
        statgate_has_(sample->name, sample->name_len, '\n') ||
        statgate_has_(sample->labels, sample->labels_len, '|') ||
        statgate_has_(sample->labels, sample->labels_len, '\n')) {
        sg->lost++;
        return false;
    }
    if (sg->oldest == 0 && sg->pause_ns == 0 && statgate_send_sample_(sg, sample)) {
        return true;
    }
    return statgate_wait_(sg, sample);
}

static inline bool statgate_put_value_(struct statgate *sg, const char *name, double value,
                                       char letter, const char *labels) {
    int saved = errno;
    struct statgate_sample_ sample = {name, labels, NULL, NULL, 0, 0, 0, 0, value, letter, 1};
    bool kept = statgate_put_(sg, &sample);
    errno = saved;
    return kept;
}

/* Puts a word instead of a number. Anything but a single word gets length 0, which is refused. */
static inline bool statgate_put_word_(struct statgate *sg, const char *name, const char *word,
                                      char letter, const char *labels, const char *instance) {
    int saved = errno;
    size_t len = word == NULL ? 0 : strcspn(word, ":|\n");
    if (len != 0 && word[len] != '\0') {
        len = 0;
    }
    struct statgate_sample_ sample = {
        name, labels, len == 0 ? "" : word, instance, 0, 0, len, 0, 0, letter, 1};
    bool kept = statgate_put_(sg, &sample);
    errno = saved;
    return kept;
}

static inline bool statgate_is_instance_(const char *text) {
    size_t len = text == NULL ? 0 : strcspn(text, "|\n");
    return len != 0 && text[len] == '\0' && len <= STATGATE_INSTANCE_BYTES_;
}

/* ---- pairs of labels ---------------------------------------------------------------------- */

/** A label. Neither text is kept. */
struct statgate_label {
    const char *key;
    const char *value;
};

/* Appends a text without any of the bytes in `not_in`. NULL: it has one, or there is no room. */
static inline char *statgate_append_clean_(char *at, const char *end, const char *text,
                                           const char *not_in) {
    size_t len = strcspn(text, not_in);
    return text[len] != '\0' || len >= (size_t)(end - at) ? NULL : statgate_append_(at, text, len);
}

/* Appends `key:value` and the byte behind it. NULL: it would be read as something else. */
static inline char *statgate_append_pair_(char *at, const char *end, const char *key,
                                          const char *value, char behind) {
    if (key == NULL || *key == '\0' || value == NULL) {
        return NULL;
    }
    at = statgate_append_clean_(at, end, key, ":,|\n");
    if (at == NULL) {
        return NULL;
    }
    *at++ = ':';
    at = statgate_append_clean_(at, end, value, ",|\n");
    if (at != NULL) {
        *at++ = behind;
    }
    return at;
}

/*
 * The pairs as a text in the handle, or NULL. `name` becomes NULL, so that the sample is lost, if a
 * pair would be read as something else: a sample without its labels would be counted elsewhere.
 */
static inline const char *statgate_pairs_(struct statgate *sg, const char **name,
                                          const struct statgate_label *pairs, size_t n) {
    char *at = sg->labels;
    const char *end = sg->labels + sizeof sg->labels - 1;
    for (size_t i = 0; i < n && at != NULL; i++) {
        at = statgate_append_pair_(at, end, pairs[i].key, pairs[i].value, ',');
    }
    if (at == NULL) {
        *name = NULL;
        return NULL;
    }
    if (at == sg->labels) {
        return NULL;
    }
    at[-1] = '\0';
    return sg->labels;
}

/* The state as a label with the family's name, before the others. NULL: `name` is NULL, too. */
static inline const char *statgate_state_labels_(struct statgate *sg, const char **name,
                                                 const char *state, const char *labels) {
    const char *end = sg->labels + sizeof sg->labels - 1;
    size_t len = labels == NULL ? 0 : strlen(labels);
    char *at = statgate_append_pair_(sg->labels, end, *name, state, ',');
    if (at == NULL || len > (size_t)(end - at)) {
        *name = NULL;
        return NULL;
    }
    if (len == 0) {
        at--;
    } else {
        at = statgate_append_(at, labels, len);
    }
    *at = '\0';
    return sg->labels;
}

/* ---- breakers ----------------------------------------------------------------------------- */

/*
 * A breaker as one handle sees it, in the caller's memory; nothing needs to be released. A zeroed
 * breaker allows everything. Use it in the handle's thread. It keeps working when the handle is
 * closed (it then allows everything) and opened again.
 */
struct statgate_breaker {
    struct statgate *sg;
    uint64_t tag;
    uint64_t generation; /* of the page when the slot was last searched */
    uint32_t slot;       /* byte offset in the page */
    uint32_t last_epoch; /* half-open epoch in which an attempt was last allowed */
    bool listed;         /* the slot is this breaker's */
};

/* FNV-1a, 64 bits. */
static inline uint64_t statgate_hash_(const char *text, size_t len) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* A breaker's tag in the page: the sum of the hashes of its name and labels, in any order. */
static inline uint64_t statgate_tag_(const char *name, const char *labels) {
    uint64_t tag = statgate_hash_(name, strlen(name));
    while (labels != NULL && *labels != '\0') {
        size_t len = strcspn(labels, ",");
        if (len != 0) {
            tag += statgate_hash_(labels, len);
        }
        labels += labels[len] == ',' ? len + 1 : len;
    }
    return tag == 0 ? 1 : tag;
}

/* Whether a daemon keeps the page up to date. */
static inline bool statgate_page_beats_(const unsigned char *page, uint64_t now_ms) {
    uint64_t beat_ms = page == NULL ? 0 : statgate_load64_(page + STATGATE_PAGE_BEAT_);
    return beat_ms != 0 && now_ms + STATGATE_PAGE_AHEAD_MS_ - beat_ms <=
                               STATGATE_PAGE_AHEAD_MS_ + STATGATE_PAGE_ALIVE_MS_;
}

/* The same for the handle's page; if not, looks for another page from time to time. */
static inline bool statgate_page_live_(struct statgate *sg) {
    uint64_t now_ms = STATGATE_BEAT_NOW_MS();
    sg->page_wanted = true;
    if (statgate_page_beats_(sg->page, now_ms)) {
        return true;
    }
    if (now_ms - sg->page_tried_ms < STATGATE_PAGE_RETRY_MS_) {
        return false;
    }
    sg->page_tried_ms = now_ms;
    statgate_page_map_(sg);
    return statgate_page_beats_(sg->page, now_ms);
}

static inline bool statgate_breaker_search_(struct statgate_breaker *b) {
    uint32_t at = (uint32_t)(b->tag ^ (b->tag >> 32));
    for (uint32_t i = 0; i < STATGATE_PAGE_SLOTS_; i++) {
        uint32_t slot = STATGATE_PAGE_SLOTS_AT_ + 16u * ((at + i) % STATGATE_PAGE_SLOTS_);
        uint64_t tag = statgate_load64_(b->sg->page + slot);
        if (tag == b->tag) {
            b->slot = slot;
            return true;
        }
        if (tag == 0) {
            break;
        }
    }
    return false;
}

/* The breaker's slot in an up-to-date page, or NULL. */
static inline const unsigned char *statgate_breaker_find_(struct statgate_breaker *b) {
    struct statgate *sg = b->sg;
    if (sg == NULL || !sg->open || !statgate_page_live_(sg)) {
        return NULL;
    }
    uint64_t generation = statgate_load64_(sg->page + STATGATE_PAGE_GENERATION_);
    if (generation != b->generation) {
        b->generation = generation;
        b->last_epoch = 0; /* another daemon has its own epochs */
        b->listed = statgate_breaker_search_(b);
    }
    return b->listed ? sg->page + b->slot : NULL;
}

/* The answer when it is not simply yes. */
STATGATE_APART_ bool statgate_breaker_ask_(struct statgate_breaker *b) {
    int saved = errno;
    bool allowed = true;
    const unsigned char *slot = statgate_breaker_find_(b);
    if (slot != NULL) {
        uint32_t state = statgate_load32_(slot + 8);
        uint32_t epoch = state >> 2;
        /* Check the tag again: if the page just changed, the state may be another breaker's. */
        if (statgate_load64_(slot) != b->tag) {
            allowed = true;
        } else if ((state & 3u) == 1u) {
            allowed = false;
        } else if ((state & 3u) == 2u) {
            allowed = epoch != b->last_epoch;
            b->last_epoch = epoch;
        }
    }
    errno = saved;
    return allowed;
}

/* ---- prepared metrics --------------------------------------------------------------------- */

/*
 * What a metric holds waits in the metric itself, until the daemon's beat is another one, or, where
 * no beat can be seen, until a clock says so that is read now and then. Then all that the handle's
 * metrics hold goes to the waiting lines and leaves with them, in full datagrams. If these are full
 * the rest stays where it is.
 */

static inline uint64_t statgate_look_ms_(struct statgate *sg) {
    sg->look_ms = STATGATE_BEAT_NOW_MS();
    return sg->look_ms;
}

/* Observations of a metric, in its own struct behind the rest. */
struct statgate_observed_ {
    struct statgate_metric_ metric;
    double values[STATGATE_VALUES_];
};

/* Moves values to the front. */
static inline void statgate_take_values_(struct statgate_metric_ *m, double *values, size_t taken) {
    m->calls -= taken;
    memmove(values, values + taken, (size_t)m->calls * sizeof *values);
}

/* Moves what a metric holds to the waiting lines, or as much as they take. True: all of it. */
static inline bool statgate_spill_(struct statgate *sg, struct statgate_metric_ *m) {
    struct statgate_sample_ sample = {
        m->text, m->text + m->name_len, NULL, NULL, 0, 0, 0, 0, m->sum, m->letter, m->calls};
    sample.name_len = m->name_len;
    sample.labels_len = m->labels_len;
    if (m->letter != 'h') {
        if (!statgate_is_finite_(m->sum)) {
            sg->lost += m->calls; /* sums of what the compiler thought to be numbers */
        } else if (statgate_keep_(sg, &sample) == 0) {
            return false;
        }
        m->calls = 0;
        m->sum = 0;
        return true;
    }
    double *values = ((struct statgate_observed_ *)(void *)m)->values;
    uint16_t number = 0;
    size_t kept = 0;
    sample.calls = 1;
    for (; kept < m->calls; kept++) {
        sample.value = values[kept];
        if (number == 0 || !statgate_merge_(sg, number, values[kept], 1)) {
            number = statgate_keep_(sg, &sample);
        }
        if (number == 0) {
            break;
        }
    }
    statgate_take_values_(m, values, kept);
    return m->calls == 0;
}

static inline void statgate_hold_(struct statgate *sg, struct statgate_metric_ *m) {
    m->next_held = NULL;
    if (sg->held == NULL) {
        sg->held = m;
    } else {
        sg->last_held->next_held = m;
    }
    sg->last_held = m;
}

/* What threads have added is held by the handle's thread from now on. */
static inline void statgate_gather_(struct statgate *sg) {
#if STATGATE_HAS_SHARED
    for (struct statgate_shared_counter *c = sg->shared; c != NULL; c = c->next) {
        struct statgate_sum_ *sum = &c->sums[sg->process % 2];
        uint64_t whole = __atomic_exchange_n(&sum->whole, 0, __ATOMIC_RELAXED);
        uint64_t bits = __atomic_exchange_n(&sum->fraction, 0, __ATOMIC_RELAXED);
        double fraction;
        memcpy(&fraction, &bits, sizeof fraction);
        if (whole != 0 || bits != 0) {
            c->metric.sum += (double)whole + fraction;
            if (c->metric.calls++ == 0) {
                statgate_hold_(sg, &c->metric);
            }
        }
    }
#else
    (void)sg;
#endif
}

/* Moves all that is held to the waiting lines. False: they have no room for all. */
static inline bool statgate_spill_all_(struct statgate *sg) {
    statgate_gather_(sg);
    while (sg->held != NULL && statgate_spill_(sg, sg->held)) {
        sg->held = sg->held->next_held;
    }
    if (sg->held == NULL) {
        sg->last_held = NULL;
    }
    return sg->held == NULL;
}

/*
 * Sends what metrics hold, and all that waits, for `most_ns`, even during a pause. True if nothing
 * is left.
 */
STATGATE_APART_ bool statgate_release_(struct statgate *sg, uint64_t most_ns) {
    uint64_t from_ns = STATGATE_NOW_NS();
    sg->beat_seen = *sg->beat;
    sg->sent_ms = statgate_look_ms_(sg);
    for (;;) {
        bool all = statgate_spill_all_(sg);
        if (!statgate_drain_(sg, most_ns) || all || STATGATE_NOW_NS() - from_ns >= most_ns) {
            return all && sg->oldest == 0;
        }
    }
}

/* The handle closes before its metrics: what they hold is lost, and they have no handle. */
static inline void statgate_part_(struct statgate *sg) {
    for (struct statgate_metric_ *m = sg->metrics; m != NULL; m = m->next) {
        sg->lost += m->calls;
        m->calls = 0;
        m->sg = NULL;
        m->lost_to = NULL;
        m->at = NULL;
    }
    sg->metrics = NULL;
#if STATGATE_HAS_SHARED
    sg->shared = NULL;
#endif
    sg->held = NULL;
    sg->last_held = NULL;
}

/* How many uses pass until the clock is read: more while they come quickly. */
static inline void statgate_count_uses_(struct statgate *sg, uint64_t passed_ms) {
    bool quick = passed_ms < STATGATE_QUICK_MS_;
    sg->uses_step = !quick                               ? 1
                    : sg->uses_step < STATGATE_USES_MAX_ ? sg->uses_step * 2
                                                         : STATGATE_USES_MAX_;
    if (sg->oldest != 0 && sg->uses_step > STATGATE_USES_WAITING_) {
        sg->uses_step = STATGATE_USES_WAITING_; /* the daemon is busy or away */
    }
    sg->uses_left = sg->uses_step;
}

/* The beat is another one, the uses are counted, or this is a child of fork. */
STATGATE_APART_ void statgate_turn_(struct statgate *sg) {
    int saved = errno;
    if (statgate_usable_(sg)) {
        bool beat = *sg->beat != sg->beat_seen;
        uint64_t before_ms = sg->look_ms;
        uint64_t now_ms = statgate_look_ms_(sg);
        statgate_count_uses_(sg, now_ms - before_ms);
        if (!beat && now_ms - sg->sent_ms >= STATGATE_LOST_BEAT_MS_) {
            statgate_page_live_(sg); /* another daemon may have another page */
        }
        if (beat || now_ms - sg->sent_ms >=
                        (sg->page != NULL ? STATGATE_LOST_BEAT_MS_ : STATGATE_HOLD_MS_)) {
            statgate_release_(sg, STATGATE_CALL_NS_);
        } else if (sg->oldest != 0 && statgate_ready_(sg)) {
            statgate_drain_(sg, STATGATE_CALL_NS_);
        }
    } else {
        sg->uses_left = STATGATE_USES_MAX_;
    }
    errno = saved;
}

/* Before each use of a metric: is anything due? */
static inline void statgate_use_(struct statgate *sg) {
    if (*sg->beat != sg->beat_seen || --sg->uses_left == 0 || *sg->here == 0) {
        statgate_turn_(sg);
    }
}

/* A sample of a metric without a handle, or one that is none. */
STATGATE_APART_ bool statgate_refuse_(struct statgate_metric_ *m) {
    if (m->lost_to != NULL) {
        statgate_usable_(m->lost_to); /* a child counts its own */
        m->lost_to->lost++;
    }
    return false;
}

/* What the quick path does not add: a sum too large to be exact begins again from `n`. */
STATGATE_APART_ bool statgate_add_apart_(struct statgate_metric_ *m, double n, double least) {
    int saved = errno;
    if (!(n >= least) || !statgate_is_finite_(n)) {
        return statgate_refuse_(m);
    }
    statgate_release_(m->sg, STATGATE_CALL_NS_);
    errno = saved;
    if (m->calls != 0) {
        return statgate_refuse_(m);
    }
    m->sum = n;
    m->calls = 1;
    statgate_hold_(m->sg, m);
    return true;
}

/* Sends a datagram of the first values, as many as fit. Nothing of the handle may wait. */
static inline bool statgate_send_values_(struct statgate_metric_ *m) {
    struct statgate *sg = m->sg;
    double *values = ((struct statgate_observed_ *)(void *)m)->values;
    size_t frame = m->labels_len + 4u + STATGATE_REPORT_BYTES_ + STATGATE_NUMBER_BYTES_ + 1;
    const char *most = sg->datagram + (sg->pack_max > frame ? sg->pack_max - frame : 0);
    char *at = statgate_append_(sg->datagram, m->text, m->name_len);
    size_t count = 0;
    do {
        at = statgate_write_value_(at, values[count++]);
    } while (count + 1 < m->calls && at < most); /* it stays among those that hold something */
    at = statgate_write_letter_(at, 'h', m->labels_len != 0);
    at = statgate_append_(at, m->text + m->name_len, m->labels_len);
    at += statgate_write_report_(sg, at, count);
    if (statgate_deliver_(sg, sg->datagram, (size_t)(at - sg->datagram)) != 0) {
        return false;
    }
    sg->delivered += count;
    statgate_take_values_(m, values, count);
    return true;
}

/* For one more observation: sends a full datagram. False: it is lost. */
STATGATE_APART_ bool statgate_make_room_(struct statgate_metric_ *m) {
    int saved = errno;
    struct statgate *sg = m->sg;
    if (sg->oldest != 0 || sg->pause_ns != 0 || !statgate_send_values_(m)) {
        if (statgate_ready_(sg)) {
            statgate_release_(sg, STATGATE_CALL_NS_);
        } else {
            statgate_spill_all_(sg);
        }
    }
    errno = saved;
    return m->calls < STATGATE_VALUES_ || statgate_refuse_(m);
}

static inline void statgate_link_metric_(struct statgate *sg, struct statgate_metric_ *m) {
    m->next = sg->metrics;
    m->at = &sg->metrics;
    if (m->next != NULL) {
        m->next->at = &m->next;
    }
    sg->metrics = m;
    m->lost_to = sg;
}

/* `name` is NULL if labels were refused. */
static inline bool statgate_metric_open_(struct statgate_metric_ *m, size_t bytes,
                                         struct statgate *sg, char letter, const char *name,
                                         const char *labels) {
    int saved = errno;
    size_t name_len = name == NULL ? 0 : strlen(name);
    size_t labels_len = labels == NULL ? 0 : strlen(labels);
    memset(m, 0, bytes);
    m->letter = letter;
    if (!statgate_usable_(sg)) {
        errno = saved;
        return false;
    }
    statgate_link_metric_(sg, m);
    if (name_len == 0 || name_len + labels_len > sizeof m->text ||
        statgate_has_(name, name_len, ':') || statgate_has_(name, name_len, '|') ||
        statgate_has_(name, name_len, '\n') || statgate_has_(labels, labels_len, '|') ||
        statgate_has_(labels, labels_len, '\n')) {
        errno = saved;
        return false;
    }
    m->name_len = (uint16_t)name_len;
    m->labels_len = (uint16_t)labels_len;
    statgate_append_(statgate_append_(m->text, name, name_len), labels_len == 0 ? "" : labels,
                     labels_len);
    m->sg = sg;
    sg->page_wanted = true;
    if (sg->page == NULL) {
        statgate_page_live_(sg);
    }
    errno = saved;
    return true;
}

/* A word never waits in its metric: it leaves at once, behind what the handle's metrics hold. */
static inline bool statgate_report_word_(struct statgate_metric_ *m, const char *word,
                                         const char *instance) {
    struct statgate *sg = m->sg;
    size_t len = word == NULL ? 0 : strcspn(word, ":|\n");
    if (sg == NULL || len == 0 || word[len] != '\0' || !statgate_usable_(sg)) {
        return statgate_refuse_(m);
    }
    int saved = errno;
    struct statgate_sample_ sample = {
        m->text, m->text + m->name_len, word, instance, 0, 0, len, 0, 0, m->letter, 1};
    sample.name_len = m->name_len;
    sample.labels_len = m->labels_len;
    sample.instance_len = instance == NULL ? 0 : strlen(instance);
    bool kept = statgate_fits_(&sample);
    sg->lost += kept ? 0 : 1;
    if (kept) {
        statgate_spill_all_(sg);
        kept = (sg->oldest == 0 && sg->pause_ns == 0 && statgate_send_sample_(sg, &sample)) ||
               statgate_wait_(sg, &sample);
    }
    errno = saved;
    return kept;
}

/* What it holds goes to the waiting lines. */
static inline void statgate_metric_close_(struct statgate_metric_ *m) {
    struct statgate *sg = m->lost_to;
    int saved = errno;
    if (sg != NULL && statgate_usable_(sg)) {
        if (!statgate_spill_all_(sg)) {
            statgate_release_(sg, UINT64_MAX);
        }
        if (m->calls != 0) {
            struct statgate_metric_ **at = &sg->held;
            struct statgate_metric_ *before = NULL;
            for (; *at != NULL && *at != m; at = &(*at)->next_held) {
                before = *at;
            }
            if (*at != NULL) {
                *at = m->next_held;
            }
            sg->last_held = sg->last_held == m ? before : sg->last_held;
            sg->lost += m->calls;
        }
        if (m->next != NULL) {
            m->next->at = m->at;
        }
        *m->at = m->next;
    }
    m->sg = NULL;
    m->lost_to = NULL;
    m->calls = 0;
    errno = saved;
}

/* ---- the interface ------------------------------------------------------------------------ */

/**
 * Open a handle in the caller's memory; close it with statgate_close. `path` is the daemon's
 * socket; NULL means $STATGATE_SOCKET if set, else, at each connect, the first that answers of
 * /run/statgate/statgate.sock, $XDG_RUNTIME_DIR/statgate.sock, /tmp/statgate-UID/statgate.sock. The
 * environment is read only here. Returns whether a daemon was there, else STATGATE_NO_DAEMON_YET,
 * which is not an error: the handle works all the same and connects later.
 */
#define STATGATE_NO_DAEMON_YET false
static inline bool statgate_open(struct statgate *sg, const char *path) {
    int saved = errno;
    memset(sg, 0, offsetof(struct statgate, datagram));
    sg->fd = -1;
    sg->open = true;
    sg->pid = getpid();
    sg->mark = statgate_fork_mark_();
    statgate_watch_fork_(sg);
    sg->uses_left = 1;
    sg->uses_step = 1;
    statgate_watch_beat_(sg);
    statgate_new_numbering_(sg);
    if (path == NULL) {
        path = getenv("STATGATE_SOCKET");
        path = path != NULL && *path == '\0' ? NULL : path;
    }
    if (path != NULL) {
        sg->fixed = true;
        if (strlen(path) < sizeof sg->path) {
            memcpy(sg->path, path, strlen(path));
        }
    } else if ((path = getenv("XDG_RUNTIME_DIR")) != NULL && *path == '/' &&
               strlen(path) + sizeof "/statgate.sock" <= sizeof sg->path) {
        snprintf(sg->path, sizeof sg->path, "%s/statgate.sock", path);
    }
    bool there = statgate_connect_(sg);
    errno = saved;
    return there;
}

/**
 * Add `n` (not negative) to a counter. This and the three below return true if the sample was sent
 * or waits to be sent, false if it is lost: refused (see the top), or no room for another line.
 * With the buffer full, series that already wait still take samples.
 */
static inline bool statgate_count(struct statgate *sg, const char *name, double n,
                                  const char *labels) {
    return statgate_put_value_(sg, name, n, 'c', labels);
}

/**
 * Set a gauge to `value`, or report the reading of a counter that takes absolute readings. While it
 * waits, the next value of the series replaces it. Not for up-down counters, where the daemon takes
 * each value as a delta: see statgate_add.
 */
static inline bool statgate_set(struct statgate *sg, const char *name, double value,
                                const char *labels) {
    return statgate_put_value_(sg, name, value, 'g', labels);
}

/**
 * Add `delta`, of either sign, to an up-down counter.
 *
 * Sent as `c`. The daemon would take `g` as a delta as well; but if the catalog declares a gauge by
 * mistake, `g` would silently set it to the delta, while `c` is rejected and shows. If it declares
 * a counter by mistake, `c` shows that, too: negative deltas are rejected.
 */
static inline bool statgate_add(struct statgate *sg, const char *name, double delta,
                                const char *labels) {
    return statgate_put_value_(sg, name, delta, 'c', labels);
}

/** Observe `value`, in the family's own unit, for a histogram or a summary. */
static inline bool statgate_observe(struct statgate *sg, const char *name, double value,
                                    const char *labels) {
    return statgate_put_value_(sg, name, value, 'h', labels);
}

/** Have an info describe this process by `labels`, in the place of what it said before. */
static inline bool statgate_info(struct statgate *sg, const char *name, const char *labels) {
    return statgate_put_value_(sg, name, 1, 'g', labels);
}

/** Select a state of a stateset; `labels` are its other labels. A state with a comma, `|` or a
 * newline is refused. */
static inline bool statgate_state(struct statgate *sg, const char *name, const char *state,
                                  const char *labels) {
    const char *text = statgate_state_labels_(sg, &name, state, labels);
    return statgate_put_value_(sg, name, 1, 'g', text);
}

/**
 * Report the end of one attempt with an outcome that the catalog declares, such as "worked". The
 * daemon counts it, and opens and closes the breaker that belongs to it.
 */
static inline bool statgate_attempt(struct statgate *sg, const char *name, const char *outcome,
                                    const char *labels) {
    return statgate_put_word_(sg, name, outcome, 'a', labels, NULL);
}

/**
 * Report that a breaker run by this program itself changed to `state`: "open", "half_open" or
 * "closed". For breakers that the catalog declares as reported.
 */
static inline bool statgate_breaker_report(struct statgate *sg, const char *name, const char *state,
                                           const char *labels) {
    return statgate_put_word_(sg, name, state, 'b', labels, NULL);
}

/**
 * Report an event of a job: "queued", "started", "succeeded", "failed" or "canceled". `instance` is
 * the job's own id, 1 to 64 bytes without `|` or newline; anything else is refused.
 */
static inline bool statgate_job(struct statgate *sg, const char *name, const char *event,
                                const char *instance, const char *labels) {
    bool good = statgate_is_instance_(instance);
    return statgate_put_word_(sg, name, good ? event : NULL, 'j', labels, good ? instance : NULL);
}

/**
 * The calls above with labels as pairs. A pair that would be read as something else makes the
 * sample lost: a key that is NULL or empty; a key with `:`; a value that is NULL; either with a
 * comma, `|` or a newline. So values that strangers choose cannot become labels.
 *
 *     const struct statgate_label who[] = {{"outcome", "ok"}, {"user", name}};
 *     statgate_count_with(&sg, "logins_total", 1, who, 2);
 */
static inline bool statgate_count_with(struct statgate *sg, const char *name, double n,
                                       const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_count(sg, name, n, labels);
}

/** See statgate_count_with. */
static inline bool statgate_set_with(struct statgate *sg, const char *name, double value,
                                     const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_set(sg, name, value, labels);
}

/** See statgate_count_with. */
static inline bool statgate_add_with(struct statgate *sg, const char *name, double delta,
                                     const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_add(sg, name, delta, labels);
}

/** See statgate_count_with. */
static inline bool statgate_observe_with(struct statgate *sg, const char *name, double value,
                                         const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_observe(sg, name, value, labels);
}

/** See statgate_count_with. */
static inline bool statgate_attempt_with(struct statgate *sg, const char *name, const char *outcome,
                                         const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_attempt(sg, name, outcome, labels);
}

/** See statgate_count_with. */
static inline bool statgate_job_with(struct statgate *sg, const char *name, const char *event,
                                     const char *instance, const struct statgate_label *pairs,
                                     size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_job(sg, name, event, instance, labels);
}

/** The time, in nanoseconds from anywhere, to measure a duration with. */
static inline uint64_t statgate_timer_start(void) {
    return STATGATE_NOW_NS();
}

/** Seconds since statgate_timer_start, for statgate_observe. */
static inline double statgate_timer_seconds(uint64_t start) {
    uint64_t now = STATGATE_NOW_NS();
    return now < start ? 0 : (double)(now - start) * 1e-9; /* -std=c11 leaves a clock that jumps */
}

/**
 * Prepared metrics: name and labels are checked and copied once, and a use costs about a
 * nanosecond. Each is a struct of the caller that belongs to a handle and to its thread, must not
 * move, and is closed before its memory goes; it makes no difference whether the handle closes
 * first. Name and labels come to 256 bytes at most. If they are refused, `open` returns false, and
 * what the metric is given counts as lost.
 *
 *     struct statgate_counter hits;
 *     statgate_counter_open(&hits, &sg, "cache_hits_total", "tier:memory");
 *     statgate_counter_add(&hits, 1);
 *
 * Counters and up-down counters add up in memory, gauges keep the last value, histograms keep 192
 * observations. This leaves with the first use of any of the handle's metrics after the daemon's
 * next beat, which comes twice a second: in one datagram, as far as it fits. So it is on its way
 * within half a second while uses go on. A program that stops calling keeps it until statgate_tick,
 * statgate_flush or statgate_close; one that is killed loses it. Series that must agree in each
 * scrape are sent by the calls above, or fit one datagram.
 *
 * A child of fork starts with nothing held; the parent sends its own.
 */
struct statgate_counter {
    struct statgate_metric_ metric;
};
struct statgate_updown {
    struct statgate_metric_ metric;
};
struct statgate_gauge {
    struct statgate_metric_ metric;
};
struct statgate_histogram {
    struct statgate_observed_ observed;
};
/* Attempts and jobs are prepared, but nothing of them is held: see statgate_attempts_report. */
struct statgate_attempts {
    struct statgate_metric_ metric;
};
struct statgate_jobs {
    struct statgate_metric_ metric;
};

#define STATGATE_OPEN_(type, field, letter)                                                        \
    static inline bool type##_open(struct type *m, struct statgate *sg, const char *name,          \
                                   const char *labels) {                                           \
        return statgate_metric_open_(&m->field, sizeof *m, sg, letter, name, labels);              \
    }                                                                                              \
    static inline bool type##_open_with(struct type *m, struct statgate *sg, const char *name,     \
                                        const struct statgate_label *pairs, size_t count) {        \
        const char *labels = statgate_pairs_(sg, &name, pairs, count);                             \
        return statgate_metric_open_(&m->field, sizeof *m, sg, letter, name, labels);              \
    }                                                                                              \
    static inline void type##_close(struct type *m) {                                              \
        statgate_metric_close_(&m->field);                                                         \
    }

STATGATE_OPEN_(statgate_counter, metric, 'c')
STATGATE_OPEN_(statgate_updown, metric, 'c')
STATGATE_OPEN_(statgate_gauge, metric, 'g')
STATGATE_OPEN_(statgate_histogram, observed.metric, 'h')
STATGATE_OPEN_(statgate_attempts, metric, 'a')
STATGATE_OPEN_(statgate_jobs, metric, 'j')

/* Adds to the sum, unless that would no longer be exact. */
static inline bool statgate_metric_add_(struct statgate_metric_ *m, double n, double least) {
    struct statgate *sg = m->sg;
    if (sg == NULL) {
        return statgate_refuse_(m);
    }
    statgate_use_(sg);
    double sum = m->sum + n;
    if (!(n >= least && sum < STATGATE_EXACT_ && sum > -STATGATE_EXACT_)) {
        return statgate_add_apart_(m, n, least);
    }
    m->sum = sum;
    if (m->calls++ == 0) {
        statgate_hold_(sg, m);
    }
    return true;
}

/** Add `n`, not negative. This and the four below return false if the sample is lost. */
static inline bool statgate_counter_add(struct statgate_counter *counter, double n) {
    return statgate_metric_add_(&counter->metric, n, 0);
}

/** Add `delta`, of either sign. */
static inline bool statgate_updown_add(struct statgate_updown *updown, double delta) {
    return statgate_metric_add_(&updown->metric, delta, -1.7976931348623157e308);
}

/** Set the value. */
static inline bool statgate_gauge_set(struct statgate_gauge *gauge, double value) {
    struct statgate_metric_ *m = &gauge->metric;
    if (m->sg == NULL || !statgate_is_finite_(value)) {
        return statgate_refuse_(m);
    }
    statgate_use_(m->sg);
    m->sum = value;
    if (m->calls++ == 0) {
        statgate_hold_(m->sg, m);
    }
    return true;
}

/** Observe `value`, in the family's own unit. */
static inline bool statgate_histogram_observe(struct statgate_histogram *histogram, double value) {
    struct statgate_metric_ *m = &histogram->observed.metric;
    if (m->sg == NULL || !statgate_is_finite_(value)) {
        return statgate_refuse_(m);
    }
    statgate_use_(m->sg);
    if (m->calls == STATGATE_VALUES_ && !statgate_make_room_(m)) {
        return false;
    }
    histogram->observed.values[m->calls] = value;
    if (m->calls++ == 0) {
        statgate_hold_(m->sg, m);
    }
    return true;
}

/** Observe the seconds since statgate_timer_start. */
static inline bool statgate_histogram_elapsed(struct statgate_histogram *histogram,
                                              uint64_t start) {
    return statgate_histogram_observe(histogram, statgate_timer_seconds(start));
}

/**
 * Report the end of an attempt, as statgate_attempt does. It leaves at once, and what the handle's
 * metrics hold leaves before it, in the same datagram if it fits.
 */
static inline bool statgate_attempts_report(struct statgate_attempts *attempts,
                                            const char *outcome) {
    return statgate_report_word_(&attempts->metric, outcome, NULL);
}

/** Report an event of the job `id`, as statgate_job does; likewise. */
static inline bool statgate_jobs_report(struct statgate_jobs *jobs, const char *event,
                                        const char *id) {
    bool good = statgate_is_instance_(id);
    return statgate_report_word_(&jobs->metric, good ? event : NULL, id);
}

/**
 * For event loops: call it a few times a second, when nothing else may use the handle's metrics.
 * Sends what they have held for half a second, and what waits.
 */
static inline void statgate_tick(struct statgate *sg) {
    if (sg->open) {
        statgate_turn_(sg);
    }
}

/* A flusher's handle has a lock, for opening and closing. */
static inline void statgate_lock_(struct statgate *sg) {
#if STATGATE_HAS_FLUSHER
    if (sg->lock != NULL) {
        pthread_mutex_lock((pthread_mutex_t *)sg->lock);
    }
#else
    (void)sg;
#endif
}

static inline void statgate_unlock_(struct statgate *sg) {
#if STATGATE_HAS_FLUSHER
    if (sg->lock != NULL) {
        pthread_mutex_unlock((pthread_mutex_t *)sg->lock);
    }
#else
    (void)sg;
#endif
}

#if STATGATE_HAS_SHARED
/**
 * A counter that threads share. Any thread may add; a handle's thread sends what was added, with a
 * use of another metric of the handle, statgate_tick or statgate_flush, or a flusher does (see
 * statgate_flusher_start). Open it before the threads use it, and close it when they no longer do.
 * Each time it is sent it counts as one sample, however much was added.
 */
static inline bool statgate_shared_counter_open(struct statgate_shared_counter *counter,
                                                struct statgate *sg, const char *name,
                                                const char *labels) {
    statgate_lock_(sg);
    bool good = statgate_metric_open_(&counter->metric, sizeof *counter, sg, 'c', name, labels);
    if (good) {
        counter->next = sg->shared;
        sg->shared = counter;
    }
    statgate_unlock_(sg);
    return good;
}

/** See statgate_shared_counter_open and statgate_count_with. */
static inline bool statgate_shared_counter_open_with(struct statgate_shared_counter *counter,
                                                     struct statgate *sg, const char *name,
                                                     const struct statgate_label *pairs,
                                                     size_t count) {
    statgate_lock_(sg);
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    statgate_unlock_(sg);
    return statgate_shared_counter_open(counter, sg, name, labels);
}

static inline void statgate_shared_counter_close(struct statgate_shared_counter *counter) {
    struct statgate *sg = counter->metric.sg;
    if (sg == NULL) {
        statgate_metric_close_(&counter->metric);
        return;
    }
    statgate_lock_(sg);
    statgate_gather_(sg);
    struct statgate_shared_counter **at = &sg->shared;
    while (*at != NULL && *at != counter) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = counter->next;
    }
    statgate_metric_close_(&counter->metric);
    statgate_unlock_(sg);
}

/* Fractions, and numbers beyond 32 bits. */
STATGATE_APART_ bool statgate_shared_add_apart_(struct statgate_sum_ *sum, double n) {
    if (!statgate_is_finite_(n) || !(n >= 0)) {
        return false;
    }
    uint64_t before = __atomic_load_n(&sum->fraction, __ATOMIC_RELAXED);
    uint64_t after;
    do {
        double total;
        memcpy(&total, &before, sizeof total);
        after = statgate_bits_(total + n);
    } while (!__atomic_compare_exchange_n(&sum->fraction, &before, after, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return true;
}

/** Add `n`, not negative, from any thread. False: it is none, or the counter is not open. */
static inline bool statgate_shared_counter_add(struct statgate_shared_counter *counter, double n) {
    struct statgate *sg = counter->metric.sg;
    if (sg == NULL) {
        return false;
    }
    uint32_t process = __atomic_load_n(sg->shared_here, __ATOMIC_ACQUIRE);
    if (process == 0) {
        process = statgate_number_process_(sg);
    }
    struct statgate_sum_ *sum = &counter->sums[process % 2];
    if (n >= 0 && n < 4294967296.0 && (double)(uint64_t)n == n) {
        __atomic_fetch_add(&sum->whole, (uint64_t)n, __ATOMIC_RELAXED);
        return true;
    }
    return statgate_shared_add_apart_(sum, n);
}
#endif

/**
 * Prepare to ask one of the daemon's breakers. `name` and `labels` are those of statgate_attempt,
 * labels in any order; the texts are not kept. Returns whether the daemon publishes it now; false
 * is not an error: it is looked up again when a daemon starts. The handle must not move while the
 * breaker is in use. One of each per thread is enough; use all breakers of a handle in its thread.
 */
static inline bool statgate_breaker_open(struct statgate_breaker *breaker, struct statgate *sg,
                                         const char *name, const char *labels) {
    int saved = errno;
    memset(breaker, 0, sizeof *breaker);
    breaker->sg = sg;
    breaker->tag = statgate_tag_(name == NULL ? "" : name, labels);
    breaker->slot = STATGATE_PAGE_SLOTS_AT_;
    bool listed = statgate_breaker_find_(breaker) != NULL;
    errno = saved;
    return listed;
}

/**
 * May this attempt be made? Yes while the breaker is closed; no while it is open; while it is
 * half-open, yes once per epoch and handle. Also yes when the state is unknown: no daemon, no page,
 * no such breaker, or no sign of life for three seconds.
 *
 * Costs a few memory reads while closed, which is nearly always, and a clock read otherwise. A
 * missing page is looked for at each reconnect, and by this call at most once a second.
 */
static inline bool statgate_breaker_allow(struct statgate_breaker *breaker) {
    const unsigned char *page = breaker->sg == NULL ? NULL : breaker->sg->page;
    if (page != NULL && statgate_load64_(page + breaker->slot) == breaker->tag &&
        (statgate_load32_(page + breaker->slot + 8) & 3u) == 0) {
        return true;
    }
    return statgate_breaker_ask_(breaker);
}

/**
 * Try now to send all waiting samples, even during a pause; does not wait itself. True if none is
 * left waiting. A program about to exit may use statgate_flush_wait. Waiting samples fill at most
 * about fifty datagrams, of a few microseconds each.
 */
static inline bool statgate_flush(struct statgate *sg) {
    int saved = errno;
    bool done = !statgate_usable_(sg) || statgate_release_(sg, UINT64_MAX);
    errno = saved;
    return done;
}

/**
 * Flush, and wait for at most `max_ms` milliseconds for a busy daemon to take what waits. True if
 * nothing is left waiting. The one call that waits: for who may, before exit for example.
 */
static inline bool statgate_flush_wait(struct statgate *sg, unsigned max_ms) {
    int saved = errno;
    uint64_t from_ns = STATGATE_NOW_NS();
    bool done = statgate_flush(sg);
    uint64_t most_ns = (uint64_t)max_ms * 1000000u;
    for (;;) {
        uint64_t passed_ns = STATGATE_NOW_NS() - from_ns;
        if (done || passed_ns >= most_ns) {
            break;
        }
        /* Without a daemon nothing tells when there is one, so it is looked for now and then. */
        struct pollfd ready = {sg->connected ? sg->fd : -1, POLLOUT, 0};
        uint64_t left_ms = (most_ns - passed_ns + 999999u) / 1000000u;
        STATGATE_POLL(&ready, (int)(left_ms < STATGATE_WAIT_MS_ ? left_ms : STATGATE_WAIT_MS_));
        done = statgate_flush(sg);
    }
    errno = saved;
    return done;
}

/** Flush once, count what still waits as lost, release the handle. Closing twice is harmless. */
static inline void statgate_close(struct statgate *sg) {
    int saved = errno;
    if (statgate_usable_(sg)) {
        statgate_release_(sg, UINT64_MAX);
        statgate_part_(sg);
        statgate_disconnect_(sg);
        statgate_page_drop_(sg);
        while (sg->oldest != 0) {
            statgate_lose_oldest_(sg);
        }
        if (sg->mark != NULL) {
            munmap((void *)(uintptr_t)sg->mark, (size_t)sysconf(_SC_PAGESIZE));
        }
        sg->mark = NULL;
        sg->pid = 0;
        sg->open = false;
    }
    errno = saved;
}

/**
 * Samples given to this handle since open (in a child: since fork) that were not and will not be
 * delivered; merged ones count one by one. Waiting samples are not included. Valid after close,
 * too.
 */
static inline uint64_t statgate_lost(const struct statgate *sg) {
    return sg->lost;
}

/**
 * Samples delivered as part of another's number: four for a sum of five counts, four for a gauge
 * that was set five times while it waited. Once nothing waits,
 * given = received by the daemon + lost + merged.
 */
static inline uint64_t statgate_merged(const struct statgate *sg) {
    return sg->merged;
}

#if STATGATE_HAS_FLUSHER
/**
 * A thread with a handle of its own that sends what shared counters have, four times a second. The
 * struct must be zeroed before its first start. Open shared counters on `&flusher.sg`, in any
 * thread; use that handle for nothing else.
 *
 *     static struct statgate_flusher flusher;
 *     static struct statgate_shared_counter hits;
 *     statgate_flusher_start(&flusher, NULL);
 *     statgate_shared_counter_open(&hits, &flusher.sg, "cache_hits_total", "tier:memory");
 */
struct statgate_flusher {
    struct statgate sg;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pid_t pid; /* whose thread it is */
    bool running;
    bool ending;
};

static inline void *statgate_flusher_run_(void *arg) {
    struct statgate_flusher *flusher = (struct statgate_flusher *)arg;
    pthread_mutex_lock(&flusher->lock);
    while (!flusher->ending) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 250000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&flusher->wake, &flusher->lock, &until);
        statgate_flush(&flusher->sg);
    }
    pthread_mutex_unlock(&flusher->lock);
    return NULL;
}

static inline bool statgate_flusher_begin_(struct statgate_flusher *flusher) {
    pthread_condattr_t clock;
    sigset_t all;
    sigset_t before;
    if (pthread_condattr_init(&clock) != 0) {
        return false;
    }
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&flusher->lock, NULL);
    pthread_cond_init(&flusher->wake, &clock);
    pthread_condattr_destroy(&clock);
    flusher->ending = false;
    flusher->pid = getpid();
    flusher->sg.lock = &flusher->lock;
    sigfillset(&all); /* signals are for the program's own threads */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    flusher->running = pthread_create(&flusher->thread, NULL, statgate_flusher_run_, flusher) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return flusher->running;
}

/**
 * Start it; `path` as for statgate_open. False: there can be no thread, and what is added waits
 * until a later start. A child of fork has no such thread; it may start one for the same counters
 * by a call of its own. A second start in one process does nothing.
 */
static inline bool statgate_flusher_start(struct statgate_flusher *flusher, const char *path) {
    int saved = errno;
    bool good = flusher->running && flusher->pid == getpid();
    if (!good) {
        if (!flusher->sg.open) {
            statgate_open(&flusher->sg, path);
        }
        good = statgate_flusher_begin_(flusher);
    }
    errno = saved;
    return good;
}

/** End the thread, send once more, and close the handle. Its counters take nothing after that. */
static inline void statgate_flusher_stop(struct statgate_flusher *flusher) {
    int saved = errno;
    if (flusher->running && flusher->pid == getpid()) {
        pthread_mutex_lock(&flusher->lock);
        flusher->ending = true;
        pthread_cond_signal(&flusher->wake);
        pthread_mutex_unlock(&flusher->lock);
        pthread_join(flusher->thread, NULL);
        pthread_cond_destroy(&flusher->wake);
        pthread_mutex_destroy(&flusher->lock);
    }
    flusher->running = false;
    flusher->sg.lock = NULL;
    statgate_close(&flusher->sg);
    errno = saved;
}
#endif

#endif
