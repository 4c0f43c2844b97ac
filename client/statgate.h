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
 * labels with `|` or a newline; a value that is NaN or infinite; a line beyond 8 KiB. Such a sample
 * counts as lost.
 *
 * Names that end in `_` are private, and so are the fields of the struct.
 */
#ifndef STATGATE_H
#define STATGATE_H

#include <errno.h>
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

/* The two calls to the outside that tests replace: the time, and the handing over of a datagram. */
#ifndef STATGATE_NOW_NS
#define STATGATE_NOW_NS() statgate_now_ns_()
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
    size_t start;      /* waiting lines: buffer[start, end), each ended by a newline */
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

/* ---- numbers ------------------------------------------------------------------------------ */

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

/* ---- connecting --------------------------------------------------------------------------- */

static inline bool statgate_connect_to_(const struct statgate *sg, const char *path) {
    struct sockaddr_un to;
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof to.sun_path) {
        return false;
    }
    memset(&to, 0, sizeof to);
    to.sun_family = AF_UNIX;
    memcpy(to.sun_path, path, len);
    return connect(sg->fd, (const struct sockaddr *)&to, (socklen_t)sizeof to) == 0;
}

/*
 * The place for users without a run-time folder. Anyone may create names in /tmp, so the folder
 * must belong to the caller or root, and be writable by nobody else.
 */
static inline bool statgate_connect_tmp_(const struct statgate *sg) {
    char path[sizeof sg->path];
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
    memcpy(path + folder, "/statgate.sock", sizeof "/statgate.sock");
    return statgate_connect_to_(sg, path);
}

static inline bool statgate_connect_(struct statgate *sg) {
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
    if (sg->fixed) {
        sg->connected = statgate_connect_to_(sg, sg->path);
    } else {
        sg->connected = statgate_connect_to_(sg, STATGATE_SYSTEM_SOCKET) ||
                        statgate_connect_to_(sg, sg->path) || statgate_connect_tmp_(sg);
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

static inline char *statgate_append_(char *at, const char *text, size_t len) {
    memcpy(at, text, len);
    return at + len;
}

/*
 * One sample: appends its line to what waits, then sends what may be sent. `value` is any text of
 * the protocol, number or word. Bytes that the framing lives on must not come from the caller.
 */
static inline bool statgate_put_(struct statgate *sg, const char *name, const char *value,
                                 size_t value_len, char letter, const char *labels) {
    size_t name_len = name == NULL ? 0 : strlen(name);
    size_t labels_len = labels == NULL ? 0 : strlen(labels);
    size_t len = name_len + 1 + value_len + 2 + (labels_len == 0 ? 0 : labels_len + 2);
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
    bool kept = statgate_put_(sg, name, text, statgate_put_number_(text, value), letter, labels);
    errno = saved;
    return kept;
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
