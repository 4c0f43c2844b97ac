#include "gate/intake.h"

#include "gate/progress.h"

void gate_on_new_sender(struct gate *gate, gate_sender_fn fn, void *arg) {
    gate->on_new_sender = fn;
    gate->on_new_sender_arg = arg;
}

void intake_note_fault(struct intake *in, struct sg_span text, bool first) {
    in->samples++;
    if (first)
        in->reports = sg_report_find(text, &in->handle, &in->sent, &in->lost);
}

/* Lines that another process applied: they only tell what the datagram's report is about. */
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

static const struct sender *meet(struct gate *gate, const struct gate_origin *origin, bool again,
                                 struct store_time now) {
    bool is_new = false;
    const struct sender *sender = (again ? ledger_sender_again : ledger_sender)(
        gate->ledger, origin->pid, origin->uid, origin->gid, now.real_ms, &is_new);
    if (is_new && gate->on_new_sender != NULL) {
        gate->extra_units += NEW_SENDER_UNITS;
        progress_flush(gate);
        gate->on_new_sender(gate->on_new_sender_arg, sender);
    }
    return sender;
}

void intake_begin(struct gate *gate, const struct gate_datagram *datagram, size_t index,
                  struct store_time now) {
    const bool again = index < gate->resume.begun;
    const struct sender *sender = meet(gate, &datagram->origin, again, now);
    gate->intake = (struct intake){.midway = true, .sender = sender};
    gate->intake.reported = index < gate->resume.ended;
    if (index == 0 && gate->resume.offset > 0)
        recount(&gate->intake, datagram,
                gate->resume.offset < datagram->len ? gate->resume.offset : datagram->len);
    if (!again)
        gate->at.begun = (uint16_t)(gate->first + index + 1);
    progress_commit(gate);
}

void intake_end(struct gate *gate, size_t index, struct store_time now) {
    struct intake *in = &gate->intake;
    in->midway = false;
    if (in->reported)
        return;
    gate->at.ended = (uint16_t)(gate->first + index + 1);
    if (!in->reports)
        return;
    const struct ledger_claim claim = {in->handle, in->sent, in->lost, in->samples};
    ledger_report(gate->ledger, in->sender, &claim, now.mono_ms);
    progress_commit(gate);
}
