/*
 * asked.h - what the running daemon would do with lines, for an explanation without catalogs of its
 * own. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_ASKED_H
#define STATGATE_STATGATE_EXPLAIN_ASKED_H

#include "sg_proto.h"
#include "statgate/command.h"
#include "statgate/shown/asking.h"
#include "statgate/shown/where.h"

/**
 * Ask the daemon that is found without being named (see where_find) about the lines among the
 * settings' words, and print its answers as JSON or as text. Returns false, and prints nothing, if
 * no daemon answers for the first line; else *ret_code is the exit code.
 */
bool asked_daemon(struct cli *cli, const struct command *command, const struct settings *settings,
                  bool json, int *ret_code);

enum asked_verdict { ASKED_NOTHING, ASKED_TAKEN, ASKED_REFUSED };
/** Ask that daemon what would become of one line. REFUSED: `out` gets the explanation. NOTHING: no
 * answer, for the reason in *ret_wrong. */
enum asked_verdict asked_line(const struct where *where, struct sg_span line, struct strbuf *out,
                              struct trouble_words *ret_wrong);

#endif
