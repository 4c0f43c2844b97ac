/*
 * setting_text.h - the value of a setting as text, by its kind. Private.
 */
#ifndef STATGATE_SETTINGS_SETTING_TEXT_H
#define STATGATE_SETTINGS_SETTING_TEXT_H

#include "base/strbuf.h"
#include "settings/table.h"

/** Append the value as a flag takes it: "on", "0660", paths separated by colons. Control bytes
 * become `?`. A value determined only in use is written as help shows it. */
void setting_put_text(struct strbuf *out, const struct settings *settings,
                      const struct setting *setting);

#endif
