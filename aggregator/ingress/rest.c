#include "ingress/rest.h"

#include <string.h>
#include <sys/socket.h>

/* The tables of an image's inbox, and the values read from them. */
struct former {
    const struct image *image;
    struct image_table slots;
    struct image_table headers;
    struct image_table controls;
    struct image_table batches;
    struct image_field bytes;
    struct image_field len;
    struct image_field flags;
    struct image_field control_bytes;
    size_t received;
    struct undo_position position;
};

static uint64_t number(const struct image_table *table, size_t record, const char *name,
                       enum object_type type) {
    return image_integer(table, record, image_field(table, name, type), 0);
}

static bool find(const struct image *image, const char *name, struct image_table *ret_table) {
    return image_find(image, name, OBJECT_NONE, OBJECT_NONE, ret_table);
}

static uint32_t len_at(const struct former *former, size_t slot) {
    return (uint32_t)image_integer(&former->headers, slot, former->len, 0);
}

/* Count the datagrams received. */
static size_t count_received(const struct former *former) {
    size_t count = 0;
    while (count < INBOX_SLOTS && count < former->headers.items && count < former->slots.items &&
           len_at(former, count) != INBOX_EMPTY)
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
    struct former *former = ret_former;
    *former = (struct former){.image = image};
    if (!find(image, "inbox", &former->slots) || !find(image, "inbox_header", &former->headers) ||
        !find(image, "inbox_control", &former->controls) ||
        !find(image, "inbox_batch", &former->batches))
        return false;
    former->bytes = image_field(&former->slots, "bytes", OBJECT_TEXT);
    former->len = image_field(&former->headers, "len", OBJECT_U32);
    former->flags = image_field(&former->headers, "flags", OBJECT_I32);
    former->control_bytes = image_field(&former->headers, "control_bytes", INBOX_SIZE_TYPE);
    if (former->bytes.count == 0 || former->len.count == 0)
        return false;
    former->received = count_received(former);
    former->position = read_position(former);
    return true;
}

/* ---- one datagram ---- */

/* Copy the sender's credentials in the kernel's form; none if they are incomplete. A stranger gets
 * no process id, like a process that cannot be seen from here. */
static size_t copy_control(const struct former *former, size_t slot, struct inbox_control *ret_to) {
    const struct image_table *table = &former->controls;
    const struct inbox_control control = {.bytes = CMSG_LEN(sizeof(struct ucred)),
                                          .level = SOL_SOCKET,
                                          .type = SCM_CREDENTIALS,
                                          .pid = (int32_t)number(table, slot, "pid", OBJECT_I32),
                                          .uid = (uint32_t)number(table, slot, "uid", OBJECT_U32),
                                          .gid = (uint32_t)number(table, slot, "gid", OBJECT_U32)};
    const bool whole =
        image_integer(&former->headers, slot, former->control_bytes, 0) >= control.bytes &&
        number(table, slot, "bytes", INBOX_SIZE_TYPE) == control.bytes &&
        (int32_t)number(table, slot, "level", OBJECT_I32) == control.level &&
        (int32_t)number(table, slot, "type", OBJECT_I32) == control.type && control.pid >= 0;
    if (!whole)
        return 0;
    *ret_to = control;
    if (former->image->strangers)
        ret_to->pid = 0;
    return sizeof control;
}

static bool copy(const struct former *former, struct inbox *inbox, size_t slot) {
    struct mmsghdr *header = inbox_header(inbox, slot);
    const uint32_t sent = len_at(former, slot);
    const uint32_t len = sent < INBOX_SLOT_BYTES ? sent : INBOX_SLOT_BYTES;
    const int flags = (int)image_integer(&former->headers, slot, former->flags, 0);
    if (!inbox_fit(inbox, slot, len))
        return false;
    const size_t had =
        image_text(&former->slots, slot, former->bytes, inbox_slot(inbox, slot), len);
    const bool cut = (flags & MSG_TRUNC) != 0 || had < sent;
    header->msg_len = cut ? sent : len;
    header->msg_hdr.msg_flags = cut ? MSG_TRUNC : 0;
    header->msg_hdr.msg_controllen = copy_control(former, slot, inbox_control(inbox, slot));
    return true;
}

/* Write an applied datagram as an empty one: it only takes its slot. */
static void leave_out(struct inbox *inbox, size_t slot) {
    struct mmsghdr *header = inbox_header(inbox, slot);
    header->msg_len = 0;
    header->msg_hdr.msg_flags = 0;
    header->msg_hdr.msg_controllen = 0;
}

static bool copy_all(const struct former *former, struct inbox *inbox) {
    for (size_t i = 0; i < former->position.datagram; i++)
        leave_out(inbox, i);
    for (size_t i = former->position.datagram; i < former->received; i++)
        if (!copy(former, inbox, i))
            return false;
    return true;
}

/* ---- the whole rest ---- */

/* Whether a part of the suspect was applied since it was begun. */
static bool has_moved(const struct former *former) {
    const struct undo_position *position = &former->position;
    return position->datagram == former->image->marks.suspect &&
           (position->offset != number(&former->batches, 0, "begun_offset", OBJECT_U32) ||
            position->values != number(&former->batches, 0, "begun_values", OBJECT_U32));
}

/* A datagram that was under way when a process ended on request did not end the process. */
static void read_suspects(const struct former *former, struct ingress_rest *rest) {
    const struct object_marks *marks = &former->image->marks;
    const struct undo_position *position = &former->position;
    const uint32_t clean = marks->clean != 0;
    if (number(&former->batches, 0, "restored", OBJECT_U32) == 0) {
        rest->suspect = position->datagram;
        rest->suspect_end = position->begun;
        rest->ends = 1 - clean;
    } else if (marks->ends > clean && marks->suspect >= position->datagram) {
        rest->suspect = marks->suspect;
        rest->suspect_end = (size_t)marks->suspect + 1;
        rest->ends = (has_moved(former) ? 1 : marks->ends) - clean;
    }
}

static gate_scope read_scope(const struct former *former, const struct match *match) {
    const uint32_t scope = (uint32_t)number(&former->batches, 0, "scope", OBJECT_U32);
    const struct catalog *catalog = scope > 0 ? match_catalog(match, scope - 1) : NULL;
    return catalog != NULL ? gate_scope_of(catalog) : 0;
}

static void mark(const struct batch *batch, const struct ingress_rest *rest) {
    volatile struct object_marks *marks = batch->inbox.marks;
    marks->suspect = (uint32_t)rest->suspect;
    marks->ends = rest->suspect_end > rest->suspect ? rest->ends : 0;
}

bool rest_read(struct ingress_rest *rest, struct batch *batch, const struct image *image,
               const struct match *match, struct ledger_traffic *traffic) {
    struct former former;
    *rest = (struct ingress_rest){0};
    if (!open_former(image, &former))
        return true;
    inbox_batch(&batch->inbox)->skipped =
        (uint32_t)number(&former.batches, 0, "skipped", OBJECT_U32);
    if (former.position.datagram == former.received)
        return true;
    if (!copy_all(&former, &batch->inbox))
        return false;
    read_suspects(&former, rest);
    rest->waits = true;
    rest->first = former.position.datagram;
    mark(batch, rest);
    inbox_batch(&batch->inbox)->scope = read_scope(&former, match);
    inbox_batch(&batch->inbox)->restored = 1;
    batch->used = former.received;
    batch_take(batch, number(&former.batches, 0, "counted", OBJECT_U32),
               inbox_batch(&batch->inbox)->scope, traffic);
    undo_commit_at(batch->inbox.undo, &former.position);
    return true;
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

bool rest_begin(const struct ingress_rest *rest, struct batch *batch, size_t at) {
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

void rest_end(struct batch *batch) {
    batch->inbox.marks->ends = 0;
}
