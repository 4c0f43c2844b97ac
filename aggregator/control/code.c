#include "control/code.h"

#include <string.h>

struct row {
    const char *word;
    int exit_code;
};

static const struct row rows[CONTROL_CODE_COUNT] = {
#define CODE(id, word, exit_code) [CONTROL_##id] = {word, exit_code},
#include "control/codes.def"
#undef CODE
};

const char *control_code_word(enum control_code code) {
    return rows[code].word;
}

enum control_code control_code_find(const char *word, size_t len) {
    int code = 0;
    while (code < CONTROL_CODE_COUNT &&
           (strlen(rows[code].word) != len || memcmp(rows[code].word, word, len) != 0))
        code++;
    return (enum control_code)code;
}

int control_code_exit(enum control_code code) {
    return rows[code].exit_code;
}
