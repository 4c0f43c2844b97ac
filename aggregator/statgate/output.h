/*
 * output.h - the file that a command writes to. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_OUTPUT_H
#define STATGATE_STATGATE_OUTPUT_H

#include "base/error.h"
#include "base/strbuf.h"

/** Make the file hold this text, in one step, or leave it as it was. A file that holds it already
 * is not touched; permissions stay, links are followed. False with the reason in ret_error. */
bool output_write(const char *path, const struct strbuf *text, struct error *ret_error);

/** What the file holds, appended. False with the reason in ret_error. */
bool output_read(const char *path, struct strbuf *ret_text, struct error *ret_error);

#endif
