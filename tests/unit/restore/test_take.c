/* SPDX-License-Identifier: MIT */
/*
 * A process is stepped, instruction by instruction, while it takes datagrams out of a socket and
 * applies them. Each datagram is in the queue or in the object: with what the next process finds in
 * both, everything is counted exactly once.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"
#include "ingress/ingress_private.h"
#include "object/object.h"
#include "stepper.h"
#include "story.h"

static const struct store_time now = {.mono_ms = 1000, .real_ms = 1700000000000};
static const char *const datagrams[] = {"c_total:1|c|#x:a,y:k\nps:2|g\nat:bad|a|#j:p",
                                        "n_total:1:2:3|c|q:77,10,2\nnone:1|c"};
enum { DATAGRAMS = sizeof datagrams / sizeof *datagrams };

static struct {
    struct fixture from;
    struct stepper stepper;
    int receiver;
    int sender;
    char *end; /* with all of them applied */
} stage;

/* With the traffic. To be freed. */
static char *text_of(struct life *life) {
    const struct ledger_traffic *traffic = ledger_traffic(life->fx.ledger);
    char *text = life_full_text(life);
    char *all = NULL;
    cr_assert(
        ge(int,
           asprintf(&all, "%straffic %llu %llu\n", text, (unsigned long long)traffic->datagrams,
                    (unsigned long long)traffic->bytes),
           0));
    free(text);
    return all;
}

static void live(void) {
    static struct batch batch;
    struct life life;
    life_open(&life, &stage.from, &stage.stepper.place, now);
    ingress_batch_init(&batch, life.fx.object);
    raise(SIGSTOP);
    (void)ingress_batch_receive(&batch, stage.receiver, 0, ledger_traffic(life.fx.ledger));
    (void)gate_batch(life.fx.gate, batch.datagrams, batch.count, SIZE_MAX, now);
    raise(SIGSTOP);
}

/* What waits in the queue yet, as if it were received now. */
static void receive_queue(struct life *life) {
    struct ledger_traffic *traffic = ledger_traffic(life->fx.ledger);
    struct step step = {.pid = stage.stepper.pid};
    for (size_t i = 0; i < DATAGRAMS; i++) {
        step.datagrams[i] = datagrams[i];
        traffic->datagrams++;
        traffic->bytes += strlen(datagrams[i]);
    }
    life_begin_batch(life);
    life_receive(life, &step);
}

static void receive_rest(struct life *life, const struct image *image) {
    static struct batch batch;
    struct ingress_rest rest = {0};
    struct error error;
    struct match *match = object_match_new(image, &life->fx.set, &error);
    cr_assert(match != NULL, "%s", error.text);
    ingress_batch_init(&batch, life->fx.object);
    const struct ingress_inputs none = {.count = 0};
    ingress_replay_read(&rest, &batch, image, match, &none, ledger_traffic(life->fx.ledger));
    object_match_free(match);
    if (rest.waits) {
        const size_t count = batch.count - rest.first;
        cr_assert(eq(sz,
                     gate_batch(life->fx.gate, batch.datagrams + rest.first, count, SIZE_MAX, now),
                     count));
    }
    ingress_batch_done(&batch);
}

static void look(void) {
    struct image image;
    struct error error;
    struct life next;
    int waiting = 0;
    stepper_look(&stage.stepper);
    cr_assert(image_open(&image, stage.stepper.image, stage.stepper.file.size, region_boot, &error),
              "%s", error.text);
    life_take_over(&next, &stage.from, &image, now);
    cr_assert(eq(int, ioctl(stage.receiver, FIONREAD, &waiting), 0));
    receive_rest(&next, &image);
    if (waiting > 0)
        receive_queue(&next);
    char *text = text_of(&next);
    cr_assert(eq(str, text, stage.end), "at %#lx, instruction %llu", stepper_where(&stage.stepper),
              (unsigned long long)stage.stepper.instructions);
    free(text);
    life_close(&next);
}

static void init(void) {
    int ends[2];
    const int on = 1;
    fixture_init(&stage.from, story_catalogs);
    fixture_close(&stage.from);
    stage.from.origin.uid = getuid();
    stage.from.origin.gid = getgid();
    stepper_open(&stage.stepper, life_bytes(&stage.from.set));
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0));
    stage.receiver = ends[0];
    stage.sender = ends[1];
    cr_assert(eq(int, setsockopt(stage.receiver, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0));
}

static void done(void) {
    free(stage.end);
    close(stage.receiver);
    close(stage.sender);
    stepper_close(&stage.stepper);
    fixture_done(&stage.from);
}

/* The process sends to itself: the kernel says that it was the sender. */
static void send_and_live(void) {
    for (size_t i = 0; i < DATAGRAMS; i++)
        (void)send(stage.sender, datagrams[i], strlen(datagrams[i]), 0);
    live();
}

static void expect_end(void) {
    struct life plain;
    life_open(&plain, &stage.from, NULL, now);
    receive_queue(&plain);
    stage.end = text_of(&plain);
    life_close(&plain);
}

Test(take, a_datagram_is_in_the_queue_or_in_the_object, .init = init, .fini = done,
     .timeout = 3600) {
    const uint64_t stride = getenv("STATGATE_TEST_LONG") != NULL ? 1 : 29;
    stepper_start(&stage.stepper, send_and_live);
    expect_end();
    look();
    while (stepper_step(&stage.stepper))
        if (stage.stepper.instructions % stride == 0)
            look();
    look();
    cr_expect(ge(u64, stage.stepper.instructions, 1000));
}
