/*
 * figures.h - sums of what sockets did. Private.
 */
#ifndef STATGATE_INGRESS_FIGURES_H
#define STATGATE_INGRESS_FIGURES_H

#include "ingress/ingress.h"

/** One more receive call, which brought this many datagrams, at least one. */
void figures_count_wake(struct ingress_figures *figures, size_t datagrams);
/** Add one socket's figures to a sum. */
void figures_add(struct ingress_figures *sum, const struct ingress_figures *one);

#endif
