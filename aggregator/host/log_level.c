#include "host/log_level.h"

#include <stddef.h>
#include <string.h>

static const char *const level_texts[] = {"debug", "log", "warn", "error"};

const char *log_level_text(enum log_level level) {
    return level_texts[level];
}

bool log_level_parse(const char *text, enum log_level *ret_level) {
    if (strcmp(text, "info") == 0)
        text = level_texts[LOG_LEVEL_LOG];
    for (size_t i = 0; i < sizeof level_texts / sizeof level_texts[0]; i++) {
        if (strcmp(text, level_texts[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}
