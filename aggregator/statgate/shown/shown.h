/* SPDX-License-Identifier: MIT */
/*
 * shown.h - the commands that show a debug view: asking the daemon, following, words.
 */
#ifndef STATGATE_STATGATE_SHOWN_SHOWN_H
#define STATGATE_STATGATE_SHOWN_SHOWN_H

#include "base/strbuf.h"
#include "fetch/fetch.h"
#include "statgate/command.h"
#include "json/json.h"

extern const struct command shown_series_command;
extern const struct command shown_rejections_command;
extern const struct command shown_senders_command;
extern const struct command shown_breakers_command;
extern const struct command shown_jobs_command;
extern const struct command shown_queries_command;
extern const struct command shown_events_command;

/* ---- where ----
 * finds out which daemon a command asks over HTTP, and with which token.
 */

/** Flags of every command that asks over HTTP. */
#define WHERE_FLAGS                                                                                \
    {"daemon", "ADDRESS",                                                                          \
     "The daemon's HTTP address: HOST:PORT, [IPV6]:PORT or unix:PATH. Without it "                 \
     "$STATGATE_DAEMON, else that of the daemon that has the socket (asked as root or as its "     \
     "user), else debug_listen, else metrics_listen of the settings."},                            \
    {                                                                                              \
        "token-file", "FILE",                                                                      \
            "A file with the token that the daemon wants. Without it that of the settings, if "    \
            "the "                                                                                 \
            "address is theirs, too."                                                              \
    }

struct where {
    char text[FETCH_HOST_MAX]; /**< the address as given */
    const char *source;        /**< where it was given: "--daemon" */
    struct fetch_address address;
    char *token;       /**< NULL: none */
    struct error note; /**< why settings or their token could not be read */
};

/** Find the daemon. Returns CLI_OK, or an exit code with the error printed. End it with
 * shown_where_done either way. */
int shown_where_find(struct where *where, struct cli *cli, const struct command *command,
                     const struct settings *settings);
void shown_where_done(struct where *where);

/** The value of one of the command's own flags, by the flag's name; NULL: not given. */
const char *shown_where_flag(const struct command *command, const struct settings *settings,
                             const char *name);

/* ---- trouble ----
 * explains why a daemon did not answer properly, and what to do.
 */

/** The outcome of a request. */
struct trouble {
    enum fetch_state state; /**< FETCH_UNDER_WAY: no answer in time */
    int error;              /**< errno, or 0 */
    unsigned status;        /**< HTTP status, if FETCH_DONE */
    const char *target;     /**< the requested target */
    const char *body;       /**< body of the answer, terminated */
    size_t body_len;
};

/** Whether the request succeeded. */
bool shown_trouble_is_none(const struct trouble *trouble);
/** The explanation, without a full stop. */
struct trouble_words {
    struct error what;
    struct error todo; /**< begins with a small letter; empty: no advice */
};

/** Fill in the words. Returns the exit code that goes with them. */
int shown_trouble_describe(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *ret_words);
/** Join both parts as sentences. */
void shown_trouble_join(const struct trouble_words *words, struct error *ret_error);
/** shown_trouble_describe and shown_trouble_join in one call. */
int shown_trouble_explain(const struct trouble *trouble, const struct where *where,
                          struct error *ret_error);

/* ---- asking ----
 * one HTTP request to the daemon, for a command that does nothing else meanwhile.
 * Private to statgate/.
 */

enum {
    ASKING_TIMEOUT_MS = 10000,
    ASKING_TEXT_MAX = 512 << 20, /**< bytes of an answer that is printed unread */
    ASKING_JSON_MAX = 64 << 20   /**< bytes of an answer that is parsed */
};

/** The most bytes of a target. */
enum { ASKING_TARGET_MAX = 4096 };

/** Append `name=value` to a target, percent-encoded. False: it does not fit. */
bool shown_asking_add(char target[ASKING_TARGET_MAX], const char *name, const char *value);

/** Append the body of the answer to `target`. Returns CLI_OK, or an exit code with the reason in
 * *ret_wrong. *ret_now_ms is the daemon's time (Unix milliseconds), if the answer has it. */
int shown_asking_text(const struct where *where, const char *target, size_t max,
                      struct strbuf *ret_body, int64_t *ret_now_ms,
                      struct trouble_words *ret_wrong);
/** As shown_asking_text, with the body parsed as JSON. *ret_root is a new reference. */
int shown_asking_json(const struct where *where, const char *target, json_t **ret_root,
                      int64_t *ret_now_ms, struct trouble_words *ret_wrong);

/** The time in a Date header, or `otherwise`. */
int64_t shown_asking_date(const char *date, int64_t otherwise);

/* ---- words: times, rates and labels of a view, for people. ---- */

enum { WORDS_MAX = 40 };

/** How long something took: "less than 1 ms" for 0, "0.4 ms", "12 ms", then like
 * terminal_duration; "-" for a negative time (unknown). */
const char *shown_words_took(char out[WORDS_MAX], double seconds);
/** "12 s ago", "now"; `never` for 0 (never or unknown). */
const char *shown_words_ago(char out[WORDS_MAX], int64_t now_ms, int64_t at_ms, const char *never);
/** "0.25/s", "12/s", "12.3k/s"; "-" for a negative rate (unknown). */
const char *shown_words_rate(char out[WORDS_MAX], double rate);
/** "9999", "12.3k", "4.5M". */
const char *shown_words_short(char out[WORDS_MAX], double value);
/** "2026-11-23 02:32:09" in UTC. */
const char *shown_words_time(char out[WORDS_MAX], int64_t at_ms);
/** Whole numbers in digits, others as in an exposition, or their first digits. */
const char *shown_words_number(char out[WORDS_MAX], double value);
/** Append {key="value",...} as in an exposition; nothing for an empty object. */
void shown_words_labels(struct strbuf *out, const json_t *labels);
/** Append "worker (4711)", with the unit if known, from {pid, comm, unit}. "-": no one. */
void shown_words_process(struct strbuf *out, const json_t *process);

#endif
