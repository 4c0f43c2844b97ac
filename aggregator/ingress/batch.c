#include "ingress/batch.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the kernel says of a process it cannot name (overflowuid); never a real sender's. */
static const struct ucred nobody = {.pid = 0, .uid = 65534, .gid = 65534};

enum { MEMORY_BYTES = BATCH_SLOTS * BATCH_SLOT_STRIDE };

int batch_init(struct batch *batch) {
    memset(batch, 0, sizeof *batch);
    char *memory =
        mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    /* A huge page would be zeroed whole for the first short datagram. */
    (void)madvise(memory, MEMORY_BYTES, MADV_NOHUGEPAGE);
    batch->memory = memory;
    for (size_t i = 0; i < BATCH_SLOTS; i++) {
        batch->parts[i] =
            (struct iovec){.iov_base = memory + i * BATCH_SLOT_STRIDE, .iov_len = BATCH_SLOT_BYTES};
        batch->headers[i].msg_hdr =
            (struct msghdr){.msg_iov = &batch->parts[i],
                            .msg_iovlen = 1,
                            .msg_control = batch->controls[i].bytes,
                            .msg_controllen = sizeof batch->controls[i].bytes};
    }
    return 0;
}

void batch_done(struct batch *batch) {
    if (batch->memory != NULL)
        (void)munmap(batch->memory, MEMORY_BYTES);
    memset(batch, 0, sizeof *batch);
}

static void close_all(const struct cmsghdr *rights) {
    const size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(rights) + i * sizeof fd, sizeof fd);
        close(fd);
    }
}

/* The sender's credentials; descriptors, which fit only where credentials are missing, are closed.
 */
static struct ucred take_control(struct msghdr *header) {
    struct ucred credentials = nobody;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL;
         item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level != SOL_SOCKET)
            continue;
        if (item->cmsg_type == SCM_CREDENTIALS && item->cmsg_len >= CMSG_LEN(sizeof credentials))
            memcpy(&credentials, CMSG_DATA(item), sizeof credentials);
        else if (item->cmsg_type == SCM_RIGHTS)
            close_all(item);
    }
    return credentials;
}

static void take(struct batch *batch, size_t slot, gate_scope scope,
                 struct ledger_traffic *traffic) {
    struct mmsghdr *header = &batch->headers[slot];
    const struct ucred sender = take_control(&header->msg_hdr);
    const size_t sent = header->msg_len; /* its whole length, by MSG_TRUNC */
    const bool cut = (header->msg_hdr.msg_flags & MSG_TRUNC) != 0;
    const size_t len = sent > BATCH_SLOT_BYTES ? BATCH_SLOT_BYTES : sent;

    traffic->bytes += len;
    if (cut) {
        traffic->truncated_datagrams++;
        traffic->truncated_bytes += sent - len;
    }
    batch->datagrams[slot] = (struct gate_datagram){
        .data = batch->parts[slot].iov_base,
        .len = len,
        .truncated = cut,
        .origin = {.scope = scope, .pid = sender.pid, .uid = sender.uid, .gid = sender.gid}};
}

/* Up to `most` datagrams more. How many came, or a negative errno. */
static int receive(struct batch *batch, int fd, size_t most) {
    int count;
    do
        count = recvmmsg(fd, batch->headers + batch->used, (unsigned)most,
                         MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC, NULL);
    while (count < 0 && errno == EINTR);
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return -errno;
    if (count < 0)
        count = 0;
    batch->used += (size_t)count;
    batch->more = (size_t)count == most;
    return count;
}

static size_t bytes_of(const struct batch *batch) {
    size_t bytes = 0;
    for (size_t i = 0; i < batch->used; i++)
        bytes += batch->headers[i].msg_len;
    return bytes;
}

int batch_receive(struct batch *batch, int fd, gate_scope scope, struct ledger_traffic *traffic) {
    for (size_t i = 0; i < batch->used; i++)
        batch->headers[i].msg_hdr.msg_controllen = sizeof batch->controls[i].bytes;
    batch->used = 0;
    batch->count = 0;
    batch->more = false;
    const int tasted = receive(batch, fd, BATCH_TASTE);
    if (tasted < 0)
        return tasted;
    if (batch->more && bytes_of(batch) <= BATCH_TASTE_BYTES)
        (void)receive(batch, fd, BATCH_SLOTS - BATCH_TASTE); /* an error comes again */

    batch->count = batch->used;
    for (size_t i = 0; i < batch->count; i++)
        take(batch, i, scope, traffic);
    traffic->datagrams += batch->count;
    return (int)batch->count;
}
