/*
 * order.h - a family's series in order of their label values. Private to store/.
 */
#ifndef STATGATE_STORE_ORDER_H
#define STATGATE_STORE_ORDER_H

#include "store/store_private.h"

bool order_insert(struct store_family *sf, uint32_t slot, struct held *held);
void order_remove(struct store_family *sf, uint32_t slot, struct held *held);
/* The slot of the last series, and its removal, which moves no other series. The order must not be
 * empty. Cursors at the last series must be moved before it is removed. */
uint32_t order_last(const struct store_family *sf);
void order_pop(struct store_family *sf, struct held *held);
/* Find the position of a sorted series. */
void order_locate(const struct store_family *sf, const struct series *series, size_t *ret_chunk,
                  size_t *ret_item);
void order_done(struct store_family *sf, const struct memory *memory);
/* Bytes of the order of a full family. */
uint64_t order_bytes(uint64_t series_bound);

#endif
