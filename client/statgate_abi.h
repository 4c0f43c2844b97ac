/* SPDX-License-Identifier: MIT */
/*
 * statgate_abi.h - the client as a library, libstatgate.so.0 or libstatgate.a, for languages that
 * can call C functions; statgate_ffi.h has the functions. In C and C++ prefer statgate.h, which
 * needs no library; a program may use both.
 *
 *     struct statgate_client *client = statgate_client_new(NULL);
 *     struct statgate_metric *jobs = statgate_client_counter(client, "jobs_total", "queue:fast");
 *     statgate_metric_add(jobs, 1);
 *     statgate_client_free(client);
 *
 * Arguments and meanings are those of statgate.h: no call blocks except statgate_client_flush_wait,
 * and a missing daemon is not an error. All threads may use a client, at the cost of a lock. Where
 * a client or a metric is NULL, a call does nothing and returns false, 0 or NULL;
 * statgate_client_attempt_begin allows the attempt. Within the symbol version STATGATE_0 nothing
 * here changes; structs are opaque.
 *
 * A client's first sample starts a thread that sends what is held four times a second. It blocks
 * all signals, and sleeps while there is nothing to send. It ends before a fork() and is started
 * again by the next sample; a child's first sample starts one for the child, which continues with a
 * numbering of its own. If no thread can be started, the program's own calls send what is held,
 * twice a second. When the program returns from main or calls exit(), what is held is sent once.
 */
#ifndef STATGATE_ABI_H
#define STATGATE_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "statgate_ffi.h"

#ifdef __cplusplus
}
#endif

#endif
