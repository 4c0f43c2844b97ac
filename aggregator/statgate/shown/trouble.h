/*
 * trouble.h - explains why a daemon did not answer properly, and what to do. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_TROUBLE_H
#define STATGATE_STATGATE_SHOWN_TROUBLE_H

#include "fetch/fetch.h"
#include "statgate/shown/where.h"

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
bool trouble_is_none(const struct trouble *trouble);
/** The explanation, without a full stop. */
struct trouble_words {
    struct error what;
    struct error todo; /**< begins with a small letter; empty: no advice */
};

/** Fill in the words. Returns the exit code that goes with them. */
int trouble_describe(const struct trouble *trouble, const struct where *where,
                     struct trouble_words *ret_words);
/** Join both parts as sentences. */
void trouble_join(const struct trouble_words *words, struct error *ret_error);
/** trouble_describe and trouble_join in one call. */
int trouble_explain(const struct trouble *trouble, const struct where *where,
                    struct error *ret_error);

#endif
