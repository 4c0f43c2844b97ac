/*
 * setting_text.h - the value of a setting as text, by its kind. Private.
 */
#ifndef STATGATE_SETTINGS_SETTING_TEXT_H
#define STATGATE_SETTINGS_SETTING_TEXT_H

#include "base/strbuf.h"
#include "settings/table.h"

/** Append it as a flag takes it: "on", "0660", paths with colons between them. Control bytes become `?`. What is worked out
 * in use is as help shows it. */
void setting_put_text(struct strbuf *out, const struct settings *settings,
                      const struct setting *setting);

#endif
