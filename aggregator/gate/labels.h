/*
 * labels.h - the labels of a new line against those that its family declares. Private to gate/.
 */
#ifndef STATGATE_GATE_LABELS_H
#define STATGATE_GATE_LABELS_H

#include "gate/outcome.h"

/* Decide on each label of a line for out->family, and on each that the line lacks: ret_labels, in
 * the family's order, and out->item. False: rejected in *out. */
bool labels_take(const struct sg_line *line, struct outcome *out, struct store_label *ret_labels);

#endif
