/*
 * attempt_notes.h - which attempts led to a breaker's state, and who opened it: a record beside each
 * machine of attempts. Private to machines/.
 *
 * Kept are the failures of one row, and the probes behind them. The first failure after a success in a
 * closed breaker begins another row; attempts while the breaker is open are stragglers, and are left
 * out. Nothing follows from what is here, so where there is no memory for a record there are no notes. Words are noted
 * before they change, as a line that is applied again must not be reported twice.
 */
#ifndef STATGATE_MACHINES_ATTEMPT_NOTES_H
#define STATGATE_MACHINES_ATTEMPT_NOTES_H

#include "base/who.h"
#include "machines/machines.h"

/* All of it outlives the process. */
struct attempt_notes {
    int64_t opened_ms; /* Unix time; 0: never */
    struct who opened_by;
    /* A ring of the last attempts: */
    int64_t at_ms[MACHINES_ATTEMPTS_MAX];
    int32_t pid[MACHINES_ATTEMPTS_MAX];
    uint32_t outcome[MACHINES_ATTEMPTS_MAX]; /* attempt_notes_word of its word */
    char comm[MACHINES_ATTEMPTS_MAX][WHO_COMM_MAX];
    uint8_t next;
    uint8_t count;
    uint8_t over; /* 1: the row has ended, and the next failure begins another */
};

/** A table with a record for each of `machines`. False when out of memory; object_table_done is safe then. */
bool attempt_notes_table(struct object *object, const struct memory *memory, uint64_t machines,
                         struct object_table *ret_table);
uint64_t attempt_notes_object_bytes(uint64_t machines);
/** The fields of a record. */
extern const struct object_field attempt_notes_fields[];
extern const size_t attempt_notes_field_count;

/** The record of a machine, with memory from now on. NULL: there is none. */
struct attempt_notes *attempt_notes_make(struct object_table *table, uint64_t machine);
/** The record of a machine, or NULL: nothing was noted of it. */
const struct attempt_notes *attempt_notes_find(const struct object_table *table, uint64_t machine);

/** What an outcome is known by, whatever the order in which a catalog lists it. */
uint32_t attempt_notes_word(struct sg_span word);
/** An attempt, behind those of the row. NULL notes are fine. */
void attempt_notes_add(struct undo *undo, struct attempt_notes *notes, struct sg_span word,
                       const struct who *who, int64_t at_ms);
/** Go on with those of a former process, of which nothing is believed. NULL notes are fine. */
void attempt_notes_restore(struct attempt_notes *notes, const struct attempt_notes *former);
/** The row has ended. NULL notes are fine. */
void attempt_notes_end(struct undo *undo, struct attempt_notes *notes);
/** The breaker was opened. NULL notes are fine. */
void attempt_notes_open(struct undo *undo, struct attempt_notes *notes, const struct who *who,
                        int64_t at_ms);

#endif
