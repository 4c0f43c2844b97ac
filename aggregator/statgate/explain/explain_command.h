/* SPDX-License-Identifier: MIT */
/* explain_command.h - statgate explain: what becomes of a line, by the catalogs of the settings or
 * of the running daemon. */
#ifndef STATGATE_STATGATE_EXPLAIN_EXPLAIN_COMMAND_H
#define STATGATE_STATGATE_EXPLAIN_EXPLAIN_COMMAND_H

#include "sg_proto.h"
#include "statgate/command.h"
#include "statgate/shown/shown.h"

/* ---- explain ----
 * `statgate explain`: says what would become of a line, and why.
 */

extern const struct command explain_command;

/* ---- judge ----
 * whether lines would be accepted by the catalogs of the running daemon, as `statgate send
 * --check` asks.
 */

struct explain_judge;
/** Find the daemon, read its catalogs, and make empty tables. NULL: the error is printed, and
 * *ret_code is the exit code. */
struct explain_judge *explain_judge_new(struct cli *cli, const struct command *command,
                                        const struct settings *settings, int *ret_code);
void explain_judge_free(struct explain_judge *judge);
/** Judge a line after those before it. False: a sample would be rejected; `out` gets why. */
bool explain_judge_takes(struct explain_judge *judge, struct sg_span line, struct strbuf *out);

#endif
