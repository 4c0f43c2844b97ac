/*
 * job_event.h - the words of job events on the wire, and what each means.
 */
#ifndef STATGATE_MACHINES_JOB_EVENT_H
#define STATGATE_MACHINES_JOB_EVENT_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/** Job events. The end of a job is sent as its outcome. `lost` is never sent: only the daemon
 * reports it. */
enum job_event {
    JOB_EVENT_QUEUED,
    JOB_EVENT_STARTED,
    JOB_EVENT_SUCCEEDED,
    JOB_EVENT_FAILED,
    JOB_EVENT_CANCELED,
    JOB_EVENT_COUNT
};

/** The word of the event. Static. */
const char *job_event_text(enum job_event event);
/** The event with this word. False if there is none. */
bool job_event_find(struct sg_span word, enum job_event *ret_event);
/** True when the event ends the job, with this outcome. */
bool job_event_ends(enum job_event event, enum job_outcome *ret_outcome);
/** True when the sender of the event runs the job from then on, and so owns it. */
static inline bool job_event_owns(enum job_event event) {
    return event == JOB_EVENT_STARTED;
}

#endif
