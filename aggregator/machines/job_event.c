#include "machines/job_event.h"

bool job_event_ends(enum job_event event, enum job_outcome *ret_outcome) {
    switch (event) {
    case JOB_EVENT_SUCCEEDED:
        *ret_outcome = JOB_SUCCEEDED;
        return true;
    case JOB_EVENT_FAILED:
        *ret_outcome = JOB_FAILED;
        return true;
    case JOB_EVENT_CANCELED:
        *ret_outcome = JOB_CANCELED;
        return true;
    case JOB_EVENT_QUEUED:
    case JOB_EVENT_STARTED:
    case JOB_EVENT_COUNT:
        break;
    }
    return false;
}

const char *job_event_text(enum job_event event) {
    enum job_outcome outcome;
    if (job_event_ends(event, &outcome))
        return catalog_job_outcome_text(outcome);
    return event == JOB_EVENT_STARTED ? "started" : catalog_job_state_text(JOB_QUEUED);
}

bool job_event_find(struct sg_span word, enum job_event *ret_event) {
    for (int i = 0; i < JOB_EVENT_COUNT; i++)
        if (sg_span_is(word, job_event_text((enum job_event)i))) {
            *ret_event = (enum job_event)i;
            return true;
        }
    return false;
}
