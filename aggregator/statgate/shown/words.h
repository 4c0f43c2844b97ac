/*
 * words.h - times, rates and labels of a view, for people. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_WORDS_H
#define STATGATE_STATGATE_SHOWN_WORDS_H

#include "base/strbuf.h"
#include "json/jsonread.h"

enum { WORDS_MAX = 40 };

/** "0.012 s", "0.4 s", "12 s", "3 min", "5 h", "2 d". */
const char *words_duration(char out[WORDS_MAX], int64_t ms);
/** How long something took: "less than 1 ms" for 0, "0.4 ms", "12 ms", then like words_duration;
 * "-" for a negative time (unknown). */
const char *words_took(char out[WORDS_MAX], double seconds);
/** "12 s ago", "now"; `never` for 0 (never or unknown). */
const char *words_ago(char out[WORDS_MAX], int64_t now_ms, int64_t at_ms, const char *never);
/** "0.25/s", "12/s", "12.3k/s"; "-" for a negative rate (unknown). */
const char *words_rate(char out[WORDS_MAX], double rate);
/** "9999", "12.3k", "4.5M". */
const char *words_short(char out[WORDS_MAX], double value);
/** "2026-11-23 02:32:09" in UTC. */
const char *words_time(char out[WORDS_MAX], int64_t at_ms);
/** Whole numbers in digits, others as in an exposition, or their first digits. */
const char *words_number(char out[WORDS_MAX], double value);
/** Append {key="value",...} as in an exposition; nothing for an empty object. */
void words_labels(struct strbuf *out, const json_t *labels);
/** Append "worker (4711)", with the unit if known, from {pid, comm, unit}. "-": nobody. */
void words_process(struct strbuf *out, const json_t *process);

#endif
