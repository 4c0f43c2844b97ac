/* SPDX-License-Identifier: MIT */
/* inbox.c - datagrams that were read and not yet applied; they survive the process. */
#include "ingress/ingress_private.h"

#include <string.h>
#include <sys/mman.h>

/* ---- inbox ---- */

enum { PAGE = 4096 /* the smallest page size */ };

_Static_assert(sizeof(struct inbox_control) == CMSG_SPACE(sizeof(struct ucred)), "the kernel's");
_Static_assert(offsetof(struct inbox_control, pid) == CMSG_LEN(0), "the kernel's");

static const struct object_field slot_fields[] = {{"bytes", OBJECT_TEXT, 0, INBOX_SLOT_BYTES}};

static const struct object_field header_fields[] = {
    OBJECT_FIELD(struct mmsghdr, msg_len, "len", OBJECT_U32),
    OBJECT_FIELD(struct mmsghdr, msg_hdr.msg_flags, "flags", OBJECT_I32),
    OBJECT_FIELD(struct mmsghdr, msg_hdr.msg_controllen, "control_bytes", INBOX_SIZE_TYPE)};

static const struct object_field control_fields[] = {
    OBJECT_FIELD(struct inbox_control, bytes, "bytes", INBOX_SIZE_TYPE),
    OBJECT_FIELD(struct inbox_control, level, "level", OBJECT_I32),
    OBJECT_FIELD(struct inbox_control, type, "type", OBJECT_I32),
    OBJECT_FIELD(struct inbox_control, pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct inbox_control, uid, "uid", OBJECT_U32),
    OBJECT_FIELD(struct inbox_control, gid, "gid", OBJECT_U32)};

static const struct object_field batch_fields[] = {
    OBJECT_FIELD(struct inbox_batch, scope, "scope", OBJECT_U32),
    OBJECT_FIELD(struct inbox_batch, counted, "counted", OBJECT_U32),
    OBJECT_FIELD(struct inbox_batch, restored, "restored", OBJECT_U32),
    OBJECT_FIELD(struct inbox_batch, skipped, "skipped", OBJECT_U32),
    OBJECT_FIELD(struct inbox_batch, begun_offset, "begun_offset", OBJECT_U32),
    OBJECT_FIELD(struct inbox_batch, begun_values, "begun_values", OBJECT_U32),
    OBJECT_FIELD(struct inbox_batch, input, "input", OBJECT_U32)};

static const struct object_field input_fields[] = {
    OBJECT_FIELD(struct inbox_input, id, "id", OBJECT_U32),
    OBJECT_FIELD(struct inbox_input, dropped, "dropped", OBJECT_U64)};

static const struct object_spec slots_spec =
    OBJECT_SPEC("inbox", unsigned char[INBOX_SLOT_STRIDE], INBOX_SLOTS, slot_fields);
static const struct object_spec headers_spec =
    OBJECT_SPEC("inbox_header", struct mmsghdr, INBOX_SLOTS, header_fields);
static const struct object_spec controls_spec =
    OBJECT_SPEC("inbox_control", struct inbox_control, INBOX_SLOTS, control_fields);
static const struct object_spec batches_spec =
    OBJECT_SPEC("inbox_batch", struct inbox_batch, 1, batch_fields);
static const struct object_spec inputs_spec =
    OBJECT_SPEC("inbox_input", struct inbox_input, INGRESS_INPUTS_MAX, input_fields);

static uint64_t bytes_of(const struct object_spec *spec) {
    return object_table_bytes(spec->max_items, spec->item_bytes);
}

uint64_t inbox_object_bytes(void) {
    return bytes_of(&slots_spec) + bytes_of(&headers_spec) + bytes_of(&controls_spec) +
           bytes_of(&batches_spec) + bytes_of(&inputs_spec);
}

/* ---- memory of slots ---- */

/* Provide memory, and touch it so that the kernel can write to it without a fault. */
static void bring(struct inbox *inbox, size_t slot, uint32_t from, uint32_t to) {
    object_reach_part(&inbox->slots, slot, from, to - from);
    volatile char *bytes = inbox_slot(inbox, slot);
    for (uint32_t at = from; at < to; at += PAGE)
        bytes[at] = bytes[at];
    bytes[to - 1] = bytes[to - 1];
}

void inbox_fit(struct inbox *inbox, size_t slot, size_t bytes) {
    if (bytes > INBOX_HEAD_BYTES && slot >= inbox->whole)
        bring(inbox, slot, INBOX_HEAD_BYTES, (uint32_t)bytes);
}

void inbox_widen(struct inbox *inbox) {
    for (int i = 0; i < INBOX_WIDEN && inbox->whole < INBOX_SLOTS; i++) {
        bring(inbox, inbox->whole, INBOX_HEAD_BYTES, INBOX_SLOT_BYTES);
        inbox->whole++;
    }
}

static void bring_slots(struct inbox *inbox) {
    for (size_t i = 0; i < INBOX_SLOTS; i++)
        bring(inbox, i, 0, i < INBOX_WHOLE ? INBOX_SLOT_BYTES : INBOX_HEAD_BYTES);
    inbox->whole = INBOX_WHOLE;
}

/* No one reads an inbox on the heap later, so its pages may come when they are used. Huge pages are
 * off: one would be zeroed whole for the first short datagram. */
static void leave_slots(struct inbox *inbox) {
    const uintptr_t at = (uintptr_t)inbox->slots.items;
    const uintptr_t first = (at + PAGE - 1) / PAGE * PAGE;
    const uintptr_t bytes = bytes_of(&slots_spec) - (first - at);
    (void)madvise((void *)first, bytes / PAGE * PAGE, MADV_NOHUGEPAGE);
    inbox->whole = INBOX_SLOTS;
}

/* ---- life ---- */

static void empty(struct inbox *inbox, size_t headers) {
    for (size_t i = 0; i < headers; i++) {
        struct mmsghdr *header = inbox_header(inbox, i);
        header->msg_len = INBOX_EMPTY;
        header->msg_hdr.msg_controllen = sizeof(struct inbox_control);
    }
}

static void make_tables(struct inbox *inbox, struct object *object) {
    object_table(object, &slots_spec, &inbox->slots);
    object_table(object, &headers_spec, &inbox->headers);
    object_table(object, &controls_spec, &inbox->controls);
    object_table(object, &batches_spec, &inbox->batches);
    object_table(object, &inputs_spec, &inbox->inputs);
    object_need(&inbox->headers, INBOX_SLOTS);
    object_need(&inbox->controls, INBOX_SLOTS);
    object_need(&inbox->batches, 1);
    object_need(&inbox->inputs, INGRESS_INPUTS_MAX);
}

void inbox_init(struct inbox *inbox, struct object *object) {
    memset(inbox, 0, sizeof *inbox);
    make_tables(inbox, object);
    if (object != NULL)
        bring_slots(inbox);
    else
        leave_slots(inbox);
    inbox->undo = object_undo(object);
    inbox->marks = object != NULL ? object_marks(object) : &inbox->own_marks;
    for (size_t i = 0; i < INBOX_SLOTS; i++) {
        *inbox_control(inbox, i) = (struct inbox_control){0}; /* touches its page */
        inbox_header(inbox, i)->msg_hdr.msg_control = inbox_control(inbox, i);
    }
    empty(inbox, INBOX_SLOTS);
}

/* The kernel wants addresses in a header, of the datagram and of its control message. The object
 * may be written into a file now, which must not have any. */
static void forget_addresses(struct inbox *inbox) {
    for (size_t i = 0; i < INBOX_SLOTS && i < inbox->headers.reached; i++) {
        struct msghdr *header = &inbox_header(inbox, i)->msg_hdr;
        header->msg_iov = NULL;
        header->msg_control = NULL;
    }
}

void inbox_done(struct inbox *inbox) {
    forget_addresses(inbox);
    object_table_done(&inbox->slots);
    object_table_done(&inbox->headers);
    object_table_done(&inbox->controls);
    object_table_done(&inbox->batches);
    object_table_done(&inbox->inputs);
}

void inbox_begin(struct inbox *inbox, size_t used, uint32_t scope) {
    static const struct undo_position start = {0};
    struct inbox_batch *batch = inbox_batch(inbox);
    empty(inbox, used);
    undo_barrier();
    batch->scope = scope;
    batch->input = inbox->input;
    batch->counted = 0;
    batch->restored = 0;
    inbox->marks->ends = 0;
    undo_commit_at(inbox->undo, &start);
}

/* ---- rest ---- */

/* The tables of an image's inbox, and the values read from them. */
struct former {
    const struct image *image;
    struct image_records slots;
    struct image_records headers;
    struct image_records controls;
    struct inbox_batch batch;
    size_t received;
    struct undo_position position;
};

static struct mmsghdr header_at(const struct former *former, size_t slot) {
    struct mmsghdr header = {0};
    image_record(&former->headers, slot, &header);
    return header;
}

static uint32_t len_at(const struct former *former, size_t slot) {
    return header_at(former, slot).msg_len;
}

/* Count the datagrams received. */
static size_t count_received(const struct former *former) {
    size_t count = 0;
    while (count < INBOX_SLOTS && count < former->headers.table.items &&
           count < former->slots.table.items && len_at(former, count) != INBOX_EMPTY)
        count++;
    return count;
}

static uint16_t within(size_t number, size_t least, size_t most) {
    return (uint16_t)(number < least ? least : number > most ? most : number);
}

/* Read the position without trusting it. Its run of accepted samples is in the books by now
 * (ledger_restore). */
static struct undo_position read_position(const struct former *former) {
    const struct undo_position *was = &former->image->position;
    struct undo_position position = {.datagram = within(was->datagram, 0, former->received)};
    position.begun = within(was->begun, position.datagram, former->received);
    position.ended = within(was->ended, position.datagram, position.begun);
    if (position.datagram < former->received) {
        const uint32_t len = len_at(former, position.datagram);
        position.offset = was->offset <= len ? was->offset : len;
        if (position.offset > INBOX_SLOT_BYTES)
            position.offset = INBOX_SLOT_BYTES;
        position.values = was->values;
    }
    return position;
}

/* Open the tables of an image's inbox. Returns false if it has none. */
static bool open_former(const struct image *image, struct former *ret_former) {
    const struct image_records batches = image_records(image, &batches_spec);
    *ret_former = (struct former){.image = image,
                                  .slots = image_records(image, &slots_spec),
                                  .headers = image_records(image, &headers_spec),
                                  .controls = image_records(image, &controls_spec)};
    image_record(&batches, 0, &ret_former->batch);
    ret_former->received = count_received(ret_former);
    ret_former->position = read_position(ret_former);
    return batches.field_count > 0 && ret_former->controls.field_count > 0 &&
           ret_former->slots.at[0].count > 0 && ret_former->headers.at[0].count > 0;
}

/* ---- one datagram ---- */

/* Copy the sender's credentials in the kernel's form; none if they are incomplete. A stranger gets
 * no process id, like a process that cannot be seen from here. */
static size_t copy_control(const struct former *former, size_t slot, const struct mmsghdr *was,
                           struct inbox_control *ret_to) {
    struct inbox_control control = {0};
    image_record(&former->controls, slot, &control);
    if (was->msg_hdr.msg_controllen < CMSG_LEN(sizeof(struct ucred)) ||
        control.bytes != CMSG_LEN(sizeof(struct ucred)) || control.level != SOL_SOCKET ||
        control.type != SCM_CREDENTIALS || control.pid < 0)
        return 0;
    *ret_to = control;
    if (former->image->strangers)
        ret_to->pid = 0;
    return sizeof control;
}

static void copy(const struct former *former, struct inbox *inbox, size_t slot) {
    struct mmsghdr *header = inbox_header(inbox, slot);
    const struct mmsghdr was = header_at(former, slot);
    const uint32_t len = was.msg_len < INBOX_SLOT_BYTES ? was.msg_len : INBOX_SLOT_BYTES;
    inbox_fit(inbox, slot, len);
    const size_t had =
        image_text(&former->slots.table, slot, former->slots.at[0], inbox_slot(inbox, slot), len);
    const bool cut = (was.msg_hdr.msg_flags & MSG_TRUNC) != 0 || had < was.msg_len;
    header->msg_len = cut ? was.msg_len : len;
    header->msg_hdr.msg_flags = cut ? MSG_TRUNC : 0;
    header->msg_hdr.msg_controllen = copy_control(former, slot, &was, inbox_control(inbox, slot));
}

/* Write an applied datagram as an empty one: it only takes its slot. */
static void leave_out(struct inbox *inbox, size_t slot) {
    struct mmsghdr *header = inbox_header(inbox, slot);
    header->msg_len = 0;
    header->msg_hdr.msg_flags = 0;
    header->msg_hdr.msg_controllen = 0;
}

static void copy_all(const struct former *former, struct inbox *inbox) {
    for (size_t i = 0; i < former->position.datagram; i++)
        leave_out(inbox, i);
    for (size_t i = former->position.datagram; i < former->received; i++)
        copy(former, inbox, i);
}

/* ---- the whole rest ---- */

/* Whether a part of the suspect was applied since it was begun. */
static bool has_moved(const struct former *former) {
    const struct undo_position *position = &former->position;
    return position->datagram == former->image->marks.suspect &&
           (position->offset != former->batch.begun_offset ||
            position->values != former->batch.begun_values);
}

/* A datagram that was under way when a process ended on request did not end the process. */
static void read_suspects(const struct former *former, struct ingress_rest *rest) {
    const struct object_marks *marks = &former->image->marks;
    const struct undo_position *position = &former->position;
    const uint32_t clean = marks->clean != 0;
    if (former->batch.restored == 0) {
        rest->suspect = position->datagram;
        rest->suspect_end = position->begun;
        rest->ends = 1 - clean;
    } else if (marks->ends > clean && marks->suspect >= position->datagram) {
        rest->suspect = marks->suspect;
        rest->suspect_end = (size_t)marks->suspect + 1;
        rest->ends = (has_moved(former) ? 1 : marks->ends) - clean;
    }
}

/* False: its input is gone, and no socket may take its lines, as who sent them may not send there.
 */
static bool read_scope(const struct former *former, const struct match *match,
                       const struct ingress_inputs *inputs, gate_scope *ret_scope) {
    const uint32_t scope = former->batch.scope;
    for (size_t i = 0; former->batch.input != 0 && i < inputs->count; i++) {
        *ret_scope = inputs->items[i].scope;
        if (inputs->items[i].id == former->batch.input)
            return true;
    }
    if (former->batch.input != 0)
        return false;
    const struct catalog *catalog = scope > 0 ? object_match_catalog(match, scope - 1) : NULL;
    *ret_scope = catalog != NULL ? gate_scope_of(catalog) : 0;
    return true;
}

static void mark(const struct batch *batch, const struct ingress_rest *rest) {
    volatile struct object_marks *marks = batch->inbox.marks;
    marks->suspect = (uint32_t)rest->suspect;
    marks->ends = rest->suspect_end > rest->suspect ? rest->ends : 0;
}

void ingress_replay_read(struct ingress_rest *rest, struct batch *batch, const struct image *image,
                         const struct match *match, const struct ingress_inputs *inputs,
                         struct ledger_traffic *traffic) {
    struct former former;
    *rest = (struct ingress_rest){0};
    if (!open_former(image, &former))
        return;
    gate_scope scope = 0;
    inbox_batch(&batch->inbox)->skipped = former.batch.skipped;
    if (former.position.datagram == former.received)
        return;
    if (!read_scope(&former, match, inputs, &scope)) {
        inbox_batch(&batch->inbox)->skipped +=
            (uint32_t)(former.received - former.position.datagram);
        return;
    }
    copy_all(&former, &batch->inbox);
    read_suspects(&former, rest);
    rest->waits = true;
    rest->first = former.position.datagram;
    mark(batch, rest);
    inbox_batch(&batch->inbox)->input = former.batch.input;
    inbox_batch(&batch->inbox)->scope = scope;
    inbox_batch(&batch->inbox)->restored = 1;
    batch->used = former.received;
    ingress_batch_take(batch, former.batch.counted, scope, traffic);
    undo_commit_at(batch->inbox.undo, &former.position);
}

uint64_t ingress_replay_dropped(const struct image *image, uint32_t input) {
    const struct image_records inputs = image_records(image, &inputs_spec);
    for (size_t i = 0; i < inputs.table.items && i < INGRESS_INPUTS_MAX; i++) {
        struct inbox_input was = {0};
        image_record(&inputs, i, &was);
        if (was.id == input)
            return was.dropped;
    }
    return 0;
}

/* ---- applying it ---- */

static uint32_t ends_with(const struct ingress_rest *rest, size_t at) {
    return at >= rest->suspect && at < rest->suspect_end ? rest->ends : 0;
}

static uint16_t at_least(uint16_t number, size_t least) {
    return number > least ? number : (uint16_t)least;
}

/* Count the datagram as skipped, and move the position behind it as if it were applied. */
static void skip(struct batch *batch, size_t at) {
    struct inbox_batch *skipping = inbox_batch(&batch->inbox);
    const struct undo_position *position = undo_position(batch->inbox.undo);
    const struct undo_position behind = {.datagram = (uint16_t)(at + 1),
                                         .begun = at_least(position->begun, at + 1),
                                         .ended = at_least(position->ended, at + 1)};
    undo_word(batch->inbox.undo, &skipping->skipped);
    skipping->skipped++;
    undo_commit_at(batch->inbox.undo, &behind);
}

bool ingress_replay_begin(const struct ingress_rest *rest, struct batch *batch, size_t at) {
    volatile struct object_marks *marks = batch->inbox.marks;
    struct inbox_batch *beginning = inbox_batch(&batch->inbox);
    const uint32_t ends = ends_with(rest, at);
    if (ends >= REST_ENDS) {
        skip(batch, at);
        return false;
    }
    marks->ends = 0; /* cleared first, so that this count never applies to another datagram */
    undo_barrier();
    const struct undo_position *position = undo_position(batch->inbox.undo);
    beginning->begun_offset = position->datagram == at ? position->offset : 0;
    beginning->begun_values = position->datagram == at ? position->values : 0;
    marks->suspect = (uint32_t)at;
    undo_barrier();
    marks->ends = ends + 1;
    undo_barrier();
    return true;
}

void ingress_replay_end(struct batch *batch) {
    batch->inbox.marks->ends = 0;
}

/* ---- await ---- */

enum { TURNS_MAX = 2 /* do not wait longer for sockets that never become empty */ };

void ingress_await_add(struct ingress *ingress, struct ingress_wait *wait) {
    wait->turns = 0;
    wait->next = NULL;
    *ingress->awaiting_last = wait;
    ingress->awaiting_last = &wait->next;
}

void ingress_await_remove(struct ingress *ingress, struct ingress_wait *wait) {
    struct ingress_wait **at = &ingress->awaiting;
    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
    if (wait->next == NULL)
        ingress->awaiting_last = at;
}

size_t ingress_await_serve(struct ingress *ingress) {
    bool empty;
    size_t over = 0;
    if (ingress->awaiting == NULL)
        return 0;
    (void)receive_all(ingress, uv_hrtime() + INGRESS_TURN_NS, &empty);
    for (struct ingress_wait *wait = ingress->awaiting; wait != NULL; wait = wait->next)
        over += ++wait->turns == TURNS_MAX || empty;
    return over;
}

void ingress_await_end(struct ingress *ingress, size_t count) {
    for (; count > 0 && ingress->awaiting != NULL; count--) {
        struct ingress_wait *wait = ingress->awaiting;
        ingress_await_remove(ingress, wait);
        wait->done(wait->arg);
    }
}
