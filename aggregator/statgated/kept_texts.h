/*
 * kept_texts.h - what was accepted last (accepted/accepted.h): where the next daemon finds it, and
 * the part of it that settings are.
 */
#ifndef STATGATE_STATGATED_KEPT_TEXTS_H
#define STATGATE_STATGATED_KEPT_TEXTS_H

#include "accepted/accepted.h"
#include "host/inherited.h"
#include "settings/settings.h"

/** Read the texts of the newest object among the inherited descriptors, which stay there. Empty:
 * there is no object, or it has none. */
void kept_texts_find(struct accepted *ret_accepted, const struct inherited *inherited);
/** Read the texts of one object, which may be a state file; `fd` is borrowed. */
void kept_texts_read(struct accepted *ret_accepted, int fd);

/** A command line, for reading the settings again. Borrowed. */
struct kept_texts_command {
    const struct settings_program *program;
    int argc;
    char *const *argv;
};
/** Read settings from the command line as it is, and from the file and the variables as they were
 * accepted last. False with the reason. */
bool kept_texts_settings(struct settings *ret_settings, const struct kept_texts_command *command,
                         const struct accepted *kept, struct error *ret_error);
/** Add the file and the variables that the settings were read from; `kept`: what they were accepted
 * as before, NULL: nothing is known of that. If the settings themselves are those that were kept,
 * `from_kept`. False: out of memory. */
bool kept_texts_note(struct accepted *to, const struct settings *settings,
                     const struct accepted *kept, bool from_kept, int64_t now_ms);

#endif
