#include "gate/progress.h"

static size_t beyond(size_t count, size_t done) {
    return count > done ? count - done : 0;
}

static struct undo_position where(const struct gate *gate) {
    return gate->has_object ? *undo_position(gate->undo) : (struct undo_position){0};
}

void progress_start(struct gate *gate) {
    const bool midway = gate->intake.midway;
    const struct undo_position at = where(gate);
    gate->skip = midway ? 0 : at.values & PROGRESS_VALUES;
    gate->empty = !midway && (at.values & PROGRESS_EMPTY) != 0;
    if (!midway) {
        gate->first = at.datagram;
        gate->begun = at.begun;
        gate->ended = at.ended;
    }
    gate->resume = (struct resume){
        .begun = beyond(gate->begun, gate->first),
        .ended = beyond(gate->ended, gate->first),
        .offset = midway ? 0 : at.offset,
    };
    gate->at = (struct undo_words){
        0}; /* samples of another process are already counted (ledger_restore) */
    progress_put_counts(gate);
}

void progress_stop(struct gate *gate, size_t done) {
    const struct resume *resume = &gate->resume;
    const bool midway = gate->intake.midway;
    const size_t begun = beyond(resume->begun, done);
    const uint16_t datagram = (uint16_t)(gate->first + done);
    progress_flush(gate);
    ledger_settle(gate->ledger);
    gate->first = datagram;
    gate->begun = (uint16_t)(datagram + (midway && begun == 0 ? 1 : begun));
    gate->ended = (uint16_t)(datagram + beyond(resume->ended, done));
    gate->skip = 0;
    gate->empty = false;
    const struct undo_position at = {.datagram = datagram,
                                     .begun = gate->begun,
                                     .ended = gate->ended,
                                     .offset = midway ? (uint32_t)gate->intake.next_line : 0};
    undo_commit_at(gate->undo, &at);
}

void progress_flush(struct gate *gate) {
    const uint32_t accepted = undo_second(gate->at.samples);
    if (accepted > 0)
        ledger_accept(gate->ledger, gate->run.sender, gate->run.service, accepted);
    gate->at.samples = 0;
    gate->run.sender = NULL;
}

void progress_begin_run(struct gate *gate, const struct sender *sender, uint32_t service) {
    progress_flush(gate);
    gate->run = (struct accepted_run){.sender = sender, .service = service};
    gate->at.line = undo_pair(0, (uint32_t)ledger_sender_index(gate->ledger, sender));
    gate->at.samples = undo_pair(service, 0);
}

/* Commit at this line, of which the first `values` values are applied. */
static void commit(struct gate *gate, uint16_t datagram, uint32_t offset, uint32_t values) {
    struct undo_words words = gate->at;
    words.counts = undo_counts(datagram, gate->begun, gate->ended, (uint16_t)values);
    words.line |= undo_pair(offset, 0);
    undo_commit_words(gate->undo, words);
}

void progress_commit_whole(struct gate *gate) {
    const struct undo_position *was = undo_position(gate->undo);
    commit(gate, was->datagram, was->offset, was->values);
}

/* Commit a part of a line that is the first of its datagram, or follows a line that was applied. */
void progress_commit_values(struct gate *gate, const struct gate_line *item, uint32_t values) {
    const struct undo_position *was = undo_position(gate->undo);
    const uint16_t datagram = (uint16_t)(item->next_datagram - (item->next_offset == 0 ? 1 : 0));
    commit(gate, datagram, was->datagram == datagram ? was->offset : 0, values);
}
