/* SPDX-License-Identifier: MIT */
#include "stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { QUEUE = 4096, SENDER_DATAGRAMS = 80 /* a sender's buffer has room for these */ };

static const struct store_time epoch = {0, 0};

void bench_die(const char *what) {
    (void)fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

void bench_socket_open(struct bench_socket *sock, const char *folder, const char *name) {
    char path[100];
    struct error error;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    const struct ingress_listen_options options = {.path = path,
                                                   .setting = "path",
                                                   .name = "bench",
                                                   .mode = 0600,
                                                   .group = INGRESS_GROUP_KEEP,
                                                   .depth = QUEUE,
                                                   .deep_queue = true};
    if (!ingress_listen_open(&options, &sock->listener, &error)) {
        (void)fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    memset(sock->pids, 0, sizeof sock->pids);
    for (int i = 0; i < BENCH_SENDERS; i++) {
        sock->senders[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (connect(sock->senders[i], (struct sockaddr *)&address, sizeof address) != 0)
            bench_die("connect");
    }
}

void bench_socket_close(struct bench_socket *sock, bool with_listener) {
    for (int i = 0; i < BENCH_SENDERS; i++)
        (void)close(sock->senders[i]);
    if (with_listener)
        ingress_listen_close(&sock->listener);
}

static ssize_t send_as(int fd, int32_t pid, const char *data, size_t len) {
    if (pid == 0)
        return send(fd, data, len, MSG_DONTWAIT);
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(struct ucred)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_CREDENTIALS}};
    const struct ucred who = {.pid = pid, .uid = getuid(), .gid = getgid()};
    memcpy(CMSG_DATA(&control.header), &who, sizeof who);
    struct iovec part = {.iov_base = (char *)(uintptr_t)data, .iov_len = len};
    const struct msghdr message = {.msg_iov = &part,
                                   .msg_iovlen = 1,
                                   .msg_control = &control,
                                   .msg_controllen = sizeof control};
    return sendmsg(fd, &message, MSG_DONTWAIT);
}

bool bench_send_as(struct bench_socket *sock, const int32_t *pids, size_t count) {
    for (size_t i = 0; i < BENCH_SENDERS; i++)
        sock->pids[i] = pids[i % count];
    return geteuid() == 0;
}

size_t bench_fill(const struct bench_socket *sock, const struct workload *load, size_t first,
                  size_t *ret_lines) {
    size_t sent = 0;
    size_t lines = 0;
    /* Senders take turns, as processes do. */
    for (int j = 0; j < SENDER_DATAGRAMS; j++)
        for (int i = 0; i < BENCH_SENDERS; i++) {
            const size_t at = (first + sent) % load->datagrams;
            const char *data = load->bytes + load->starts[at];
            const size_t len = load->starts[at + 1] - load->starts[at];
            if (send_as(sock->senders[i], sock->pids[i], data, len) != (ssize_t)len)
                continue;
            lines++;
            for (const char *c = data; (c = memchr(c, '\n', (size_t)(data + len - c))); c++)
                lines++;
            sent++;
        }
    *ret_lines = lines;
    return sent;
}

static void open_object(struct bench_stack *stack) {
    static const unsigned char boot[OBJECT_BOOT_BYTES] = {1};
    const struct catalog_set *set = &stack->set;
    struct error error;
    const uint64_t bytes = object_bytes(set) + store_object_bytes(set) + ledger_object_bytes(set) +
                           breakers_jobs_object_bytes(set) + ingress_object_bytes();
    if (!host_object_file_make(bytes, &stack->file, &error))
        bench_die(error.text);
    const struct object_place place = {.at = stack->file.at,
                                       .size = stack->file.size,
                                       .reach = host_object_file_reach,
                                       .arg = &stack->file};
    stack->object = object_new(&place, set, boot);
    if (!stack->object)
        bench_die("memory");
}

void bench_stack_open(struct bench_stack *stack, const struct catalog_set *set,
                      const struct bench_socket *sock) {
    stack->set = *set;
    open_object(stack);
    stack->store = store_new(stack->object, &stack->set, 1, epoch);
    stack->ledger = ledger_new(stack->object, &stack->set, 1);
    stack->breakers_jobs =
        stack->store ? breakers_jobs_new(stack->object, &stack->set, stack->store, 1, epoch) : NULL;
    if (stack->breakers_jobs && stack->ledger)
        stack->gate = gate_new(stack->object, &stack->set, stack->store, stack->ledger,
                               stack->breakers_jobs, 1);
    if (!stack->gate)
        bench_die("memory");
    (void)uv_loop_init(&stack->loop);
    const struct ingress_options options = {.loop = &stack->loop,
                                            .sink = ingress_gate_sink(stack->gate),
                                            .traffic = ledger_traffic(stack->ledger),
                                            .object = stack->object,
                                            .never_tick = true};
    stack->ingress = ingress_new(&options);
    if (ingress_add(stack->ingress, &sock->listener, 0) != 0)
        bench_die("ingress");
}

void bench_stack_close(struct bench_stack *stack) {
    ingress_close(stack->ingress);
    (void)uv_run(&stack->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&stack->loop);
    gate_free(stack->gate);
    breakers_jobs_free(stack->breakers_jobs);
    ledger_free(stack->ledger);
    store_free(stack->store);
    object_free(stack->object);
    host_object_file_close(&stack->file);
    catalog_set_done(&stack->set);
}

void bench_stack_meet(struct bench_stack *stack, const struct workload *all) {
    for (size_t i = 0; i < all->datagrams; i++) {
        const struct gate_datagram datagram = {.data = all->bytes + all->starts[i],
                                               .len = all->starts[i + 1] - all->starts[i],
                                               .origin = {.pid = getpid()}};
        (void)gate_batch(stack->gate, &datagram, 1, SIZE_MAX, epoch);
    }
}

size_t bench_stack_drain(struct bench_stack *stack, size_t expected) {
    struct ingress_figures before;
    struct ingress_figures after;
    struct ingress_work work;
    uint64_t callbacks;
    ingress_figures(stack->ingress, &before);
    ingress_work(stack->ingress, &work);
    do { /* received datagrams may wait for another turn, which then has a callback */
        callbacks = work.watch.callbacks;
        (void)uv_run(&stack->loop, UV_RUN_NOWAIT);
        ingress_figures(stack->ingress, &after);
        ingress_work(stack->ingress, &work);
    } while (after.datagrams - before.datagrams < expected || work.watch.callbacks != callbacks);
    return after.datagrams - before.datagrams;
}
