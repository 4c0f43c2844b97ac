#include "gate/progress.h"

void progress_start(struct gate *gate) {
    struct undo_position *at = &gate->at;
    const bool midway = gate->intake.midway;
    if (!midway)
        *at = gate->has_object ? *undo_position(gate->undo) : (struct undo_position){0};
    at->accepted = 0; /* of another process: the books have them (ledger_restore) */
    gate->first = at->datagram;
    gate->resume = (struct resume){
        .begun = at->begun > at->datagram ? (size_t)(at->begun - at->datagram) : 0,
        .ended = at->ended > at->datagram ? (size_t)(at->ended - at->datagram) : 0,
        .offset = midway ? 0 : at->offset,
    };
    gate->skip = midway ? 0 : at->values & PROGRESS_VALUES;
    gate->empty = !midway && (at->values & PROGRESS_EMPTY) != 0;
}

static size_t beyond(size_t count, size_t done) {
    return count > done ? count - done : 0;
}

void progress_stop(struct gate *gate, size_t done) {
    const struct resume *resume = &gate->resume;
    struct undo_position *at = &gate->at;
    const bool midway = gate->intake.midway;
    const size_t begun = beyond(resume->begun, done);
    progress_flush(gate);
    at->datagram = (uint16_t)(gate->first + done);
    at->begun = (uint16_t)(at->datagram + (midway && begun == 0 ? 1 : begun));
    at->ended = (uint16_t)(at->datagram + beyond(resume->ended, done));
    at->offset = midway ? (uint32_t)gate->intake.next_line : 0;
    at->values = 0;
    gate->skip = 0;
    gate->empty = false;
    progress_commit(gate);
}

void progress_flush(struct gate *gate) {
    if (gate->at.accepted > 0)
        ledger_accept(gate->ledger, gate->run_sender, gate->at.service, gate->at.accepted);
    gate->at.accepted = 0;
    gate->run_sender = NULL;
}

void progress_begin_run(struct gate *gate, const struct sender *sender, uint32_t service) {
    progress_flush(gate);
    gate->run_sender = sender;
    gate->at.sender = (uint32_t)ledger_sender_index(gate->ledger, sender);
    gate->at.service = service;
}

/* The line is the first one of its datagram, or the one before it was applied. */
void progress_commit_values(struct gate *gate, const struct gate_line *item, uint32_t values) {
    struct undo_position *at = &gate->at;
    const uint16_t datagram = (uint16_t)(item->next_datagram - (item->next_offset == 0 ? 1 : 0));
    if (at->datagram != datagram)
        at->offset = 0;
    at->datagram = datagram;
    at->values = (uint16_t)values;
    progress_commit(gate);
}
