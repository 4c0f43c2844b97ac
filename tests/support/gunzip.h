/*
 * gunzip.h - what a gzip member holds, by zlib. The test fails unless it is one member, complete and
 * with nothing behind it; zlib compares its checksum and its length.
 */
#ifndef STATGATE_TESTS_GUNZIP_H
#define STATGATE_TESTS_GUNZIP_H

#include "base/strbuf.h"

/* Appends to `out`. */
void gunzip(const struct strbuf *in, struct strbuf *out);

#endif
