#include "gate/intake.h"

void gate_on_new_sender(struct gate *gate, gate_sender_fn fn, void *arg) {
    gate->on_new_sender = fn;
    gate->on_new_sender_arg = arg;
}

void intake_note_fault(struct intake *in, struct sg_span text, bool first) {
    in->samples++;
    if (first)
        in->reports = sg_report_find(text, &in->handle, &in->sent, &in->lost);
}

/* Scan the lines that another process applied, only for the datagram's report and number of
 * samples. */
static void recount(struct intake *in, const struct gate_datagram *datagram, size_t end) {
    struct sg_lines lines;
    struct sg_span text;
    struct sg_line line;
    struct sg_fault fault;
    bool first = true;
    sg_lines_init(&lines, datagram->data, end);
    for (; sg_lines_next(&lines, &text, NULL); first = false) {
        if (sg_line_parse(text, &line, &fault) != SG_REJECT_NONE) {
            intake_note_fault(in, text, first);
            continue;
        }
        if (first && line.has_report)
            intake_note_report(in, &line);
        (void)intake_count(in, &line);
    }
    in->next_line = end;
}

void intake_tell_of(struct gate *gate, const struct sender *sender) {
    if (gate->on_new_sender == NULL)
        return;
    gate->extra_units += NEW_SENDER_UNITS;
    progress_flush(gate);
    gate->on_new_sender(gate->on_new_sender_arg, sender);
}

/* Begin a datagram that another process has already begun. */
static void begin_again(struct gate *gate, const struct gate_origin *origin,
                        struct store_time now) {
    bool is_new;
    const struct sender *sender = ledger_sender_again(gate->ledger, origin->pid, origin->uid,
                                                      origin->gid, now.real_ms, &is_new);
    intake_meet(gate, sender, is_new);
    progress_commit_whole(gate);
}

/* Begin without repeating what another process did with the datagram. */
void intake_resume(struct gate *gate, const struct gate_datagram *datagram, size_t index,
                   struct store_time now) {
    const struct resume *resume = &gate->resume;
    if (index < resume->begun)
        begin_again(gate, &datagram->origin, now);
    else
        intake_begin_new(gate, &datagram->origin, index, now);
    gate->intake.reported = index < resume->ended;
    if (index == 0 && resume->offset > 0)
        recount(&gate->intake, datagram,
                resume->offset < datagram->len ? resume->offset : datagram->len);
}

void intake_take_report(struct gate *gate, size_t index, struct store_time now) {
    const struct intake *in = &gate->intake;
    const struct ledger_claim claim = {in->handle, in->sent, in->lost, in->samples};
    gate->ended = (uint16_t)(gate->first + index + 1);
    progress_put_counts(gate);
    ledger_report(gate->ledger, in->sender, &claim, now.mono_ms);
    progress_commit_whole(gate);
}
