/*
 * asking.h - one HTTP request to the daemon, for a command that does nothing else meanwhile.
 * Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_ASKING_H
#define STATGATE_STATGATE_SHOWN_ASKING_H

#include "statgate/shown/trouble.h"
#include "json/jsonread.h"

enum {
    ASKING_TIMEOUT_MS = 10000,
    ASKING_TEXT_MAX = 512 << 20, /**< bytes of an answer that is printed unread */
    ASKING_JSON_MAX = 64 << 20   /**< bytes of an answer that is parsed */
};

/** The most bytes of a target. */
enum { ASKING_TARGET_MAX = 4096 };

/** Append `name=value` to a target, percent-encoded. False: it does not fit. */
bool asking_add(char target[ASKING_TARGET_MAX], const char *name, const char *value);

/** Append the body of the answer to `target`. Returns CLI_OK, or an exit code with the reason in
 * *ret_wrong. *ret_now_ms is the daemon's time (Unix milliseconds), if the answer has it. */
int asking_text(const struct where *where, const char *target, size_t max, struct strbuf *ret_body,
                int64_t *ret_now_ms, struct trouble_words *ret_wrong);
/** As asking_text, with the body parsed as JSON. *ret_root is a new reference. */
int asking_json(const struct where *where, const char *target, json_t **ret_root,
                int64_t *ret_now_ms, struct trouble_words *ret_wrong);

/** The time in a Date header, or `otherwise`. */
int64_t asking_date(const char *date, int64_t otherwise);

#endif
