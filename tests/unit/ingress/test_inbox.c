/* SPDX-License-Identifier: MIT */
/* The inbox: what a receive leaves in it, and which of its memory is allocated before. */
#include "ingress/ingress.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assertions.h"
#include "held.h"
#include "ingress/ingress_private.h"
#include "listening.h"

static struct catalog_set set;
static struct held held;
static struct batch batch;
static struct ledger_traffic traffic;

static void setup(void) {
    struct error error = {0};
    place_make();
    catalog_set_init(&set);
    cr_assert(catalog_set_finish(&set, &error), "%s", error.text);
    held_make(&held, &set, 0);
    traffic = (struct ledger_traffic){0};
    ingress_batch_init(&batch, held.object);
}

static void teardown(void) {
    ingress_batch_done(&batch);
    held_done(&held);
    catalog_set_done(&set);
    place_remove();
}

TestSuite(inbox, .init = setup, .fini = teardown, .timeout = 300);

/* ---- memory ---- */

/* Full of datagrams of this length, by so many senders as it takes. */
static void fill_queue(size_t count, size_t len) {
    static char text[INBOX_SLOT_BYTES];
    memset(text, 'a', sizeof text);
    for (size_t sent = 0; sent < count;) {
        const int sender = sender_open(place_path("s"));
        while (sent < count && send(sender, text, len, 0) == (ssize_t)len)
            sent++;
        close(sender);
    }
}

/* Pages of these bytes that would have to be brought first. Faults cannot be counted: there are
 * others'. */
static size_t missing(const void *at, size_t bytes) {
    const uint64_t present = UINT64_C(1) << 63;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const int pages = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    size_t count = 0;
    cr_assert(ge(int, pages, 0));
    for (uintptr_t i = (uintptr_t)at / page; i <= ((uintptr_t)at + bytes - 1) / page; i++) {
        uint64_t entry = 0;
        cr_assert(eq(long, (long)pread(pages, &entry, sizeof entry, (off_t)(i * sizeof entry)),
                     (long)sizeof entry));
        count += (entry & present) == 0;
    }
    close(pages);
    return count;
}

static size_t missing_of_slots(size_t from, size_t to, size_t bytes) {
    size_t count = 0;
    for (size_t i = from; i < to; i++)
        count += missing(inbox_slot(&batch.inbox, i), bytes);
    return count;
}

/* A page that is missing when the kernel copies would cost the datagram if we were killed then. */
Test(inbox, has_its_pages_before_a_receive) {
    const struct inbox *inbox = &batch.inbox;
    cr_expect(eq(sz, missing_of_slots(0, INBOX_WHOLE, INBOX_SLOT_BYTES), 0));
    cr_expect(eq(sz, missing_of_slots(INBOX_WHOLE, INBOX_SLOTS, INBOX_HEAD_BYTES), 0));
    cr_expect(eq(sz, missing(inbox_header(inbox, 0), INBOX_SLOTS * sizeof(struct mmsghdr)), 0));
    cr_expect(
        eq(sz, missing(inbox_control(inbox, 0), INBOX_SLOTS * sizeof(struct inbox_control)), 0));
}

Test(inbox, takes_many_that_fit_a_head_or_few_large_ones) {
    struct ingress_listener listener = place_listen_deep(place_path("s"), 512);
    /* Few enough bytes in the first eight for more to follow. */
    fill_queue(INBOX_WHOLE, 1);
    fill_queue(INBOX_SLOTS - INBOX_WHOLE, INBOX_HEAD_BYTES);
    cr_expect(eq(int, ingress_batch_receive(&batch, listener.fd, 0, &traffic), INBOX_SLOTS));
    fill_queue(INBOX_WHOLE, INBOX_SLOT_BYTES);
    cr_expect(eq(int, ingress_batch_receive(&batch, listener.fd, 0, &traffic), INBOX_WHOLE));
    ingress_listen_close(&listener);
}

/* So many short datagrams come in a receive. */
static int come(int fd) {
    fill_queue(INBOX_SLOTS, 1);
    const int first = ingress_batch_receive(&batch, fd, 0, &traffic);
    while (batch.count > 0)
        cr_assert(ge(int, ingress_batch_receive(&batch, fd, 0, &traffic), 0));
    return first;
}

Test(inbox, brings_all_pages_once_a_large_datagram_was_seen) {
    struct ingress_listener listener = place_listen_deep(place_path("s"), 512);
    const uint64_t before = object_reached(held.object);
    cr_expect(eq(int, come(listener.fd), INBOX_SLOTS));
    cr_expect(eq(u64, object_reached(held.object), before), "none was needed");
    fill_queue(1, INBOX_HEAD_BYTES + 1);
    cr_expect(eq(int, ingress_batch_receive(&batch, listener.fd, 0, &traffic), 1));
    fill_queue(INBOX_SLOTS, 1);
    cr_expect(eq(int, ingress_batch_receive(&batch, listener.fd, 0, &traffic),
                 INBOX_WHOLE + INBOX_WIDEN));
    for (int i = 0; i < INBOX_SLOTS; i++)
        cr_assert(ge(int, ingress_batch_receive(&batch, listener.fd, 0, &traffic), 0));
    fill_queue(INBOX_WHOLE, 1);
    fill_queue(INBOX_SLOTS - INBOX_WHOLE, INBOX_SLOT_BYTES);
    cr_expect(eq(sz, missing_of_slots(0, INBOX_SLOTS, INBOX_SLOT_BYTES), 0));
    cr_expect(eq(int, ingress_batch_receive(&batch, listener.fd, 0, &traffic), INBOX_SLOTS));
    cr_expect(eq(sz, batch.datagrams[63].len, INBOX_SLOT_BYTES));
    ingress_listen_close(&listener);
}
