/* SPDX-License-Identifier: MIT */
/*
 * breaker.h - ask a circuit breaker of the daemon whether an attempt may be made.
 */
#ifndef STATGATE_CLIENT_BREAKER_H
#define STATGATE_CLIENT_BREAKER_H

#include "send.h"

/* Attempts that were denied since the last beat, by reason. */
struct statgate_denied_ {
    pid_t pid; /* a child of fork() does not send what its parent was denied */
    uint64_t beat;
    uint32_t counts[3]; /* open, half-open, forced */
};

/*
 * A breaker as one handle sees it, in the caller's memory. Use it in the handle's thread. A zeroed
 * breaker allows everything. When the handle is closed it allows everything, and it works as before
 * when the handle is opened again. It needs no release while no attempt is in flight:
 *
 *     if (statgate_breaker_allow(&publish))
 *         statgate_breaker_report(&publish, do_publish() ? "worked" : "error", -1);
 *
 * It is for one attempt at a time: have as many as there are attempts in flight.
 */
struct statgate_breaker {
    struct statgate *sg;
    uint64_t tag;
    uint64_t generation; /* of the page when the slot was last searched */
    uint32_t slot;       /* byte offset in the page */
    uint32_t quick;      /* the same, or 0, where no tag is, while denied attempts are to be sent */
    uint32_t last_epoch; /* half-open epoch in which an attempt was last allowed without ticket */
    uint32_t mark;       /* epoch in which the attempt in flight was allowed; 0: by no page */
    bool listed;         /* the slot is this breaker's */
    bool asked;          /* `mark` is of an attempt that has not been reported */
    bool has_ticket;     /* and of a probe, which locks a byte of `ticket` for its place */
    int ticket;
    pid_t holder;
    dev_t ticket_dev; /* identifies the FIFO that `ticket` was when it was opened */
    ino_t ticket_ino;
    uint32_t ticket_epoch;
    struct statgate_denied_ denied;
    uint64_t refused_ms; /* when no place was free */
    uint16_t labels_at;  /* in `text`; 0: name and labels have no room, and cannot be reported */
    char text[STATGATE_METRIC_BYTES_ + 2]; /* name and labels, each terminated */
};

/* FNV-1a, 64 bits. */
static inline uint64_t statgate_hash_(const char *text, size_t len) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* A breaker's tag in the page: the sum of the hashes of its name and labels, in any order, and of
 * the handle's service. */
static inline uint64_t statgate_tag_(const struct statgate *sg, const char *name,
                                     const char *labels) {
    uint64_t tag = statgate_hash_(name, strlen(name));
    if (sg != NULL && sg->service_len != 0 &&
        !(labels != NULL && statgate_names_service_(labels, strlen(labels)))) {
        tag += statgate_hash_(sg->service, sg->service_len);
    }
    while (labels != NULL && *labels != '\0') {
        size_t len = strcspn(labels, ",");
        if (len != 0) {
            tag += statgate_hash_(labels, len);
        }
        labels += labels[len] == ',' ? len + 1 : len;
    }
    return tag == 0 ? 1 : tag;
}

static inline bool statgate_breaker_search_(struct statgate_breaker *b) {
    uint32_t at = (uint32_t)(b->tag ^ (b->tag >> 32));
    for (uint32_t i = 0; i < STATGATE_PAGE_SLOTS_; i++) {
        uint32_t slot = STATGATE_PAGE_SLOTS_AT_ + 16u * ((at + i) % STATGATE_PAGE_SLOTS_);
        uint64_t tag = statgate_load64_(b->sg->page + slot);
        if (tag == b->tag) {
            b->slot = slot;
            b->quick = b->quick != 0 ? slot : 0;
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

/* ---- tickets ---- */

#ifdef F_OFD_SETLK
#define STATGATE_OFD_SETLK_ F_OFD_SETLK
#else
#define STATGATE_OFD_SETLK_ 37 /* Linux's value on all machines; -std=c11 hides the name */
#endif

static inline bool statgate_lock_place_(int fd, short type, uint32_t at) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)at;
    lock.l_len = 1;
    return fcntl(fd, STATGATE_OFD_SETLK_, &lock) == 0;
}

/* The byte of a breaker's place, as proto/BREAKER_PAGE.md says. */
static inline uint32_t statgate_place_at_(uint32_t number, uint32_t epoch, uint32_t place) {
    return ((number * 0x9E3779B1u ^ epoch * 0x85EBCA6Bu) >> 5) << 4 | place;
}

/*
 * Gives the ticket back. In a child of fork() the descriptor is a copy, and the attempt is the
 * parent's: only the copy is closed. A descriptor that the program has closed, and whose number now
 * is another file's, is left alone.
 */
STATGATE_APART_ void statgate_return_ticket_(struct statgate_breaker *b) {
    struct stat now;
    b->has_ticket = false;
    if (fstat(b->ticket, &now) != 0 || now.st_dev != b->ticket_dev || now.st_ino != b->ticket_ino) {
        return;
    }
    if (b->holder == getpid()) {
        struct flock all;
        memset(&all, 0, sizeof all); /* a child may have another copy: closing this is not enough */
        all.l_type = F_UNLCK;
        (void)fcntl(b->ticket, STATGATE_OFD_SETLK_, &all);
    }
    close(b->ticket);
}

enum statgate_taken_ {
    STATGATE_TICKET_,
    STATGATE_NO_PLACE_,
    STATGATE_NO_FIFO_,
    STATGATE_NO_RIGHT_
};

/* Takes a free place of the breaker in this epoch. */
static inline enum statgate_taken_ statgate_take_ticket_(struct statgate_breaker *b,
                                                         uint32_t probing, uint32_t epoch,
                                                         uint64_t inode) {
    char path[STATGATE_PATH_BYTES_];
    struct stat is;
    const uint32_t number = probing & ((1u << STATGATE_NUMBER_BITS_) - 1u);
    const uint32_t places = probing >> STATGATE_NUMBER_BITS_ & STATGATE_PLACES_MASK_;
    if (!statgate_place_(b->sg, b->sg->page_place, path)) {
        return STATGATE_NO_FIFO_;
    }
    if (sizeof(off_t) < 8) {
        return STATGATE_NO_RIGHT_; /* an older glibc gives the kernel another struct */
    }
    int fd = statgate_open_beside_(path, ".probes", O_RDWR);
    if (fd < 0) {
        return errno == EACCES || errno == EPERM ? STATGATE_NO_RIGHT_
               : errno == ENOENT                 ? STATGATE_NO_FIFO_
                                                 : STATGATE_NO_PLACE_;
    }
    enum statgate_taken_ taken = STATGATE_NO_FIFO_;
    if (fstat(fd, &is) == 0 && S_ISFIFO(is.st_mode) && (uint64_t)is.st_ino == inode) {
        taken = STATGATE_NO_PLACE_;
        for (uint32_t place = 0; place < places && taken == STATGATE_NO_PLACE_; place++) {
            if (statgate_lock_place_(fd, F_WRLCK, statgate_place_at_(number, epoch, place))) {
                taken = STATGATE_TICKET_;
            } else if (errno == EINVAL) {
                taken = STATGATE_NO_RIGHT_; /* no such locks here: a kernel before 3.15 */
            }
        }
    }
    if (taken != STATGATE_TICKET_) {
        close(fd);
        return taken;
    }
    b->ticket = fd;
    b->has_ticket = true;
    b->holder = getpid();
    b->ticket_dev = is.st_dev;
    b->ticket_ino = is.st_ino;
    b->ticket_epoch = epoch;
    return STATGATE_TICKET_;
}

/* Whether the caller may probe in this epoch of half-open. */
static inline bool statgate_may_probe_(struct statgate_breaker *b, const unsigned char *slot,
                                       uint32_t epoch) {
    const uint32_t probing = statgate_load32_(slot + 12) & ~STATGATE_FORCED_;
    /* In this order: with this beat, the page named this FIFO or a later one. */
    const uint64_t beat = statgate_load64_(b->sg->page + STATGATE_PAGE_BEAT_);
    const uint64_t inode = statgate_load64_(b->sg->page + STATGATE_PAGE_TICKETS_);
    const uint64_t now_ms = STATGATE_BEAT_NOW_MS();
    if (b->has_ticket && b->holder == getpid() && b->ticket_epoch == epoch) {
        return false; /* one attempt at a time */
    }
    if (b->has_ticket) {
        statgate_return_ticket_(b);
    }
    enum statgate_taken_ taken = STATGATE_NO_RIGHT_;
    if (inode != 0 && probing != 0 && (probing & STATGATE_UNATTENDED_) == 0) {
        struct statgate *sg = b->sg;
        const bool missed = sg->no_fifo == inode; /* it was not found, in this beat or before */
        if (b->refused_ms == now_ms || (missed && sg->no_fifo_beat == beat)) {
            return false;
        }
        taken = statgate_take_ticket_(b, probing, epoch, inode);
        /* The daemon makes a missing FIFO again at its beat, and names it. If it still names the
         * one that this process does not find, the path leads elsewhere here, as after chroot(). */
        if (taken == STATGATE_NO_FIFO_ && missed) {
            taken = STATGATE_NO_RIGHT_;
        } else if (taken == STATGATE_NO_FIFO_) {
            sg->no_fifo = inode;
            sg->no_fifo_beat = beat;
        } else {
            sg->no_fifo = 0;
        }
    }
    switch (taken) {
    case STATGATE_TICKET_:
        break;
    case STATGATE_NO_RIGHT_: { /* one attempt for each struct and epoch, as without tickets */
        const bool first = epoch != b->last_epoch;
        b->last_epoch = epoch;
        return first;
    }
    case STATGATE_NO_FIFO_:
        return false;
    case STATGATE_NO_PLACE_:
        b->refused_ms = now_ms;
        return false;
    }
    /* Another epoch may have begun, whose places are others. */
    if (statgate_load64_(slot) == b->tag && statgate_load32_(slot + 8) == (epoch << 2 | 2u)) {
        return true;
    }
    statgate_return_ticket_(b);
    return false;
}

/* ---- what is denied ---- */

/* Counts a denied attempt, if the daemon takes such counts. They are sent after the next beat. */
static inline void statgate_deny_(struct statgate_breaker *b, const unsigned char *slot,
                                  uint32_t state) {
    const unsigned char *page = b->sg->page;
    if ((statgate_load32_(page + STATGATE_PAGE_TAKES_) & STATGATE_TAKES_DENIED_) == 0) {
        return;
    }
    if (b->quick != 0) {
        b->quick = 0; /* so that an ask after the breaker has closed comes here, too */
        b->denied.beat = statgate_load64_(page + STATGATE_PAGE_BEAT_);
        b->denied.pid = getpid();
    }
    b->denied.counts[(statgate_load32_(slot + 12) & STATGATE_FORCED_) != 0 ? 2u
                     : state == 2u                                         ? 1u
                                                                           : 0u]++;
}

/* Sends the counts when the beat has changed. */
static inline void statgate_send_denied_(struct statgate_breaker *b) {
    static const char *const words[] = {"denied,open", "denied,half_open", "denied,forced"};
    char field[STATGATE_NUMBER_BYTES_] = "n:";
    if (b->sg->page != NULL &&
        statgate_load64_(b->sg->page + STATGATE_PAGE_BEAT_) == b->denied.beat) {
        return;
    }
    const bool mine = b->denied.pid == getpid();
    for (unsigned i = 0; i < 3; i++) {
        if (b->denied.counts[i] != 0 && b->labels_at != 0 && mine) {
            field[2 + statgate_put_digits_(field + 2, b->denied.counts[i])] = '\0';
            (void)statgate_put_word_(b->sg, b->text, words[i], 'a', b->text + b->labels_at, field);
        }
        b->denied.counts[i] = 0;
    }
    b->quick = b->slot;
}

/* ---- asking ---- */

/* Whether an attempt is allowed when the page does not simply show a closed breaker. */
STATGATE_APART_ bool statgate_breaker_ask_(struct statgate_breaker *b) {
    int saved = errno;
    bool allowed = true;
    const unsigned char *slot = statgate_breaker_find_(b);
    b->asked = true;
    b->mark = 0;
    if (slot != NULL) {
        uint32_t state = statgate_load32_(slot + 8);
        uint32_t epoch = state >> 2;
        /* Check the tag again: if the page just changed, the state may be another breaker's. */
        if (statgate_load64_(slot) == b->tag) {
            allowed = (state & 3u) == 2u   ? statgate_may_probe_(b, slot, epoch)
                      : (state & 3u) == 1u ? false
                                           : true;
            b->mark = epoch;
            if (!allowed) {
                statgate_deny_(b, slot, state & 3u);
            }
        }
    }
    if (b->quick == 0 && b->sg != NULL && b->sg->open) {
        statgate_send_denied_(b);
    }
    errno = saved;
    return allowed;
}

/**
 * Prepare to ask one of the daemon's breakers. `name` and `labels` are those of statgate_attempt,
 * with labels in any order; the texts are copied, for reports. Returns whether the daemon publishes
 * the breaker now. False is not an error: the breaker is looked up again when a daemon starts. The
 * handle must not move while the breaker is in use. Each thread needs only one struct for each
 * breaker, opened on its own handle.
 */
static inline bool statgate_breaker_open(struct statgate_breaker *breaker, struct statgate *sg,
                                         const char *name, const char *labels) {
    int saved = errno;
    memset(breaker, 0, sizeof *breaker);
    breaker->sg = sg;
    breaker->tag = statgate_tag_(sg, name == NULL ? "" : name, labels);
    breaker->slot = STATGATE_PAGE_SLOTS_AT_;
    breaker->quick = breaker->slot;
    size_t name_len = name == NULL ? 0 : strlen(name);
    size_t labels_len = labels == NULL ? 0 : strlen(labels);
    if (name_len + labels_len <= STATGATE_METRIC_BYTES_ && name_len != 0) {
        breaker->labels_at = (uint16_t)(name_len + 1);
        memcpy(breaker->text, name, name_len);
        if (labels_len != 0) {
            memcpy(breaker->text + breaker->labels_at, labels, labels_len);
        }
    }
    bool listed = statgate_breaker_find_(breaker) != NULL;
    errno = saved;
    return listed;
}

/**
 * Whether this attempt may be made. True while the breaker is closed, false while it is open. While
 * it is half-open, true for as many attempts at once as the catalog allows on the host: the caller
 * then holds a ticket until statgate_breaker_report or statgate_breaker_drop, and gets no second
 * one. The kernel gives it back when the process ends. Also true when the state is unknown: there
 * is no daemon, no page or no such breaker, or the daemon's last beat is three seconds old.
 *
 * It costs a few memory reads while the breaker is closed, which is nearly always, a clock read
 * while it is open, and system calls while it is half-open, at most once a millisecond. A missing
 * page is looked for at each reconnect, and by this call at most once a second. How many attempts
 * were denied is sent by the first call after the daemon's next beat.
 */
static inline bool statgate_breaker_allow(struct statgate_breaker *breaker) {
    const unsigned char *page = breaker->sg == NULL ? NULL : breaker->sg->page;
    if (page != NULL && statgate_load64_(page + breaker->quick) == breaker->tag) {
        uint32_t state = statgate_load32_(page + breaker->quick + 8);
        if ((state & 3u) == 0) {
            breaker->mark = state >> 2;
            breaker->asked = true;
            return true;
        }
    }
    return statgate_breaker_ask_(breaker);
}

/** Give up the attempt that was allowed, without a report: it was not made, or means nothing. */
static inline void statgate_breaker_drop(struct statgate_breaker *breaker) {
    if (breaker->has_ticket) {
        int saved = errno;
        statgate_return_ticket_(breaker);
        errno = saved;
    }
    breaker->asked = false;
}

/**
 * Report that the attempt has ended, as statgate_attempt does, and how many seconds it took (below
 * 0: not known). It is marked with the epoch in which it was allowed, so that the daemon recognizes
 * probes, and attempts that come too late to say anything. False if it is lost, as when name and
 * labels have more than 256 bytes.
 */
static inline bool statgate_breaker_report(struct statgate_breaker *breaker, const char *outcome,
                                           double seconds) {
    char fields[2 * STATGATE_NUMBER_BYTES_];
    size_t len = 0;
    if (breaker->asked) {
        memcpy(fields, "p:", 2);
        len = 2 + statgate_put_digits_(fields + 2, breaker->mark);
    }
    if (seconds >= 0 && statgate_is_finite_(seconds)) {
        fields[len] = '|';
        len += len == 0 ? 0 : 1;
        memcpy(fields + len, "d:", 2);
        len += 2;
        len += statgate_put_number_(fields + len, seconds);
    }
    fields[len] = '\0';
    bool kept = false;
    if (breaker->labels_at != 0) {
        kept = statgate_put_word_(breaker->sg, breaker->text, outcome, 'a',
                                  breaker->text + breaker->labels_at, len == 0 ? NULL : fields);
    } else if (breaker->sg != NULL) {
        breaker->sg->lost++;
    }
    statgate_breaker_drop(breaker);
    return kept;
}

#endif
