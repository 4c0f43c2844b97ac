/* SPDX-License-Identifier: MIT */
/*
 * statgate.hpp - statgate.h for C++17: handles and prepared metrics that close themselves, labels
 * as pairs, durations from <chrono>. There is nothing to link, and nothing is allocated.
 *
 *     static statgate::client metrics;
 *     metrics.count("logins_total", 1, {{"outcome", "ok"}, {"user", name}});
 *
 *     static statgate::histogram latency(metrics, "request_seconds", {{"path", "/"}});
 *     latency.observe(std::chrono::steady_clock::now() - begun);
 *
 * The rules of statgate.h apply: a client and its metrics belong to one thread, no call of a client
 * blocks except flush_wait, and a missing daemon is not an error. Objects can be neither copied nor
 * moved. A name longer than 256 bytes, an outcome longer than 127, and any text with a NUL are
 * refused. Headers of `statgate gen c` can be included after this one.
 */
#ifndef STATGATE_HPP
#define STATGATE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string_view>

/* The C struct and the namespace cannot share a name: with this header, C++ calls the struct
 * statgate_handle. */
#ifdef STATGATE_H
#error "include statgate.hpp instead of statgate.h, or before it"
#endif
#define statgate statgate_handle
#include "statgate.h"
#undef statgate
#undef STATGATE_HANDLE
#define STATGATE_HANDLE struct statgate_handle

namespace statgate {

/** A label. The texts are borrowed for the call. */
struct label {
    std::string_view key;
    std::string_view value;
};
using labels = std::initializer_list<label>;

namespace detail {

/* Copies a text and a terminator into the caller's buffer. NULL if it has a NUL or no room. */
template <std::size_t size> const char *terminated(char (&out)[size], std::string_view text) {
    if (text.size() >= size || text.find('\0') != std::string_view::npos) {
        return nullptr;
    }
    std::memcpy(out, text.data(), text.size());
    out[text.size()] = '\0';
    return out;
}

/* Whether the daemon reads the pair as this label: a value may have any bytes, but no NUL. */
inline bool is_good(const label &pair) {
    return !pair.key.empty() && pair.key.find('\0') == std::string_view::npos &&
           pair.key.find_first_of(":,|\r\n") == std::string_view::npos &&
           pair.value.find('\0') == std::string_view::npos;
}

/* Writes a pair as `key:value`, with `_` for each byte that would end the value. Returns its
 * length. */
inline std::size_t put(struct statgate_handle &sg, char *at, const label &pair) {
    constexpr std::string_view ends = ",|\r\n";
    const std::size_t from = pair.key.size() + 1;
    pair.key.copy(at, pair.key.size());
    at[from - 1] = ':';
    pair.value.copy(at + from, pair.value.size());
    std::size_t found = pair.value.find_first_of(ends);
    sg.replaced += found != std::string_view::npos ? 1 : 0;
    for (; found != std::string_view::npos; found = pair.value.find_first_of(ends, found)) {
        at[from + found++] = '_';
    }
    return from + pair.value.size();
}

/* Writes the labels as a text into the handle. False if one of them is not good, or they do not
 * fit; the text is empty then. */
inline bool join(struct statgate_handle &sg, labels pairs) {
    std::size_t len = 0;
    for (const label &pair : pairs) {
        if (!is_good(pair) || pair.key.size() + pair.value.size() + 2 >= sizeof sg.labels - len) {
            sg.labels[0] = '\0';
            return false;
        }
        if (len != 0) {
            sg.labels[len++] = ',';
        }
        len += put(sg, sg.labels + len, pair);
    }
    sg.labels[len] = '\0';
    return true;
}

/* Puts one label before those that join has written. False in the same cases. */
inline bool prepend(struct statgate_handle &sg, const label &first) {
    const std::size_t len = std::strlen(sg.labels);
    const std::size_t more = first.key.size() + first.value.size() + (len != 0 ? 2 : 1);
    if (!is_good(first) || more >= sizeof sg.labels - len) {
        return false;
    }
    std::memmove(sg.labels + more, sg.labels, len + 1);
    put(sg, sg.labels, first);
    if (len != 0) {
        sg.labels[more - 1] = ',';
    }
    return true;
}

/* Whole ones. None if time is over already: what is left until some instant may be below 0. */
template <class rep, class period>
unsigned milliseconds(std::chrono::duration<rep, period> duration) {
    const double ms = std::chrono::duration<double, std::milli>(duration).count();
    const unsigned most = std::numeric_limits<unsigned>::max();
    return ms >= most ? most : ms > 0 ? static_cast<unsigned>(ms) : 0;
}

template <class rep, class period> double seconds(std::chrono::duration<rep, period> duration) {
    return std::chrono::duration<double>(duration).count();
}

} // namespace detail

/** A handle: see statgate_open. */
class client {
  public:
    /** A client of the daemon at `socket`; NULL means the places where statgate_open looks. */
    explicit client(const char *socket = nullptr) {
        statgate_open(&sg_, socket);
    }
    ~client() {
        statgate_close(&sg_);
    }
    client(const client &) = delete;
    client &operator=(const client &) = delete;

    /** See statgate_service. A name longer than 64 bytes, or with a NUL, is refused. */
    bool service(std::string_view name) {
        char text[STATGATE_SERVICE_BYTES_];
        const char *named = detail::terminated(text, name);
        return statgate_service(&sg_, named != nullptr ? named : ".");
    }

    /* Calls f with name and labels as C texts. If either is invalid, f gets NULL as the name, which
     * it refuses. */
    template <class function> bool with(std::string_view name, labels pairs, function &&f) {
        char text[512]; /* more than any family's name has */
        const char *named = detail::join(sg_, pairs) ? detail::terminated(text, name) : nullptr;
        return f(named, static_cast<const char *>(sg_.labels));
    }

    /** This and the functions below, to `job`, return true if the sample was sent or waits to be
     * sent, false if it is lost. */
    bool count(std::string_view name, double n = 1, labels pairs = {}) {
        return with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_count(&sg_, text, n, joined);
        });
    }
    bool set(std::string_view name, double value, labels pairs = {}) {
        return with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_set(&sg_, text, value, joined);
        });
    }
    bool add(std::string_view name, double delta, labels pairs = {}) {
        return with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_add(&sg_, text, delta, joined);
        });
    }
    bool observe(std::string_view name, double value, labels pairs = {}) {
        return with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_observe(&sg_, text, value, joined);
        });
    }
    template <class rep, class period>
    bool observe(std::string_view name, std::chrono::duration<rep, period> duration,
                 labels pairs = {}) {
        return observe(name, detail::seconds(duration), pairs);
    }
    bool info(std::string_view name, labels pairs) {
        return set(name, 1, pairs);
    }
    /** Select a state of a stateset; `pairs` are its other labels. */
    bool state(std::string_view name, std::string_view state, labels pairs = {}) {
        return with(name, pairs, [&](const char *text, const char *) {
            const bool good = text != nullptr && detail::prepend(sg_, {name, state});
            return statgate_set(&sg_, good ? text : nullptr, 1, sg_.labels);
        });
    }
    bool attempt(std::string_view name, std::string_view outcome, labels pairs = {}) {
        char word[128];
        const char *said = detail::terminated(word, outcome);
        return with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_attempt(&sg_, text, said, joined);
        });
    }
    /** Report the state of a breaker of the program's own: "open", "half_open" or "closed". */
    bool circuit(std::string_view name, std::string_view state, labels pairs = {}) {
        char word[32];
        const char *said = detail::terminated(word, state);
        return with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_circuit(&sg_, text, said, joined);
        });
    }
    bool job(std::string_view name, std::string_view event, std::string_view id,
             labels pairs = {}) {
        char word[32];
        char instance[STATGATE_INSTANCE_BYTES_ + 1];
        const char *said = detail::terminated(word, event);
        const char *which = detail::terminated(instance, id);
        return with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_job(&sg_, text, said, which, joined);
        });
    }

    bool flush() {
        return statgate_flush(&sg_);
    }
    template <class rep, class period> bool flush_wait(std::chrono::duration<rep, period> most) {
        return statgate_flush_wait(&sg_, detail::milliseconds(most));
    }
    void tick() {
        statgate_tick(&sg_);
    }
    std::uint64_t lost() const {
        return statgate_lost(&sg_);
    }
    /** The number of samples delivered as part of another's number: see statgate_merged. */
    std::uint64_t merged() const {
        return statgate_merged(&sg_);
    }
    /** The number of labels in which bytes were replaced by `_`: see statgate_replaced. */
    std::uint64_t replaced() const {
        return statgate_replaced(&sg_);
    }
    /** The handle itself, for the functions of statgate.h and of `statgate gen c`. */
    struct statgate_handle *handle() {
        return &sg_;
    }

  private:
    struct statgate_handle sg_;
};

/* The members that all prepared metrics have. */
#define STATGATE_PREPARED_(name)                                                                   \
  public:                                                                                          \
    name(client &of, std::string_view named, labels pairs = {}) {                                  \
        good_ = of.with(named, pairs, [&](const char *text, const char *joined) {                  \
            return statgate_##name##_open(&metric_, of.handle(), text, joined);                    \
        });                                                                                        \
    }                                                                                              \
    ~name() {                                                                                      \
        statgate_##name##_close(&metric_);                                                         \
    }                                                                                              \
    name(const name &) = delete;                                                                   \
    void operator=(const name &) = delete;                                                         \
    /** False if name or labels were refused: then all samples are lost. */                        \
    explicit operator bool() const {                                                               \
        return good_;                                                                              \
    }                                                                                              \
                                                                                                   \
  private:                                                                                         \
    statgate_##name metric_;                                                                       \
    bool good_;

/** Prepared metrics: see statgate_counter in statgate.h. A metric and its client may be destroyed
 * in either order. */
class counter {
    STATGATE_PREPARED_(counter)

  public:
    bool add(double n = 1) {
        return statgate_counter_add(&metric_, n);
    }
};

class updown {
    STATGATE_PREPARED_(updown)

  public:
    bool add(double delta) {
        return statgate_updown_add(&metric_, delta);
    }
};

class gauge {
    STATGATE_PREPARED_(gauge)

  public:
    bool set(double value) {
        return statgate_gauge_set(&metric_, value);
    }
};

class histogram {
    STATGATE_PREPARED_(histogram)

  public:
    bool observe(double value) {
        return statgate_histogram_observe(&metric_, value);
    }
    template <class rep, class period> bool observe(std::chrono::duration<rep, period> duration) {
        return observe(detail::seconds(duration));
    }
};

class attempts {
    STATGATE_PREPARED_(attempts)

  public:
    bool report(std::string_view outcome) {
        char word[128];
        return statgate_attempts_report(&metric_, detail::terminated(word, outcome));
    }
};

class jobs {
    STATGATE_PREPARED_(jobs)

  public:
    bool report(std::string_view event, std::string_view id) {
        char word[32];
        char instance[STATGATE_INSTANCE_BYTES_ + 1];
        return statgate_jobs_report(&metric_, detail::terminated(word, event),
                                    detail::terminated(instance, id));
    }
};

#undef STATGATE_PREPARED_

#if STATGATE_HAS_FLUSHER
/** A thread that sends shared counters: see statgate_flusher_start. A child of fork() calls start
 * to have a thread of its own. */
class flusher {
  public:
    explicit flusher(const char *socket = nullptr) {
        start(socket);
    }
    ~flusher() {
        statgate_flusher_stop(&flusher_);
    }
    flusher(const flusher &) = delete;
    flusher &operator=(const flusher &) = delete;
    bool start(const char *socket = nullptr) {
        return statgate_flusher_start(&flusher_, socket);
    }
    struct statgate_handle *handle() {
        return &flusher_.sg;
    }

  private:
    struct statgate_flusher flusher_ = {};
};
#endif

#if STATGATE_HAS_SHARED
/** A counter to which all threads may add: see statgate_shared_counter_open. `of` is the client or
 * the flusher that sends it. */
class shared_counter {
  public:
    template <class owner> shared_counter(owner &of, std::string_view named, labels pairs = {}) {
        char text[STATGATE_METRIC_BYTES_ + 1];
        struct statgate_handle *sg = of.handle();
        statgate_lock_(sg);
        const char *name = detail::join(*sg, pairs) ? detail::terminated(text, named) : nullptr;
        good_ = statgate_shared_open_(&counter_, sg, name, sg->labels);
        statgate_unlock_(sg);
    }
    ~shared_counter() {
        statgate_shared_counter_close(&counter_);
    }
    shared_counter(const shared_counter &) = delete;
    shared_counter &operator=(const shared_counter &) = delete;
    explicit operator bool() const {
        return good_;
    }
    bool add(double n = 1) {
        return statgate_shared_counter_add(&counter_, n);
    }

  private:
    struct statgate_shared_counter counter_;
    bool good_;
};
#endif

/** One of the daemon's breakers: see statgate_breaker_open. Do not use it after its client is
 * destroyed. */
class breaker {
  public:
    breaker(client &of, std::string_view name, labels pairs = {}) {
        of.with(name, pairs, [&](const char *text, const char *joined) {
            return statgate_breaker_open(&breaker_, of.handle(), text, joined);
        });
    }
    breaker(const breaker &) = delete;
    breaker &operator=(const breaker &) = delete;
    ~breaker() {
        statgate_breaker_drop(&breaker_);
    }
    bool allow() {
        return statgate_breaker_allow(&breaker_);
    }
    /** See statgate_breaker_report. */
    bool report(std::string_view outcome, double seconds = -1) {
        char word[128];
        return statgate_breaker_report(&breaker_, detail::terminated(word, outcome), seconds);
    }
    void drop() {
        statgate_breaker_drop(&breaker_);
    }

  private:
    statgate_breaker breaker_ = {};
};

/** Observes how many seconds it lived, when it is destroyed. */
class timer {
  public:
    explicit timer(histogram &to) : to_(to), start_(statgate_timer_start()) {
    }
    ~timer() {
        to_.observe(statgate_timer_seconds(start_));
    }
    timer(const timer &) = delete;
    timer &operator=(const timer &) = delete;

  private:
    histogram &to_;
    std::uint64_t start_;
};

} // namespace statgate

#endif
