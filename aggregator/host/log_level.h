/*
 * log_level.h - the severity of a log message.
 */
#ifndef STATGATE_HOST_LOG_LEVEL_H
#define STATGATE_HOST_LOG_LEVEL_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_LOG, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/** "debug", "log", "warn" or "error". Static. */
const char *log_level_text(enum log_level level);
/** Parse those words; "info" is another word for "log". False for other words, *ret_level
 * untouched. */
bool log_level_parse(const char *text, enum log_level *ret_level);

#endif
