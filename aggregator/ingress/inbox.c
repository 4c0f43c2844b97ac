#include "ingress/inbox.h"

#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096 /* the smallest page size */ };

_Static_assert(sizeof(struct inbox_control) == CMSG_SPACE(sizeof(struct ucred)), "the kernel's");
_Static_assert(offsetof(struct inbox_control, pid) == CMSG_LEN(0), "the kernel's");

static const struct object_field slot_fields[] = {{"bytes", OBJECT_TEXT, 0, INBOX_SLOT_BYTES}};

static const struct object_field header_fields[] = {
    {"len", OBJECT_U32, offsetof(struct mmsghdr, msg_len), 1},
    {"flags", OBJECT_I32, offsetof(struct mmsghdr, msg_hdr.msg_flags), 1},
    {"control_bytes", INBOX_SIZE_TYPE, offsetof(struct mmsghdr, msg_hdr.msg_controllen), 1}};

static const struct object_field control_fields[] = {
    {"bytes", INBOX_SIZE_TYPE, offsetof(struct inbox_control, bytes), 1},
    {"level", OBJECT_I32, offsetof(struct inbox_control, level), 1},
    {"type", OBJECT_I32, offsetof(struct inbox_control, type), 1},
    {"pid", OBJECT_I32, offsetof(struct inbox_control, pid), 1},
    {"uid", OBJECT_U32, offsetof(struct inbox_control, uid), 1},
    {"gid", OBJECT_U32, offsetof(struct inbox_control, gid), 1}};

static const struct object_field batch_fields[] = {
    {"scope", OBJECT_U32, offsetof(struct inbox_batch, scope), 1},
    {"counted", OBJECT_U32, offsetof(struct inbox_batch, counted), 1},
    {"restored", OBJECT_U32, offsetof(struct inbox_batch, restored), 1},
    {"skipped", OBJECT_U32, offsetof(struct inbox_batch, skipped), 1},
    {"begun_offset", OBJECT_U32, offsetof(struct inbox_batch, begun_offset), 1},
    {"begun_values", OBJECT_U32, offsetof(struct inbox_batch, begun_values), 1}};

#define TABLE(name_, items_, bytes_, fields_)                                                      \
    {                                                                                              \
        .name = (name_), .family = OBJECT_NONE, .label = OBJECT_NONE, .item_bytes = (bytes_),      \
        .max_items = (items_), .fields = (fields_),                                                \
        .field_count = sizeof(fields_) / sizeof *(fields_)                                         \
    }

static const struct object_spec slots_spec =
    TABLE("inbox", INBOX_SLOTS, INBOX_SLOT_STRIDE, slot_fields);
static const struct object_spec headers_spec =
    TABLE("inbox_header", INBOX_SLOTS, sizeof(struct mmsghdr), header_fields);
static const struct object_spec controls_spec =
    TABLE("inbox_control", INBOX_SLOTS, sizeof(struct inbox_control), control_fields);
static const struct object_spec batches_spec =
    TABLE("inbox_batch", 1, sizeof(struct inbox_batch), batch_fields);

static uint64_t bytes_of(const struct object_spec *spec) {
    return object_table_bytes(spec->max_items, spec->item_bytes);
}

uint64_t inbox_object_bytes(void) {
    return bytes_of(&slots_spec) + bytes_of(&headers_spec) + bytes_of(&controls_spec) +
           bytes_of(&batches_spec);
}

/* ---- memory of slots ---- */

/* Provide memory, and touch it so that the kernel can write to it without a fault. */
static bool bring(struct inbox *inbox, size_t slot, uint32_t from, uint32_t to) {
    if (!object_reach_part(&inbox->slots, slot, from, to - from))
        return false;
    volatile char *bytes = inbox_slot(inbox, slot);
    for (uint32_t at = from; at < to; at += PAGE)
        bytes[at] = bytes[at];
    bytes[to - 1] = bytes[to - 1];
    return true;
}

bool inbox_fit(struct inbox *inbox, size_t slot, size_t bytes) {
    return bytes <= INBOX_HEAD_BYTES || slot < inbox->whole ||
           bring(inbox, slot, INBOX_HEAD_BYTES, (uint32_t)bytes);
}

void inbox_widen(struct inbox *inbox) {
    for (int i = 0; i < INBOX_WIDEN && inbox->whole < INBOX_SLOTS; i++) {
        if (!bring(inbox, inbox->whole, INBOX_HEAD_BYTES, INBOX_SLOT_BYTES))
            return;
        inbox->whole++;
    }
}

static bool bring_slots(struct inbox *inbox) {
    for (size_t i = 0; i < INBOX_SLOTS; i++)
        if (!bring(inbox, i, 0, i < INBOX_WHOLE ? INBOX_SLOT_BYTES : INBOX_HEAD_BYTES))
            return false;
    inbox->whole = INBOX_WHOLE;
    return true;
}

/* Nobody reads an inbox on the heap later, so its pages may come when they are used. Huge pages are
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

static bool make_tables(struct inbox *inbox, const struct memory *memory, struct object *object) {
    return object_table(object, memory, &slots_spec, &inbox->slots) &&
           object_table(object, memory, &headers_spec, &inbox->headers) &&
           object_table(object, memory, &controls_spec, &inbox->controls) &&
           object_table(object, memory, &batches_spec, &inbox->batches) &&
           object_reach(&inbox->headers, INBOX_SLOTS) &&
           object_reach(&inbox->controls, INBOX_SLOTS) && object_reach(&inbox->batches, 1);
}

bool inbox_init(struct inbox *inbox, const struct memory *memory, struct object *object) {
    memset(inbox, 0, sizeof *inbox);
    if (!make_tables(inbox, memory, object) || (object != NULL && !bring_slots(inbox))) {
        inbox_done(inbox, memory);
        return false;
    }
    if (object == NULL)
        leave_slots(inbox);
    inbox->undo = object_undo(object);
    inbox->marks = object != NULL ? object_marks(object) : &inbox->own_marks;
    for (size_t i = 0; i < INBOX_SLOTS; i++) {
        *inbox_control(inbox, i) = (struct inbox_control){0}; /* touches its page */
        inbox_header(inbox, i)->msg_hdr.msg_control = inbox_control(inbox, i);
    }
    empty(inbox, INBOX_SLOTS);
    return true;
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

void inbox_done(struct inbox *inbox, const struct memory *memory) {
    forget_addresses(inbox);
    object_table_done(&inbox->slots, memory);
    object_table_done(&inbox->headers, memory);
    object_table_done(&inbox->controls, memory);
    object_table_done(&inbox->batches, memory);
}

void inbox_begin(struct inbox *inbox, size_t used, uint32_t scope) {
    static const struct undo_position start = {0};
    struct inbox_batch *batch = inbox_batch(inbox);
    empty(inbox, used);
    undo_barrier();
    batch->scope = scope;
    batch->counted = 0;
    batch->restored = 0;
    inbox->marks->ends = 0;
    undo_commit_at(inbox->undo, &start);
}
