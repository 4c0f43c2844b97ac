/*
 * fit.h - what lines and rows of queries share: how a label's value fits its declaration, and what
 * the store's answer means. Private to gate/.
 */
#ifndef STATGATE_GATE_FIT_H
#define STATGATE_GATE_FIT_H

#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "sg_proto.h"
#include "store/store.h"

/* A label's value by the catalog: as it is, as the label's otherwise, or not at all. Not for
 * REFUSED: *ret_label; it borrows the text. */
enum fit { LABEL_FITS, LABEL_FOLDS, LABEL_REFUSED };
enum fit fit_value(const struct catalog_label *label, struct sg_span value,
                   struct store_label *ret_label);
/* The label's default, for what lacks it. False: it has none. */
bool fit_default(const struct catalog_label *label, struct store_label *ret_label);
/* What the store's answer means: accepted, folded or rejected, and why. */
enum verdict fit_verdict(enum store_result result, enum sg_reject *ret_reason);

#endif
