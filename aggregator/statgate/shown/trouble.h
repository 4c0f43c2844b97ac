/*
 * trouble.h - why a daemon did not answer as it should, and what to do next. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_TROUBLE_H
#define STATGATE_STATGATE_SHOWN_TROUBLE_H

#include "fetch/fetch.h"
#include "statgate/shown/where.h"

/** What came of a request. */
struct trouble {
    enum fetch_state state; /**< FETCH_UNDER_WAY: no answer in time */
    int error;              /**< errno, or 0 */
    unsigned status;        /**< of FETCH_DONE */
    const char *target;     /**< that was asked for */
    const char *body;       /**< of the answer, terminated */
    size_t body_len;
};

/** Nothing is wrong. */
bool trouble_is_none(const struct trouble *trouble);
/** Sentences without an end. Returns the exit code that goes with them. */
int trouble_explain(const struct trouble *trouble, const struct where *where,
                    struct error *ret_error);

#endif
