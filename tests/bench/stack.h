/* SPDX-License-Identifier: MIT */
/*
 * stack.h - a socket with many senders, and the daemon's path from the socket to the store, for
 * benchmarks of receiving.
 */
#ifndef STATGATE_BENCH_STACK_H
#define STATGATE_BENCH_STACK_H

#include <uv.h>

#include "gate/gate.h"
#include "host/files.h"
#include "ingress/ingress.h"
#include "workload.h"

enum { BENCH_SENDERS = 48 };

/* Prints what failed, with errno, and ends the program. */
_Noreturn void bench_die(const char *what);

/* A listening socket with a deep queue, and senders connected to it. */
struct bench_socket {
    struct ingress_listener listener;
    int senders[BENCH_SENDERS];
    int32_t pids[BENCH_SENDERS]; /* 0: this process */
};

void bench_socket_open(struct bench_socket *sock, const char *folder, const char *name);
/* Closes the senders; the listener as well, unless a stack has taken it. */
void bench_socket_close(struct bench_socket *sock, bool with_listener);
/* Fills the queue with the workload's datagrams from `first` on. Returns how many it took;
 * ret_lines is how many lines these have. */
size_t bench_fill(const struct bench_socket *sock, const struct workload *load, size_t first,
                  size_t *ret_lines);
/* Makes each sender's datagrams carry the id of another of these processes, which only root may do.
 * False if it is not allowed. */
bool bench_send_as(struct bench_socket *sock, const int32_t *pids, size_t count);

/* Catalog, tables, gate, and an ingress on a loop of its own. */
struct bench_stack {
    struct catalog_set set;
    struct object_file file; /* holds the object, as in the daemon */
    struct object *object;
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct gate *gate;
    uv_loop_t loop;
    struct ingress *ingress;
};

/* Takes ownership of the set and of the socket's listener. */
void bench_stack_open(struct bench_stack *stack, const struct catalog_set *set,
                      const struct bench_socket *sock);
void bench_stack_close(struct bench_stack *stack);
/* Applies every datagram of the workload once, as sent by this process, without the socket. */
void bench_stack_meet(struct bench_stack *stack, const struct workload *all);
/* Runs the loop until `expected` datagrams are received and applied. Returns how many were. */
size_t bench_stack_drain(struct bench_stack *stack, size_t expected);

#endif
