/* Rings of ended jobs, one for each outcome. */
#include "machines/ended_jobs.h"

#include <stddef.h>

enum { RING = MACHINES_ENDED_JOBS / JOB_OUTCOME_COUNT };

const struct object_field ended_job_fields[] = {
    {"serial", OBJECT_U64, offsetof(struct ended_job, serial), 1},
    {"at_ms", OBJECT_I64, offsetof(struct ended_job, at_ms), 1},
    {"ran_ms", OBJECT_I64, offsetof(struct ended_job, ran_ms), 1},
    {"machine", OBJECT_U32, offsetof(struct ended_job, machine), 1},
    {"outcome", OBJECT_U8, offsetof(struct ended_job, outcome), 1},
    {"id_len", OBJECT_U8, offsetof(struct ended_job, id_len), 1},
    {"id", OBJECT_TEXT, offsetof(struct ended_job, id), SG_INSTANCE_MAX},
    {"pid", OBJECT_I32, offsetof(struct ended_job, who.pid), 1},
    {"uid", OBJECT_U32, offsetof(struct ended_job, who.uid), 1},
    {"comm", OBJECT_TEXT, offsetof(struct ended_job, who.comm), WHO_COMM_MAX - 1},
    {"unit", OBJECT_TEXT, offsetof(struct ended_job, who.unit), WHO_UNIT_MAX - 1}};
const size_t ended_job_field_count = sizeof ended_job_fields / sizeof *ended_job_fields;

static struct ended_job *job_at(const struct ended_jobs *ended, enum job_outcome outcome,
                                uint32_t place) {
    return object_at(&ended->table, (uint64_t)outcome * RING + place);
}

bool ended_jobs_init(struct ended_jobs *ended, struct object *object, const struct memory *memory) {
    const struct object_spec spec = {.name = "ended_job",
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = sizeof(struct ended_job),
                                     .max_items = MACHINES_ENDED_JOBS,
                                     .fields = ended_job_fields,
                                     .field_count = ended_job_field_count};
    _Static_assert(MACHINES_ENDED_JOBS % JOB_OUTCOME_COUNT == 0, "rings of one size");
    *ended = (struct ended_jobs){.undo = object_undo(object)};
    return object_table(object, memory, &spec, &ended->table) &&
           object_reach(&ended->table, MACHINES_ENDED_JOBS);
}

void ended_jobs_done(struct ended_jobs *ended, const struct memory *memory) {
    object_table_done(&ended->table, memory);
}

uint64_t ended_jobs_object_bytes(void) {
    return object_table_bytes(MACHINES_ENDED_JOBS, sizeof(struct ended_job));
}

struct ended_job *ended_jobs_add(struct ended_jobs *ended, enum job_outcome outcome) {
    struct ended_job *job = job_at(ended, outcome, ended->next[outcome]);
    ended->next[outcome] = (ended->next[outcome] + 1) % RING;
    job->serial = 0;
    undo_barrier();
    undo_word(ended->undo, &job->serial);
    job->serial = ++ended->serial;
    job->outcome = (uint8_t)outcome;
    return job;
}

const struct ended_job *ended_jobs_last(const struct ended_jobs *ended, enum job_outcome outcome) {
    return job_at(ended, outcome, (ended->next[outcome] + RING - 1) % RING);
}

const struct ended_job *ended_jobs_before(const struct ended_jobs *ended, uint64_t before) {
    const struct ended_job *latest = NULL;
    for (uint64_t i = 0; i < MACHINES_ENDED_JOBS; i++) {
        const struct ended_job *job = object_at(&ended->table, i);
        if (job->serial < before && job->serial > (latest != NULL ? latest->serial : 0))
            latest = job;
    }
    return latest;
}
