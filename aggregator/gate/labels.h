/*
 * labels.h - checks the labels of a new line against those that its family declares. Private to
 * gate/.
 */
#ifndef STATGATE_GATE_LABELS_H
#define STATGATE_GATE_LABELS_H

#include "gate/outcome.h"

/* Check the line's labels against out->family and fill in defaults: sets ret_labels, in the
 * family's order, and out->item. False if the line is rejected; *out has the reason. */
bool labels_take(const struct sg_line *line, struct outcome *out, struct store_label *ret_labels);

/* The value of this label in a line; at == NULL: the line lacks the label, or it has no value. */
struct sg_span labels_value(const struct sg_line *line, const char *label);

#endif
