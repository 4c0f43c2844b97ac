/*
 * attempt_notes.h - which attempts led to a breaker's state, and who opened it: a record beside
 * each machine of attempts. Private to machines/.
 *
 * A record keeps one run of consecutive failures, and the probes that followed it. In a closed
 * breaker, the first failure after a success begins a new run. Attempts reported while the breaker
 * is open are stragglers and are left out. The notes influence no decision, so if there is no
 * memory for a record, there are no notes. Words are noted for undo before they change, because a
 * line that is applied again must not be reported twice.
 */
#ifndef STATGATE_MACHINES_ATTEMPT_NOTES_H
#define STATGATE_MACHINES_ATTEMPT_NOTES_H

#include "base/who.h"
#include "machines/machines.h"

/* The whole record outlives the process. */
struct attempt_notes {
    int64_t opened_ms; /* Unix time; 0: never */
    struct who opened_by;
    /* A ring of the last attempts: */
    int64_t at_ms[MACHINES_ATTEMPTS_MAX];
    int32_t pid[MACHINES_ATTEMPTS_MAX];
    uint32_t outcome[MACHINES_ATTEMPTS_MAX]; /* attempt_notes_word() of the outcome */
    char comm[MACHINES_ATTEMPTS_MAX][WHO_COMM_MAX];
    uint8_t next;
    uint8_t count;
    uint8_t over; /* 1: the run has ended; the next failure begins a new one */
};

/** Create a table with one record for each of `machines`. False when out of memory;
 * object_table_done is safe then. */
bool attempt_notes_table(struct object *object, const struct memory *memory, uint64_t machines,
                         struct object_table *ret_table);
uint64_t attempt_notes_object_bytes(uint64_t machines);
/** The fields of a record. */
extern const struct object_field attempt_notes_fields[];
extern const size_t attempt_notes_field_count;

/** Find or create a machine's record. NULL if there is no memory for it. */
struct attempt_notes *attempt_notes_make(struct object_table *table, uint64_t machine);
/** Find a machine's record. NULL if nothing was noted for it. */
const struct attempt_notes *attempt_notes_find(const struct object_table *table, uint64_t machine);

/** A number that identifies an outcome, whatever the order in which a catalog lists it. */
uint32_t attempt_notes_word(struct sg_span word);
/** Append an attempt to the current run. NULL notes are fine. */
void attempt_notes_add(struct undo *undo, struct attempt_notes *notes, struct sg_span word,
                       const struct who *who, int64_t at_ms);
/** Adopt the notes of a former process; every number is checked. NULL notes are fine. */
void attempt_notes_restore(struct attempt_notes *notes, const struct attempt_notes *former);
/** End the current run of failures. NULL notes are fine. */
void attempt_notes_end(struct undo *undo, struct attempt_notes *notes);
/** Record who opened the breaker, and when. NULL notes are fine. */
void attempt_notes_open(struct undo *undo, struct attempt_notes *notes, const struct who *who,
                        int64_t at_ms);

#endif
