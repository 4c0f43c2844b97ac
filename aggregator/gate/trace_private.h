/*
 * trace_private.h - records decisions in a trace, called where the decisions are made. Private to
 * gate/.
 */
#ifndef STATGATE_GATE_TRACE_PRIVATE_H
#define STATGATE_GATE_TRACE_PRIVATE_H

#include "gate/fit.h"
#include "gate/gate.h"
#include "gate/names.h"
#include "gate/outcome.h"

/* Start an empty trace of this line. */
void trace_init(struct gate_trace *trace, struct sg_span text);
/* The line could not be parsed. */
void trace_fault(struct gate_trace *trace, struct sg_fault fault);
/* The line was parsed; none of its labels is recorded yet. */
void trace_line(struct gate_trace *trace, const struct sg_line *line);

/* ---- the name ---- */

/* Families of this name, linked by `same`; NULL if there is none. */
void trace_name(struct gate_trace *trace, const struct gate *gate, const struct name_entry *entry);
/* The selected family. */
void trace_family(struct gate_trace *trace, const struct name_entry *entry);

/* ---- labels ---- */

/* Go to the next label of the line; the functions below record what happened to it. */
void trace_next_label(struct gate_trace *trace);
void trace_taken_label(struct gate_trace *trace, const struct catalog_label *label, enum fit fit,
                       const struct store_label *taken);
/* The label selects an item; ITEM_BY_LABEL: the family has no such item. */
void trace_item(struct gate_trace *trace, const struct catalog_family *family, uint8_t item);
/* The label is stripped, or (`routes`) selected the service. */
void trace_passed_label(struct gate_trace *trace, bool routes);
/* The line is rejected because of this label. `index` is its index in the family, or -1. */
void trace_refused_label(struct gate_trace *trace, const struct catalog_family *family, int index,
                         enum sg_reject reason);
/* The line lacks this label; `taken` is its default, or NULL. */
void trace_lacks_label(struct gate_trace *trace, const struct catalog_label *label,
                       const struct store_label *taken);
/* The line lacks the label of this name, which would select the item. */
void trace_lacks_item(struct gate_trace *trace, const struct catalog_family *family,
                      const char *name);

/* ---- the series ---- */

/* The store's answer for these labels. `reason` is why there was no room, or SG_REJECT_NONE;
 * `label` is then the pattern label without room, or -1. `ids` are those of the series, NULL if it
 * was refused. */
void trace_series(struct gate_trace *trace, const struct catalog_family *family,
                  const struct store_label *asked, const uint32_t *ids, enum sg_reject reason,
                  int label);

/* ---- values ---- */

/* A value or word that was refused, or (SG_REJECT_NONE) repeated. */
void trace_value(struct gate_trace *trace, enum sg_reject reason, enum trace_flaw flaw,
                 struct sg_span text);

/* ---- the end ---- */

/* The whole line was refused or ignored. */
void trace_outcome(struct gate_trace *trace, const struct outcome *out);
/* The line's values were applied; `shows`: the series took one and still exists. */
void trace_applied(struct gate_trace *trace, const struct outcome *out, owner_id owner, bool shows);

#endif
