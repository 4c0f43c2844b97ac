/*
 * settings_mdoc.h - all settings for a manual page: .Ss and .Bl of mdoc(7), from the table that the
 * programs read them with.
 */
#ifndef STATGATE_TEST_SETTINGS_MDOC_H
#define STATGATE_TEST_SETTINGS_MDOC_H

#include "base/strbuf.h"

void settings_mdoc_write(struct strbuf *out);

#endif
