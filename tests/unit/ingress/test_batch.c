/* SPDX-License-Identifier: MIT */
/* Receiving: lengths, credentials, and descriptors that were sent unasked. */
#include "ingress/ingress_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "listening.h"

static struct batch batch;
static struct ledger_traffic traffic;

static void setup(void) {
    place_make();
    traffic = (struct ledger_traffic){0};
    ingress_batch_init(&batch, NULL);
}

static void teardown(void) {
    ingress_batch_done(&batch);
    place_remove();
}

TestSuite(batch, .init = setup, .fini = teardown, .timeout = 300);

static void pair(int *ret_receiver, int *ret_sender) {
    int fds[2];
    const int room = 1 << 20;
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0));
    cr_assert(eq(int, setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0));
    *ret_receiver = fds[0];
    *ret_sender = fds[1];
}

Test(batch, knows_nobody_without_credentials) {
    int receiver;
    int sender;
    pair(&receiver, &sender);
    cr_assert(eq(int, (int)send(sender, "x", 1, 0), 1));
    cr_expect(eq(int, ingress_batch_receive(&batch, receiver, 0, &traffic), 1));
    cr_expect(eq(i32, batch.datagrams[0].origin.pid, 0));
    cr_expect(eq(u32, batch.datagrams[0].origin.uid, 65534));
    close(receiver);
    close(sender);
}

Test(batch, keeps_64_KiB_and_counts_the_rest) {
    enum { LARGEST = 100000 };
    const size_t sizes[] = {65000, 65536, 65537, LARGEST, 5};
    char *bytes = malloc(LARGEST);
    int receiver;
    int sender;
    pair(&receiver, &sender);
    memset(bytes, 'a', LARGEST);
    for (size_t i = 0; i < 5; i++)
        cr_assert(eq(int, (int)send(sender, bytes, sizes[i], 0), (int)sizes[i]), "%s",
                  strerror(errno));
    cr_expect(eq(int, ingress_batch_receive(&batch, receiver, 0, &traffic), 5));
    for (size_t i = 0; i < 5; i++) {
        const bool cut = sizes[i] > 65536;
        cr_expect(eq(sz, batch.datagrams[i].len, cut ? 65536 : sizes[i]));
        cr_expect(eq(int, batch.datagrams[i].truncated, cut));
        cr_expect(eq(int, memcmp(batch.datagrams[i].data, bytes, batch.datagrams[i].len), 0));
    }
    cr_expect(eq(u64, traffic.bytes, 65000 + 3 * 65536 + 5));
    cr_expect(eq(u64, traffic.truncated_datagrams, 2));
    cr_expect(eq(u64, traffic.truncated_bytes, 1 + LARGEST - 65536));
    free(bytes);
    close(receiver);
    close(sender);
}

/* ---- descriptors ---- */

/* One byte with `count` descriptors; returns 0 or an errno. */
static int send_descriptors(int sender, int count) {
    int fds[16];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof fds)];
    } control = {0};
    char byte = 'x';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    const int given = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < count; i++)
        fds[i] = given;
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(rights), fds, (size_t)count * sizeof(int));
    const int result = sendmsg(sender, &message, 0) < 0 ? errno : 0;
    close(given);
    return result;
}

Test(batch, lets_no_descriptor_in) {
    for (int credentials = 0; credentials < 2; credentials++) {
        for (int count = 1; count <= 16; count++) {
            int receiver;
            int sender;
            pair(&receiver, &sender);
            cr_assert(
                eq(int,
                   setsockopt(receiver, SOL_SOCKET, SO_PASSCRED, &credentials, sizeof credentials),
                   0));
            cr_assert(eq(int, send_descriptors(sender, count), 0));
            const size_t before = open_descriptors();
            cr_expect(eq(int, ingress_batch_receive(&batch, receiver, 0, &traffic), 1));
            cr_expect(eq(sz, open_descriptors(), before), "%d with credentials %d", count,
                      credentials);
            cr_expect(eq(i32, batch.datagrams[0].origin.pid, credentials ? getpid() : 0));
            close(receiver);
            close(sender);
        }
    }
}

Test(batch, lets_no_descriptor_in_through_a_listener) {
    struct ingress_listener listener = place_listen(place_path("s"));
    const int sender = sender_open(place_path("s"));
    const size_t before = open_descriptors();
    /* Where the kernel knows SO_PASSRIGHTS the sender learns it at once. */
    const int result = send_descriptors(sender, 3);
    const int expected = result == 0 ? 1 : 0;
    cr_expect(result == 0 || result == EPERM, "%s", strerror(result));
    cr_expect(eq(int, ingress_batch_receive(&batch, listener.fd, 0, &traffic), expected));
    cr_expect(eq(sz, open_descriptors(), before));
    close(sender);
    ingress_listen_close(&listener);
}
