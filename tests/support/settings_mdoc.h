/* SPDX-License-Identifier: MIT */
/*
 * settings_mdoc.h - writes all settings for a manual page, as .Ss and .Bl of mdoc(7), from the
 * table by which the programs read them.
 */
#ifndef STATGATE_TEST_SETTINGS_MDOC_H
#define STATGATE_TEST_SETTINGS_MDOC_H

#include "base/strbuf.h"

void settings_mdoc_write(struct strbuf *out);

#endif
