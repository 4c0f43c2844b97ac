/* SPDX-License-Identifier: MIT */
/*
 * gunzip.h - unpacks a gzip member with zlib, which checks its checksum and length. The test fails
 * unless the input is one complete member with nothing behind it.
 */
#ifndef STATGATE_TESTS_GUNZIP_H
#define STATGATE_TESTS_GUNZIP_H

#include "base/strbuf.h"

/* Appends the unpacked text to `out`. */
void gunzip(const struct strbuf *in, struct strbuf *out);

#endif
