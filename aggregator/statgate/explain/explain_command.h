/* SPDX-License-Identifier: MIT */
/* explain_command.h - statgate explain: what becomes of a line, by files or by the daemon. */
#ifndef STATGATE_STATGATE_EXPLAIN_EXPLAIN_COMMAND_H
#define STATGATE_STATGATE_EXPLAIN_EXPLAIN_COMMAND_H

#include "sg_proto.h"
#include "statgate/command.h"
#include "statgate/shown/shown.h"

/* ---- asked ----
 * what the running daemon would do with lines, for an explanation without catalogs of its
 * own.
 */

enum asked_verdict { ASKED_NOTHING, ASKED_TAKEN, ASKED_REFUSED };
/** Ask that daemon what would become of one line. REFUSED: `out` gets the explanation. NOTHING: no
 * answer, for the reason in *ret_wrong. */
enum asked_verdict explain_asked_line(const struct where *where, struct sg_span line,
                                      struct strbuf *out, struct trouble_words *ret_wrong);

/* ---- explain ----
 * `statgate explain`: says what would become of a line, and why.
 */

extern const struct command explain_command;

#endif
