/* SPDX-License-Identifier: MIT */
/*
 * golden.h - cases in folders, with the expected output beside the input. With STATGATE_UPDATE=1 in
 * the environment the expected files are rewritten; read the difference before you commit it.
 */
#ifndef STATGATE_TEST_STATGATE_GOLDEN_H
#define STATGATE_TEST_STATGATE_GOLDEN_H

#include "base/strbuf.h"

/* Run `check` on each folder of cases/statgate/KIND. Paths are relative, so messages that contain
 * them are the same everywhere. At least `least` folders must exist. */
void golden_each(const char *kind, size_t least, void (*check)(const char *folder));

/* The text must be that of FOLDER/NAME; a missing file means an empty text. */
void golden_expect(const char *folder, const char *name, struct strbuf *text);

#endif
