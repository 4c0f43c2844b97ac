/* Notes on attempts, for people. */
#include "machines/attempt_notes.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "machines/former.h"

const struct object_field attempt_notes_fields[] = {
    {"opened_ms", OBJECT_I64, offsetof(struct attempt_notes, opened_ms), 1},
    {"opened_pid", OBJECT_I32, offsetof(struct attempt_notes, opened_by.pid), 1},
    {"opened_uid", OBJECT_U32, offsetof(struct attempt_notes, opened_by.uid), 1},
    {"opened_comm", OBJECT_TEXT, offsetof(struct attempt_notes, opened_by.comm), WHO_COMM_MAX - 1},
    {"opened_unit", OBJECT_TEXT, offsetof(struct attempt_notes, opened_by.unit), WHO_UNIT_MAX - 1},
    {"at_ms", OBJECT_I64, offsetof(struct attempt_notes, at_ms), MACHINES_ATTEMPTS_MAX},
    {"pid", OBJECT_I32, offsetof(struct attempt_notes, pid), MACHINES_ATTEMPTS_MAX},
    {"outcome", OBJECT_U32, offsetof(struct attempt_notes, outcome), MACHINES_ATTEMPTS_MAX},
    {"comm", OBJECT_TEXT, offsetof(struct attempt_notes, comm),
     MACHINES_ATTEMPTS_MAX *WHO_COMM_MAX},
    {"next", OBJECT_U8, offsetof(struct attempt_notes, next), 1},
    {"count", OBJECT_U8, offsetof(struct attempt_notes, count), 1},
    {"over", OBJECT_U8, offsetof(struct attempt_notes, over), 1}};
const size_t attempt_notes_field_count = sizeof attempt_notes_fields / sizeof *attempt_notes_fields;

bool attempt_notes_table(struct object *object, const struct memory *memory, uint64_t machines,
                         struct object_table *ret_table) {
    const struct object_spec spec = {.name = "attempt_notes",
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = sizeof(struct attempt_notes),
                                     .max_items = machines,
                                     .fields = attempt_notes_fields,
                                     .field_count = attempt_notes_field_count};
    return object_table(object, memory, &spec, ret_table);
}

uint64_t attempt_notes_object_bytes(uint64_t machines) {
    return object_table_bytes(machines, sizeof(struct attempt_notes));
}

struct attempt_notes *attempt_notes_make(struct object_table *table, uint64_t machine) {
    return object_reach(table, machine + 1) ? object_at(table, machine) : NULL;
}

const struct attempt_notes *attempt_notes_find(const struct object_table *table, uint64_t machine) {
    return machine < table->reached ? object_at(table, machine) : NULL;
}

static void note_row(struct undo *undo, const struct attempt_notes *notes) {
    undo_range(undo, &notes->next, sizeof notes->next + sizeof notes->count + sizeof notes->over);
}

uint32_t attempt_notes_word(struct sg_span word) {
    return (uint32_t)hash_bytes(word.at, word.len, 0);
}

void attempt_notes_add(struct undo *undo, struct attempt_notes *notes, struct sg_span word,
                       const struct who *who, int64_t at_ms) {
    if (notes == NULL)
        return;
    note_row(undo, notes);
    if (notes->over)
        notes->next = notes->count = notes->over = 0;
    const uint8_t place = notes->next % MACHINES_ATTEMPTS_MAX;
    undo_word(undo, &notes->at_ms[place]);
    undo_word(undo, &notes->pid[place]);
    undo_word(undo, &notes->outcome[place]);
    undo_range(undo, notes->comm[place], WHO_COMM_MAX);
    notes->at_ms[place] = at_ms;
    notes->pid[place] = who->pid;
    notes->outcome[place] = attempt_notes_word(word);
    memcpy(notes->comm[place], who->comm, WHO_COMM_MAX);
    notes->next = (uint8_t)((place + 1) % MACHINES_ATTEMPTS_MAX);
    if (notes->count < MACHINES_ATTEMPTS_MAX)
        notes->count++;
}

void attempt_notes_restore(struct attempt_notes *notes, const struct attempt_notes *former) {
    if (notes == NULL)
        return;
    *notes = *former;
    notes->next %= MACHINES_ATTEMPTS_MAX;
    if (notes->count > MACHINES_ATTEMPTS_MAX)
        notes->count = MACHINES_ATTEMPTS_MAX;
    notes->opened_ms = former_real(notes->opened_ms, 0);
    notes->opened_by.pid = former_pid(notes->opened_by.pid);
    notes->opened_by.comm[WHO_COMM_MAX - 1] = '\0';
    notes->opened_by.unit[WHO_UNIT_MAX - 1] = '\0';
    for (int i = 0; i < MACHINES_ATTEMPTS_MAX; i++) {
        notes->at_ms[i] = former_real(notes->at_ms[i], 0);
        notes->pid[i] = former_pid(notes->pid[i]);
        notes->comm[i][WHO_COMM_MAX - 1] = '\0';
    }
}

void attempt_notes_end(struct undo *undo, struct attempt_notes *notes) {
    if (notes == NULL)
        return;
    note_row(undo, notes);
    notes->over = 1;
}

void attempt_notes_open(struct undo *undo, struct attempt_notes *notes, const struct who *who,
                        int64_t at_ms) {
    if (notes == NULL)
        return;
    undo_range(undo, notes, offsetof(struct attempt_notes, at_ms));
    notes->opened_ms = at_ms;
    notes->opened_by = *who;
}
