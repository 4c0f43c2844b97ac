/*
 * job_event.h - the words that jobs send: the one list of them, and what each means.
 */
#ifndef STATGATE_MACHINES_JOB_EVENT_H
#define STATGATE_MACHINES_JOB_EVENT_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/** An end is told by its outcome; `lost` is nobody's to say, the daemon alone finds it. */
enum job_event {
    JOB_EVENT_QUEUED,
    JOB_EVENT_STARTED,
    JOB_EVENT_SUCCEEDED,
    JOB_EVENT_FAILED,
    JOB_EVENT_CANCELED,
    JOB_EVENT_COUNT
};

/** The event's word. Static. */
const char *job_event_text(enum job_event event);
/** The event that the word names; false: none. */
bool job_event_find(struct sg_span word, enum job_event *ret_event);
/** Whether the event ends its job, and how. */
bool job_event_ends(enum job_event event, enum job_outcome *ret_outcome);
/** Whether the event's sender runs the job from then on, and so owns it. */
static inline bool job_event_owns(enum job_event event) {
    return event == JOB_EVENT_STARTED;
}

#endif
