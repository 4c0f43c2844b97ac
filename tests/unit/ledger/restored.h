/* SPDX-License-Identifier: MIT */
/*
 * restored.h - the books of a process, and of the next one, which takes them over.
 */
#ifndef STATGATE_TEST_LEDGER_RESTORED_H
#define STATGATE_TEST_LEDGER_RESTORED_H

#include "world.h"

extern struct world old;
extern struct world new;

/* For .init and .fini of a suite. The test initialises `new`, mostly by restore(). */
void restored_open(void);
void restored_close(void);

/* ---- the old books ---- */

struct undo *undo(void);
void restored_report(const struct world *world, const struct sender *sender, uint64_t handle,
                     uint64_t sent, uint64_t lost, uint64_t received);
struct ledger_entry entry_of(const char *family, int label, enum sg_reject reason);
void reject(const struct sender *sender, const struct ledger_entry *entry, uint64_t count);
/* Books something of each kind. */
void fill(void);

/* ---- the next process ---- */

/* Takes over a copy of the old object, and frees it. */
void restore_copy(unsigned char *copy);
/* Initialises `new` with so many services, and takes over the old books. */
void restore(size_t services);

#endif
