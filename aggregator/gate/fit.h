/*
 * fit.h - decisions that lines and query rows share: how a label's value fits its declaration, and
 * what the store's answer means. Private to gate/.
 */
#ifndef STATGATE_GATE_FIT_H
#define STATGATE_GATE_FIT_H

#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "sg_proto.h"
#include "store/store.h"

/* How a label's value fits the catalog: unchanged, as the label's `otherwise`, or not at all.
 * Unless it is refused, *ret_label is set and borrows the text. */
enum fit { LABEL_FITS, LABEL_FOLDS, LABEL_REFUSED };
enum fit fit_value(const struct catalog_label *label, struct sg_span value,
                   struct store_label *ret_label);
/* Use the label's default where the label is missing. False if it has none. */
bool fit_default(const struct catalog_label *label, struct store_label *ret_label);
/* Turn the store's answer into a verdict, and the reason unless it is accepted. */
enum verdict fit_verdict(enum store_result result, enum sg_reject *ret_reason);

#endif
