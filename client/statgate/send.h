/* SPDX-License-Identifier: MIT */
/*
 * send.h - sends a sample at once, or keeps it until the kernel accepts more.
 */
#ifndef STATGATE_CLIENT_SEND_H
#define STATGATE_CLIENT_SEND_H

#include "connect.h"
#include "datagram.h"

static inline void statgate_pause_(struct statgate *sg, uint64_t pause_ns) {
    sg->pause_from_ns = STATGATE_NOW_NS();
    sg->pause_ns = pause_ns;
}

/* Whether no pause is left. Reads the clock only during a pause, which also ends if the clock runs
 * backwards. */
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

/* Sends a datagram, and reconnects once if necessary. Returns 0 or the errno. */
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
    char *end = statgate_write_sample_(sg, sg->datagram, sample);
    end += statgate_write_report_(sg, end, 1);
    if (statgate_deliver_(sg, sg->datagram, (size_t)(end - sg->datagram)) != 0) {
        return false;
    }
    sg->delivered++;
    return true;
}

/*
 * Sends waiting samples until the kernel accepts no more, or for `most_ns`. True if none is left.
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
            statgate_lose_oldest_(sg); /* this socket will never accept the line */
        }
        if (STATGATE_NOW_NS() - from_ns >= most_ns) {
            break;
        }
    }
    return sg->oldest == 0;
}

/* Keeps a sample that cannot be sent at once, and sends waiting ones if the pause is over. */
STATGATE_APART_ bool statgate_wait_(struct statgate *sg, const struct statgate_sample_ *sample) {
    bool ready = statgate_ready_(sg);
    bool kept = statgate_keep_(sg, sample) != 0;
    /* A buffer that has just filled up justifies one early try during a pause, not one per
     * sample. */
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

/* Whether name and labels have no byte that the framing uses. At the end of a line, that includes a
 * carriage return. */
static inline bool statgate_are_texts_(const char *name, size_t name_len, const char *labels,
                                       size_t labels_len) {
    return name_len != 0 && !statgate_has_(name, name_len, ':') &&
           !statgate_has_(name, name_len, '|') && !statgate_has_(name, name_len, '\n') &&
           !statgate_has_(labels, labels_len, '|') && !statgate_has_(labels, labels_len, '\n') &&
           (labels_len == 0 || labels[labels_len - 1] != '\r');
}

/* Whether the sample has a valid value and its line is short enough. Formats the number only if the
 * length is close to the limit. */
static inline bool statgate_fits_(const struct statgate *sg,
                                  const struct statgate_sample_ *sample) {
    char text[STATGATE_NUMBER_BYTES_];
    size_t most = STATGATE_LINE_BYTES_ - STATGATE_REPORT_BYTES_;
    size_t frame_len = statgate_frame_len_(sg, sample);
    if (sample->word != NULL || frame_len + STATGATE_NUMBER_BYTES_ > most) {
        size_t len =
            sample->word != NULL ? sample->word_len : statgate_put_number_(text, sample->value);
        return len != 0 && frame_len + len <= most;
    }
    return statgate_is_finite_(sample->value);
}

/*
 * Sends a sample, or keeps it and sends what can be sent. The caller has checked the letter, the
 * word and the instance.
 */
static inline bool statgate_put_(struct statgate *sg, struct statgate_sample_ *sample) {
    sample->name_len = sample->name == NULL ? 0 : strlen(sample->name);
    sample->labels_len = sample->labels == NULL ? 0 : strlen(sample->labels);
    sample->instance_len = sample->instance == NULL ? 0 : strlen(sample->instance);
    if (!statgate_usable_(sg) || !statgate_fits_(sg, sample) ||
        !statgate_are_texts_(sample->name, sample->name_len, sample->labels, sample->labels_len)) {
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

/* The same with a word instead of a number. Anything but a single word gets length 0, which is
 * refused. */
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
    size_t len = text == NULL ? 0 : strcspn(text, "|\r\n");
    return len != 0 && text[len] == '\0' && len <= STATGATE_INSTANCE_BYTES_;
}

#endif
