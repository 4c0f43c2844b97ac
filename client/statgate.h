/*
 * statgate.h - send metrics to the statgate daemon of this host. One header, nothing to link.
 *
 *     struct statgate sg;
 *     statgate_open(&sg, NULL);
 *     statgate_count(&sg, "inference_requests_total", 1, "model:resnet,version:3,tenant:a");
 *     statgate_observe(&sg, "inference_latency_seconds", 0.012, "model:resnet,version:3,tenant:a");
 *     statgate_flush(&sg);
 *     statgate_close(&sg);
 *
 * With a circuit breaker that the catalog declares, for the whole host:
 *
 *     struct statgate_breaker publish;
 *     statgate_breaker_open(&publish, &sg, "background_job", "job:publish");
 *     if (statgate_breaker_allow(&publish))
 *         statgate_attempt(&sg, "background_job", work() ? "worked" : "error", "job:publish");
 *
 * Linux, C11 and later or C++17 and later. No feature macro is needed, nor harmful.
 *
 * It never hurts the program that uses it: it does not block, log, raise a signal, allocate after
 * open, or change errno. A missing daemon is normal: samples wait in a bounded buffer inside the
 * handle, the handle connects by itself when the daemon is there, and what could not be delivered
 * is counted (statgate_lost) and told to the daemon by the next datagram that gets through.
 *
 * One handle belongs to one thread at a time; nothing here locks. After fork() the child's copy of
 * a handle notices by itself: it forgets what waits (the parent sends that) and goes on with a
 * socket and numbering of its own. A copy of the struct made by assignment is not a handle.
 *
 * An idle handle sends each sample at once, one line a datagram. When the kernel takes no more
 * (daemon busy or away), lines wait; they leave in order, packed, with the next sample after a
 * short pause, so that load makes a sample cheaper. Nothing runs in the background: before a thread
 * goes idle for long, call statgate_flush.
 *
 * Names and labels are copied as they are. A label text is "key:value,key:value" without `#`, or
 * NULL. What the catalog does not allow is refused by the daemon, visibly; only what would break
 * the framing of neighbours is refused here: an empty name; a name with `:`, `|` or a newline;
 * labels with `|` or a newline; a value that is NaN or infinite; a word with `:`, `|` or a newline;
 * a line beyond 8 KiB. Such a sample counts as lost.
 *
 * Names that end in `_` are private, and so are the fields of the struct.
 */
#ifndef STATGATE_H
#define STATGATE_H

#include <errno.h>
#include <fcntl.h>
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
 * Bytes of lines that may wait: sixteen full datagrams, some 350 lines. Whoever changes it must do
 * so for all files of a program alike, and not below 9000 (the longest line has to fit).
 */
#ifndef STATGATE_BUFFER_BYTES
#define STATGATE_BUFFER_BYTES (16u * 1432u)
#endif

/* Where a daemon listens when neither the caller nor $STATGATE_SOCKET says so. */
#ifndef STATGATE_SYSTEM_SOCKET
#define STATGATE_SYSTEM_SOCKET "/run/statgate/statgate.sock"
#endif
#ifndef STATGATE_TMP_FOLDER
#define STATGATE_TMP_FOLDER "/tmp"
#endif

/*
 * The calls to the outside that tests replace: the time, that by which the daemon's beat is judged,
 * and the handing over of a datagram.
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

#define STATGATE_DATAGRAM_BYTES_ 1432u /* lines are packed up to this */
#define STATGATE_LINE_BYTES_     8192u /* the protocol's longest line */
#define STATGATE_REPORT_BYTES_   64u   /* the longest `|q:` field (61), rounded up */
#define STATGATE_NUMBER_BYTES_   40u   /* the longest number, with a decimal point of many bytes */
#define STATGATE_FULL_NS_        1000000u /* a failing send costs as much as a good one: be quiet */
#define STATGATE_RETRY_MIN_MS_   100u
#define STATGATE_RETRY_MAX_MS_   1000u
#define STATGATE_INSTANCE_BYTES_ 64u /* the protocol's longest instance id */

/* The breaker page, as proto/PROTOCOL.md lays it out. */
#define STATGATE_PAGE_BYTES_      69632u
#define STATGATE_PAGE_MAGIC_      "SGBREAKS"
#define STATGATE_PAGE_VERSION_    1u
#define STATGATE_PAGE_GENERATION_ 40u
#define STATGATE_PAGE_SLOTS_AT_   4096u
#define STATGATE_PAGE_SLOTS_      4096u
#define STATGATE_PAGE_ALIVE_MS_   3000u /* an older beat is that of nobody */
#define STATGATE_PAGE_AHEAD_MS_   1000u /* coarse clocks lag a little behind the daemon's */
#ifdef CLOCK_MONOTONIC
#define STATGATE_PAGE_BEAT_ 24u
#else
#define STATGATE_PAGE_BEAT_ 32u /* the same beat in Unix time: see statgate_beat_now_ms_ */
#endif

/*
 * A handle, about 23 KiB, in memory of the caller. A zeroed one is closed: samples given to it are
 * lost, and harm nothing.
 */
struct statgate {
    bool open;
    bool fixed;     /* `path` is the only place to look */
    bool connected; /* the socket has, as far as is known, a receiver */
    bool full;      /* nothing got through since the buffer was full */
    int fd;         /* -1: no socket */
    dev_t fd_dev;   /* which socket `fd` was when it was made; see statgate_disconnect_ */
    ino_t fd_ino;
    pid_t pid;               /* who opened it; read only where `mark` is NULL */
    volatile uint32_t *mark; /* a page that reads 0 after fork, or NULL */
    uint64_t delivered;      /* samples that the kernel took */
    uint64_t lost;           /* samples that will never be delivered */
    uint64_t pause_from_ns;  /* no send before pause_from_ns + pause_ns; 0 = no pause */
    uint64_t pause_ns;
    uint32_t retry_ms; /* the next pause while no daemon is there; 0 = the least */
    uint32_t pack_max; /* bytes up to which lines are packed */
    unsigned place;    /* where it is or was last connected: see statgate_place_; 0 = nowhere yet */
    const unsigned char *page; /* the breaker page beside that socket, or NULL */
    uint64_t page_tried_ms;    /* when it was last looked for without a reason to find it */
    bool page_wanted;          /* the handle has breakers */
    size_t start;              /* waiting lines: buffer[start, end), each ended by a newline */
    size_t end;
    size_t waiting;  /* their number, which is the number of samples */
    char report[24]; /* `|q:<handle>,`, written once */
    char path[sizeof(
        ((struct sockaddr_un *)0)->sun_path)]; /* fixed place, or that of $XDG_RUNTIME_DIR */
    char buffer[STATGATE_REPORT_BYTES_ + STATGATE_BUFFER_BYTES];
};

/* ---- time and chance ---------------------------------------------------------------------- */

static inline uint64_t statgate_now_ns_(void) {
    struct timespec now;
#ifdef CLOCK_MONOTONIC
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
#else
    /* -std=c11 hides the POSIX clocks. The wall clock does: a jump ends a pause, no more. */
    if (timespec_get(&now, TIME_UTC) == 0) {
        return 0;
    }
#endif
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Milliseconds on the clock that STATGATE_PAGE_BEAT_ is on; 0 when there is none.
 *
 * The coarse clock: it is some milliseconds behind, costs a quarter, and is never a system call.
 * Where -std=c11 hides the POSIX clocks, Unix time is compared with the beat in Unix time. A jump
 * of that clock then makes a living daemon look dead until its next beat, which is half a second at
 * most; one backwards makes a dead one look alive for three seconds more, once.
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
    /* No entropy yet, or an old libc: a handle must be unlikely to repeat, not hard to guess. */
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

/* Printed by snprintf under some locale: whatever stands among the digits is the decimal point. */
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
 * [1e-9, 9e15). Free-format printout of a fraction after Steele and White, "How to Print
 * Floating-Point Numbers Accurately" (1990), in fixed point with 124 bits: exact, in any locale,
 * and far cheaper than snprintf, since durations are most of what is observed.
 */
static inline size_t statgate_put_decimal_(char *out, double value) {
    const statgate_wide_ one = (statgate_wide_)1 << 124;
    uint64_t whole = (uint64_t)value;
    size_t len = statgate_put_digits_(out, whole);
    out[len++] = '.';

    /* A double is mantissa * 2^(exponent - 1075); what is nearer to it than `slack` reads as it. */
    const uint64_t mantissa_mask = (UINT64_C(1) << 52) - 1;
    uint64_t bits = statgate_bits_(value);
    uint64_t part = statgate_bits_(value - (double)whole);
    statgate_wide_ rest = (statgate_wide_)((part & mantissa_mask) | (mantissa_mask + 1))
                          << ((part >> 52) - 1075 + 124);
    statgate_wide_ slack = (statgate_wide_)1 << ((bits >> 52) - 1076 + 124);
    if ((bits & mantissa_mask) == 0) {
        slack >>= 1; /* a power of two: the neighbour below is at half the distance */
    }
    do {
        rest *= 10u;
        slack *= 10u;
        out[len++] = (char)('0' + (int)(rest >> 124));
        rest &= one - 1;
    } while (rest >= slack && rest <= one - slack);
    if (rest > one / 2) {
        out[len - 1]++; /* never a 9: the loop would have ended a digit earlier */
    }
    return len;
}
#endif

/* The shortest text that is cheap and reads back as `value`; 0 for NaN and infinities. */
static inline size_t statgate_put_number_(char *out, double value) {
    /* By its bits: under -ffast-math a compiler believes that isfinite() is always true. */
    if (((statgate_bits_(value) >> 52) & 0x7ffu) == 0x7ffu) {
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
    /* Very small or large. (On 32-bit machines: every fraction.) */
    snprintf(digits, STATGATE_NUMBER_BYTES_ - 1, "%.15g", value);
    if (strtod(digits, NULL) != value) {
        snprintf(digits, STATGATE_NUMBER_BYTES_ - 1, "%.17g", value);
    }
    return sign + statgate_fix_point_(digits);
}

/* ---- identity and fork -------------------------------------------------------------------- */

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
    sg->start = STATGATE_REPORT_BYTES_;
    sg->end = STATGATE_REPORT_BYTES_;
    sg->waiting = 0;
    sg->full = false;
    sg->pause_ns = 0;
    sg->retry_ms = 0;
}

/*
 * A page that the kernel zeroes in every child (MADV_WIPEONFORK, Linux 4.14): a fork shows in one
 * memory read of a nanosecond, where getpid() is a system call, a sixth of the send it would guard.
 * NULL where that is not to be had, and getpid() stands in.
 */
static inline volatile uint32_t *statgate_fork_mark_(void) {
#if defined(MADV_WIPEONFORK) && defined(MAP_ANONYMOUS)
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return NULL;
    }
    /* Some emulators say yes to any advice and do nothing: what accepts nonsense is not believed.
     */
    if (madvise(at, page, -1) == 0 || madvise(at, page, MADV_WIPEONFORK) != 0) {
        munmap(at, page);
        return NULL;
    }
    volatile uint32_t *mark = (volatile uint32_t *)at;
    *mark = 1;
    return mark;
#else
    return NULL;
#endif
}

/*
 * Closes the socket, if `fd` still is that socket: a child that closed all its descriptors may have
 * given the number to a file of its own.
 */
static inline void statgate_disconnect_(struct statgate *sg) {
    struct stat now;
    if (sg->fd >= 0 && fstat(sg->fd, &now) == 0 && now.st_dev == sg->fd_dev &&
        now.st_ino == sg->fd_ino) {
        close(sg->fd);
    }
    sg->fd = -1;
    sg->connected = false;
}

/* False for a closed handle. In a child, starts afresh. */
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
 * The place for users without a run-time folder. Anyone may create names in /tmp, so the folder
 * must belong to the caller or root, and be writable by nobody else.
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
    int found = stat(path, &is); /* -std=c11 hides lstat; a foreign link is then the kernel's to
                                    stop (fs.protected_symlinks) */
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
 * The path of the socket in one of the places to look, 1 to STATGATE_PLACES_, in their order.
 * False: there is none.
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
 * Words that the daemon changes meanwhile. A machine of 32 bits reads a long one in halves: a
 * compare-and-swap, which is how some would read it whole, writes, and the page is read-only.
 * Halves of two different values make a tag that nobody has, or a beat that is wrong once in 49
 * days.
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

static inline void statgate_page_drop_(struct statgate *sg) {
    if (sg->page != NULL) {
        munmap((void *)(uintptr_t)sg->page, STATGATE_PAGE_BYTES_);
        sg->page = NULL;
    }
}

/*
 * Whoever owns the file could cut it, and reading it would be a SIGBUS then. So that must be the
 * superuser, the caller, or the owner of the socket or of the folder that both are in.
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

/* Maps the page beside a socket. `socket_path` is scratch. */
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
    flags |= __O_NOFOLLOW | __O_CLOEXEC; /* their names in glibc under -std=c11 */
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
    return true;
}

/* Maps the page beside the socket of the last connect, or of the first place that has one. */
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

static inline bool statgate_connect_(struct statgate *sg) {
    char path[STATGATE_PATH_BYTES_];
    if (sg->fd < 0) {
        struct stat is;
        /*
         * SO_SNDBUF stays as it is: it holds some 280 single lines, so a busy sender begins to pack
         * before it has filled the daemon's queue for its neighbours.
         */
        sg->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
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
        statgate_page_map_(sg); /* this daemon's */
    }
    return sg->connected;
}

/* ---- sending ------------------------------------------------------------------------------ */

static inline void statgate_pause_(struct statgate *sg, uint64_t pause_ns) {
    sg->pause_from_ns = STATGATE_NOW_NS();
    sg->pause_ns = pause_ns;
}

/* Reads the clock only during a pause. The difference also ends it when the clock ran backwards. */
static inline bool statgate_ready_(const struct statgate *sg) {
    return sg->pause_ns == 0 || STATGATE_NOW_NS() - sg->pause_from_ns >= sg->pause_ns;
}

/*
 * Hands the oldest lines to the kernel as one datagram. 0: they are dealt with, go on with the
 * next; otherwise the errno, and they still wait.
 *
 * The report goes behind the first line, with the numbers of this very moment. To make room without
 * a copy of the datagram, the first line moves towards the front, over bytes that were sent before:
 *
 *     before:   ...........line one\nline two\nline three\n
 *     sent:     line one|q:h,s,l...\nline two\nline three
 *
 * Reported are samples delivered, this datagram included, plus lost ones, and lost ones: so for
 * every datagram that arrives, sent - lost is the number of samples that arrived until then.
 * Waiting samples are in neither, they have their fate before them.
 */
static inline int statgate_push_(struct statgate *sg) {
    char *first = sg->buffer + sg->start;
    const char *limit = sg->buffer + sg->end;
    char *last = (char *)memchr(first, '\n', (size_t)(limit - first));
    size_t first_len = (size_t)(last - first);
    size_t samples = 1;
    while (last + 1 < limit) {
        char *next = (char *)memchr(last + 1, '\n', (size_t)(limit - last - 1));
        if ((size_t)(next - first) + STATGATE_REPORT_BYTES_ > sg->pack_max) {
            break;
        }
        last = next;
        samples++;
    }

    char report[STATGATE_REPORT_BYTES_];
    size_t report_len = 20;
    memcpy(report, sg->report, report_len);
    report_len += statgate_put_digits_(report + report_len, sg->delivered + samples + sg->lost);
    report[report_len++] = ',';
    report_len += statgate_put_digits_(report + report_len, sg->lost);
    char *datagram = first - report_len;
    memmove(datagram, first, first_len);
    memcpy(datagram + first_len, report, report_len);

    size_t len = (size_t)(last - datagram); /* the last line needs no newline */
    int error = 0;
    if (STATGATE_SEND(sg->fd, datagram, len) >= 0) {
        sg->delivered += samples;
    } else {
        error = errno;
        memmove(first, datagram, first_len);
        if (error != EMSGSIZE) {
            return error;
        }
        if (samples > 1) {
            sg->pack_max = (uint32_t)(len / 2); /* at worst each line goes alone */
            return 0;
        }
        sg->lost++; /* a line that this socket will never take */
    }
    sg->waiting -= samples;
    sg->start = (size_t)(last + 1 - sg->buffer);
    if (sg->start == sg->end) {
        sg->start = STATGATE_REPORT_BYTES_;
        sg->end = STATGATE_REPORT_BYTES_;
    }
    if (error == 0) {
        sg->full = false;
        sg->pause_ns = 0;
        sg->retry_ms = 0;
    }
    return 0;
}

/* Sends what waits, until the kernel takes no more. True when nothing waits any longer. */
static inline bool statgate_drain_(struct statgate *sg) {
    bool may_reconnect = true;
    while (sg->start != sg->end) {
        int error = ENOTCONN;
        if (!sg->connected) {
            may_reconnect = false;
            statgate_connect_(sg);
        }
        if (sg->connected) {
            error = statgate_push_(sg);
        }
        if (error == 0) {
            continue;
        }
        if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM ||
            error == EINTR) {
            statgate_pause_(sg, STATGATE_FULL_NS_);
            return false;
        }
        /* The receiver is gone, or the descriptor is: the program closed it under our feet. */
        sg->connected = false;
        if (error == EBADF || error == ENOTSOCK) {
            sg->fd = -1;
        }
        if (!may_reconnect) {
            sg->retry_ms = sg->retry_ms == 0 ? STATGATE_RETRY_MIN_MS_ : sg->retry_ms * 2u;
            if (sg->retry_ms > STATGATE_RETRY_MAX_MS_) {
                sg->retry_ms = STATGATE_RETRY_MAX_MS_;
            }
            statgate_pause_(sg, (uint64_t)sg->retry_ms * 1000000u);
            return false;
        }
    }
    return true;
}

static inline bool statgate_make_room_(struct statgate *sg, size_t len) {
    if (len <= sizeof sg->buffer - sg->end) {
        return true;
    }
    size_t used = sg->end - sg->start;
    if (len > sizeof sg->buffer - STATGATE_REPORT_BYTES_ - used) {
        return false;
    }
    memmove(sg->buffer + STATGATE_REPORT_BYTES_, sg->buffer + sg->start, used);
    sg->start = STATGATE_REPORT_BYTES_;
    sg->end = STATGATE_REPORT_BYTES_ + used;
    return true;
}

static inline bool statgate_has_(const char *text, size_t len, char what) {
    return len != 0 && memchr(text, what, len) != NULL;
}

/*
 * One sample: appends its line to what waits, then sends what may be sent. `value` is any text of
 * the protocol, number or word; it and `instance`, which may be NULL, are checked by the caller.
 * Bytes that the framing lives on must not come from the program.
 */
static inline bool statgate_put_(struct statgate *sg, const char *name, const char *value,
                                 size_t value_len, char letter, const char *labels,
                                 const char *instance) {
    size_t name_len = name == NULL ? 0 : strlen(name);
    size_t labels_len = labels == NULL ? 0 : strlen(labels);
    size_t instance_len = instance == NULL ? 0 : strlen(instance);
    size_t len = name_len + 1 + value_len + 2 + (labels_len == 0 ? 0 : labels_len + 2) +
                 (instance_len == 0 ? 0 : instance_len + 3);
    if (!statgate_usable_(sg) || name_len == 0 || value_len == 0 ||
        len > STATGATE_LINE_BYTES_ - STATGATE_REPORT_BYTES_ || statgate_has_(name, name_len, ':') ||
        statgate_has_(name, name_len, '|') || statgate_has_(name, name_len, '\n') ||
        statgate_has_(labels, labels_len, '|') || statgate_has_(labels, labels_len, '\n')) {
        sg->lost++;
        return false;
    }
    bool ready = statgate_ready_(sg);
    if (!statgate_make_room_(sg, len + 1)) {
        /* A full buffer is worth one try before the pause is over, but not one for each sample. */
        if (ready || !sg->full) {
            sg->full = true;
            statgate_drain_(sg);
            ready = sg->pause_ns == 0;
        }
        if (!statgate_make_room_(sg, len + 1)) {
            sg->lost++;
            return false;
        }
    }
    char *at = statgate_append_(sg->buffer + sg->end, name, name_len);
    *at++ = ':';
    at = statgate_append_(at, value, value_len);
    *at++ = '|';
    *at++ = letter;
    if (labels_len != 0) {
        *at++ = '|';
        *at++ = '#';
        at = statgate_append_(at, labels, labels_len);
    }
    if (instance_len != 0) {
        at = statgate_append_(at, "|i:", 3);
        at = statgate_append_(at, instance, instance_len);
    }
    *at = '\n';
    sg->end += len + 1;
    sg->waiting++;
    if (ready) {
        statgate_drain_(sg);
    }
    return true;
}

static inline bool statgate_put_value_(struct statgate *sg, const char *name, double value,
                                       char letter, const char *labels) {
    int saved = errno;
    char text[STATGATE_NUMBER_BYTES_];
    bool kept =
        statgate_put_(sg, name, text, statgate_put_number_(text, value), letter, labels, NULL);
    errno = saved;
    return kept;
}

/* A word in place of a number. One that is not a single word has the length 0, which is refused. */
static inline bool statgate_put_word_(struct statgate *sg, const char *name, const char *word,
                                      char letter, const char *labels, const char *instance) {
    int saved = errno;
    size_t len = word == NULL ? 0 : strcspn(word, ":|\n");
    if (len != 0 && word[len] != '\0') {
        len = 0;
    }
    bool kept = statgate_put_(sg, name, word, len, letter, labels, instance);
    errno = saved;
    return kept;
}

/* ---- breakers ----------------------------------------------------------------------------- */

/*
 * A breaker as one handle sees it, in memory of the caller, who need not release it. A zeroed one
 * lets everything through. It is used where its handle is, by the same thread, and goes on working
 * when the handle is closed (then everything is let through) and opened again.
 */
struct statgate_breaker {
    struct statgate *sg;
    uint64_t tag;
    uint64_t generation; /* of the page when the slot was last searched */
    uint32_t slot;       /* its place in the page, in bytes */
    uint32_t last_epoch; /* of half-open, in which an attempt was let through */
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

/* What the page calls a breaker: the sum of the hashes of its name and labels, in any order. */
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

/* Whether somebody writes the page. */
static inline bool statgate_page_beats_(const unsigned char *page, uint64_t now_ms) {
    uint64_t beat_ms = page == NULL ? 0 : statgate_load64_(page + STATGATE_PAGE_BEAT_);
    return beat_ms != 0 && now_ms + STATGATE_PAGE_AHEAD_MS_ - beat_ms <=
                               STATGATE_PAGE_AHEAD_MS_ + STATGATE_PAGE_ALIVE_MS_;
}

/* The same of the handle's page; looks for another now and then if not. */
static inline bool statgate_page_live_(struct statgate *sg) {
    uint64_t now_ms = STATGATE_BEAT_NOW_MS();
    sg->page_wanted = true;
    if (statgate_page_beats_(sg->page, now_ms)) {
        return true;
    }
    if (now_ms - sg->page_tried_ms < STATGATE_RETRY_MAX_MS_) {
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

/* The breaker's slot in a page that is kept up to date, or NULL. */
static inline const unsigned char *statgate_breaker_find_(struct statgate_breaker *b) {
    struct statgate *sg = b->sg;
    if (sg == NULL || !sg->open || !statgate_page_live_(sg)) {
        return NULL;
    }
    uint64_t generation = statgate_load64_(sg->page + STATGATE_PAGE_GENERATION_);
    if (generation != b->generation) {
        b->generation = generation;
        b->last_epoch = 0; /* another daemon counts anew */
        b->listed = statgate_breaker_search_(b);
    }
    return b->listed ? sg->page + b->slot : NULL;
}

#ifdef __GNUC__
#define STATGATE_APART_ static __attribute__((noinline, unused))
#else
#define STATGATE_APART_ static inline
#endif

/* The answer when it is not a plain yes. Keeps the call's fast part small where it is inlined. */
STATGATE_APART_ bool statgate_breaker_ask_(struct statgate_breaker *b) {
    int saved = errno;
    bool allowed = true;
    const unsigned char *slot = statgate_breaker_find_(b);
    if (slot != NULL) {
        uint32_t state = statgate_load32_(slot + 8);
        uint32_t epoch = state >> 2;
        /* The tag once more: the state may be another's if the page changed under our eyes. */
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

/* ---- the interface ------------------------------------------------------------------------ */

/**
 * Open a handle in the caller's memory; close it with statgate_close. `path` is the daemon's
 * socket; NULL means $STATGATE_SOCKET if set, else at each connect the first that answers of
 * /run/statgate/statgate.sock, $XDG_RUNTIME_DIR/statgate.sock, /tmp/statgate-UID/statgate.sock. The
 * environment is read here and never again. Returns whether a daemon was there; false is no error,
 * and the handle is as good: it connects later.
 */
static inline bool statgate_open(struct statgate *sg, const char *path) {
    int saved = errno;
    memset(sg, 0, offsetof(struct statgate, buffer));
    sg->fd = -1;
    sg->open = true;
    sg->pid = getpid();
    sg->mark = statgate_fork_mark_();
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
 * Add `n` (not negative) to a counter. This and the three below return true when the sample is sent
 * or waits to be, false when it is lost: refused (see the top) or the buffer is full.
 */
static inline bool statgate_count(struct statgate *sg, const char *name, double n,
                                  const char *labels) {
    return statgate_put_value_(sg, name, n, 'c', labels);
}

/** Set a gauge (or give the reading of a counter that takes absolute readings) to `value`. */
static inline bool statgate_set(struct statgate *sg, const char *name, double value,
                                const char *labels) {
    return statgate_put_value_(sg, name, value, 'g', labels);
}

/**
 * Add `delta`, of either sign, to an up-down counter.
 *
 * Sent as `c`. The daemon takes `g` as a delta of an up-down counter just as well, but if the
 * catalog says that the name is a gauge, `g` would set it to the delta without a word, where `c` is
 * rejected and seen. The other mistake, a counter, shows with `c` too: its negative deltas are
 * rejected.
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

/**
 * Say that one attempt at something ended, with an outcome that the catalog knows: "worked". The
 * daemon counts it, and opens and closes the breaker that belongs to it.
 */
static inline bool statgate_attempt(struct statgate *sg, const char *name, const char *outcome,
                                    const char *labels) {
    return statgate_put_word_(sg, name, outcome, 'a', labels, NULL);
}

/**
 * Say that a breaker that this program runs itself went to `state`: "open", "half_open" or
 * "closed". For breakers that the catalog declares as reported.
 */
static inline bool statgate_breaker_report(struct statgate *sg, const char *name, const char *state,
                                           const char *labels) {
    return statgate_put_word_(sg, name, state, 'b', labels, NULL);
}

/**
 * Tell an event of a job: "queued", "started", "succeeded", "failed" or "canceled". `instance` is
 * the job's own id, 1 to 64 bytes without `|` or newline; any other is refused.
 */
static inline bool statgate_job(struct statgate *sg, const char *name, const char *event,
                                const char *instance, const char *labels) {
    size_t len = instance == NULL ? 0 : strcspn(instance, "|\n");
    bool good = len != 0 && instance[len] == '\0' && len <= STATGATE_INSTANCE_BYTES_;
    return statgate_put_word_(sg, name, good ? event : NULL, 'j', labels, good ? instance : NULL);
}

/**
 * Prepare to ask a breaker of the daemon: `name` and `labels` as statgate_attempt gets them, in any
 * order (the texts are not kept). Returns whether the daemon publishes it now; false is no error:
 * it is looked for again when a daemon starts. The handle must stay where it is as long as the
 * breaker is asked; one of each is enough for a thread, and all of a handle are for its thread.
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
 * May this attempt be made? Yes while the breaker is closed; no while it is open; when it is
 * half-open yes once in each of its epochs, for this handle. And yes whenever nobody knows: no
 * daemon, no page, no such breaker, no sign of life for three seconds.
 *
 * A few reads of memory while it is closed, which is nearly always; the clock too when it is not.
 * When there is no live page, it is looked for at each reconnect, and by this call at most once a
 * second.
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
 * Try now to send what waits, whatever pause is running; never waits itself. True when nothing
 * waits any longer. A program about to end may repeat it with short sleeps until it is.
 */
static inline bool statgate_flush(struct statgate *sg) {
    int saved = errno;
    bool done = !statgate_usable_(sg) || statgate_drain_(sg);
    errno = saved;
    return done;
}

/** Flush once, count as lost what still waits, release the handle. Closing twice is harmless. */
static inline void statgate_close(struct statgate *sg) {
    int saved = errno;
    if (statgate_usable_(sg)) {
        statgate_drain_(sg);
        statgate_disconnect_(sg);
        statgate_page_drop_(sg);
        sg->lost += sg->waiting;
        sg->waiting = 0;
        sg->start = sg->end;
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
 * delivered. Those that still wait are not among them. Readable after close.
 */
static inline uint64_t statgate_lost(const struct statgate *sg) {
    return sg->lost;
}

#endif
