/*
 * output.h - writes and reads the file that a command writes to. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_OUTPUT_H
#define STATGATE_STATGATE_OUTPUT_H

#include "base/error.h"
#include "base/strbuf.h"

/** Replace the file's content by this text in one step, or leave it unchanged. A file with this
 * content already is not touched; permissions are kept, links are followed. False with the
 * reason in ret_error. */
bool output_write(const char *path, const struct strbuf *text, struct error *ret_error);

/** Append the file's content. False with the reason in ret_error. */
bool output_read(const char *path, struct strbuf *ret_text, struct error *ret_error);

#endif
