#include "ingress/batch.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The credentials that the kernel reports for a process it cannot name (overflowuid); never a real
 * sender's. */
static const struct ucred nobody = {.pid = 0, .uid = 65534, .gid = 65534};

bool batch_init(struct batch *batch, const struct memory *memory, struct object *object) {
    memset(batch, 0, sizeof *batch);
    if (!inbox_init(&batch->inbox, memory, object))
        return false;
    for (size_t i = 0; i < BATCH_SLOTS; i++) {
        struct msghdr *header = &inbox_header(&batch->inbox, i)->msg_hdr;
        batch->parts[i] =
            (struct iovec){.iov_base = inbox_slot(&batch->inbox, i), .iov_len = INBOX_SLOT_BYTES};
        header->msg_iov = &batch->parts[i];
        header->msg_iovlen = 1;
    }
    return true;
}

void batch_done(struct batch *batch, const struct memory *memory) {
    inbox_done(&batch->inbox, memory);
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

/* Read the sender's credentials. Descriptors, which fit only if credentials are missing, are
 * closed. */
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

/* Take the datagram in a slot. Returns its whole length: more than was kept, if the kernel cut
 * it. */
static size_t take(struct batch *batch, size_t slot, gate_scope scope) {
    struct mmsghdr *header = inbox_header(&batch->inbox, slot);
    const struct ucred sender = take_control(&header->msg_hdr);
    const size_t sent = header->msg_len; /* by MSG_TRUNC */
    const size_t len = sent > INBOX_SLOT_BYTES ? INBOX_SLOT_BYTES : sent;
    if (len > INBOX_HEAD_BYTES)
        batch->large = true;
    batch->datagrams[slot] = (struct gate_datagram){
        .data = inbox_slot(&batch->inbox, slot),
        .len = len,
        .truncated = (header->msg_hdr.msg_flags & MSG_TRUNC) != 0,
        .origin = {.scope = scope, .pid = sender.pid, .uid = sender.uid, .gid = sender.gid}};
    return sent;
}

static void count(const struct gate_datagram *datagram, size_t sent,
                  struct ledger_traffic *traffic) {
    traffic->datagrams++;
    traffic->bytes += datagram->len;
    if (datagram->truncated) {
        traffic->truncated_datagrams++;
        traffic->truncated_bytes += sent - datagram->len;
    }
}

/* Receive up to `most` more datagrams. Returns how many came, or a negative errno. */
static int receive(struct batch *batch, int fd, size_t most) {
    int count;
    do
        count = recvmmsg(fd, inbox_header(&batch->inbox, batch->used), (unsigned)most,
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
        bytes += inbox_header(&batch->inbox, i)->msg_len;
    return bytes;
}

/* How many slots to use: once a large datagram was seen, slots without memory for one are left
 * out. */
static size_t slots_to_use(struct batch *batch) {
    if (!batch->large)
        return BATCH_SLOTS;
    inbox_widen(&batch->inbox);
    return batch->inbox.whole;
}

void batch_take(struct batch *batch, size_t count_from, gate_scope scope,
                struct ledger_traffic *traffic) {
    struct undo *undo = batch->inbox.undo;
    struct inbox_batch *counted = inbox_batch(&batch->inbox);
    undo_range(undo, traffic, sizeof *traffic);
    undo_word(undo, &counted->counted);
    for (size_t i = 0; i < batch->used; i++) {
        const size_t sent = take(batch, i, scope);
        if (i >= count_from)
            count(&batch->datagrams[i], sent, traffic);
    }
    counted->counted = (uint32_t)batch->used;
    undo_commit(undo);
    batch->count = batch->used;
}

int batch_receive(struct batch *batch, int fd, gate_scope scope, struct ledger_traffic *traffic) {
    inbox_begin(&batch->inbox, batch->used, scope);
    batch->used = 0;
    batch->count = 0;
    batch->more = false;
    const size_t slots = slots_to_use(batch);
    const int tasted = receive(batch, fd, BATCH_TASTE);
    if (tasted < 0)
        return tasted;
    if (tasted == 0)
        return 0;
    if (batch->more && slots > BATCH_TASTE && bytes_of(batch) <= BATCH_TASTE_BYTES)
        (void)receive(batch, fd, slots - BATCH_TASTE); /* an error will be reported again */
    batch_take(batch, 0, scope, traffic);
    return (int)batch->count;
}
