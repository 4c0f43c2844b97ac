/*
 * trace_private.h - writes a trace: called where a decision is made, with what was decided. Private
 * to gate/.
 */
#ifndef STATGATE_GATE_TRACE_PRIVATE_H
#define STATGATE_GATE_TRACE_PRIVATE_H

#include "gate/fit.h"
#include "gate/gate.h"
#include "gate/names.h"
#include "gate/outcome.h"

/* A line that was not looked at yet. */
void trace_init(struct gate_trace *trace, struct sg_span text);
/* It is not in the wire's format. */
void trace_fault(struct gate_trace *trace, struct sg_fault fault);
/* It is; none of its labels was looked at. */
void trace_line(struct gate_trace *trace, const struct sg_line *line);

/* ---- the name ---- */

/* Families of this name, by `same`; NULL when there is none. */
void trace_name(struct gate_trace *trace, const struct gate *gate, const struct name_entry *entry);
/* The one that was meant. */
void trace_family(struct gate_trace *trace, const struct name_entry *entry);

/* ---- labels ---- */

/* The next label of the line is in hand: the functions below say what became of it. */
void trace_next_label(struct gate_trace *trace);
void trace_taken_label(struct gate_trace *trace, const struct catalog_label *label, enum fit fit,
                       const struct store_label *taken);
/* It says which item is meant; ITEM_BY_LABEL: none of the family's. */
void trace_item(struct gate_trace *trace, const struct catalog_family *family, uint8_t item);
/* It is stripped; with `routes` it chose the service. */
void trace_passed_label(struct gate_trace *trace, bool routes);
/* It is number `index` of the family's labels, or -1. */
void trace_refused_label(struct gate_trace *trace, const struct catalog_family *family, int index,
                         enum sg_reject reason);
/* The line lacks it; `taken` is its default, or NULL. */
void trace_lacks_label(struct gate_trace *trace, const struct catalog_label *label,
                       const struct store_label *taken);
/* The line lacks the label of this name, which has to say the item. */
void trace_lacks_item(struct gate_trace *trace, const struct catalog_family *family,
                      const char *name);

/* ---- the series ---- */

/* The store was asked for these labels. `reason` is why there was no room, or SG_REJECT_NONE, and
 * `label` then the pattern label without room, or -1. `series` is NULL where it was refused. */
void trace_series(struct gate_trace *trace, const struct catalog_family *family,
                  const struct store_label *asked, const struct series *series,
                  enum sg_reject reason, int label);

/* ---- values ---- */

/* A value or word that was refused, or, with SG_REJECT_NONE, said nothing new. */
void trace_value(struct gate_trace *trace, enum sg_reject reason, enum trace_flaw flaw,
                 struct sg_span text);

/* ---- the end ---- */

/* The line was refused or ignored whole. */
void trace_outcome(struct gate_trace *trace, const struct outcome *out);
/* Its values were applied; with `shows` the series took one and is still there. */
void trace_applied(struct gate_trace *trace, const struct outcome *out, owner_id owner, bool shows);

#endif
