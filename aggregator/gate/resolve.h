/*
 * resolve.h - a new line against the catalogs. Private to gate/.
 */
#ifndef STATGATE_GATE_RESOLVE_H
#define STATGATE_GATE_RESOLVE_H

#include "catalog/catalog.h"
#include "gate/origin.h"
#include "ledger/ledger.h"
#include "sg_proto.h"
#include "store/store.h"

struct gate;

/* What becomes of a line (all its values), before its numbers are looked at. */
struct outcome {
    enum verdict verdict; /* ACCEPTED and FOLDED: series is set */
    enum sg_reject reason;
    size_t offset;          /* of a rejection */
    int label;              /* at fault, or -1 */
    struct sg_span unknown; /* the key of a label that the family does not declare */
    uint8_t item;           /* as in known */
    const struct catalog *service;
    const struct catalog_family *family;
    const struct series *series;
    bool made;    /* the series did not exist before this line */
    bool lasting; /* the same bytes will get the same answer while the series lives */
};

void resolve_line(struct gate *gate, const struct sg_line *line, const struct gate_origin *origin,
                  struct store_time now, struct outcome *ret_outcome);

/* The service lists its senders and this one is not among them. */
static inline bool is_forbidden(const struct catalog *service, const struct gate_origin *origin) {
    return service->senders_restricted && !catalog_admits(service, origin->uid, origin->gid);
}

#endif
