/*
 * code.h - the reason why a command was not done, as one word for programs.
 */
#ifndef STATGATE_CONTROL_CODE_H
#define STATGATE_CONTROL_CODE_H

#include <stddef.h>

/** The codes of codes.def: CONTROL_REFUSED, ... */
enum control_code {
#define CODE(id, word, exit_code) CONTROL_##id,
#include "control/codes.def"
#undef CODE
    CONTROL_CODE_COUNT
};

/** The word of a code. Static. */
const char *control_code_word(enum control_code code);
/** Find the code of a word of `len` bytes; CONTROL_CODE_COUNT if there is none. */
enum control_code control_code_find(const char *word, size_t len);
/** The exit code of the command `statgate` for this reason. */
int control_code_exit(enum control_code code);

#endif
