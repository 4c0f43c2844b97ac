/*
 * stack.h - sockets with many senders, and the daemon's path behind one, for benchmarks of
 * receiving.
 */
#ifndef STATGATE_BENCH_STACK_H
#define STATGATE_BENCH_STACK_H

#include <uv.h>

#include "gate/gate.h"
#include "host/object_file.h"
#include "ingress/ingress.h"
#include "ingress/listen.h"
#include "workload.h"

enum { BENCH_SENDERS = 48 };

/* Print what failed, with errno, and end. */
_Noreturn void bench_die(const char *what);

/* A listening socket with a deep queue, and senders connected to it. */
struct bench_socket {
    struct ingress_listener listener;
    int senders[BENCH_SENDERS];
    int32_t pids[BENCH_SENDERS]; /* 0: this process */
};

void bench_socket_open(struct bench_socket *sock, const char *folder, const char *name);
/* The listener too, unless a stack has it. */
void bench_socket_close(struct bench_socket *sock, bool with_listener);
/* Fill the queue with the workload's datagrams from `first` on. Returns how many went in;
 * *ret_lines their lines. */
size_t bench_fill(const struct bench_socket *sock, const struct workload *load, size_t first,
                  size_t *ret_lines);
/* From now on each sender's datagrams bear another of these processes' ids, which only root may do.
 * False: not allowed. */
bool bench_send_as(struct bench_socket *sock, const int32_t *pids, size_t count);

/* Catalog, tables, gate, and an ingress on a loop of its own. */
struct bench_stack {
    struct catalog_set set;
    struct object_file file; /* as the daemon's: all that outlives it lies there */
    struct object *object;
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct gate *gate;
    uv_loop_t loop;
    struct ingress *ingress;
};

/* Takes the set, and the socket's listener. */
void bench_stack_open(struct bench_stack *stack, const struct catalog_set *set,
                      const struct bench_socket *sock);
void bench_stack_close(struct bench_stack *stack);
/* Apply every datagram of the workload once, from this process, without the socket. */
void bench_stack_meet(struct bench_stack *stack, const struct workload *all);
/* Run the loop until that many datagrams came and are applied. Returns how many did. */
size_t bench_stack_drain(struct bench_stack *stack, size_t expected);

#endif
