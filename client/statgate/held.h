/* SPDX-License-Identifier: MIT */
/*
 * held.h - the samples that prepared metrics hold, and when they are sent.
 */
#ifndef STATGATE_CLIENT_HELD_H
#define STATGATE_CLIENT_HELD_H

#include "send.h"

/*
 * A metric holds its samples in its own struct until the daemon's beat changes. Where no beat can
 * be seen, a clock that is read now and then decides. Then all samples that the handle's metrics
 * hold move to the waiting lines and are sent with them, in full datagrams. If the waiting lines
 * have no room, the rest stays in the metrics.
 */

static inline uint64_t statgate_look_ms_(struct statgate *sg) {
    sg->look_ms = STATGATE_BEAT_NOW_MS();
    return sg->look_ms;
}

/* A metric that holds observations. */
struct statgate_observed_ {
    struct statgate_metric_ metric;
    double values[STATGATE_VALUES_];
};

/* Removes the first `taken` values, and moves the others to the front. */
static inline void statgate_take_values_(struct statgate_metric_ *m, double *values, size_t taken) {
    m->calls -= taken;
    memmove(values, values + taken, (size_t)m->calls * sizeof *values);
}

/* Moves the samples of a metric to the waiting lines, as many as these take. True if none is
 * left. */
static inline bool statgate_spill_(struct statgate *sg, struct statgate_metric_ *m) {
    struct statgate_sample_ sample = {
        m->text, m->text + m->name_len, NULL, NULL, 0, 0, 0, 0, m->sum, m->letter, m->calls};
    sample.name_len = m->name_len;
    sample.labels_len = m->labels_len;
    if (m->letter != 'h') {
        if (!statgate_is_finite_(m->sum)) {
            sg->lost += m->calls; /* with -ffast-math a NaN may get past the checks */
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

#if STATGATE_HAS_SHARED
/* Moves what threads have added into `sum`. False if there was nothing. */
static inline bool statgate_take_sum_(struct statgate_sum_ *from, double *sum) {
    double fraction;
    if (__atomic_load_n(&from->whole, __ATOMIC_RELAXED) == 0 &&
        __atomic_load_n(&from->fraction, __ATOMIC_RELAXED) == 0) {
        return false;
    }
    uint64_t whole = __atomic_exchange_n(&from->whole, 0, __ATOMIC_RELAXED);
    uint64_t bits = __atomic_exchange_n(&from->fraction, 0, __ATOMIC_RELAXED);
    memcpy(&fraction, &bits, sizeof fraction);
    *sum += (double)whole + fraction;
    return true;
}
#endif

/* Moves what threads have added to shared counters into their metrics, which belong to the handle's
 * thread. */
static inline void statgate_gather_(struct statgate *sg) {
#if STATGATE_HAS_SHARED
    uint32_t process = __atomic_load_n(&sg->process, __ATOMIC_RELAXED); /* any thread may set it */
    for (struct statgate_shared_counter *c = sg->shared; c != NULL; c = c->next) {
        bool any = false;
        for (size_t i = 0; i < STATGATE_STRIPES_; i++) {
            any = statgate_take_sum_(&c->stripes[i].sums[process % 2], &c->metric.sum) || any;
        }
        if (any && c->metric.calls++ == 0) {
            statgate_hold_(sg, &c->metric);
        }
        if (__atomic_load_n(&c->refused[process % 2], __ATOMIC_RELAXED) != 0) {
            sg->lost += __atomic_exchange_n(&c->refused[process % 2], 0, __ATOMIC_RELAXED);
        }
    }
#else
    (void)sg;
#endif
}

/* Moves all held samples to the waiting lines. False if these have no room for all. */
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
 * Sends what metrics hold and all waiting samples, for `most_ns`, even during a pause. True if none
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

/* The metric has no handle any more. A thread that adds to a shared counter may read it now. */
static inline void statgate_leave_(struct statgate_metric_ *m) {
#ifdef __GNUC__
    __atomic_store_n(&m->lost_to, NULL, __ATOMIC_RELAXED);
#else
    m->lost_to = NULL;
#endif
}

/* Detaches the metrics from a handle that closes before them. What they hold is lost. */
static inline void statgate_part_(struct statgate *sg) {
    for (struct statgate_metric_ *m = sg->metrics; m != NULL; m = m->next) {
        sg->lost += m->calls;
        m->calls = 0;
        m->sg = NULL;
        statgate_leave_(m);
        m->at = NULL;
    }
    sg->metrics = NULL;
#if STATGATE_HAS_SHARED
    for (struct statgate_shared_counter *c = sg->shared; c != NULL; c = c->next) {
        __atomic_store_n(&c->here, NULL, __ATOMIC_RELAXED);
        __atomic_store_n(&c->lost_here, NULL, __ATOMIC_RELAXED);
    }
    sg->shared = NULL;
#endif
    sg->held = NULL;
    sg->last_held = NULL;
}

/* Decides how many uses pass until the clock is read again: more if they follow each other
 * quickly; one if there is no beat to see, or no mark to see a fork. */
static inline void statgate_count_uses_(struct statgate *sg, uint64_t passed_ms) {
    bool quick = passed_ms < STATGATE_QUICK_MS_ && sg->page != NULL && sg->mark != NULL;
    sg->uses_step = !quick                               ? 1
                    : sg->uses_step < STATGATE_USES_MAX_ ? sg->uses_step * 2
                                                         : STATGATE_USES_MAX_;
    if (sg->oldest != 0 && sg->uses_step > STATGATE_USES_WAITING_) {
        sg->uses_step = STATGATE_USES_WAITING_; /* the daemon is busy or away */
    }
    sg->uses_left = sg->uses_step;
}

/* Called when the beat has changed, the uses are counted down, or this is a child of fork(). */
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

/* Called before each use of a metric, to see whether anything is due. */
static inline void statgate_use_(struct statgate *sg) {
    if (*sg->beat != sg->beat_seen || --sg->uses_left == 0 || *sg->here == 0) {
        statgate_turn_(sg);
    }
}

/* Refuses a sample: the metric has no handle, or the value is invalid. */
STATGATE_APART_ bool statgate_refuse_(struct statgate_metric_ *m) {
    if (m->lost_to != NULL) {
        statgate_usable_(m->lost_to); /* a child of fork() counts only its own losses */
        m->lost_to->lost++;
    }
    return false;
}

/* Adds what the quick path does not: if the sum would be too large to be exact, it is sent first,
 * and a new one begins with `n`. */
STATGATE_APART_ bool statgate_add_apart_(struct statgate_metric_ *m, double n, double least) {
    int saved = errno;
    if (!(n >= least) || !statgate_is_finite_(n)) {
        return statgate_refuse_(m);
    }
    statgate_usable_(m->sg); /* detects a child of fork() if there is no mark */
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

/* Sends a datagram of the first values, as many as fit. The handle must have no waiting lines. */
static inline bool statgate_send_values_(struct statgate_metric_ *m) {
    struct statgate *sg = m->sg;
    double *values = ((struct statgate_observed_ *)(void *)m)->values;
    size_t frame = statgate_labels_len_(sg, m->labels_len) + STATGATE_REPORT_BYTES_ +
                   STATGATE_NUMBER_BYTES_ + 1;
    const char *most = sg->datagram + (sg->pack_max > frame ? sg->pack_max - frame : 0);
    char *at = statgate_append_(sg->datagram, m->text, m->name_len);
    size_t count = 0;
    do {
        at = statgate_write_value_(at, values[count++]);
    } while (count + 1 < m->calls && at < most); /* keeps one: `m` stays among `held` */
    at = statgate_write_letter_(at, 'h', m->labels_len != 0);
    at = statgate_append_(at, m->text + m->name_len, m->labels_len);
    at = statgate_write_service_(sg, at, m->labels_len);
    at += statgate_write_report_(sg, at, count);
    if (statgate_deliver_(sg, sg->datagram, (size_t)(at - sg->datagram)) != 0) {
        return false;
    }
    sg->delivered += count;
    statgate_take_values_(m, values, count);
    return true;
}

/* Makes room for one more observation by sending a full datagram. False if the observation is
 * lost. */
STATGATE_APART_ bool statgate_make_room_(struct statgate_metric_ *m) {
    int saved = errno;
    struct statgate *sg = m->sg;
    statgate_usable_(sg); /* detects a child of fork() without a mark, which then has room */
    if (m->calls == STATGATE_VALUES_ &&
        (sg->oldest != 0 || sg->pause_ns != 0 || !statgate_send_values_(m))) {
        if (statgate_ready_(sg)) {
            statgate_release_(sg, STATGATE_CALL_NS_);
        } else {
            statgate_spill_all_(sg);
        }
    }
    errno = saved;
    return m->calls < STATGATE_VALUES_ || statgate_refuse_(m);
}

/* Closes a metric. The samples that it holds go to the waiting lines. */
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
    statgate_leave_(m);
    m->calls = 0;
    errno = saved;
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

/* Opens a metric of `bytes` bytes that is not among the handle's metrics. `name` is NULL if labels
 * were refused. */
static inline bool statgate_metric_begin_(struct statgate_metric_ *m, size_t bytes,
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
    if (name == NULL || name_len + labels_len > sizeof m->text ||
        !statgate_are_texts_(name, name_len, labels, labels_len)) {
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

/* Whether the metric, whose memory may never have been written, is open on this handle. */
static inline bool statgate_is_linked_(const struct statgate *sg,
                                       const struct statgate_metric_ *m) {
    const struct statgate_metric_ *at = sg->metrics;
    while (at != NULL && at != m && at->lost_to == sg) {
        at = at->next;
    }
    return at == m && at->lost_to == sg;
}

/* Opens a prepared metric. One that is open already is closed first, so that it loses nothing. */
static inline bool statgate_metric_open_(struct statgate_metric_ *m, size_t bytes,
                                         struct statgate *sg, char letter, const char *name,
                                         const char *labels) {
    if (sg->open && statgate_is_linked_(sg, m)) {
        statgate_metric_close_(m);
    }
    return statgate_metric_begin_(m, bytes, sg, letter, name, labels);
}

/* Sends a word at once, behind what the handle's metrics hold. A metric never holds a word. */
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
    bool kept = statgate_fits_(sg, &sample);
    sg->lost += kept ? 0 : 1;
    if (kept) {
        statgate_spill_all_(sg);
        kept = (sg->oldest == 0 && sg->pause_ns == 0 && statgate_send_sample_(sg, &sample)) ||
               statgate_wait_(sg, &sample);
    }
    errno = saved;
    return kept;
}

#endif
