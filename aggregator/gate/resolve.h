/*
 * resolve.h - resolves a new line against the catalogs. Private to gate/.
 */
#ifndef STATGATE_GATE_RESOLVE_H
#define STATGATE_GATE_RESOLVE_H

#include "gate/origin.h"
#include "gate/outcome.h"

struct gate;
struct store_label;

/* The first half of resolve_line, which only reads: find the family and check the labels. True: the
 * labels have a series if there is room; what find_series does is still to do. `origin` NULL:
 * anybody who may send. *ret_hash is that of names_find. */
bool resolve_labels_of(const struct gate *gate, const struct sg_line *line, gate_scope scope,
                       const struct gate_origin *origin, struct gate_trace *trace,
                       uint64_t *ret_hash, struct outcome *ret_outcome,
                       struct store_label *ret_labels);
/* Resolve a line: its family, labels and series. `trace` records each decision unless it is
 * NULL. */
void resolve_line(struct gate *gate, const struct sg_line *line, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *trace, struct outcome *ret_outcome);

/* The hash by which the ledger finds a text. The same text at another family, label or reason has
 * another hash. */
uint32_t resolve_spelled_hash(const struct gate *gate, const struct catalog_family *family,
                              int label, enum sg_reject reason, struct sg_span text);

/* Whether the service lists its senders and this one is not among them. */
static inline bool gate_forbids(const struct catalog *service, const struct gate_origin *origin) {
    return service->senders_restricted && !catalog_admits(service, origin->uid, origin->gid);
}

#endif
