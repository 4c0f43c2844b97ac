/* SPDX-License-Identifier: MIT */
/* The inbox of another process, which is believed only as far as it can be true. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"
#include "heirs.h"
#include "ingress/ingress_private.h"
#include "object/object.h"
#include "recorder.h"

static struct heirs heirs; /* its set and its socket pair */
static struct held held;
static struct batch batch; /* of the process before */
static struct ledger_traffic before;
static unsigned char *bytes; /* what it left */
static struct image image;
static struct ingress_restored restored;

static void setup(void) {
    heirs_init(&heirs);
    held_make(&held, &heirs.set, 0);
    before = (struct ledger_traffic){0};
    ingress_batch_init(&batch, held.object);
    bytes = malloc(held.size);
    cr_assert(bytes != NULL);
    recorder_init(&recorder);
}

static void teardown(void) {
    recorder_done(&recorder);
    free(bytes);
    ingress_batch_done(&batch);
    held_done(&held);
    heirs_done(&heirs);
}

TestSuite(rest, .init = setup, .fini = teardown, .timeout = 300);

static void put(const char *text) {
    const size_t len = strlen(text);
    cr_assert(eq(int, (int)send(heirs.sender, text, len, 0), (int)len));
}

static void receive(int count) {
    cr_assert(eq(int, ingress_batch_receive(&batch, heirs.receiver, 1, &before), count));
}

static void receive_letters(void) {
    put("aa");
    put("b");
    put("cc");
    put("d");
    receive(4);
}

static void move_to(struct undo_position position) {
    undo_commit_at(object_undo(held.object), &position);
}

/* The process is gone. */
static bool leave(void) {
    struct error error;
    memcpy(bytes, held.at, held.size);
    return image_open(&image, bytes, held.size, held_boot, &error);
}

/* Let the next one apply what it finds. */
static void take_over(void) {
    struct error error;
    struct match *match = object_match_new(&image, &heirs.set, &error);
    if (match == NULL)
        return;
    ingress_restore(recorder.ingress, &image, match, &restored);
    object_match_free(match);
    recorder_run(&recorder, restored.left);
}

static void inherit(void) {
    cr_assert(leave());
    take_over();
}

Test(rest, knows_nobody_of_another_boot) {
    receive_letters();
    cr_assert(leave());
    image.strangers = true;
    take_over();
    cr_assert(eq(sz, restored.left, 4));
    cr_expect(eq(i32, recorder.records[3].origin.pid, 0));
    cr_expect(eq(u32, recorder.records[3].origin.uid, geteuid()));
}

Test(rest, begins_at_the_position) {
    receive_letters();
    move_to((struct undo_position){.datagram = 2, .begun = 2, .ended = 2});
    inherit();
    cr_expect(eq(sz, restored.received, 4));
    cr_assert(eq(sz, restored.left, 2));
    cr_expect(eq(str, recorder.records[0].text, "cc"));
    cr_expect(eq(str, recorder.records[1].text, "d"));
}

Test(rest, has_no_service_that_is_not_there) {
    receive_letters();
    inbox_batch(&batch.inbox)->scope = 77;
    inherit();
    cr_expect(eq(u32, recorder.records[0].origin.scope, 0));
}

Test(rest, reads_first_when_nothing_is_left) {
    cr_expect(eq(i64, ingress_first_look_ms(recorder.ingress), 0));
    receive_letters();
    inherit();
    (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(gt(i64, ingress_first_look_ms(recorder.ingress), 0));
}

Test(rest, believes_no_length_flag_or_sender_that_cannot_be) {
    receive_letters();
    inbox_header(&batch.inbox, 0)->msg_len = UINT32_MAX - 1;
    inbox_header(&batch.inbox, 1)->msg_hdr.msg_flags = -1;
    inbox_control(&batch.inbox, 1)->pid = -5;
    inbox_control(&batch.inbox, 2)->bytes = 3;
    inbox_header(&batch.inbox, 3)->msg_hdr.msg_controllen = 0;
    inherit();
    cr_assert(eq(sz, restored.left, 4));
    cr_expect(eq(sz, recorder.records[0].len, INBOX_SLOT_BYTES));
    cr_expect(recorder.records[0].truncated);
    cr_expect(eq(i32, recorder.records[0].origin.pid, getpid()));
    cr_expect(recorder.records[1].truncated);
    for (int i = 1; i < 4; i++) {
        cr_expect(eq(i32, recorder.records[i].origin.pid, 0));
        cr_expect(eq(u32, recorder.records[i].origin.uid, 65534));
    }
}

Test(rest, believes_no_position_that_cannot_be) {
    receive_letters();
    move_to((struct undo_position){.datagram = UINT16_MAX, .begun = 3, .offset = UINT32_MAX});
    inherit();
    cr_expect(eq(sz, restored.left, 0));
    recorder_done(&recorder);
    recorder_init(&recorder);
    move_to((struct undo_position){.datagram = 1, .begun = 77, .ended = 88, .offset = UINT32_MAX});
    inherit();
    cr_expect(eq(sz, restored.left, 3));
}

/* Any bytes of the inbox, the position and the marks. */
static void spoil(unsigned times) {
    unsigned char *const places[] = {(unsigned char *)inbox_header(&batch.inbox, 0),
                                     (unsigned char *)inbox_control(&batch.inbox, 0),
                                     (unsigned char *)inbox_batch(&batch.inbox),
                                     (unsigned char *)object_undo(held.object),
                                     (unsigned char *)(uintptr_t)object_marks(held.object)};
    static const size_t sizes[] = {INBOX_SLOTS * sizeof(struct mmsghdr),
                                   INBOX_SLOTS * sizeof(struct inbox_control),
                                   sizeof(struct inbox_batch), 96, sizeof(struct object_marks)};
    for (unsigned i = 0; i < times; i++) {
        const size_t place = (size_t)random() % 5;
        const size_t at = (size_t)(places[place] - held.at) + (size_t)random() % sizes[place];
        bytes[at] = (unsigned char)(random() % 3 == 0 ? 255 : random());
    }
}

Test(rest, survives_anything) {
    receive_letters();
    srandom(7);
    for (unsigned round = 0; round < 1500; round++) {
        struct error error;
        recorder_done(&recorder);
        recorder_init(&recorder);
        memcpy(bytes, held.at, held.size);
        spoil(1 + round % 12);
        if (!image_open(&image, bytes, held.size, held_boot, &error))
            continue;
        restored = (struct ingress_restored){0};
        struct match *match = object_match_new(&image, &heirs.set, &error);
        cr_assert(match != NULL);
        ingress_restore(recorder.ingress, &image, match, &restored);
        object_match_free(match);
        cr_assert(le(sz, restored.left, restored.received));
        cr_assert(le(sz, restored.received, INBOX_SLOTS));
        for (int turn = 0; turn < 100 && restored.left > 0; turn++)
            (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
        for (size_t i = 0; i < recorder.count; i++) {
            cr_assert(le(sz, recorder.records[i].len, INBOX_SLOT_BYTES));
            cr_assert(ge(i32, recorder.records[i].origin.pid, 0));
            cr_assert(le(u32, recorder.records[i].origin.scope, 1));
        }
    }
}
