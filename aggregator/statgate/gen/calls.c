#include "statgate/gen/calls.h"

#include "statgate.h"

/* Sizes of the client's structs with 64-bit pointers, so that a header is the same wherever it
 * is generated. */
enum { METRIC_BYTES = 320, HISTOGRAM_BYTES = 1856, BREAKER_BYTES = 40 };

#define HAS_BYTES(name, size)                                                                      \
    _Static_assert(sizeof(void *) != 8 || sizeof(struct name) == (size), #name " has other bytes")
HAS_BYTES(statgate_counter, METRIC_BYTES);
HAS_BYTES(statgate_updown, METRIC_BYTES);
HAS_BYTES(statgate_gauge, METRIC_BYTES);
HAS_BYTES(statgate_attempts, METRIC_BYTES);
HAS_BYTES(statgate_jobs, METRIC_BYTES);
HAS_BYTES(statgate_histogram, HISTOGRAM_BYTES);
HAS_BYTES(statgate_breaker, BREAKER_BYTES);

#define PREPARED(name, size) .type = #name, .bytes = (size)

const struct gen_call gen_calls[GEN_USE_COUNT] = {
    [GEN_COUNT] = {.verb = "add",
                   PREPARED(statgate_counter, METRIC_BYTES),
                   .use = "statgate_counter_add",
                   .with = "statgate_count_with",
                   .parameter = "double value",
                   .passed = "value",
                   .about = "adds `value`, which is not negative."},
    [GEN_ADD] = {.verb = "add",
                 PREPARED(statgate_updown, METRIC_BYTES),
                 .use = "statgate_updown_add",
                 .with = "statgate_add_with",
                 .parameter = "double value",
                 .passed = "value",
                 .about = "adds `value`, of either sign."},
    [GEN_SET] = {.verb = "set",
                 PREPARED(statgate_gauge, METRIC_BYTES),
                 .use = "statgate_gauge_set",
                 .with = "statgate_set_with",
                 .parameter = "double value",
                 .passed = "value",
                 .about = "sets the value."},
    [GEN_SET_SUM] = {.verb = "set_sum",
                     PREPARED(statgate_gauge, METRIC_BYTES),
                     .use = "statgate_gauge_set",
                     .with = "statgate_set_with",
                     .parameter = "double value",
                     .passed = "value",
                     .about = "sets the sum."},
    [GEN_SET_COUNT] = {.verb = "set_count",
                       PREPARED(statgate_gauge, METRIC_BYTES),
                       .use = "statgate_gauge_set",
                       .with = "statgate_set_with",
                       .parameter = "double value",
                       .passed = "value",
                       .about = "sets the count."},
    [GEN_OBSERVE] = {.verb = "observe",
                     PREPARED(statgate_histogram, HISTOGRAM_BYTES),
                     .use = "statgate_histogram_observe",
                     .with = "statgate_observe_with",
                     .parameter = "double value",
                     .passed = "value",
                     .about = "observes `value`, in the family's own unit."},
    [GEN_DESCRIBE] = {.verb = "set",
                      .with = "statgate_set_with",
                      .passed = "1",
                      .about = "describes this process, in the place of what it said before."},
    /* States are never prepared: of two states of a family, only the later counts, so they must
     * not both wait. */
    [GEN_SELECT] = {.verb = "set",
                    .with = "statgate_set_with",
                    .passed = "1",
                    .about = "selects the state."},
    [GEN_DESELECT] = {.verb = "clear",
                      .with = "statgate_set_with",
                      .passed = "0",
                      .about = "deselects the state; if it was the selected one, none is."},
    [GEN_ATTEMPT] = {.verb = "report",
                     PREPARED(statgate_attempts, METRIC_BYTES),
                     .use = "statgate_attempts_report",
                     .with = "statgate_attempt_with",
                     .word = "outcome",
                     .about = "reports the end of an attempt."},
    [GEN_ALLOW] = {.verb = "allow",
                   PREPARED(statgate_breaker, BREAKER_BYTES),
                   .use = "statgate_breaker_allow",
                   .is_breaker = true,
                   .about = "asks the breaker whether an attempt may be made: see "
                            "statgate_breaker_allow."},
    [GEN_OPEN_BREAKER] = {.verb = "breaker_open",
                          .with = "statgate_breaker_open",
                          .by_text = true,
                          .parameter = "struct statgate_breaker *breaker",
                          .about = "prepares to ask the breaker: see statgate_breaker_open."},
    [GEN_REPORT_STATE] = {.verb = "breaker_report",
                          .with = "statgate_breaker_report",
                          .by_text = true,
                          .word = "state",
                          .about = "reports the state that this program's own breaker entered."},
    [GEN_JOB] = {.verb = "report",
                 PREPARED(statgate_jobs, METRIC_BYTES),
                 .use = "statgate_jobs_report",
                 .with = "statgate_job_with",
                 .parameter = "const char *id",
                 .further = "id",
                 .word = "event",
                 .about = "reports an event of the job `id`, 1 to 64 bytes."},
};

static uint32_t of_attempts(const struct catalog_breaker *breaker, bool listed,
                            enum gen_use *ret_uses) {
    uint32_t count = 0;
    ret_uses[count++] = GEN_ATTEMPT;
    if (breaker->declared)
        ret_uses[count++] = listed ? GEN_ALLOW : GEN_OPEN_BREAKER;
    if (breaker->reported)
        ret_uses[count++] = GEN_REPORT_STATE;
    return count;
}

/* The first function of each kind's families. A kind that is missing here does not compile below.
 */
enum {
    FIRST_OF_COUNTER = GEN_COUNT,
    FIRST_OF_READING = GEN_SET,
    FIRST_OF_GAUGE = GEN_SET,
    FIRST_OF_UPDOWNCOUNTER = GEN_ADD,
    FIRST_OF_HISTOGRAM = GEN_OBSERVE,
    FIRST_OF_SUMMARY = GEN_OBSERVE,
    FIRST_OF_RELAYED = GEN_SET,
    FIRST_OF_INFO = GEN_DESCRIBE,
    FIRST_OF_STATESET = GEN_SELECT,
    FIRST_OF_ATTEMPTS = GEN_ATTEMPT,
    FIRST_OF_JOBS = GEN_JOB
};
static const enum gen_use firsts[KIND_COUNT] = {
#define KIND(id, ...) [KIND_##id] = (enum gen_use)FIRST_OF_##id,
#include "catalog/kinds.def"
#undef KIND
};

uint32_t gen_calls_of(const struct catalog_family *family, bool listed, enum gen_use *ret_uses) {
    if (family->source != SOURCE_DATAGRAMS)
        return 0;
    if (family->attempts != NULL)
        return of_attempts(&family->attempts->breaker, listed, ret_uses);
    uint32_t count = 0;
    ret_uses[count++] = firsts[family->kind - catalog_kind_rows];
    if (family_is_relayed(family)) {
        ret_uses[count++] = GEN_SET_SUM;
        ret_uses[count++] = GEN_SET_COUNT;
    }
    if (family->state_label != NULL)
        ret_uses[count++] = GEN_DESELECT;
    return count;
}
